//! The operator's hand in the decision: who goes first, and whether anybody new enters.

use base::Time;

use super::{Admission, GIVEN_BACK, Stage};
use crate::hand::Hand;
use crate::ledger::Expected;

impl Admission {
    /// The operator pulled a lever, after which there is so much to give. What is
    /// admitted stays admitted, and the budget holds, whatever the hand says.
    /// Quality that a hand took comes back when the hand lets go, not step by step.
    pub fn handle_hand(&mut self, now: Time, hand: &Hand, budget_kbit_s: u64) {
        self.budget = budget_kbit_s;
        self.hand = hand.clone();
        self.solver.freeze(hand.is_frozen);
        for at in (0..).take(self.lessons.len()) {
            let row = &self.lessons[at as usize];
            let goes_first = hand.prefers(row.planned.slot, row.planned.school);
            if goes_first != row.goes_first && row.stage != Stage::Over {
                self.rank_anew(now, at, goes_first);
            }
        }
        self.spent = self.ledger.present_cost(&self.settings.ladder, self.solver.setting());
        self.solver.leap(true);
        self.solve(now);
        self.solver.leap(false);
    }

    /// Moves a lesson to its place among those that go first, or back to the one that was drawn for it.
    fn rank_anew(&mut self, now: Time, at: u32, goes_first: bool) {
        let row = self.lessons[at as usize];
        let was_queued = self.unqueue(at);
        let rank = if goes_first { row.drawn.first() } else { row.drawn };
        let (before, after) = (row.rank.bucket(), rank.bucket());
        self.ledger.leave(before, row.present);
        self.ledger.enter(after, row.present);
        self.ledger.expect(before, row.expected, Expected::default());
        self.ledger.expect(after, Expected::default(), row.expected);
        self.lessons[at as usize].rank = rank;
        self.lessons[at as usize].goes_first = goes_first;
        if was_queued {
            self.queue(now, at);
        }
    }

    /// A lesson near its bell waits for its time, for seats that come free, or for its turn.
    pub(super) fn queue(&mut self, now: Time, at: u32) {
        let row = &self.lessons[at as usize];
        let is_leadless = row.rebooked == GIVEN_BACK && !row.is_lead_at_door;
        match row.booked {
            _ if is_leadless => self.standby.insert((row.rank, at)),
            _ if row.goes_first => self.due.insert((row.rank, at)),
            Some(booking) if booking.from <= now => self.due.insert((row.rank, at)),
            Some(booking) => self.promised.insert((booking.from, row.rank, at)),
            None => self.standby.insert((row.rank, at)),
        };
    }

    /// Tells whether the lesson waited.
    fn unqueue(&mut self, at: u32) -> bool {
        let row = &self.lessons[at as usize];
        let was_promised =
            row.booked.is_some_and(|booking| self.promised.remove(&(booking.from, row.rank, at)));
        let was_due = self.due.remove(&(row.rank, at));
        self.standby.remove(&(row.rank, at)) || was_promised || was_due
    }
}
