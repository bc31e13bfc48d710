//! Who somebody is at a protected site, which has a host of its own and does not
//! see our card: the *visit* is a cookie there, the *introduction* takes it
//! across, in an address, for a minute.
//!
//! Both are of one site; neither opens anything of ours.

use super::fields::{Reader, Writer};
use super::{Card, Keyring, Kind, Void, cut};
use crate::clock::Time;
use crate::ids::{DeviceId, PersonId, SchoolId};
use crate::limits::{INTRODUCTION_LIFE_MS, SITE_BYTES_MAX, VISIT_LIFE_MS};
use crate::role::Role;

/// Who is known at a protected site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Somebody whose card was checked.
    Known(Card),
    /// Somebody without a card, by the number that was drawn for them.
    Stranger(PersonId),
}

/// A visit on its way to its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Whose.
    pub card: Card,
    /// Drawn for the device that asked: an address that somebody else was given is worth nothing.
    pub nonce: u64,
}

impl Visit {
    /// The person, drawn or known.
    pub fn person(&self) -> PersonId {
        match self {
            Visit::Known(card) => card.person,
            Visit::Stranger(person) => *person,
        }
    }

    /// Their role; a stranger has none.
    pub fn role(&self) -> Option<Role> {
        match self {
            Visit::Known(card) => Some(card.role),
            Visit::Stranger(_) => None,
        }
    }

    /// Writes and signs the visit for `site`.
    pub fn seal(&self, keys: &Keyring, site: &str, now: Time) -> String {
        let mut body = Writer::default();
        body.i64(now.0);
        body.text(cut(site, SITE_BYTES_MAX));
        match self {
            Visit::Known(card) => {
                body.u8(1);
                write_card(&mut body, card);
            }
            Visit::Stranger(person) => {
                body.u8(0);
                body.i64(person.0);
            }
        }
        keys.seal(Kind::Visit, body.as_slice())
    }

    /// Checks a visit that is presented to `site` at `now`.
    pub fn open(keys: &Keyring, text: &str, site: &str, now: Time) -> Result<Visit, Void> {
        let (visit, begun_at) = keys.open(Kind::Visit, text, |body| {
            let begun_at = Time(body.i64()?);
            if body.text()? != cut(site, SITE_BYTES_MAX) {
                return None;
            }
            let visit = match body.u8()? {
                0 => Visit::Stranger(PersonId(body.i64()?)),
                1 => Visit::Known(read_card(body)?),
                _ => return None,
            };
            Some((visit, begun_at))
        })?;
        if now <= begun_at + VISIT_LIFE_MS { Ok(visit) } else { Err(Void::Expired) }
    }
}

impl Introduction {
    /// Writes and signs the introduction to `site`.
    pub fn seal(&self, keys: &Keyring, site: &str, now: Time) -> String {
        let mut body = Writer::default();
        body.i64(now.0);
        body.text(cut(site, SITE_BYTES_MAX));
        body.i64(self.nonce.cast_signed());
        write_card(&mut body, &self.card);
        keys.seal(Kind::Introduction, body.as_slice())
    }

    /// Checks an introduction that is presented to `site` at `now`.
    pub fn open(keys: &Keyring, text: &str, site: &str, now: Time) -> Result<Introduction, Void> {
        let (introduction, written_at) = keys.open(Kind::Introduction, text, |body| {
            let written_at = Time(body.i64()?);
            if body.text()? != cut(site, SITE_BYTES_MAX) {
                return None;
            }
            let nonce = body.i64()?.cast_unsigned();
            Some((Introduction { nonce, card: read_card(body)? }, written_at))
        })?;
        if now <= written_at + INTRODUCTION_LIFE_MS { Ok(introduction) } else { Err(Void::Expired) }
    }
}

pub(super) fn write_card(body: &mut Writer, card: &Card) {
    body.i64(card.person.0);
    body.i64(card.school.0);
    body.i64(card.device.0);
    body.u8(card.role.code());
    body.u32(card.epoch);
    body.i64(card.issued_at.0);
}

pub(super) fn read_card(body: &mut Reader<'_>) -> Option<Card> {
    Some(Card {
        person: PersonId(body.i64()?),
        school: SchoolId(body.i64()?),
        device: DeviceId(body.i64()?),
        role: Role::from_code(body.u8()?)?,
        epoch: body.u32()?,
        issued_at: Time(body.i64()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Key;

    const NOW: Time = Time(1_000_000);

    fn keys() -> Keyring {
        Keyring::new(&Key { id: 1, secret: [1; 32] }, &[])
    }

    fn card() -> Card {
        Card {
            person: PersonId(7),
            school: SchoolId(1),
            device: DeviceId(99),
            role: Role::Pupil,
            epoch: 3,
            issued_at: Time(1_000),
        }
    }

    #[test]
    fn a_visit_is_of_its_site_and_its_time() {
        for visit in [Visit::Known(card()), Visit::Stranger(PersonId(12))] {
            let text = visit.seal(&keys(), "ent", NOW);
            assert_eq!(Visit::open(&keys(), &text, "ent", NOW + VISIT_LIFE_MS), Ok(visit));
            assert_eq!(Visit::open(&keys(), &text, "ent", NOW + VISIT_LIFE_MS + 1), Err(Void::Expired));
            assert_eq!(Visit::open(&keys(), &text, "moodle", NOW), Err(Void::Forged));
            assert_eq!(Card::open(&keys(), &text, NOW), Err(Void::Forged), "it is no card of ours");
        }
    }

    #[test]
    fn an_introduction_lives_a_minute_and_is_no_visit() {
        let introduction = Introduction { card: card(), nonce: u64::MAX };
        let text = introduction.seal(&keys(), "ent", NOW);
        let opened = Introduction::open(&keys(), &text, "ent", NOW + INTRODUCTION_LIFE_MS);
        assert_eq!(opened, Ok(introduction));
        let late = NOW + INTRODUCTION_LIFE_MS + 1;
        assert_eq!(Introduction::open(&keys(), &text, "ent", late), Err(Void::Expired));
        assert_eq!(Introduction::open(&keys(), &text, "moodle", NOW), Err(Void::Forged));
        assert_eq!(Visit::open(&keys(), &text, "ent", NOW), Err(Void::Forged));
    }
}
