//! What somebody has on them who was sent to another system to show there who
//! they are: a cookie at our host, so that we keep nothing for it.
//!
//! It is of one protected site and of one device. Its secrets are derived from
//! its number, so the cookie tells none of them.

use super::fields::Writer;
use super::{Keyring, Kind, Void, cut};
use crate::clock::Time;
use crate::limits::{ERRAND_LIFE_MS, SITE_BYTES_MAX};

/// The way of one device to another system and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Drawn, 128 bits: nobody guesses another's.
    pub number: u128,
    /// Drawn for the device by the site that it wants to: goes into its introduction.
    pub nonce: u64,
    /// When it set out.
    pub begun_at: Time,
}

impl Errand {
    /// Writes and signs the errand for `site`.
    pub fn seal(&self, keys: &Keyring, site: &str) -> String {
        let mut body = Writer::default();
        body.i64(self.begun_at.0);
        body.text(cut(site, SITE_BYTES_MAX));
        body.i64(self.nonce.cast_signed());
        body.u128(self.number);
        keys.seal(Kind::Errand, body.as_slice())
    }

    /// Checks an errand that is presented for `site` at `now`.
    pub fn open(keys: &Keyring, text: &str, site: &str, now: Time) -> Result<Errand, Void> {
        let errand = keys.open(Kind::Errand, text, |body| {
            let begun_at = Time(body.i64()?);
            if body.text()? != cut(site, SITE_BYTES_MAX) {
                return None;
            }
            Some(Errand { begun_at, nonce: body.i64()?.cast_unsigned(), number: body.u128()? })
        })?;
        if now <= errand.begun_at + ERRAND_LIFE_MS { Ok(errand) } else { Err(Void::Expired) }
    }

    /// The errand's secret for one use; each use has its own.
    pub fn secret(&self, keys: &Keyring, what: &str) -> [u8; 32] {
        keys.secret_of(Kind::Errand, self.number, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Introduction, Key};

    const NOW: Time = Time(1_000_000);

    fn keys(secret: u8) -> Keyring {
        Keyring::new(&Key { id: 1, secret: [secret; 32] }, &[])
    }

    fn errand() -> Errand {
        Errand { number: u128::MAX - 7, nonce: 9, begun_at: NOW }
    }

    #[test]
    fn an_errand_is_of_its_site_and_of_minutes() {
        let text = errand().seal(&keys(1), "ent");
        assert_eq!(Errand::open(&keys(1), &text, "ent", NOW + ERRAND_LIFE_MS), Ok(errand()));
        assert_eq!(Errand::open(&keys(1), &text, "ent", NOW + ERRAND_LIFE_MS + 1), Err(Void::Expired));
        assert_eq!(Errand::open(&keys(1), &text, "moodle", NOW), Err(Void::Forged));
        assert_eq!(Errand::open(&keys(2), &text, "ent", NOW), Err(Void::Forged));
        assert_eq!(Introduction::open(&keys(1), &text, "ent", NOW), Err(Void::Forged));
    }

    #[test]
    fn secrets_differ_by_use_number_and_key() {
        let other = Errand { number: 1, ..errand() };
        let all = [
            errand().secret(&keys(1), "state"),
            errand().secret(&keys(1), "verifier"),
            errand().secret(&keys(2), "state"),
            other.secret(&keys(1), "state"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{at}");
        }
        assert_eq!(all[0], errand().secret(&keys(1), "state"));
    }

    #[test]
    fn ids_of_others_are_stable_and_do_not_run_together() {
        let id = |names: &[&str]| keys(1).id_of(names);
        assert_eq!(id(&["https://a.fr", "7"]), id(&["https://a.fr", "7"]));
        assert_ne!(id(&["https://a.fr", "7"]), id(&["https://a.fr7", ""]));
        assert_ne!(id(&["https://a.fr", "7"]), keys(2).id_of(&["https://a.fr", "7"]));
        assert!((0..1_000).all(|at| (1..1 << 53).contains(&id(&[&at.to_string()]))));
    }
}
