//! What was seen of a morning, as values.

use std::collections::BTreeMap;

use serde::Serialize;
use sim::Outcome;

use super::goodput::Goodput;
use super::media::MediaSeen;
use super::observer::Requests;
use super::server::ServerSeen;
use super::unheld::Unheld;
use crate::attack::Tally;

/// The morning as it was.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// The simulator's own measures, from observation.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// People who came.
    pub people: u32,
    /// How many times as fast as in life they lived.
    pub hurry: f64,
    /// Why lessons did not take place.
    pub unheld: Unheld,
    /// What they asked for.
    pub requests: Requests,
    /// Why classes sent people away, and how many.
    pub goodbyes: BTreeMap<String, u64>,
    /// Of those with real media.
    pub media: Option<MediaSeen>,
    /// What attackers did meanwhile, and what came of it, by attack.
    pub attacks: BTreeMap<&'static str, Tally>,
    /// What it gave while it was pressed.
    pub goodput: Goodput,
    /// Of the server.
    pub server: ServerSeen,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Share of the time that has passed.
    pub played: f64,
    /// People who have come.
    pub came: usize,
    /// People who have a seat.
    pub seated: usize,
    /// Lessons with their teacher and nine of ten of those who came.
    pub whole_lessons: usize,
}
