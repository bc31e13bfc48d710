//! What one client may send up: a bucket that fills with time.
//!
//! It is asked before anything is decrypted, so that a client at a hundred times
//! its rate costs its lesson next to nothing.

use std::time::Instant;

use crate::limits::{UPSTREAM_BITS_BURST, UPSTREAM_BITS_S};

pub(crate) struct Allowance {
    bits_left: u64,
    filled_at: Instant,
}

impl Allowance {
    pub(crate) fn new(now: Instant) -> Allowance {
        Allowance { bits_left: UPSTREAM_BITS_BURST, filled_at: now }
    }

    /// Takes a datagram out, if there is enough left for it.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        let elapsed_us = now.saturating_duration_since(self.filled_at).as_micros();
        // Less often than every packet, so that what rounding cuts off is nothing.
        if elapsed_us >= 1_000 {
            let gained =
                u64::try_from(elapsed_us).unwrap_or(u64::MAX).saturating_mul(UPSTREAM_BITS_S / 1_000);
            self.bits_left = self.bits_left.saturating_add(gained / 1_000).min(UPSTREAM_BITS_BURST);
            self.filled_at = now;
        }
        let bits = bytes as u64 * 8;
        let fits = bits <= self.bits_left;
        self.bits_left -= if fits { bits } else { 0 };
        fits
    }
}
