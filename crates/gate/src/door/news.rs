//! What all who wait should know at once: what the operator says to them, whether
//! entries are paused, and that their lesson has opened.
//!
//! A waiting page asks for it on a line of its own, and the answer is held until
//! there is something new, or for [`HOLD`]. Only so many lines are kept, and few for
//! one person, so that the rest of the house has places for connections; whoever
//! gets none learns it with their next look at the frontier.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admission::Message;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base::{PersonId, SlotId, Time};
use bytes::Bytes;
use futures_util::FutureExt;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::timeout;

/// The lines on which news is heard, at our door and at all sites together.
/// Cloning shares them.
#[derive(Clone)]
pub struct Listeners {
    max: usize,
    /// The lines of each person.
    lines: Arc<Mutex<Lines>>,
    is_over: Arc<watch::Sender<bool>>,
}

#[derive(Default)]
struct Lines {
    all: usize,
    of: HashMap<PersonId, u8>,
}

/// A line that is kept; dropped, it is free.
struct Line {
    listeners: Listeners,
    person: PersonId,
}

impl Listeners {
    /// So many lines at a time.
    pub fn new(max: usize) -> Listeners {
        Listeners { max, lines: Arc::default(), is_over: Arc::new(watch::Sender::new(false)) }
    }

    /// Every line ends, and no new one begins: the server stops.
    pub(crate) fn end(&self) {
        self.is_over.send_replace(true);
    }

    fn take(&self, person: PersonId) -> Option<Line> {
        let mut lines = self.lock();
        if lines.all >= self.max {
            return None;
        }
        let of_person = lines.of.entry(person).or_default();
        if *of_person >= LINES_OF_ONE_MAX {
            return None;
        }
        *of_person += 1;
        lines.all += 1;
        Some(Line { listeners: self.clone(), person })
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.listeners.lock();
        lines.all -= 1;
        let left = lines.of.get_mut(&self.person).map(|lines| {
            *lines -= 1;
            *lines
        });
        if left == Some(0) {
            lines.of.remove(&self.person);
        }
    }
}

/// What is said to all who wait. The number names it; the first is nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) number: i64,
    /// By the operator.
    pub(crate) message: Option<Message>,
    /// Nobody new enters.
    pub(crate) is_shut: bool,
    /// That is because the site gives no answer since then.
    pub(crate) down_since: Option<Time>,
}

impl Said {
    /// What is said next: itself, if that is the same.
    pub(crate) fn next(
        &self,
        now: Time,
        (message, is_shut, down_since): (Option<Message>, bool, Option<Time>),
    ) -> Said {
        let next = Said { number: self.number, message, is_shut, down_since };
        if *self == next {
            return next;
        }
        // A time, so that no page knows the number from before a new start; and never one twice.
        Said { number: now.0.max(self.number + 1), ..next }
    }
}

/// Which lessons wait.
pub(crate) type Waiting = Arc<HashMap<SlotId, Option<Time>>>;

/// What is told, and to those who keep a line at once.
pub(crate) struct News {
    told: watch::Sender<Told>,
    listeners: Listeners,
}

/// What is told, as it goes out.
#[derive(Clone)]
struct Told {
    number: i64,
    body: Bytes,
    waiting: Waiting,
}

/// As it is written.
#[derive(Serialize)]
struct Written<'a> {
    news: i64,
    message: Option<&'a Message>,
    is_shut: bool,
}

/// What somebody knows already, from the query of their address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    number: Option<i64>,
    /// The lesson for which they wait.
    slot: Option<SlotId>,
}

impl News {
    /// Nothing to tell yet.
    pub(crate) fn new(listeners: Listeners) -> News {
        let told = Told::new(&Said::default(), Waiting::default());
        News { told: watch::Sender::new(told), listeners }
    }

    /// Tells what is said from now on, and which lessons wait.
    pub(crate) fn tell(&self, said: &Said, waiting: &Waiting) {
        self.told.send_if_modified(|told| {
            let is_same = Arc::ptr_eq(&told.waiting, waiting) || told.waiting == *waiting;
            let is_new = told.number != said.number || !is_same;
            if is_new {
                *told = Told::new(said, Arc::clone(waiting));
            }
            is_new
        });
    }

    /// The answer to somebody who keeps a line; `query` is what follows the question mark.
    pub(crate) fn answer(&self, person: PersonId, query: Option<&str>) -> Response {
        let known = Known::read(query.unwrap_or_default());
        let told = self.told.borrow().clone();
        if told.is_news_to(known) {
            return written(Body::from(told.body));
        }
        let Some(line) = self.listeners.take(person) else { return no_line() };
        let held = hold(self.told.subscribe(), known, self.listeners.is_over.subscribe(), line);
        written(Body::from_stream(held.map(Ok::<_, std::convert::Infallible>).into_stream()))
    }
}

impl Told {
    fn new(said: &Said, waiting: Waiting) -> Told {
        let Said { number, message, is_shut, .. } = said;
        let written = Written { news: *number, message: message.as_ref(), is_shut: *is_shut };
        Told { number: *number, body: serde_json::to_vec(&written).unwrap_or_default().into(), waiting }
    }

    fn is_news_to(&self, known: Known) -> bool {
        known.number != Some(self.number) || known.slot.is_some_and(|slot| !self.waiting.contains_key(&slot))
    }
}

impl Known {
    fn read(query: &str) -> Known {
        let find = |name: &str| {
            let mut parts = query.split('&').filter_map(|part| part.split_once('='));
            parts.find(|part| part.0 == name).and_then(|part| part.1.parse().ok())
        };
        Known { number: find("since"), slot: find("slot").map(SlotId) }
    }
}

/// What is told as soon as it is something else, or what is known after a while.
async fn hold(
    mut told: watch::Receiver<Told>,
    known: Known,
    mut is_over: watch::Receiver<bool>,
    _line: Line,
) -> Bytes {
    let is_new = async {
        tokio::select! {
            // Both ends of a channel that is gone mean that the door is gone.
            _ = told.wait_for(|told| told.is_news_to(known)) => (),
            _ = is_over.wait_for(|is_over| *is_over) => (),
        }
    };
    // In vain or not, what is told now is the answer.
    let _ = timeout(HOLD, is_new).await;
    told.borrow().body.clone()
}

fn written(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// No line is free, or the page knows no card: it looks at the frontier instead.
pub(crate) fn no_line() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Follows the path of a frontier: where its news is.
pub(crate) const NEWS_PATH: &str = "/news";

/// How long an answer is held: less than the minute after which proxies on the
/// way take a connection for dead.
const HOLD: Duration = Duration::from_secs(50);

/// Lines of one person: as many tabs and devices as anybody waits at.
const LINES_OF_ONE_MAX: u8 = 4;
