//! Proof of effort: while strangers flood the door, those who worked for it go first.
//!
//! The published challenge changes every two minutes. A stranger's device looks
//! for a number whose SHA-256 with the challenge begins with zero bits, and may
//! look for as many as it likes: more bits go first. What is asked rises until
//! those who bring it fit the share, and falls when the flood is over. A part
//! of the share stays for those who cannot work: no script, no time.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use aws_lc_rs::digest;
use base::clock::MINUTE_MS;
use base::{Keyring, Time};
use serde::Serialize;

/// A challenge is given out for this long, and its proofs are taken for as long again.
const CHALLENGE_LIFE_MS: i64 = 2 * MINUTE_MS;

/// Asked first when strangers are shed: 4,096 hashes, a fraction of a second on a phone.
const BITS_FIRST: u32 = 12;

/// Asked at most: a million hashes, some ten seconds in a browser.
const BITS_MAX: u32 = 20;

/// What is asked falls by a bit after so many seconds in which all who brought it were served.
const EASES_AFTER_S: u32 = 10;

/// One part in so many of the strangers' share is for those without a proof.
const PLAIN_PART: i64 = 8;

/// Requests that one proof is good for: the sign-in page, its files, the form, a mistake or two.
const USES: u64 = 16;

/// Proofs whose uses are counted at a time. Two that fall on one place count as one.
const COUNTED: usize = 1 << 16;

/// What strangers are asked, as everybody may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Asked {
    pub(crate) challenge: String,
    pub(crate) bits: u32,
}

/// The strangers' share of each second, and what is asked for it.
pub(crate) struct Effort {
    per_second: i64,
    /// Requests still to be served in this second: with a proof, and without.
    proven_left: AtomicI64,
    plain_left: AtomicI64,
    /// 0: nothing is asked.
    bits: AtomicU32,
    quiet_s: AtomicU32,
    is_shedding: AtomicBool,
    /// Requests of this second by the bits that they brought.
    brought: [AtomicU32; BITS_MAX as usize + 1],
    /// Uses of proofs: a tag of the proof above, the count in the lowest byte.
    used: Box<[AtomicU64]>,
}

impl Effort {
    pub(crate) fn new(per_second: u32) -> Effort {
        let per_second = i64::from(per_second);
        Effort {
            per_second,
            proven_left: AtomicI64::new(0),
            plain_left: AtomicI64::new(per_second),
            bits: AtomicU32::new(0),
            quiet_s: AtomicU32::new(0),
            is_shedding: AtomicBool::new(false),
            brought: Default::default(),
            used: (0..COUNTED).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// What is asked now; none while every stranger is served.
    pub(crate) fn asked(&self, now: Time, keys: &Keyring) -> Option<Asked> {
        let bits = self.bits.load(Ordering::Relaxed);
        (bits > 0).then(|| Asked { challenge: challenge(window(now), keys), bits })
    }

    /// Whether a stranger is served now, with what their cookie says, if they have one.
    pub(crate) fn serves(&self, now: Time, keys: &Keyring, proof: Option<&str>) -> bool {
        let asked = self.bits.load(Ordering::Relaxed);
        if asked > 0 {
            let brought = proof.map_or(0, |proof| self.bits_of(now, keys, proof));
            if brought > 0 {
                self.brought[brought.min(BITS_MAX) as usize].fetch_add(1, Ordering::Relaxed);
            }
            if brought >= asked && take_one(&self.proven_left) {
                return true;
            }
        }
        let is_served = take_one(&self.plain_left);
        if !is_served {
            self.is_shedding.store(true, Ordering::Relaxed);
        }
        is_served
    }

    /// Another second: the share is given anew, and what is asked follows what was brought.
    pub(crate) fn handle_second(&self) {
        let is_shedding = self.is_shedding.swap(false, Ordering::Relaxed);
        let before = self.bits.load(Ordering::Relaxed);
        let share = self.per_second - self.per_second.div_euclid(PLAIN_PART);
        let mut bits = before;
        let mut proven = 0;
        for (brought, count) in self.brought.iter().enumerate().rev() {
            proven += i64::from(count.swap(0, Ordering::Relaxed));
            if proven > share {
                bits = bits.max(brought as u32 + 1);
                break;
            }
        }
        if is_shedding {
            bits = bits.max(BITS_FIRST);
        }
        let bits = bits.min(BITS_MAX);
        // Above the first step it is enough that those who bring it fit; to ask nothing, that nobody is shed.
        let is_quiet = bits == before && (bits > BITS_FIRST || !is_shedding);
        let quiet_s = if is_quiet { self.quiet_s.load(Ordering::Relaxed) + 1 } else { 0 };
        let eased = if bits > BITS_FIRST { bits - 1 } else { 0 };
        let is_over = quiet_s >= EASES_AFTER_S && bits > 0;
        self.quiet_s.store(if is_over { 0 } else { quiet_s }, Ordering::Relaxed);
        let bits = if is_over { eased } else { bits };
        self.bits.store(bits, Ordering::Relaxed);
        let plain = if bits > 0 { self.per_second - share } else { self.per_second };
        self.plain_left.store(plain.max(1), Ordering::Relaxed);
        self.proven_left.store(if bits > 0 { share } else { 0 }, Ordering::Relaxed);
    }

    /// The zero bits of a proof that is fresh and not used up; 0 for anything else.
    fn bits_of(&self, now: Time, keys: &Keyring, proof: &str) -> u32 {
        let Some((given, nonce)) = proof.split_once('.') else { return 0 };
        if proof.len() > PROOF_BYTES_MAX || nonce.parse::<u64>().is_err() {
            return 0;
        }
        let window = window(now);
        if ![window, window - 1].iter().any(|one| challenge(*one, keys) == given) {
            return 0;
        }
        let hash = digest::digest(&digest::SHA256, proof.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_ref()[..8]);
        let bits = u64::from_be_bytes(first).leading_zeros();
        if bits == 0 || !self.is_use_left(hash.as_ref()) {
            return 0;
        }
        bits
    }

    fn is_use_left(&self, hash: &[u8]) -> bool {
        let mut last = [0; 8];
        last.copy_from_slice(&hash[hash.len() - 8..]);
        let tag = u64::from_be_bytes(last) & !0xff;
        let place = &self.used[(tag >> 8) as usize % COUNTED];
        let seen = place.load(Ordering::Relaxed);
        let uses = if seen & !0xff == tag { seen & 0xff } else { 0 };
        if uses < USES {
            place.store(tag | (uses + 1), Ordering::Relaxed);
        }
        uses < USES
    }
}

/// A challenge is 16 characters, a nonce at most 20.
const PROOF_BYTES_MAX: usize = 40;

fn window(now: Time) -> i64 {
    now.0.div_euclid(CHALLENGE_LIFE_MS)
}

/// Nobody knows a window's challenge before it begins.
fn challenge(window: i64, keys: &Keyring) -> String {
    let mut of = *b"effort\0\0\0\0\0\0\0\0";
    of[6..].copy_from_slice(&window.to_le_bytes());
    let (_, tag) = keys.sign(&of);
    tag[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn take_one(left: &AtomicI64) -> bool {
    left.load(Ordering::Relaxed) > 0 && left.fetch_sub(1, Ordering::Relaxed) > 0
}

#[cfg(test)]
mod tests {
    use base::token::Key;

    use super::*;

    const NOW: Time = Time(1_617_688_200_000);

    fn keys() -> Keyring {
        Keyring::new(&Key { id: 1, secret: [3; 32] }, &[])
    }

    /// What a browser's script does.
    fn work(asked: &Asked, skipped: u64) -> String {
        let found = (skipped..).map(|nonce| format!("{}.{nonce}", asked.challenge)).find(|proof| {
            let hash = digest::digest(&digest::SHA256, proof.as_bytes());
            u32::from_be_bytes(hash.as_ref()[..4].try_into().unwrap()).leading_zeros() >= asked.bits
        });
        found.unwrap()
    }

    fn served(effort: &Effort, now: Time, proof: Option<&str>, requests: u32) -> u32 {
        (0..requests).map(|_| u32::from(effort.serves(now, &keys(), proof))).sum()
    }

    #[test]
    fn in_a_flood_whoever_worked_goes_first_and_the_others_keep_a_part() {
        let effort = Effort::new(80);
        assert_eq!(effort.asked(NOW, &keys()), None);
        assert_eq!(served(&effort, NOW, None, 1_000), 80);
        effort.handle_second();
        let asked = effort.asked(NOW, &keys()).unwrap();
        assert_eq!(asked.bits, BITS_FIRST);
        let proof = work(&asked, 0);
        assert_eq!(served(&effort, NOW, None, 1_000), 10, "without a proof");
        assert_eq!(served(&effort, NOW, Some(&proof), 5), 5, "with one, after the flood");
        assert_eq!(served(&effort, NOW, Some(&proof), 100), USES as u32 - 5, "a proof is used up");
    }

    #[test]
    fn forged_stale_and_foreign_proofs_are_none() {
        let effort = Effort::new(8);
        served(&effort, NOW, None, 100);
        effort.handle_second();
        let asked = effort.asked(NOW, &keys()).unwrap();
        let proof = work(&asked, 0);
        served(&effort, NOW, None, 100);
        let foreign = work(&Asked { challenge: "0123456789abcdef".into(), ..asked.clone() }, 0);
        let long = format!("{}.{}", asked.challenge, "1".repeat(1 << 20));
        for forged in
            [foreign.as_str(), &long, "", ".", "é.1", &proof[1..], &format!("{proof}x"), &asked.challenge]
        {
            assert!(!effort.serves(NOW, &keys(), Some(forged)), "{forged:.60}");
        }
        assert!(
            effort.serves(NOW + CHALLENGE_LIFE_MS, &keys(), Some(&proof)),
            "the one before is still taken"
        );
        assert!(!effort.serves(NOW + 2 * CHALLENGE_LIFE_MS, &keys(), Some(&proof)));
    }

    #[test]
    fn more_is_asked_of_many_and_nothing_when_the_flood_is_over() {
        let effort = Effort::new(16);
        served(&effort, NOW, None, 100);
        effort.handle_second();
        let asked = effort.asked(NOW, &keys()).unwrap();
        for n in 0..30 {
            effort.serves(NOW, &keys(), Some(&work(&asked, n * 100_000)));
        }
        effort.handle_second();
        let more = effort.asked(NOW, &keys()).unwrap().bits;
        assert!(more > asked.bits, "{more}");
        for _ in 0..(BITS_MAX * EASES_AFTER_S) {
            served(&effort, NOW, None, 100);
            effort.handle_second();
        }
        let still = effort.asked(NOW, &keys()).map(|asked| asked.bits);
        assert_eq!(still, Some(BITS_FIRST), "a flood without proofs makes nobody work more");
        for _ in 0..(BITS_MAX * EASES_AFTER_S) {
            effort.handle_second();
        }
        assert_eq!(effort.asked(NOW, &keys()), None);
        assert_eq!(served(&effort, NOW, None, 100), 16, "the whole share again");
    }
}
