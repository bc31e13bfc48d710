//! Seats that people wait for, with what they carry themselves: a ticket while
//! they wait, a stay while they are in. Our own desk has one of these, and each
//! protected site another.
//!
//! A ticket or stay of one site is none at another: its name is in what is
//! signed. What is asked here is the crate `admission`'s to decide.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use admission::limits::DRAIN_NOTICE_MS;
use admission::{Desk, DeskVerdict, Hand, Lane, Outlook, Place};
use axum::http::{HeaderMap, HeaderValue};
use base::clock::HOUR_MS;
use base::{Keyring, PersonId, SchoolId, Stay, Ticket, Time};
use tracing::warn;

use super::cookies;

/// The names of the cookies.
pub(crate) struct SeatCookies {
    /// The signed stay of somebody inside.
    pub(crate) stay: &'static str,
    /// The signed ticket of somebody who waits.
    pub(crate) ticket: &'static str,
    /// The same place in the open, for the page's script.
    pub(crate) place: &'static str,
    pub(crate) is_secure: bool,
}

/// Who asks for a seat.
#[derive(Clone, Copy)]
pub(crate) struct Comer {
    pub(crate) person: PersonId,
    pub(crate) school: SchoolId,
    pub(crate) lane: Lane,
    /// They send a form: what was written in it is not lost because a session ended.
    pub(crate) is_form: bool,
}

/// What becomes of them.
pub(crate) enum Turn {
    /// In; a new stay goes out with the answer.
    In(Option<HeaderValue>),
    /// Not yet: the ticket and the place go out with the waiting page.
    Wait { cookies: Vec<HeaderValue>, ask_s: u32, outlook: Option<Outlook> },
}

/// The seats of a site, or of our own desk.
pub(crate) struct Seats {
    site: String,
    names: SeatCookies,
    desk: Mutex<Desk>,
    /// People whose stay is void before its time, and until when it said.
    ended: Mutex<HashMap<PersonId, Time>>,
    has_ended: AtomicBool,
    /// Stays are honoured until then: never, unless the server empties.
    stays_end_at: AtomicI64,
}

impl Seats {
    pub(crate) fn new(site: &str, names: SeatCookies, desk: Desk) -> Seats {
        Seats {
            site: site.to_owned(),
            names,
            desk: Mutex::new(desk),
            ended: Mutex::default(),
            has_ended: AtomicBool::new(false),
            stays_end_at: AtomicI64::new(i64::MAX),
        }
    }

    /// Somebody asks for a page.
    pub(crate) fn ask(&self, now: Time, keys: &Keyring, comer: Comer, headers: &HeaderMap) -> Turn {
        let grace = if comer.is_form { FORM_GRACE_MS } else { 0 };
        let stay = cookies::find(headers, self.names.stay);
        let stay = stay.and_then(|text| Stay::open(keys, text, &self.site).ok());
        let end = Time(self.stays_end_at.load(Ordering::Relaxed));
        let stay = stay.filter(|stay| stay.person == comer.person && now <= stay.until.min(end) + grace);
        if stay.is_some_and(|stay| !self.is_ended(&stay)) {
            return Turn::In(None);
        }
        let ticket = cookies::find(headers, self.names.ticket);
        let ticket = ticket.and_then(|text| Ticket::open(keys, text, &self.site, now).ok());
        let came = ticket.filter(|one| one.person == comer.person && one.lane == comer.lane.code());
        let who = (comer.person, comer.school);
        let verdict =
            self.with_desk(|desk| desk.handle_request(now, comer.lane, who, came.map(|one| one.minute)));
        match verdict {
            DeskVerdict::Enter { until } => {
                let stay = Stay { person: comer.person, until };
                Turn::In(self.cookie(self.names.stay, &stay.seal(keys, &self.site), true))
            }
            DeskVerdict::Wait { place, ask_at, outlook } => {
                let ticket = Ticket { person: comer.person, lane: comer.lane.code(), minute: place.minute };
                let ticket = self.cookie(self.names.ticket, &ticket.seal(keys, &self.site), true);
                let place = self.cookie(self.names.place, &place_text(&place), false);
                let cookies = ticket.into_iter().chain(place).collect();
                Turn::Wait { cookies, ask_s: super::seconds_until(now, ask_at), outlook }
            }
        }
    }

    /// Ends somebody's session: the seat is free at once, and the stay that they carry is void.
    pub(crate) fn end(&self, person: PersonId) {
        let Some(until) = self.with_desk(|desk| desk.leave(person)) else { return };
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() >= ENDED_MAX {
            return warn!(site = self.site, "more sessions were ended than are remembered");
        }
        ended.insert(person, until);
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// The operator pulled a lever. Told to empty, sessions end after a notice.
    pub(crate) fn handle_hand(&self, now: Time, hand: &Hand, is_paused: bool) {
        let notice = now + DRAIN_NOTICE_MS;
        let end = if hand.is_draining { notice.0 } else { i64::MAX };
        // Told once is told: another lever gives no new notice.
        let is_told = hand.is_draining && self.stays_end_at.load(Ordering::Relaxed) != i64::MAX;
        if !is_told {
            self.stays_end_at.store(end, Ordering::Relaxed);
        }
        self.with_desk(|desk| {
            desk.set_paused(is_paused);
            desk.set_first(hand.lane);
            if hand.is_draining && !is_told {
                desk.end_sessions(notice);
            }
        });
    }

    /// The clock, every second.
    pub(crate) fn handle_time(&self, now: Time) {
        self.with_desk(|desk| desk.handle_time(now));
        if self.has_ended.load(Ordering::Relaxed) {
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.retain(|_, until| now <= *until + FORM_GRACE_MS);
            self.has_ended.store(!ended.is_empty(), Ordering::Relaxed);
        }
    }

    /// Looks at the desk, or pulls one of its levers.
    pub(crate) fn with_desk<T>(&self, look: impl FnOnce(&mut Desk) -> T) -> T {
        look(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_ended(&self, stay: &Stay) -> bool {
        self.has_ended.load(Ordering::Relaxed)
            && self
                .ended
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&stay.person)
                .is_some_and(|until| stay.until <= *until)
    }

    fn cookie(&self, name: &str, value: &str, is_hidden: bool) -> Option<HeaderValue> {
        cookies::for_a_day(name, value, is_hidden, self.names.is_secure)
    }
}

fn place_text(place: &Place) -> String {
    let lane = match place.lane {
        Lane::Staff => "staff",
        Lane::Pupils => "pupils",
        Lane::Guardians => "guardians",
        Lane::Strangers => "strangers",
    };
    format!("{lane}.{}.{}", place.minute, place.order)
}

/// A form may still be sent this long after the stay is over.
const FORM_GRACE_MS: i64 = 2 * HOUR_MS;

/// Sessions ended before their time that are remembered at once: everybody of a region who signs out in a morning.
const ENDED_MAX: usize = 1 << 18;
