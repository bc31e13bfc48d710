//! The books: who is present and who is still expected, by bucket of rank.
//!
//! Quality is decided by a threshold on ranks, so the cost of everything at any
//! threshold is a sum over 1,024 numbers, whatever the number of lessons.

use crate::ladder::{Ladder, Level};
use crate::limits::SIGMAS;
use crate::rank::BUCKETS;

/// Levels in force: lessons whose bucket is below the threshold have the rung
/// above `base`, the others `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) base: Level,
    pub(crate) threshold: usize,
}

impl Setting {
    pub(crate) fn level(self, bucket: usize) -> Level {
        if bucket < self.threshold { self.base.up().unwrap_or(self.base) } else { self.base }
    }
}

/// People by bucket of their lesson's rank.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    present: Vec<u64>,
    expected: Vec<f64>,
    variance: f64,
    present_total: u64,
    expected_total: f64,
    revision: u64,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger {
            present: vec![0; BUCKETS],
            expected: vec![0.0; BUCKETS],
            variance: 0.0,
            present_total: 0,
            expected_total: 0.0,
            revision: 0,
        }
    }

    /// Another number after every change: what was worked out from the books holds until then.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn present_total(&self) -> u64 {
        self.present_total
    }

    /// People present and expected, and the margin for those who come against expectation.
    pub(crate) fn committed(&self) -> f64 {
        self.present_total as f64 + self.expected_total + SIGMAS * self.variance.max(0.0).sqrt()
    }

    pub(crate) fn enter(&mut self, bucket: usize, people: u32) {
        self.present[bucket] += u64::from(people);
        self.present_total += u64::from(people);
        self.revision += 1;
    }

    pub(crate) fn leave(&mut self, bucket: usize, people: u32) {
        let people = u64::from(people).min(self.present[bucket]);
        self.present[bucket] -= people;
        self.present_total -= people;
        self.revision += 1;
    }

    /// Replaces what was expected of a lesson.
    pub(crate) fn expect(&mut self, bucket: usize, before: Expected, after: Expected) {
        if before == after {
            return;
        }
        self.revision += 1;
        self.expected[bucket] += after.people - before.people;
        self.expected_total += after.people - before.people;
        self.variance += after.variance - before.variance;
    }

    /// kbit/s of everybody present, at the levels of a setting.
    pub(crate) fn present_cost(&self, ladder: &Ladder, setting: Setting) -> u64 {
        let upper = setting.base.up().unwrap_or(setting.base);
        let above: u64 = self.present[..setting.threshold].iter().sum();
        above * ladder.cost(upper) + (self.present_total - above) * ladder.cost(setting.base)
    }

    /// kbit/s of everybody present and expected, bucket by bucket.
    pub(crate) fn people(&self) -> impl Iterator<Item = f64> {
        self.present.iter().zip(&self.expected).map(|(present, expected)| *present as f64 + expected.max(0.0))
    }

    pub(crate) fn margin(&self) -> f64 {
        SIGMAS * self.variance.max(0.0).sqrt()
    }
}

/// What is expected of one lesson beyond those present.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Expected {
    pub(crate) people: f64,
    pub(crate) variance: f64,
}

impl Expected {
    /// `absent` enrolled people, each of whom still comes with this chance.
    pub(crate) fn of(absent: u32, still_comes: f64) -> Expected {
        let absent = f64::from(absent);
        Expected { people: absent * still_comes, variance: absent * still_comes * (1.0 - still_comes) }
    }
}
