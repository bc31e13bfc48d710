//! Signed credentials: the *card* on a device, the *pass* into a lesson, the
//! *ticket* of somebody who waits at the desk and the *stay* of somebody in it,
//! the *visit* of somebody at a protected site, the *introduction* that took
//! them there and the *errand* of somebody who shows who they are elsewhere.
//!
//! A token is `version ‖ key id ‖ kind ‖ body ‖ 16-byte tag`, base64url without
//! padding. The tag is keyed BLAKE3 over everything before it, under a key
//! derived for the kind, so one kind can never be read as another. Checking one
//! is a decode and a hash: no database, no allocation.
//!
//! What a token does not know is whether it was revoked: that is for whoever
//! holds the table of revocations (`school`, `live`).

mod errand;
mod fields;
mod keyring;
mod visit;

pub use errand::Errand;
pub use keyring::{Key, Keyring, TAG_BYTES};
pub use visit::{Introduction, Visit};

use crate::clock::{MINUTE_MS, Time};
use crate::ids::{DeviceId, PersonId, SchoolId, SlotId};
use crate::limits::{CARD_LIFE_MS, NAME_BYTES_MAX, SITE_BYTES_MAX, TICKET_LIFE_MS};
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

/// The name of our own desk, where a ticket or a stay names the site that it is for.
pub const DESK: &str = "";

/// A place in a lane of the desk, or of a protected site. The server keeps nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose place it is; for somebody without a card a number drawn for them.
    pub person: PersonId,
    /// The lane, by its number.
    pub lane: u8,
    /// The minute of coming, since 1970.
    pub minute: u32,
}

/// The right to use the desk, or a protected site, until a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Who; for somebody without a card a number drawn for them.
    pub person: PersonId,
    /// The last moment of the session.
    pub until: Time,
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
        visit::write_card(&mut body, self);
        keys.seal(Kind::Card, body.as_slice())
    }

    /// Checks a card that a device presents at `now`.
    pub fn open(keys: &Keyring, text: &str, now: Time) -> Result<Card, Void> {
        keys.open(Kind::Card, text, |body| {
            let card = visit::read_card(body)?;
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

impl Ticket {
    /// Writes and signs the ticket for `site`, whose name is cut to [`SITE_BYTES_MAX`].
    pub fn seal(&self, keys: &Keyring, site: &str) -> String {
        let mut body = Writer::default();
        body.i64(self.person.0);
        body.u8(self.lane);
        body.u32(self.minute);
        body.text(cut(site, SITE_BYTES_MAX));
        keys.seal(Kind::Ticket, body.as_slice())
    }

    /// Checks a ticket that is presented to `site` at `now`: one for another site,
    /// from the future, or older than [`TICKET_LIFE_MS`], is none.
    pub fn open(keys: &Keyring, text: &str, site: &str, now: Time) -> Result<Ticket, Void> {
        let ticket = keys.open(Kind::Ticket, text, |body| {
            let ticket = Ticket { person: PersonId(body.i64()?), lane: body.u8()?, minute: body.u32()? };
            (body.text()? == cut(site, SITE_BYTES_MAX)).then_some(ticket)
        })?;
        let came_at = Time(i64::from(ticket.minute) * MINUTE_MS);
        let age = now.since_ms(came_at);
        if (-MINUTE_MS..=TICKET_LIFE_MS).contains(&age) { Ok(ticket) } else { Err(Void::Expired) }
    }
}

impl Stay {
    /// Writes and signs the stay for `site`, whose name is cut to [`SITE_BYTES_MAX`].
    pub fn seal(&self, keys: &Keyring, site: &str) -> String {
        let mut body = Writer::default();
        body.i64(self.person.0);
        body.i64(self.until.0);
        body.text(cut(site, SITE_BYTES_MAX));
        keys.seal(Kind::Stay, body.as_slice())
    }

    /// Reads a stay of ours for `site`. Whether it is over is for the caller: a
    /// form may still be sent for a while.
    pub fn open(keys: &Keyring, text: &str, site: &str) -> Result<Stay, Void> {
        keys.open(Kind::Stay, text, |body| {
            let stay = Stay { person: PersonId(body.i64()?), until: Time(body.i64()?) };
            (body.text()? == cut(site, SITE_BYTES_MAX)).then_some(stay)
        })
    }
}

/// `text` without what lies beyond `bytes_max`, cut between characters.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// What is signed; each kind has its own derived key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Card = 1,
    Pass = 2,
    Ticket = 3,
    Stay = 4,
    Frontier = 5,
    Seed = 6,
    Visit = 7,
    Introduction = 8,
    Errand = 9,
    Vouched = 10,
}

impl Kind {
    pub(crate) const ALL: [Kind; 10] = [
        Kind::Card,
        Kind::Pass,
        Kind::Ticket,
        Kind::Stay,
        Kind::Frontier,
        Kind::Seed,
        Kind::Visit,
        Kind::Introduction,
        Kind::Errand,
        Kind::Vouched,
    ];

    /// What its key is derived for.
    fn context(self) -> &'static str {
        match self {
            Kind::Card => "preau 2026 card",
            Kind::Pass => "preau 2026 pass",
            Kind::Ticket => "preau 2026 ticket",
            Kind::Stay => "preau 2026 stay",
            Kind::Frontier => "preau 2026 frontier",
            Kind::Seed => "preau 2026 seed of the day",
            Kind::Visit => "preau 2026 visit",
            Kind::Introduction => "preau 2026 introduction",
            Kind::Errand => "preau 2026 errand",
            Kind::Vouched => "preau 2026 vouched for by another",
        }
    }
}

#[cfg(test)]
mod tests;
