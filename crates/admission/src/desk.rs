//! The desk: people without a lesson now, by lane, with sessions that end only
//! while others wait.
//!
//! A place is a minute and an order drawn for the person in it: ten tabs draw
//! the same place, hammering changes nothing, and the desk keeps a count a
//! minute and nothing a person. A lane is a head start, not a wall: whoever has
//! waited longer than it is served first, so no lane starves another. Strangers
//! alone come last whatever their wait, because anybody can be many strangers.
//! Before an announced opening there is one single minute, so coming early gains
//! nothing either.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

use base::clock::{MINUTE_MS, SECOND_MS};
use base::{PersonId, Role, SchoolId, Time};
use serde::{Deserialize, Serialize};

use crate::frontier::LaneFrontier;
use crate::rank::Seed;

/// The order of service at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The lane of a role; a stranger has none.
    pub fn of(role: Option<Role>) -> Lane {
        match role {
            Some(Role::Pupil) => Lane::Pupils,
            Some(Role::Guardian) => Lane::Guardians,
            Some(_) => Lane::Staff,
            None => Lane::Strangers,
        }
    }

    /// Minutes of waiting that the lane counts for; none: after everybody else.
    fn head_start(self) -> Option<u32> {
        match self {
            Lane::Staff => Some(20),
            Lane::Pupils => Some(10),
            Lane::Guardians => Some(0),
            Lane::Strangers => None,
        }
    }

    /// The byte that stands for the lane in a ticket.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// A place in a lane. The server keeps nothing for it: it is signed as a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The lane.
    pub lane: Lane,
    /// The minute of coming.
    pub minute: u32,
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
        place: Place,
        /// When it is worth asking again.
        ask_at: Time,
        /// What can be told of their turn; none: nobody knows.
        outlook: Option<Outlook>,
    },
}

/// What somebody who waits may expect: as of now, with everybody before them coming and
/// staying to the end of their session. Whoever gave up or goes early makes it sooner;
/// whoever comes later in a lane with a head start, later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// People who go before, as far as the tickets given tell.
    pub ahead: u32,
    /// When a seat comes free for them.
    pub at: Time,
}

/// What a desk has to give: our own pages' or a protected site's.
#[derive(Clone, Debug)]
pub struct DeskSettings {
    /// People inside before others wait.
    pub seats: u32,
    /// Of those, people of one school while somebody waits.
    pub school_seats: u32,
    /// How long a session is while others wait.
    pub session_ms: i64,
}

/// The seats of the desk.
#[derive(Clone, Debug)]
pub struct Desk {
    settings: DeskSettings,
    is_paused: bool,
    seed: Seed,
    opens_at: Time,
    lanes: [Book; 4],
    sessions: VecDeque<(Time, SchoolId, PersonId)>,
    /// Who is inside, until when: somebody who forgets it takes no second seat.
    people: HashMap<PersonId, Time>,
    by_school: HashMap<SchoolId, u32>,
    pledges: VecDeque<(Time, u32)>,
    pledged: u32,
    counted: Counted,
    /// The lane that the operator sends first.
    first: Option<Lane>,
}

/// Who was counted in this minute, by their order: nobody is twice, whatever
/// they send. One bit a place, and the same memory for ten people or a million.
#[derive(Clone, Debug)]
struct Counted {
    minute: u32,
    bits: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
struct Book {
    /// Tickets given by minute, oldest first, from the frontier's minute on.
    given: VecDeque<(u32, u32)>,
    minute: u32,
    order: u32,
    /// Everybody of this minute may enter; nothing more to give out in this second.
    is_served: bool,
}

/// Places told apart within a minute: two people who share one are counted once.
const COUNTED_BITS: usize = 1 << 20;

/// Seats kept for people who may enter and have not come yet, for this long.
const PLEDGE_MS: i64 = 45 * SECOND_MS;

impl Desk {
    /// An empty desk. Before `opens_at` all tickets are of one minute.
    pub fn new(settings: DeskSettings, seed: Seed, opens_at: Time) -> Desk {
        Desk {
            settings,
            is_paused: false,
            seed,
            opens_at,
            lanes: Default::default(),
            sessions: VecDeque::new(),
            people: HashMap::new(),
            by_school: HashMap::new(),
            pledges: VecDeque::new(),
            pledged: 0,
            counted: Counted { minute: 0, bits: vec![0; COUNTED_BITS / 64] },
            first: None,
        }
    }

    /// People inside.
    pub fn inside(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    /// So many seats from now on; whoever is inside beyond them stays until their session ends.
    pub fn set_seats(&mut self, seats: u32) {
        self.settings.seats = seats;
    }

    /// While it is paused nobody new enters; whoever is inside stays, and places are kept.
    pub fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// The lane that goes before all others while people wait; none: each has its own head start.
    pub fn set_first(&mut self, lane: Option<Lane>) {
        self.first = lane;
    }

    /// No session goes on past this time.
    pub fn end_sessions(&mut self, latest: Time) {
        self.sessions.iter_mut().for_each(|(until, ..)| *until = latest.min(*until));
        self.people.values_mut().for_each(|until| *until = latest.min(*until));
    }

    /// The seats that there are.
    pub fn seats(&self) -> u32 {
        self.settings.seats
    }

    /// Whether nobody new enters.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// People who wait in each lane, as far as the tickets given tell: whoever
    /// gave up is among them until their turn has passed.
    pub fn waiting(&self) -> [(Lane, u32); 4] {
        Lane::ALL.map(|lane| (lane, self.lanes[lane as usize].waiting()))
    }

    /// Somebody's session is over before its time: the seat is free. Returns until when it would have been.
    pub fn leave(&mut self, person: PersonId) -> Option<Time> {
        let until = self.people.remove(&person)?;
        if let Some(at) = self.sessions.iter().position(|(_, _, one)| *one == person)
            && let Some((_, school, _)) = self.sessions.remove(at)
            && let Some(inside) = self.by_school.get_mut(&school)
        {
            *inside = inside.saturating_sub(1);
        }
        Some(until)
    }

    /// Whether somebody waits: only then do sessions end and quotas bite.
    pub fn is_anyone_waiting(&self) -> bool {
        self.lanes.iter().any(|book| !book.given.is_empty())
    }

    /// How far each lane has come.
    pub fn frontier(&self) -> Vec<LaneFrontier> {
        let lanes = Lane::ALL.into_iter().zip(&self.lanes);
        lanes.map(|(lane, book)| LaneFrontier { lane, minute: book.minute, order: book.order }).collect()
    }

    /// Somebody asks to come in, with the minute of the ticket that they were given before.
    pub fn handle_request(
        &mut self,
        now: Time,
        lane: Lane,
        (person, school): (PersonId, SchoolId),
        came: Option<u32>,
    ) -> DeskVerdict {
        if let Some(until) = self.people.get(&person) {
            return DeskVerdict::Enter { until: *until };
        }
        let held = came.map(|minute| self.place(lane, person, minute));
        let is_called = held.is_some_and(|place| self.lanes[lane as usize].admits(&place));
        let may_enter = is_called || (now >= self.opens_at && !self.is_anyone_waiting());
        let may_enter = may_enter && !self.is_paused;
        // The seats of those who were called are kept for them.
        let taken = if is_called { self.inside() } else { self.inside() + self.pledged };
        let in_quota = self.by_school.get(&school).copied().unwrap_or(0) < self.settings.school_seats;
        if may_enter && taken < self.settings.seats && (in_quota || !self.is_anyone_waiting()) {
            return self.enter(now, (person, school), is_called);
        }
        let place = match held {
            Some(place) => {
                self.lanes[lane as usize].remember(place.minute);
                place
            }
            None => self.give(now, lane, person),
        };
        let is_kept_out = !in_quota && self.settings.school_seats < self.settings.seats;
        let outlook = self.outlook(now, &place).filter(|_| !is_kept_out);
        DeskVerdict::Wait { place, ask_at: now + self.distance_ms(&place), outlook }
    }

    /// What can be told to somebody with a place, whose school has not taken all that it may:
    /// the seats that are free go to those before them, then each to who comes when its
    /// session ends, and so on, a session after the other.
    fn outlook(&self, now: Time, place: &Place) -> Option<Outlook> {
        if self.is_paused || now < self.opens_at {
            return None;
        }
        let (ahead, inside, seats) = (self.ahead(now, place), self.inside(), self.settings.seats.max(1));
        let free = seats.saturating_sub(inside).saturating_sub(self.pledged);
        let Some(turn) = ahead.checked_sub(free) else { return Some(Outlook { ahead, at: now }) };
        // Of more sessions than there are seats now, the first to end free none.
        let turn = turn.saturating_add(inside.saturating_sub(seats));
        let (rounds, seat) = (i64::from(turn / seats), (turn % seats) as usize);
        let ends_at = self.sessions.get(seat).map_or(now + self.settings.session_ms, |(until, ..)| *until);
        Some(Outlook { ahead, at: now.max(ends_at + rounds * self.settings.session_ms) })
    }

    /// Tickets that go before a place: those that were given, and of this minute those still to
    /// be given, if as many come as came in the last.
    fn ahead(&self, now: Time, place: &Place) -> u32 {
        let turn = self.turn(place.lane, place.minute);
        let of_lane = |lane: Lane| {
            let book = &self.lanes[lane as usize];
            if lane == place.lane {
                book.before(now, place)
            } else {
                book.left().filter(|(minute, _)| self.turn(lane, *minute) < turn).map(|(_, left)| left).sum()
            }
        };
        Lane::ALL.into_iter().map(of_lane).sum()
    }

    /// The place of a person who came in a minute: the same however often it is drawn.
    fn place(&self, lane: Lane, person: PersonId, minute: u32) -> Place {
        Place { lane, minute, order: self.seed.person(person, minute).0 }
    }

    /// When it is worth asking again: sooner near the front.
    fn distance_ms(&self, place: &Place) -> i64 {
        let book = &self.lanes[place.lane as usize];
        let minutes = i64::from(place.minute.saturating_sub(book.minute)) + 1;
        (minutes * 15 * SECOND_MS).min(2 * MINUTE_MS)
    }

    /// The clock: sessions end while others wait, and what is free is given out.
    pub fn handle_time(&mut self, now: Time) {
        while self.pledges.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, people)) = self.pledges.pop_front() {
                self.pledged = self.pledged.saturating_sub(people);
            }
        }
        while self.sessions.front().is_some_and(|(until, ..)| *until <= now) {
            let Some((_, school, person)) = self.sessions.pop_front() else { break };
            self.people.remove(&person);
            if let Some(inside) = self.by_school.get_mut(&school) {
                *inside = inside.saturating_sub(1);
            }
        }
        if now < self.opens_at || self.is_paused {
            return;
        }
        let mut free = self.settings.seats.saturating_sub(self.inside()).saturating_sub(self.pledged);
        let mut given_out = 0;
        for book in &mut self.lanes {
            book.is_served = false;
        }
        while free > 0
            && let Some(lane) = self.next_lane()
        {
            let taken = self.lanes[lane as usize].advance(free, minute_of(now));
            free -= taken;
            given_out += taken;
        }
        if given_out > 0 {
            self.pledged += given_out;
            self.pledges.push_back((now + PLEDGE_MS, given_out));
        }
    }

    fn enter(&mut self, now: Time, (person, school): (PersonId, SchoolId), was_pledged: bool) -> DeskVerdict {
        if was_pledged && let Some((_, people)) = self.pledges.front_mut() {
            *people = people.saturating_sub(1);
            self.pledged = self.pledged.saturating_sub(1);
        }
        let until = now + self.settings.session_ms;
        self.sessions.push_back((until, school, person));
        self.people.insert(person, until);
        *self.by_school.entry(school).or_default() += 1;
        DeskVerdict::Enter { until }
    }

    fn give(&mut self, now: Time, lane: Lane, person: PersonId) -> Place {
        let minute = if now < self.opens_at { minute_of(self.opens_at) - 1 } else { minute_of(now) };
        let place = self.place(lane, person, minute);
        if self.counted.note(&place) {
            self.lanes[lane as usize].count(minute);
        }
        place
    }

    /// The lane whose first people have waited longest, head starts counted.
    fn next_lane(&self) -> Option<Lane> {
        let waiting = Lane::ALL.into_iter().filter(|lane| {
            let book = &self.lanes[*lane as usize];
            !book.given.is_empty() && !book.is_served
        });
        waiting.min_by_key(|lane| {
            self.turn(*lane, self.lanes[*lane as usize].given.front().map_or(0, |(minute, _)| *minute))
        })
    }

    /// The turn of whoever came to a lane in a minute: the lowest is served first.
    fn turn(&self, lane: Lane, minute: u32) -> (bool, bool, Option<u32>, Lane) {
        let since = lane.head_start().map(|ahead| minute.saturating_sub(ahead));
        (Some(lane) != self.first, since.is_none(), since, lane)
    }
}

impl Counted {
    /// Whether a place is new.
    fn note(&mut self, place: &Place) -> bool {
        if self.minute != place.minute {
            self.minute = place.minute;
            self.bits.fill(0);
        }
        let at = place.order as usize % COUNTED_BITS;
        let (word, bit) = (&mut self.bits[at / 64], 1 << (at % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl Book {
    /// Tickets given that have not had their turn.
    fn waiting(&self) -> u32 {
        self.left().map(|(_, left)| left).sum()
    }

    /// The same by minute.
    fn left(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.given.iter().map(|(minute, count)| {
            let is_frontier = *minute == self.minute;
            (*minute, count - if is_frontier { self.had_their_turn(*count) } else { 0 })
        })
    }

    /// Of those in the same lane, the ones before a place.
    fn before(&self, now: Time, place: &Place) -> u32 {
        let of_minute = |(minute, left): (u32, u32)| match minute.cmp(&place.minute) {
            Ordering::Less => u64::from(left),
            Ordering::Greater => 0,
            Ordering::Equal => {
                let all = u64::from(left) + self.to_come(now, minute);
                let done = if minute == self.minute { self.order } else { 0 };
                // Those who are left have their orders between the frontier's and the highest.
                let (before, span) = (place.order.saturating_sub(done), (u32::MAX - done).max(1));
                all * u64::from(before) / u64::from(span)
            }
        };
        u32::try_from(self.left().map(of_minute).sum::<u64>()).unwrap_or(u32::MAX)
    }

    /// Tickets that are still given in a minute, if it goes on as the last one did.
    fn to_come(&self, now: Time, minute: u32) -> u64 {
        let last = self.given.iter().rev().nth(1).filter(|(last, _)| last + 1 == minute);
        let left_ms = (i64::from(minute + 1) * MINUTE_MS).saturating_sub(now.0).clamp(0, MINUTE_MS);
        last.map_or(0, |(_, count)| u64::from(*count) * left_ms.unsigned_abs() / MINUTE_MS.unsigned_abs())
    }

    /// Of so many tickets of the frontier's minute.
    fn had_their_turn(&self, count: u32) -> u32 {
        let turns = (u64::from(self.order) * u64::from(count) + HALF) >> 32;
        u32::try_from(turns).unwrap_or(count).min(count)
    }

    /// Whether it is somebody's turn.
    fn admits(&self, place: &Place) -> bool {
        LaneFrontier { lane: place.lane, minute: self.minute, order: self.order }.admits(place)
    }

    /// One more ticket of a minute.
    fn count(&mut self, minute: u32) {
        match self.given.back_mut() {
            Some((last, count)) if *last == minute => *count += 1,
            _ => {
                if self.given.is_empty() {
                    (self.minute, self.order) = (minute, 0);
                }
                self.given.push_back((minute, 1));
            }
        }
    }

    /// A ticket from before a restart, older than everything that is known: it goes first.
    fn remember(&mut self, minute: u32) {
        match self.given.front() {
            None => self.count(minute),
            Some((first, _)) if minute < *first && self.minute >= *first && self.order == 0 => {
                self.given.push_front((minute, 1));
                self.minute = minute;
            }
            Some(_) => {}
        }
    }

    /// Lets up to `free` people of the oldest minute in. Returns how many.
    fn advance(&mut self, free: u32, this_minute: u32) -> u32 {
        let Some((minute, count)) = self.given.front().copied() else { return 0 };
        if self.minute < minute {
            (self.minute, self.order) = (minute, 0);
        }
        let waiting = count - self.had_their_turn(count);
        if free < waiting {
            let step = (u64::from(free) << 32) / u64::from(count);
            self.order = u32::try_from(u64::from(self.order) + step).unwrap_or(u32::MAX);
            return free;
        }
        if minute >= this_minute {
            // More may still come in this minute.
            (self.order, self.is_served) = (u32::MAX, true);
        } else {
            self.given.pop_front();
            (self.minute, self.order) = (minute + 1, 0);
        }
        waiting
    }
}

/// Half a person, on the scale of orders.
const HALF: u64 = 1 << 31;

fn minute_of(time: Time) -> u32 {
    u32::try_from(time.0.div_euclid(MINUTE_MS)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
