//! What the control room shows: the door's seconds, one by one, and the
//! operator's hand. Values only; the door fills them, the pages draw them.

use std::collections::VecDeque;

use base::{SlotId, Time};

use crate::budget::Limit;
use crate::desk::Lane;
use crate::hand::Hand;

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Their lesson waits.
    Lesson = 0,
    /// Their lane of the desk waits.
    Desk = 1,
    /// They have no card, and the strangers' share of the second was used up.
    Stranger = 2,
    /// The same, and they showed a card that is forged or void.
    VoidCard = 3,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 4] = [Cause::Lesson, Cause::Desk, Cause::Stranger, Cause::VoidCard];
}

/// One second of the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its end.
    pub at: Time,
    /// People who came to the door of a lesson for the first time.
    pub arrivals: u64,
    /// Requests that the application answered.
    pub served: u64,
    /// Requests that were not let in, by [`Cause`].
    pub refused: [u64; 4],
    /// Times that the frontier was read.
    pub polls: u64,
    /// kbit/s that all lessons together may send.
    pub budget_kbit_s: u64,
    /// kbit/s of everybody in a lesson, at the levels in force.
    pub spent_kbit_s: u64,
    /// What keeps the budget from being larger.
    pub limited_by: Limit,
    /// People in lessons.
    pub present: u64,
    /// Lessons in which somebody is, by level from the floor up.
    pub held: [usize; 4],
    /// Lessons whose time has come or is near and that wait for seats, as the frontier names them.
    pub waiting: usize,
    /// Sessions at the desk.
    pub desk_inside: u32,
    /// Tickets of the desk that were not called yet, by lane.
    pub lanes: [u32; 4],
}

/// The picture of a gate.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The last seconds, the latest last; at most [`crate::limits::MOMENTS_KEPT`].
    pub moments: VecDeque<Moment>,
    /// What the operator changed.
    pub hand: Hand,
    /// The ceiling of the configuration, in kbit/s.
    pub ceiling_kbit_s: u64,
    /// Lessons that wait, with the time that they were promised.
    pub waiting: Vec<(SlotId, Option<Time>)>,
    /// The protected sites, in the order of the settings.
    pub sites: Vec<SiteReport>,
}

/// A protected site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteReport {
    /// Its name in the settings.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its host.
    pub host: String,
    /// Its seats now.
    pub seats: u32,
    /// People inside.
    pub inside: u32,
    /// Nobody new enters.
    pub is_paused: bool,
    /// People who wait, by lane.
    pub waiting: [(Lane, u32); 4],
    /// Requests that went to its upstream since the start.
    pub requests: u64,
    /// Of those, the ones that failed by the upstream's fault.
    pub faults: u64,
    /// Something of it failed within the last minute, or who knows its visitors cannot be asked.
    pub is_failing: bool,
}
