//! The places of connections, and who makes room when all are taken.
//!
//! A connection on which nothing was ever asked is the first to go, the oldest
//! before the others; then one whose requests had no card. Whoever has shown a
//! card keeps their place, so a flood of connections takes no place of a class.
//! It decides by what was shown, never by the address. Called by `serve`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    silent: BTreeMap<u64, AbortHandle>,
    heard: BTreeMap<u64, AbortHandle>,
}

/// What a connection has shown of itself so far; forgotten when it is over.
pub(crate) struct Standing {
    places: Arc<Places>,
    number: u64,
    shown: AtomicU8,
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
        first.is_some_and(|(_, connection)| {
            connection.abort();
            true
        })
    }

    /// Starts a connection as one that has shown nothing.
    pub(crate) fn seat(self: &Arc<Self>, start: impl FnOnce(Standing) -> AbortHandle) {
        // Locked until it is noted: it may be over before we are.
        let mut unknown = self.lock();
        unknown.next += 1;
        let number = unknown.next;
        let standing = Standing { places: Arc::clone(self), number, shown: AtomicU8::new(NOTHING) };
        let connection = start(standing);
        unknown.silent.insert(number, connection);
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
            self.shown.store(A_CARD, Ordering::Relaxed);
            let mut unknown = self.places.lock();
            unknown.silent.remove(&self.number);
            unknown.heard.remove(&self.number);
        } else if shown == NOTHING {
            self.shown.store(A_REQUEST, Ordering::Relaxed);
            let mut unknown = self.places.lock();
            if let Some(connection) = unknown.silent.remove(&self.number) {
                unknown.heard.insert(self.number, connection);
            }
        }
    }

    /// Whether it is time that those who wait do so without a connection.
    pub(crate) fn is_crowded(&self) -> bool {
        self.places.are_scarce()
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        if *self.shown.get_mut() != A_CARD {
            let mut unknown = self.places.lock();
            unknown.silent.remove(&self.number);
            unknown.heard.remove(&self.number);
        }
    }
}
