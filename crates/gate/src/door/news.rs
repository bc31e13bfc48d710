//! What all who wait should know at once: what the operator says to them, and
//! whether entries are paused.
//!
//! A waiting page asks for it on a line of its own, and the answer is held until
//! there is something new, or for [`HOLD`]. Only so many lines are kept, so that
//! the rest of the house has places for connections; whoever gets none learns it
//! with their next look at the frontier.

use std::sync::Arc;
use std::time::Duration;

use admission::Message;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base::Time;
use bytes::Bytes;
use futures_util::FutureExt;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// The lines on which news is heard, at our door and at all sites together.
/// Cloning shares them.
#[derive(Clone)]
pub struct Listeners {
    lines: Arc<Semaphore>,
    /// Dropped with the last of them, or told that it is over.
    is_over: Arc<watch::Sender<bool>>,
}

impl Listeners {
    /// So many lines at a time.
    pub fn new(max: usize) -> Listeners {
        Listeners { lines: Arc::new(Semaphore::new(max)), is_over: Arc::new(watch::Sender::new(false)) }
    }

    /// Every line ends, and no new one begins: the server stops.
    pub(crate) fn end(&self) {
        self.is_over.send_replace(true);
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
}

impl Said {
    /// What is said next: itself, if that is the same.
    pub(crate) fn next(&self, now: Time, message: Option<Message>, is_shut: bool) -> Said {
        if (&self.message, self.is_shut) == (&message, is_shut) {
            return self.clone();
        }
        // A time, so that no page knows the number from before a new start; and never one twice.
        Said { number: now.0.max(self.number + 1), message, is_shut }
    }
}

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
}

/// As it is written.
#[derive(Serialize)]
struct Written<'a> {
    news: i64,
    message: Option<&'a Message>,
    is_shut: bool,
}

impl News {
    /// Nothing to tell yet.
    pub(crate) fn new(listeners: Listeners) -> News {
        News { told: watch::Sender::new(Told::new(&Said::default())), listeners }
    }

    /// Tells what is said from now on.
    pub(crate) fn tell(&self, said: &Said) {
        self.told.send_if_modified(|told| {
            let is_new = told.number != said.number;
            if is_new {
                *told = Told::new(said);
            }
            is_new
        });
    }

    /// The answer to a page that knows the news of a number; `query` is what follows the question mark.
    pub(crate) fn answer(&self, query: Option<&str>) -> Response {
        let known = query.and_then(|query| query.strip_prefix("since=")).and_then(|text| text.parse().ok());
        let told = self.told.borrow().clone();
        if known != Some(told.number) {
            return written(Body::from(told.body));
        }
        let Ok(line) = Arc::clone(&self.listeners.lines).try_acquire_owned() else { return no_line() };
        let held = hold(self.told.subscribe(), told.number, self.listeners.is_over.subscribe(), line);
        written(Body::from_stream(held.map(Ok::<_, std::convert::Infallible>).into_stream()))
    }
}

impl Told {
    fn new(said: &Said) -> Told {
        let Said { number, message, is_shut } = said;
        let written = Written { news: *number, message: message.as_ref(), is_shut: *is_shut };
        Told { number: *number, body: serde_json::to_vec(&written).unwrap_or_default().into() }
    }
}

/// What is told as soon as it is something else, or what is known after a while.
async fn hold(
    mut told: watch::Receiver<Told>,
    known: i64,
    mut is_over: watch::Receiver<bool>,
    _line: OwnedSemaphorePermit,
) -> Bytes {
    let is_new = async {
        tokio::select! {
            // Both ends of a channel that is gone mean that the door is gone.
            _ = told.wait_for(|told| told.number != known) => (),
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
