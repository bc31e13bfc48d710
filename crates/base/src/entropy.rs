//! Randomness as a value: the operating system's, or a seeded stream that
//! gives the same bytes for the same seed (tests, the demo school, the simulator).

use std::sync::{Arc, Mutex};

/// A source of random bytes. Cloning shares the stream.
#[derive(Clone, Debug, Default)]
pub struct Entropy {
    seeded: Option<Arc<Mutex<blake3::OutputReader>>>,
}

impl Entropy {
    /// The operating system's generator: the only one fit for secrets.
    pub fn system() -> Entropy {
        Entropy { seeded: None }
    }

    /// A reproducible stream. Never for secrets.
    pub fn seeded(seed: u64) -> Entropy {
        let reader = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
        Entropy { seeded: Some(Arc::new(Mutex::new(reader))) }
    }

    /// Fills `buffer` with random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing secret
    /// can be made then, and going on would be worse.
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.seeded {
            Some(reader) => reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).fill(buffer),
            None => getrandom::fill(buffer).expect("the operating system gives randomness"),
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A fresh id: positive, below 2^53 so that a script reads it exactly.
    pub fn id(&self) -> i64 {
        let raw = u64::from_le_bytes(self.bytes()) & ((1 << 53) - 1);
        i64::try_from(raw.max(1)).unwrap_or(1)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&self, bound: usize) -> usize {
        if bound == 0 {
            return 0;
        }
        let wide = u128::from(u64::from_le_bytes(self.bytes()));
        usize::try_from((wide * bound as u128) >> 64).unwrap_or(0)
    }
}
