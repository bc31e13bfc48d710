//! The frontier: what everybody may know of who enters now, the same for all.
//!
//! Each client finds itself in it: a lesson that is not among the waiting is
//! open; a ticket below its lane's frontier may enter. Stale, it admits fewer.

use base::{SlotId, Time};
use serde::Serialize;

use crate::desk::{Lane, Place};
use crate::ladder::Level;

/// Who may enter now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frontier {
    /// When it was drawn up; a later one replaces it.
    pub at: Time,
    /// The rung that every lesson has.
    pub base: Level,
    /// Lessons whose rank is below this (of 1,024) have the rung above.
    pub threshold: usize,
    /// Lessons that wait, with the time that was promised to them.
    pub waiting: Vec<(SlotId, Option<Time>)>,
    /// The desk's lanes.
    pub lanes: Vec<LaneFrontier>,
}

/// How far a lane has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LaneFrontier {
    /// The lane.
    pub lane: Lane,
    /// Tickets of earlier minutes may enter.
    pub minute: u32,
    /// Of this minute, those whose order is below this.
    pub order: u32,
}

impl LaneFrontier {
    /// Whether a ticket may enter.
    pub fn admits(&self, place: &Place) -> bool {
        place.lane == self.lane
            && (place.minute < self.minute || (place.minute == self.minute && place.order < self.order))
    }
}
