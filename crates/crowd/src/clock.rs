//! The monotonic clock of the crowd, and moments of it small enough for a packet.
//!
//! All participants of a run share one process, so a stamp that one of them
//! writes is compared with the clock of another without any agreement.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the stamps of a run begin, and what the wall clock showed then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(Instant, Duration);

impl Epoch {
    pub(crate) fn now() -> Epoch {
        Epoch(instant(), wall())
    }

    /// Microseconds from the beginning to `at`.
    pub(crate) fn stamp_us(self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.0).as_micros()).unwrap_or(u64::MAX)
    }

    /// The moment that the kernel wrote on a datagram, by the wall clock.
    pub(crate) fn instant_of(self, wall: Duration) -> Instant {
        self.0 + wall.saturating_sub(self.1)
    }

    /// The whole time from the beginning to `at`.
    pub(crate) fn elapsed(self, at: Instant) -> Duration {
        at.saturating_duration_since(self.0)
    }
}

/// The clock that the kernel stamps datagrams with, since 1970.
#[expect(clippy::disallowed_methods, reason = "compared with the kernel's stamps of received datagrams")]
fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The one place of this crate that reads the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a load client on real sockets measures real time")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}
