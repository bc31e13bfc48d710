//! Who is at the other end of a socket: the card (or the guest's cookie) that
//! its device sends along, against the pass that its page shows.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HOST, ORIGIN};
use base::{Card, Pass, Seat, SlotId};
use lesson::wire::Refusal;

use crate::Shared;

/// What the device sent with the request.
pub(crate) struct Identity {
    card: Option<Card>,
    guest: Option<String>,
}

impl Identity {
    pub(crate) fn of(headers: &HeaderMap, shared: &Shared) -> Identity {
        let now = shared.clock.now();
        let card = cookie(headers, "card").and_then(|text| Card::open(&shared.keys, text, now).ok());
        Identity { card, guest: cookie(headers, "guest").map(str::to_owned) }
    }

    /// The pass must be for this lesson, and made for this very device.
    pub(crate) fn check(
        &self,
        shared: &Shared,
        slot: SlotId,
        pass: &Pass,
        text: &str,
    ) -> Result<(), Refusal> {
        if pass.slot != slot {
            return Err(Refusal::NoPass);
        }
        if pass.seat == Seat::Guest {
            return if self.guest.as_deref() == Some(text) { Ok(()) } else { Err(Refusal::NoPass) };
        }
        let card = self.card.ok_or(Refusal::NoCard)?;
        if shared.revoked.is_card_void(&card) {
            return Err(Refusal::NoCard);
        }
        if card.person == pass.person && card.device == pass.device { Ok(()) } else { Err(Refusal::NoPass) }
    }

    /// Whether the card was revoked since.
    pub(crate) fn is_void(&self, shared: &Shared) -> bool {
        self.card.is_some_and(|card| shared.revoked.is_card_void(&card))
    }
}

/// A browser names the page that opens a socket: only our own may, or another
/// site could speak in the name of whoever visits it.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (header(headers, &ORIGIN), header(headers, &HOST)) else {
        return false;
    };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

fn header<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(COOKIE).iter().filter_map(|value| str::from_utf8(value.as_bytes()).ok());
    lines.find_map(|line| base::cookie::find(line, name))
}
