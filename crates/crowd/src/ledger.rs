//! What arrived and when: which packets of each stream every receiver has, and
//! how old they were.
//!
//! A packet counts when its number lies in the window of its stream, from the
//! opening of the measure to its end; what is missing there when the receivers
//! have had their time for repairs was never delivered. Pure.

use std::time::Instant;

use crate::clock::Epoch;
use crate::payload::Stamp;
use crate::stream::{Kind, STREAMS};

/// The numbers of one stream that are measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub(crate) from: u32,
    /// The first one after the measure; none yet while it goes on.
    pub(crate) to: Option<u32>,
}

impl Window {
    fn position(self, number: u32) -> Option<usize> {
        let is_in = number >= self.from && self.to.is_none_or(|to| number < to);
        is_in.then(|| (number - self.from) as usize)
    }

    /// Packets that were sent in it.
    pub(crate) fn packets(self) -> u64 {
        self.to.map_or(0, |to| u64::from(to.saturating_sub(self.from)))
    }
}

/// What one receiver has of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    bits: Vec<u64>,
    pub(crate) packets: u64,
}

impl Track {
    /// Marks a packet; false when it was there already.
    fn mark(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64, 1 << (at % 64));
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        let is_new = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        self.packets += u64::from(is_new);
        is_new
    }
}

/// What one receiver has of its lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) tracks: [Track; STREAMS.len()],
    /// Bit n: something of stream n came, in the window or before.
    pub(crate) heard: u8,
}

/// One-way delays in steps of a fiftieth of a millisecond.
#[derive(Clone, Debug)]
pub(crate) struct Delays {
    counts: Vec<u32>,
    total: u64,
}

const STEP_US: u64 = 20;
const STEPS: usize = 250_000;

impl Delays {
    fn new() -> Delays {
        Delays { counts: vec![0; STEPS], total: 0 }
    }

    fn add(&mut self, delay_us: u64) {
        let step = usize::try_from(delay_us / STEP_US).unwrap_or(STEPS).min(STEPS - 1);
        self.counts[step] += 1;
        self.total += 1;
    }

    /// The delay in milliseconds that this share of packets did not pass; 0 without any.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut sum = 0;
        for (step, count) in self.counts.iter().enumerate() {
            sum += u64::from(*count);
            if sum >= wanted && sum > 0 {
                return (step as f64 + 1.0) * STEP_US as f64 / 1_000.0;
            }
        }
        0.0
    }

    pub(crate) fn merge(&mut self, other: &Delays) {
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
        self.total += other.total;
    }
}

/// The account of a whole run.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) epoch: Epoch,
    /// By lesson and stream; none before the measure begins, or for a stream that nobody sends.
    pub(crate) windows: Vec<[Option<Window>; STREAMS.len()]>,
    pub(crate) is_open: bool,
    delays: [Delays; 3],
    /// RTP payload bytes that receivers got while the measure was open.
    pub(crate) bytes: u64,
    /// The same, packets.
    pub(crate) packets: u64,
    /// Packets that came twice.
    pub(crate) twice: u64,
    /// Packets without our stamp, or of another lesson.
    pub(crate) strays: u64,
}

impl Ledger {
    pub(crate) fn new(lessons: usize, epoch: Epoch) -> Ledger {
        Ledger {
            epoch,
            windows: vec![[None; STREAMS.len()]; lessons],
            is_open: false,
            delays: std::array::from_fn(|_| Delays::new()),
            bytes: 0,
            packets: 0,
            twice: 0,
            strays: 0,
        }
    }

    /// One packet of media that came at `now` to somebody in `lesson`.
    pub(crate) fn count(&mut self, lesson: u16, received: &mut Received, payload: &[u8], now: Instant) {
        let stamp = Stamp::read(payload)
            .filter(|stamp| stamp.lesson == lesson && usize::from(stamp.stream) < STREAMS.len());
        let Some(stamp) = stamp else {
            self.strays += 1;
            return;
        };
        let stream = usize::from(stamp.stream);
        received.heard |= 1 << stream;
        if self.is_open {
            self.bytes += payload.len() as u64;
            self.packets += 1;
        }
        let Some(window) = self.windows[usize::from(lesson)][stream] else { return };
        let Some(position) = window.position(stamp.number) else { return };
        if received.tracks[stream].mark(position) {
            let age_us = self.epoch.stamp_us(now).saturating_sub(stamp.written_us);
            self.delays[place(STREAMS[stream].kind)].add(age_us);
        } else {
            self.twice += 1;
        }
    }

    pub(crate) fn delays(&self, kind: Kind) -> &Delays {
        &self.delays[place(kind)]
    }
}

fn place(kind: Kind) -> usize {
    match kind {
        Kind::Voice => 0,
        Kind::Camera => 1,
        Kind::Screen => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::instant;
    use crate::payload::voice;

    fn packet(lesson: u16, number: u32) -> Vec<u8> {
        voice(80, Stamp { lesson, stream: 3, number, written_us: 0 })
    }

    #[test]
    fn what_is_in_the_window_counts_once_and_what_is_missing_is_missing() {
        let epoch = Epoch::now();
        let mut ledger = Ledger::new(2, epoch);
        let mut received = Received::default();
        let now = instant() + Duration::from_millis(7);
        ledger.count(1, &mut received, &packet(1, 9), now);
        assert_eq!((received.heard, ledger.packets), (8, 0), "heard before the measure");
        ledger.windows[1][3] = Some(Window { from: 10, to: None });
        ledger.is_open = true;
        for number in [9, 10, 11, 13, 13, 12] {
            ledger.count(1, &mut received, &packet(1, number), now);
        }
        ledger.windows[1][3] = Some(Window { from: 10, to: Some(15) });
        ledger.count(1, &mut received, &packet(1, 15), now);
        assert_eq!((received.tracks[3].packets, ledger.twice), (4, 1));
        assert_eq!(ledger.windows[1][3].unwrap().packets(), 5);
        ledger.count(0, &mut received, &packet(1, 11), now);
        assert_eq!(ledger.strays, 1, "of another lesson");
        let delay_ms = ledger.delays(Kind::Voice).quantile_ms(0.99);
        assert!((7.0..60.0).contains(&delay_ms), "{delay_ms}");
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut delays = Delays::new();
        assert!(delays.quantile_ms(0.5) == 0.0);
        (1..=100).for_each(|ms| delays.add(ms * 1_000 - 1));
        assert!((delays.quantile_ms(0.5) - 50.0).abs() < 0.001);
        assert!((delays.quantile_ms(0.99) - 99.0).abs() < 0.001);
    }
}
