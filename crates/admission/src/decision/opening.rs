//! Which lessons open now: those whose time has come, and those that take what
//! came free; and what is learned while they fill.

use base::Time;

use super::{Admission, Booking, GIVEN_BACK, Row, Stage};
use crate::ledger::Expected;
use crate::limits::{
    BACKFILL_FROM_MS, BACKFILL_MAX, BELL_NEAR_MS, DOOR_HELD_MS, LEAD_AWAITED_MS, OPENS_BEFORE_MS,
    REBOOKED_AFTER_MS, REVIEW_EVERY_MS, TIMELY_UNTIL_MS, WORTH_OPENING_MS,
};

impl Admission {
    /// Lessons near their bell wait for their time, or for seats that come free.
    pub(super) fn open_agenda(&mut self, now: Time) {
        while let Some(at) = self.agenda.last().copied() {
            let row = &mut self.lessons[at as usize];
            if row.planned.starts_at - OPENS_BEFORE_MS > now {
                break;
            }
            self.agenda.pop();
            if row.stage != Stage::Planned {
                continue;
            }
            if now >= row.planned.ends_at {
                row.stage = Stage::Over;
                continue;
            }
            row.stage = Stage::Waiting;
            self.queue(now, at);
        }
        while let Some((from, rank, at)) = self.promised.first().copied() {
            if from > now {
                break;
            }
            self.promised.pop_first();
            self.due.insert((rank, at));
        }
    }

    /// Lessons whose time has come open, by rank, as long as the books allow:
    /// a budget that fell makes them wait, never those inside.
    pub(super) fn open_due(&mut self, now: Time) {
        // Who was sent first is beside the plan: without its margin, a lesson that everybody
        // comes to would find the last seats taken.
        let seats = if self.hand.has_priorities() { self.planned_seats() } else { self.seats() };
        let mut looked_at = 0;
        let mut opened = Vec::new();
        let mut over = Vec::new();
        let mut committed = self.ledger.committed();
        for (rank, at) in &self.due {
            let row = &self.lessons[*at as usize];
            let people = self.people_of(row, now);
            if row.planned.ends_at - WORTH_OPENING_MS <= now {
                over.push((*rank, *at));
            } else if committed + people <= seats && !self.hand.is_shut() {
                committed += people;
                opened.push((*rank, *at));
            } else {
                looked_at += 1;
                if looked_at > BACKFILL_MAX {
                    break;
                }
            }
        }
        for key in over {
            self.due.remove(&key);
            self.close(key.1);
        }
        for key in opened {
            self.due.remove(&key);
            match self.lessons[key.1 as usize].booked {
                Some(booking) if booking.from > now => self.admit_ahead(now, key.1),
                _ => self.admit(now, key.1),
            }
        }
    }

    /// Seats that came free go to lessons that wait and can still begin in time;
    /// to late ones only between bells, or they would take the next bell's.
    pub(super) fn backfill(&mut self, now: Time) {
        let (seats, planned_seats) = (self.seats(), self.planned_seats());
        if self.standby.is_empty() || self.ledger.committed() >= seats || self.hand.is_shut() {
            return;
        }
        let mut timely = Vec::new();
        let mut late = Vec::new();
        let mut over = Vec::new();
        for (rank, at) in &self.standby {
            let row = &self.lessons[*at as usize];
            let planned = &row.planned;
            let is_lead_missing = !row.is_lead_at_door && now.since_ms(planned.starts_at) > LEAD_AWAITED_MS;
            if planned.ends_at - WORTH_OPENING_MS <= now {
                over.push((*rank, *at));
            } else if row.rebooked == GIVEN_BACK || is_lead_missing {
                // It waits for its teacher, not for seats.
            } else if now >= planned.starts_at + TIMELY_UNTIL_MS {
                late.push(*at);
            } else if now >= planned.starts_at - BACKFILL_FROM_MS {
                timely.push(*at);
            }
            if timely.len() >= BACKFILL_MAX {
                break;
            }
        }
        for (rank, at) in over {
            self.standby.remove(&(rank, at));
            self.close(at);
        }
        if !timely.is_empty() || self.is_bell_near(now) {
            late.clear();
        }
        for at in timely.into_iter().chain(late.into_iter().take(BACKFILL_MAX)) {
            let row = self.lessons[at as usize];
            let people = self.people_of(&row, now);
            let until = row.booked.map_or(row.planned.ends_at, |booking| booking.from);
            if self.ledger.committed() + people > seats
                || !self.calendar.fits(now, until, people, planned_seats)
            {
                continue;
            }
            self.admit_ahead(now, at);
        }
    }

    /// Whether lessons begin soon that may need what is free now.
    fn is_bell_near(&self, now: Time) -> bool {
        let next = self.agenda.last().map(|at| self.lessons[*at as usize].planned.starts_at);
        next.is_some_and(|starts_at| starts_at.since_ms(now) <= BELL_NEAR_MS)
    }

    /// Admits a lesson before the time that was booked for it, or without one.
    pub(super) fn admit_ahead(&mut self, now: Time, at: u32) {
        let row = &mut self.lessons[at as usize];
        self.standby.remove(&(row.rank, at));
        self.due.remove(&(row.rank, at));
        if let Some(booking) = row.booked.take() {
            self.promised.remove(&(booking.from, row.rank, at));
            self.calendar.occupy(booking.from, row.planned.ends_at, -booking.people);
        }
        self.admit(now, at);
    }

    pub(super) fn admit(&mut self, now: Time, at: u32) {
        let people = self.people_of(&self.lessons[at as usize], now);
        let row = &mut self.lessons[at as usize];
        let late = now.max(row.planned.starts_at);
        if row.booked.is_none() {
            self.calendar.occupy(now, row.planned.ends_at, people);
            row.booked = Some(Booking { from: now, people });
            row.rebooked = 0;
            row.lead_awaited_from = if row.is_lead_at_door { late } else { row.planned.starts_at };
        } else {
            // Its people come when they were told to, which may be long after the bell.
            row.lead_awaited_from = late;
        }
        row.door_shut_until = late;
        row.stage = Stage::Admitted { at: now };
        row.still_comes = self.curve.still_comes(now, row.planned.starts_at);
        self.running.insert((row.planned.ends_at, at));
        self.reviewed.push(at);
        self.expect(at);
    }

    /// A lesson's hour is over, or not worth opening any more.
    pub(super) fn close(&mut self, at: u32) {
        let row = &mut self.lessons[at as usize];
        row.stage = Stage::Over;
        self.ledger.expect(row.rank.bucket(), row.expected, Expected::default());
        row.expected = Expected::default();
        if let Some(booking) = row.booked.take() {
            self.promised.remove(&(booking.from, row.rank, at));
            self.calendar.occupy(booking.from, row.planned.ends_at, -booking.people);
        }
    }

    /// How many will be in a lesson that opens now.
    pub(super) fn people_of(&self, row: &Row, now: Time) -> f64 {
        let absent = row.planned.enrolled.saturating_sub(row.at_door);
        f64::from(row.at_door) + f64::from(absent) * self.curve.still_comes(now, row.planned.starts_at)
    }

    /// Looks again at how many still come: the seats of absentees return.
    pub(super) fn review(&mut self, now: Time) {
        let mut reviewed = std::mem::take(&mut self.reviewed);
        if !reviewed.is_sorted() {
            // In the order of the rows: half a million lessons in random order would be as many cache misses.
            reviewed.sort_unstable();
        }
        for at in &reviewed {
            let row = &self.lessons[*at as usize];
            let absent = row.planned.enrolled.saturating_sub(row.came).saturating_sub(row.at_door);
            self.curve.note_absent(now, row.planned.starts_at, absent, REVIEW_EVERY_MS / 1_000);
        }
        self.curve.settle();
        reviewed.retain(|at| {
            let row = &mut self.lessons[*at as usize];
            if !matches!(row.stage, Stage::Admitted { .. }) {
                return false;
            }
            if now.since_ms(row.door_shut_until) > DOOR_HELD_MS {
                row.at_door = 0;
            }
            row.still_comes = self.curve.still_comes(now, row.planned.starts_at);
            if !row.is_lead_in && now.since_ms(row.lead_awaited_from) > LEAD_AWAITED_MS {
                self.give_back(*at);
                return false;
            }
            self.expect(*at);
            self.rebook(now, *at)
        });
        self.reviewed = reviewed;
    }

    /// No teacher came: nobody is inside, and the seats go to others.
    pub(super) fn give_back(&mut self, at: u32) {
        let row = self.lessons[at as usize];
        self.running.remove(&(row.planned.ends_at, at));
        self.close(at);
        self.lessons[at as usize].stage = Stage::Waiting;
        self.lessons[at as usize].rebooked = GIVEN_BACK;
        self.standby.insert((row.rank, at));
    }

    /// Books what a lesson really needs; tells whether there will be more to learn.
    pub(super) fn rebook(&mut self, now: Time, at: u32) -> bool {
        let row = &mut self.lessons[at as usize];
        let Some(after) = REBOOKED_AFTER_MS.get(usize::from(row.rebooked)) else { return false };
        if now.since_ms(row.planned.starts_at) < *after {
            return true;
        }
        row.rebooked += 1;
        let needed = f64::from(row.present) + row.expected.people;
        if let Some(booking) = &mut row.booked {
            self.calendar.occupy(now, row.planned.ends_at, needed - booking.people);
            booking.people = needed;
        }
        true
    }
}
