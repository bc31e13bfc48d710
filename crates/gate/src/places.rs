//! The places of connections, and who makes room when all are taken.
//!
//! A connection on which nothing was ever asked is the first to go, the oldest
//! before the others; then one whose requests had no card. Whoever has shown a
//! card keeps their place, so a flood of connections takes no place of a class;
//! so does whoever the application vouches for later, such as a guest in a class.
//! It decides by what was shown, never by the address. Called by `serve`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use base::Vouch;
use futures_util::task::AtomicWaker;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

/// All of them.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    max: usize,
    unknown: Mutex<Unknown>,
}

/// Connections that nobody with a card has spoken on, by number: the oldest first.
#[derive(Default)]
struct Unknown {
    next: u64,
    silent: BTreeMap<u64, Ending>,
    heard: BTreeMap<u64, Ending>,
}

/// What a connection has shown of itself so far; forgotten when it is over. It
/// goes with the stream: a WebSocket outlives the task that began it.
pub(crate) struct Standing {
    places: Arc<Places>,
    number: u64,
    shown: AtomicU8,
    cut: Arc<Cut>,
}

/// How a connection is ended that must make room.
struct Ending {
    /// As long as it has a task of ours.
    task: AbortHandle,
    /// Once the application has it.
    cut: Arc<Cut>,
}

/// A line that can be cut from outside, seen by whoever reads from it.
#[derive(Default)]
struct Cut {
    is_cut: AtomicBool,
    reader: AtomicWaker,
}

const NOTHING: u8 = 0;
const A_REQUEST: u8 = 1;
const A_CARD: u8 = 2;

impl Places {
    pub(crate) fn new(max: usize) -> Arc<Places> {
        let max = max.min(Semaphore::MAX_PERMITS);
        Arc::new(Places { free: Arc::new(Semaphore::new(max)), max, unknown: Mutex::default() })
    }

    /// A free place, if there is one.
    pub(crate) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// The next place that comes free.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.free).acquire_owned().await
    }

    /// More than half are taken.
    pub(crate) fn are_scarce(&self) -> bool {
        self.free.available_permits() < self.max / 2
    }

    /// Ends a connection that has shown least. False: all have shown a card.
    pub(crate) fn make_room(&self) -> bool {
        let mut unknown = self.lock();
        let first = unknown.silent.pop_first().or_else(|| unknown.heard.pop_first());
        // Without the lock: what is over leaves the books.
        drop(unknown);
        first.is_some_and(|(_, ending)| {
            ending.task.abort();
            ending.cut.is_cut.store(true, Ordering::Release);
            ending.cut.reader.wake();
            true
        })
    }

    /// Starts a connection as one that has shown nothing.
    pub(crate) fn seat(self: &Arc<Self>, start: impl FnOnce(Arc<Standing>) -> AbortHandle) {
        // Locked until it is noted: it may be over before we are.
        let mut unknown = self.lock();
        unknown.next += 1;
        let number = unknown.next;
        let (places, cut) = (Arc::clone(self), Arc::<Cut>::default());
        let standing = Standing { places, number, shown: AtomicU8::new(NOTHING), cut: Arc::clone(&cut) };
        let task = start(Arc::new(standing));
        unknown.silent.insert(number, Ending { task, cut });
    }

    fn forget(&self, number: u64) {
        let mut unknown = self.lock();
        unknown.silent.remove(&number);
        unknown.heard.remove(&number);
    }

    fn lock(&self) -> MutexGuard<'_, Unknown> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// A request came; `has_card` is asked while it matters.
    pub(crate) fn hear(&self, has_card: impl FnOnce() -> bool) {
        let shown = self.shown.load(Ordering::Relaxed);
        if shown == A_CARD {
            return;
        }
        if has_card() {
            self.vouch();
        } else if shown == NOTHING {
            self.shown.store(A_REQUEST, Ordering::Relaxed);
            let mut unknown = self.places.lock();
            if let Some(connection) = unknown.silent.remove(&self.number) {
                unknown.heard.insert(self.number, connection);
            }
        }
    }

    /// Whether it must end now; `cx` is woken when it must.
    pub(crate) fn is_cut(&self, cx: &Context<'_>) -> bool {
        if self.shown.load(Ordering::Relaxed) == A_CARD {
            return false;
        }
        self.cut.reader.register(cx.waker());
        self.cut.is_cut.load(Ordering::Acquire)
    }

    /// Whether it is time that those who wait do so without a connection.
    pub(crate) fn is_crowded(&self) -> bool {
        self.places.are_scarce()
    }
}

impl Vouch for Standing {
    fn vouch(&self) {
        if self.shown.swap(A_CARD, Ordering::Relaxed) != A_CARD {
            self.places.forget(self.number);
        }
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        if *self.shown.get_mut() != A_CARD {
            self.places.forget(self.number);
        }
    }
}
