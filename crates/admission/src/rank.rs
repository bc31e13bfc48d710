//! Ranks: the order of lessons among their equals, drawn by a keyed permutation.
//!
//! The seed is published afterwards, so anybody can check that nobody was
//! preferred. Within one school the ranks are spread evenly, over the lessons of
//! each bell and over the bells, so that any threshold takes the same share of each school.

use base::{PersonId, SchoolId, SlotId};

/// Buckets of the rank scale: quality and books are kept by bucket.
pub const BUCKETS: usize = 1_024;

/// The key of the permutation, drawn anew each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

/// A place on the scale from 0 (first) to 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(pub u32);

impl Rank {
    /// The rank's bucket.
    pub fn bucket(self) -> usize {
        (self.0 >> 22) as usize
    }

    /// The place among those that go before all others, in the order that was drawn.
    pub(crate) fn first(self) -> Rank {
        Rank(self.0 / BUCKETS as u32)
    }
}

impl Seed {
    /// A seed for tests and simulations.
    pub fn of(number: u64) -> Seed {
        Seed(*blake3::hash(&number.to_le_bytes()).as_bytes())
    }

    /// The place of a person in a queue: the same in ten tabs.
    pub fn person(&self, person: PersonId, bucket: u32) -> Rank {
        self.draw(&[b"person", &person.0.to_le_bytes(), &bucket.to_le_bytes()])
    }

    /// The order of a lesson within its school and bell.
    pub(crate) fn lesson(&self, slot: SlotId) -> Rank {
        self.draw(&[b"lesson", &slot.0.to_le_bytes()])
    }

    /// Where the even spread of a school's ranks begins, for its first bell.
    pub(crate) fn offset(&self, school: SchoolId) -> Rank {
        self.draw(&[b"school", &school.0.to_le_bytes()])
    }

    fn draw(&self, parts: &[&[u8]]) -> Rank {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(part);
        }
        let mut first = [0; 4];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
        Rank(u32::from_le_bytes(first))
    }
}

/// The `n`th of `count` evenly spread ranks for the `bell`th bell of a school whose combs begin at `offset`.
///
/// The offset moves the comb within one step, so that a school with few lessons
/// is not always first. From bell to bell it moves on by the golden ratio, so
/// that the combs of a day interleave and a school has its share over all of them.
pub(crate) fn spread(offset: Rank, bell: u32, n: usize, count: usize) -> Rank {
    let step = (1u64 << 32) / count.max(1) as u64;
    let within = u64::from(offset.0.wrapping_add(bell.wrapping_mul(GOLDEN)));
    let start = (within * step) >> 32;
    Rank(u32::try_from(start + step * n as u64).unwrap_or(u32::MAX))
}

/// The golden ratio's part behind the comma, of 2^32.
const GOLDEN: u32 = 0x9e37_79b9;
