//! The gates of others, to be compared with ours for real (`preau rush`): seats
//! for persons at the top quality, whoever else of their lesson is in.
//!
//! They decide as the simulator plays them: a seat is kept to the end of an
//! hour. Only class pages are behind them, everything else goes its usual way.
//! No school is to be served with one; the waiting page and the frontier know
//! nothing of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use admission::{Ladder, Level};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base::clock::MINUTE_MS;
use base::{PersonId, Time};
use serde::{Deserialize, Serialize};

use super::DoorSettings;

/// Who decides who enters a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorPolicy {
    /// Ours: whole lessons, quality before refusal.
    #[default]
    Lesson,
    /// The gate of April 2021: a global count of sessions, no order; whoever
    /// finds it full is told to come back in three minutes.
    #[serde(rename = "quota-2021")]
    Quota2021,
    /// First come, first served.
    Fifo,
}

/// A gate that gives seats to persons.
pub(super) struct Foreign {
    has_queue: bool,
    seats: usize,
    house: Mutex<House>,
}

#[derive(Default)]
struct House {
    /// Until when somebody has their seat.
    inside: HashMap<PersonId, Time>,
    /// The same, the first to leave first.
    leaving: VecDeque<(Time, PersonId)>,
    queue: VecDeque<PersonId>,
    queued: HashSet<PersonId>,
}

impl Foreign {
    /// `None` for our own policy.
    pub(super) fn new(settings: &DoorSettings) -> Option<Foreign> {
        let has_queue = match settings.policy {
            DoorPolicy::Lesson => return None,
            DoorPolicy::Quota2021 => false,
            DoorPolicy::Fifo => true,
        };
        let seats = settings.ceiling_kbit_s() / Ladder::CLASS.cost(Level::Cameras);
        let seats = usize::try_from(seats).unwrap_or(usize::MAX);
        Some(Foreign { has_queue, seats, house: Mutex::default() })
    }

    /// Whether somebody has a seat, or gets one now; the answer if not.
    pub(super) fn decide(&self, now: Time, person: PersonId) -> Option<Response> {
        let mut house = self.house.lock().unwrap_or_else(PoisonError::into_inner);
        house.serve(now, self.seats);
        if house.inside.contains_key(&person) {
            return None;
        }
        if house.queue.is_empty() && house.inside.len() < self.seats {
            house.enter(now, person);
            return None;
        }
        if self.has_queue && house.queue.len() < QUEUE_MAX && house.queued.insert(person) {
            house.queue.push_back(person);
        }
        let (said, after_s) = if self.has_queue { (QUEUED, QUEUED_ASKS_S) } else { (QUOTA, QUOTA_ASKS_S) };
        let mut response = Response::new(said.into());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(RETRY_AFTER, HeaderValue::from(after_s));
        Some(response)
    }
}

impl House {
    /// Seats whose hour is over go to whoever waits longest.
    fn serve(&mut self, now: Time, seats: usize) {
        while let Some((_, person)) = self.leaving.pop_front_if(|(until, _)| *until <= now) {
            self.inside.remove(&person);
        }
        while self.inside.len() < seats
            && let Some(person) = self.queue.pop_front()
        {
            self.queued.remove(&person);
            self.enter(now, person);
        }
    }

    fn enter(&mut self, now: Time, person: PersonId) {
        let until = now + SEAT_MS;
        self.inside.insert(person, until);
        self.leaving.push_back((until, person));
    }
}

/// A seat is somebody's for the hour of their lesson.
const SEAT_MS: i64 = 55 * MINUTE_MS;

/// People in the queue: a département at once. Past it nobody is noted.
const QUEUE_MAX: usize = 1 << 17;

const QUOTA_ASKS_S: u32 = 180;
const QUEUED_ASKS_S: u32 = 20;

const QUOTA: &str = "Le nombre maximal de sessions est atteint. Merci d\u{2019}attendre 3 minutes avant \
                     d\u{2019}essayer à nouveau.\nAll sessions are taken. Please wait 3 minutes before you try again.\n";
const QUEUED: &str = "Vous êtes dans la file d\u{2019}attente. Cette page est à recharger dans 20 secondes.\n\
                      You are in the queue. Reload this page in 20 seconds.\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(policy: DoorPolicy) -> Foreign {
        // Two seats at 2 Mbit/s.
        let settings = DoorSettings { ceiling_mbit_s: 4, floor_mbit_s: 4, policy, ..DoorSettings::default() };
        Foreign::new(&settings).unwrap()
    }

    #[test]
    fn the_quota_gives_seats_to_whoever_asks_when_one_is_free() {
        let gate = foreign(DoorPolicy::Quota2021);
        let enters = |minute: i64, person| gate.decide(Time(minute * MINUTE_MS), PersonId(person)).is_none();
        assert!(enters(0, 1) && enters(1, 2) && enters(1, 1));
        assert!(!enters(2, 3) && !enters(3, 4));
        assert!(enters(56, 4), "a seat is free, and who came first does not count");
        assert!(enters(56, 3));
        assert!(!enters(56, 5));
    }

    #[test]
    fn the_queue_serves_in_the_order_of_coming_and_asking_again_gains_nothing() {
        let gate = foreign(DoorPolicy::Fifo);
        let enters = |minute: i64, person| gate.decide(Time(minute * MINUTE_MS), PersonId(person)).is_none();
        assert!(enters(0, 1) && enters(1, 2));
        assert!(!enters(2, 3) && !enters(3, 4) && !enters(4, 4));
        assert!(!enters(55, 4), "one seat, and it is the other one's");
        assert!(enters(55, 3));
        assert!(enters(57, 4));
    }

    #[test]
    fn ours_is_none_of_them() {
        assert!(Foreign::new(&DoorSettings::default()).is_none());
    }
}
