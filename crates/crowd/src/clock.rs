//! The monotonic clock of the crowd, and moments of it small enough for a packet.
//!
//! All participants of a run share one process, so a stamp that one of them
//! writes is compared with the clock of another without any agreement.

use std::time::{Duration, Instant};

/// Where the stamps of a run begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    pub(crate) fn now() -> Epoch {
        Epoch(instant())
    }

    /// Microseconds from the beginning to `at`.
    pub(crate) fn stamp_us(self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.0).as_micros()).unwrap_or(u64::MAX)
    }

    /// The whole time from the beginning to `at`.
    pub(crate) fn elapsed(self, at: Instant) -> Duration {
        at.saturating_duration_since(self.0)
    }
}

/// The one place of this crate that reads the clock.
#[expect(clippy::disallowed_methods, reason = "a load client on real sockets measures real time")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}
