//! Time as a value, and the one place where the machine's clock is read.
//!
//! [`Time`] is milliseconds since the Unix epoch, UTC; pages turn it into a
//! school's local time. Tests use [`Clock::mock`] and move it by hand.

use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// Milliseconds in a second, a minute, an hour and a day.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl Time {
    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn since_ms(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<i64> for Time {
    type Output = Time;

    fn add(self, ms: i64) -> Time {
        Time(self.0.saturating_add(ms))
    }
}

impl Sub<i64> for Time {
    type Output = Time;

    fn sub(self, ms: i64) -> Time {
        Time(self.0.saturating_sub(ms))
    }
}

/// Where a shell reads the time: the machine's clock, or one that a test moves.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    mock: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock { mock: None }
    }

    /// A clock that stands at `start` until [`Clock::advance_ms`] moves it.
    pub fn mock(start: Time) -> Clock {
        Clock { mock: Some(Arc::new(AtomicI64::new(start.0))) }
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Time {
        if let Some(mock) = &self.mock {
            return Time(mock.load(Ordering::Relaxed));
        }
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// Moves a mock clock forward; the machine's clock stays as it is.
    pub fn advance_ms(&self, ms: i64) {
        if let Some(mock) = &self.mock {
            mock.fetch_add(ms, Ordering::Relaxed);
        }
    }
}
