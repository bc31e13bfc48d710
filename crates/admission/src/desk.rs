//! The desk: people without a lesson now, by lane, with sessions that end only
//! while others wait.
//!
//! A ticket is a minute and an order drawn for the person in it: ten tabs draw
//! the same place, hammering changes nothing, and the desk keeps a count a
//! minute and nothing a person. Before an announced opening there is one single
//! minute, so coming early gains nothing either.

use std::collections::{HashMap, VecDeque};

use base::clock::{MINUTE_MS, SECOND_MS};
use base::{PersonId, SchoolId, Time};
use serde::Serialize;

use crate::frontier::LaneFrontier;
use crate::limits::DESK_SESSION_MS;
use crate::rank::Seed;

/// The order of service at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Adults of the school.
    Staff = 0,
    /// Pupils without a lesson now.
    Pupils = 1,
    /// Guardians.
    Guardians = 2,
    /// Whoever shows no card.
    Strangers = 3,
}

impl Lane {
    /// Every lane, first served first.
    pub const ALL: [Lane; 4] = [Lane::Staff, Lane::Pupils, Lane::Guardians, Lane::Strangers];
}

/// A place in a lane. The server keeps nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The lane.
    pub lane: Lane,
    /// The minute of coming.
    pub bucket: u32,
    /// The order within it, drawn for the person.
    pub order: u32,
}

/// What the desk answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskVerdict {
    /// In, until then; longer while nobody waits.
    Enter {
        /// The end of the session.
        until: Time,
    },
    /// Not yet.
    Wait {
        /// The place.
        ticket: Ticket,
        /// When it is worth asking again.
        ask_at: Time,
    },
}

/// The seats of the desk.
#[derive(Clone, Debug)]
pub struct Desk {
    seats: u32,
    school_seats: u32,
    seed: Seed,
    opens_at: Time,
    lanes: [Book; 4],
    sessions: VecDeque<(Time, SchoolId)>,
    by_school: HashMap<SchoolId, u32>,
    pledges: VecDeque<(Time, u32)>,
    pledged: u32,
}

#[derive(Clone, Debug, Default)]
struct Book {
    /// Tickets given by minute, oldest first, from the frontier's minute on.
    given: VecDeque<(u32, u32)>,
    bucket: u32,
    order: u32,
}

/// Seats kept for people who may enter and have not come yet, for this long.
const PLEDGE_MS: i64 = 45 * SECOND_MS;

impl Desk {
    /// A desk with so many seats, of which one school takes at most its quota
    /// while somebody waits. Before `opens_at` all tickets are of one minute.
    pub fn new(seats: u32, school_seats: u32, seed: Seed, opens_at: Time) -> Desk {
        Desk {
            seats,
            school_seats,
            seed,
            opens_at,
            lanes: Default::default(),
            sessions: VecDeque::new(),
            by_school: HashMap::new(),
            pledges: VecDeque::new(),
            pledged: 0,
        }
    }

    /// People inside.
    pub fn inside(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    /// Whether somebody waits: only then do sessions end and quotas bite.
    pub fn is_anyone_waiting(&self) -> bool {
        self.lanes.iter().any(|book| !book.given.is_empty())
    }

    /// How far each lane has come.
    pub fn frontier(&self) -> Vec<LaneFrontier> {
        let lanes = Lane::ALL.into_iter().zip(&self.lanes);
        lanes.map(|(lane, book)| LaneFrontier { lane, bucket: book.bucket, order: book.order }).collect()
    }

    /// Somebody asks to come in, with the ticket that they were given before.
    pub fn handle_request(
        &mut self,
        now: Time,
        lane: Lane,
        (person, school): (PersonId, SchoolId),
        ticket: Option<Ticket>,
    ) -> DeskVerdict {
        let frontier = self.frontier()[lane as usize];
        let held = ticket.filter(|ticket| ticket.lane == lane);
        let may_enter = match held {
            Some(ticket) => frontier.admits(&ticket),
            None => now >= self.opens_at && !self.is_anyone_waiting(),
        };
        let in_quota = self.by_school.get(&school).copied().unwrap_or(0) < self.school_seats;
        if may_enter && self.inside() < self.seats && (in_quota || !self.is_anyone_waiting()) {
            return self.enter(now, school, held.is_some());
        }
        let ticket = held.unwrap_or_else(|| self.give(now, lane, person));
        let distance = i64::from(ticket.bucket.saturating_sub(frontier.bucket)) + 1;
        DeskVerdict::Wait { ticket, ask_at: now + (distance * 15 * SECOND_MS).min(2 * MINUTE_MS) }
    }

    /// The clock: sessions end while others wait, and what is free is given out.
    pub fn handle_time(&mut self, now: Time) {
        while self.pledges.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, people)) = self.pledges.pop_front() {
                self.pledged = self.pledged.saturating_sub(people);
            }
        }
        while self.sessions.front().is_some_and(|(until, _)| *until <= now) {
            let Some((_, school)) = self.sessions.pop_front() else { break };
            if let Some(inside) = self.by_school.get_mut(&school) {
                *inside = inside.saturating_sub(1);
            }
        }
        if now < self.opens_at {
            return;
        }
        let mut free = self.seats.saturating_sub(self.inside()).saturating_sub(self.pledged);
        let minute = minute_of(now);
        let mut given_out = 0;
        for book in &mut self.lanes {
            let taken = book.advance(free, minute);
            free -= taken;
            given_out += taken;
        }
        if given_out > 0 {
            self.pledged += given_out;
            self.pledges.push_back((now + PLEDGE_MS, given_out));
        }
    }

    fn enter(&mut self, now: Time, school: SchoolId, was_pledged: bool) -> DeskVerdict {
        if was_pledged && let Some((_, people)) = self.pledges.front_mut() {
            *people = people.saturating_sub(1);
            self.pledged = self.pledged.saturating_sub(1);
        }
        let until = now + DESK_SESSION_MS;
        self.sessions.push_back((until, school));
        *self.by_school.entry(school).or_default() += 1;
        DeskVerdict::Enter { until }
    }

    fn give(&mut self, now: Time, lane: Lane, person: PersonId) -> Ticket {
        let bucket = if now < self.opens_at { minute_of(self.opens_at) - 1 } else { minute_of(now) };
        let ticket = Ticket { lane, bucket, order: self.seed.person(person, bucket).0 };
        let book = &mut self.lanes[lane as usize];
        match book.given.back_mut() {
            Some((last, count)) if *last == bucket => *count += 1,
            _ => {
                if book.given.is_empty() {
                    (book.bucket, book.order) = (bucket, 0);
                }
                book.given.push_back((bucket, 1));
            }
        }
        ticket
    }
}

impl Book {
    /// Lets up to `free` people in, oldest minute first. Returns how many.
    fn advance(&mut self, free: u32, minute: u32) -> u32 {
        let mut taken = 0;
        while let Some((bucket, count)) = self.given.front().copied() {
            let left = free - taken;
            if self.bucket < bucket {
                (self.bucket, self.order) = (bucket, 0);
            }
            let served = (u64::from(self.order) * u64::from(count)) >> 32;
            let waiting = count - u32::try_from(served).unwrap_or(count).min(count);
            if left >= waiting {
                taken += waiting;
                if bucket >= minute {
                    // More may still come in this minute.
                    self.order = u32::MAX;
                    return taken;
                }
                self.given.pop_front();
                (self.bucket, self.order) = (bucket + 1, 0);
            } else {
                let step = (u64::from(left) << 32) / u64::from(count);
                self.order = u32::try_from(u64::from(self.order) + step).unwrap_or(u32::MAX);
                return taken + left;
            }
        }
        taken
    }
}

fn minute_of(time: Time) -> u32 {
    u32::try_from(time.0.div_euclid(MINUTE_MS)).unwrap_or(0)
}
