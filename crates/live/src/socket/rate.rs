//! How often a page may speak: a bucket that fills with time.

use std::time::Instant;

use crate::limits::{MESSAGES_BURST, MESSAGES_PER_S};

pub(crate) struct Rate {
    left: f64,
    at: Instant,
}

impl Rate {
    pub(crate) fn new(at: Instant) -> Rate {
        Rate { left: f64::from(MESSAGES_BURST), at }
    }

    /// Takes one message out, if there is one left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let elapsed_s = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + elapsed_s * f64::from(MESSAGES_PER_S)).min(f64::from(MESSAGES_BURST));
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}
