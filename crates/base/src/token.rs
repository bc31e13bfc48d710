//! Signed credentials: the *card* on a device and the *pass* into a lesson.
//!
//! A token is `version ‖ key id ‖ kind ‖ body ‖ 16-byte tag`, base64url without
//! padding. The tag is keyed BLAKE3 over everything before it, under a key
//! derived for the kind, so one kind can never be read as another. Checking one
//! is a decode and a hash: no database, no allocation.
//!
//! What a token does not know is whether it was revoked: that is for whoever
//! holds the table of revocations (`school`, `live`).

mod fields;
mod keyring;

pub use keyring::{Key, Keyring, TAG_BYTES};

use crate::clock::Time;
use crate::ids::{DeviceId, PersonId, SchoolId, SlotId};
use crate::limits::{CARD_LIFE_MS, NAME_BYTES_MAX};
use crate::role::Role;
use fields::Writer;

/// Long-lived credential on a device: who, which school, which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Whose card it is.
    pub person: PersonId,
    /// Their school.
    pub school: SchoolId,
    /// The device that it was put on.
    pub device: DeviceId,
    /// What they are there.
    pub role: Role,
    /// Rises when the person signs out everywhere: older cards are void.
    pub epoch: u32,
    /// When it was put on the device.
    pub issued_at: Time,
}

/// The place that somebody takes in a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// Leads the lesson: its teacher, or a colleague in her place.
    Teacher,
    /// Enrolled.
    Pupil,
    /// Came by a guest link, knocks, and is let in by hand.
    Guest,
}

/// The signed right to be inside one lesson until a given time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The lesson.
    pub slot: SlotId,
    /// Who; a fresh id for a guest.
    pub person: PersonId,
    /// The device whose card asked for it: a copied pass is worth nothing elsewhere.
    pub device: DeviceId,
    /// The place taken.
    pub seat: Seat,
    /// The last moment at which it opens anything.
    pub expires_at: Time,
    /// How a guest calls themself, empty for everybody else: their name is on the roster.
    pub guest_name: String,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Void {
    /// Not a token of ours: garbage, another kind, an unknown key, a wrong tag.
    Forged,
    /// Ours, and its time is over.
    Expired,
}

impl Card {
    /// Writes and signs the card.
    pub fn seal(&self, keys: &Keyring) -> String {
        let mut body = Writer::default();
        body.i64(self.person.0);
        body.i64(self.school.0);
        body.i64(self.device.0);
        body.u8(self.role.code());
        body.u32(self.epoch);
        body.i64(self.issued_at.0);
        keys.seal(Kind::Card, body.as_slice())
    }

    /// Checks a card that a device presents at `now`.
    pub fn open(keys: &Keyring, text: &str, now: Time) -> Result<Card, Void> {
        keys.open(Kind::Card, text, |body| {
            let card = Card {
                person: PersonId(body.i64()?),
                school: SchoolId(body.i64()?),
                device: DeviceId(body.i64()?),
                role: Role::from_code(body.u8()?)?,
                epoch: body.u32()?,
                issued_at: Time(body.i64()?),
            };
            Some((card, card.issued_at + CARD_LIFE_MS))
        })
        .and_then(|(card, until)| if now <= until { Ok(card) } else { Err(Void::Expired) })
    }
}

impl Pass {
    /// Writes and signs the pass. A guest's name is cut to [`NAME_BYTES_MAX`].
    pub fn seal(&self, keys: &Keyring) -> String {
        let mut body = Writer::default();
        body.i64(self.slot.0);
        body.i64(self.person.0);
        body.i64(self.device.0);
        body.u8(match self.seat {
            Seat::Teacher => 0,
            Seat::Pupil => 1,
            Seat::Guest => 2,
        });
        body.i64(self.expires_at.0);
        body.text(cut(&self.guest_name, NAME_BYTES_MAX));
        keys.seal(Kind::Pass, body.as_slice())
    }

    /// Checks a pass that is presented at `now`.
    pub fn open(keys: &Keyring, text: &str, now: Time) -> Result<Pass, Void> {
        keys.open(Kind::Pass, text, |body| {
            let pass = Pass {
                slot: SlotId(body.i64()?),
                person: PersonId(body.i64()?),
                device: DeviceId(body.i64()?),
                seat: match body.u8()? {
                    0 => Seat::Teacher,
                    1 => Seat::Pupil,
                    2 => Seat::Guest,
                    _ => return None,
                },
                expires_at: Time(body.i64()?),
                guest_name: body.text()?.to_owned(),
            };
            Some(pass)
        })
        .and_then(|pass| if now <= pass.expires_at { Ok(pass) } else { Err(Void::Expired) })
    }
}

/// `text` without what lies beyond `bytes_max`, cut between characters.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// What a token is; each kind has its own derived key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Card = 1,
    Pass = 2,
}

#[cfg(test)]
mod tests;
