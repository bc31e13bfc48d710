//! The operator's hand on the door, and the picture that the operator has of it.
//!
//! A lever takes effect at once and is published with the next second. The
//! journal of who pulled what, and the right to pull, are the application's.

use admission::limits::MOMENTS_KEPT;
use admission::{Frontier, Hand, LessonWaiting, Lever, Moment, Picture};
use base::{SlotId, Time};

use super::settings::DoorSettings;
use super::{Core, Door, lock};

impl Door {
    /// Pulls a lever. Tells whether it changed anything.
    pub fn pull(&self, lever: &Lever) -> bool {
        let shared = &*self.shared;
        let now = shared.parts.clock.now();
        let mut core = lock(&shared.core);
        let mut hand = core.hand.clone();
        if !hand.pull(lever) {
            return false;
        }
        shared.desk.handle_hand(now, &hand, hand.is_shut());
        core.handle_hand(now, hand, &shared.parts.settings);
        true
    }

    /// What the operator changed.
    pub fn hand(&self) -> Hand {
        lock(&self.shared.core).hand.clone()
    }

    /// What the control room shows of our own door.
    pub fn picture(&self) -> Picture {
        let shared = &*self.shared;
        let hand = self.hand();
        // A statement of its own: its lock is not held beside another.
        let (moments, waiting) = lock(&shared.seen).clone();
        Picture {
            moments,
            hand,
            ceiling_kbit_s: shared.parts.settings.ceiling_kbit_s(),
            waiting,
            sites: Vec::new(),
        }
    }

    /// Writes a second down.
    pub(super) fn note_moment(&self, now: Time, arrivals: u64, frontier: &Frontier, core: &Core) {
        let shared = &*self.shared;
        let waits = |(slot, opens_at): &(SlotId, Option<Time>)| LessonWaiting {
            slot: *slot,
            opens_at: *opens_at,
            people: core.admission.at_door(*slot),
        };
        let lessons: Vec<LessonWaiting> = frontier.waiting.iter().map(waits).collect();
        let waiting = lessons.iter().filter(|lesson| lesson.people > 0).count();
        shared.counts.gauge(&core.admission, waiting);
        let totals = core.admission.totals();
        let (desk_inside, lanes) = shared.desk.with_desk(|desk| (desk.inside(), desk.waiting()));
        let passed = shared.counts.take_second();
        let moment = Moment {
            at: now,
            arrivals,
            served: passed.served,
            refused: passed.refused,
            polls: passed.polls,
            budget_kbit_s: totals.budget,
            spent_kbit_s: totals.spent,
            limited_by: core.budget.limited_by(),
            present: totals.present,
            held: core.admission.held_by_level(),
            waiting,
            desk_inside,
            lanes: lanes.map(|(_, waiting)| waiting),
        };
        let mut seen = lock(&shared.seen);
        let (moments, of_now) = &mut *seen;
        if moments.len() == MOMENTS_KEPT {
            moments.pop_front();
        }
        moments.push_back(moment);
        *of_now = lessons;
    }
}

impl Core {
    pub(super) fn handle_hand(&mut self, now: Time, hand: Hand, settings: &DoorSettings) {
        let ceiling = hand.ceiling_kbit_s.unwrap_or(settings.ceiling_kbit_s());
        self.budget.handle_bounds(ceiling, settings.floor_kbit_s());
        self.admission.handle_hand(now, &hand, self.budget.kbit_s());
        self.hand = hand;
    }
}
