//! Pictures on a line that carries a screen and no more: their packets leave one
//! after the other, at the rate of that rung, so that a slide of twenty packets
//! pushes no voice out of the line. On a wider line nothing waits. The sender has
//! one for each receiver.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::{PACED_BITS_S, PACED_BYTES_MAX, PACED_PICTURE_BYTES_MAX};

/// What waits for its turn, each with its bytes.
pub(crate) struct Pace<T> {
    waiting: VecDeque<(T, usize)>,
    bytes: usize,
    next_at: Instant,
    is_thin: bool,
}

impl<T> Pace<T> {
    pub(crate) fn new(now: Instant) -> Pace<T> {
        Pace { waiting: VecDeque::new(), bytes: 0, next_at: now, is_thin: false }
    }

    /// The line is thin from now on, or is not any more: then nothing waits.
    pub(crate) fn set_thin(&mut self, is_thin: bool) {
        self.is_thin = is_thin;
    }

    /// Whether a packet has to wait behind others, or for its turn.
    pub(crate) fn is_needed(&self) -> bool {
        self.is_thin || !self.waiting.is_empty()
    }

    /// Whether another packet may wait: the rest of a picture that has begun longer than others.
    pub(crate) fn has_room(&self, is_amid: bool) -> bool {
        self.bytes < if is_amid { PACED_PICTURE_BYTES_MAX } else { PACED_BYTES_MAX }
    }

    pub(crate) fn push(&mut self, packet: T, bytes: usize) {
        self.bytes += bytes;
        self.waiting.push_back((packet, bytes));
    }

    /// The next packet, if it is its turn.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<T> {
        if self.is_thin && self.next_at > now {
            return None;
        }
        let (packet, bytes) = self.waiting.pop_front()?;
        self.bytes -= bytes;
        // From its turn on, not from when somebody looked; but rest is not saved up.
        let took = Duration::from_micros(bytes as u64 * 8 * 1_000_000 / PACED_BITS_S);
        self.next_at = self.next_at.max(now - LATE_MAX.min(took)) + took;
        Some(packet)
    }

    /// When [`Pace::take_due`] has something.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next_at)
    }

    /// What else waits goes nowhere.
    pub(crate) fn retain(&mut self, mut goes: impl FnMut(&T) -> bool) {
        self.waiting.retain(|(packet, _)| goes(packet));
        self.bytes = self.waiting.iter().map(|(_, bytes)| bytes).sum();
    }
}

/// A turn of the media thread may come so late without slowing the pace.
const LATE_MAX: Duration = Duration::from_millis(20);

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
mod tests {
    use super::*;

    /// When each of these packets goes out, looked at every five milliseconds.
    fn play(packets: usize, bytes: usize) -> Vec<u64> {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.set_thin(true);
        (0..packets).for_each(|packet| pace.push(packet, bytes));
        let mut left_at = Vec::new();
        for step in 0..1_000 {
            let now = start + Duration::from_millis(step * 5);
            while let Some(packet) = pace.take_due(now) {
                assert_eq!(packet, left_at.len());
                left_at.push(step * 5);
            }
        }
        assert!(pace.due_at().is_none() && pace.has_room(false));
        left_at
    }

    #[test]
    fn a_slide_takes_as_long_as_the_rate_says_and_no_two_packets_leave_together() {
        let left_at = play(20, 1_000);
        assert_eq!(left_at.len(), 20);
        let expected = 19 * 1_000 * 8 * 1_000 / PACED_BITS_S;
        assert!(left_at[19].abs_diff(expected) <= 10, "{left_at:?}");
        assert!(left_at.windows(2).all(|pair| pair[1] > pair[0] + 30), "{left_at:?}");
    }

    #[test]
    fn rest_is_not_saved_up() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.set_thin(true);
        let later = start + Duration::from_secs(60);
        (0..5).for_each(|packet| pace.push(packet, 1_000));
        assert_eq!((pace.take_due(later), pace.take_due(later)), (Some(0), None));
        assert!(pace.due_at().is_some_and(|at| at > later));
        pace.set_thin(false);
        assert!(pace.is_needed(), "what waits is not overtaken");
        assert_eq!([pace.take_due(later), pace.take_due(later)], [Some(1), Some(2)]);
        pace.retain(|packet| *packet == 4);
        assert_eq!(pace.take_due(later), Some(4));
        assert_eq!((pace.due_at(), pace.is_needed()), (None, false));
    }

    #[test]
    fn what_waits_is_bounded() {
        for (is_amid, bytes_max) in [(false, PACED_BYTES_MAX), (true, PACED_PICTURE_BYTES_MAX)] {
            let mut pace = Pace::new(Instant::now());
            let mut packets = 0;
            while pace.has_room(is_amid) {
                pace.push((), 1_000);
                packets += 1;
            }
            assert_eq!(packets, bytes_max / 1_000);
        }
    }
}
