//! How the gate knows who comes to a protected site, whose host does not see our
//! card.
//!
//! A visitor without a visit is sent to our own host, where the card is, or the way
//! to a provider of identities (`oidc`), and from there back with an introduction:
//! signed, of this site, for a minute, and for the device that set out (it carries
//! a number in a cookie). It becomes a cookie at the site and is gone from the
//! address at once. Only configured sites are led to, and only with a path.
//! Strangers draw a number instead; they too must come back with it, so that a
//! program without cookies takes no seat.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base::{Card, Introduction, Keyring, PersonId, Time, Visit};
use form_urlencoded::{byte_serialize, parse};

use super::fault::Fault;
use super::head::Asked;
use super::site::{Site, is_navigation};
use super::{ENTER_PATH, OWN_PATH, SiteParts, oidc};
use crate::door::cookies::find;

/// Who a request comes from.
pub(super) enum AskedVisit {
    /// Somebody.
    Known(Visit),
    /// Nobody yet: this leads to it.
    Answer(Response),
    /// A stranger beyond what is let in a second.
    Shed,
}

/// Who a request says it comes from, if that is signed and not void.
pub(super) fn read_visit(site: &Site, headers: &HeaderMap, now: Time) -> Option<Visit> {
    let parts = &site.parts;
    find(headers, VISIT)
        .and_then(|text| Visit::open(&parts.keys, text, &site.settings.name, now).ok())
        .filter(|visit| matches!(visit, Visit::Stranger(_)) == site.is_for_strangers())
        .filter(|visit| !matches!(visit, Visit::Known(card) if parts.revoked.is_card_void(card)))
}

/// Reads who comes, or sends them to where that is known.
pub(super) fn find_visit(site: &Site, asked: &Asked, now: Time) -> AskedVisit {
    let parts = &site.parts;
    if let Some(visit) = read_visit(site, &asked.headers, now) {
        return AskedVisit::Known(visit);
    }
    if !is_navigation(asked) {
        return AskedVisit::Answer(site.show(Fault::Unknown, &asked.headers));
    }
    let to = asked.target.as_str();
    if site.is_for_strangers() {
        if !site.effort.serves(now, &parts.keys, find(&asked.headers, EFFORT)) {
            return AskedVisit::Shed;
        }
        let visit = Visit::Stranger(PersonId(parts.entropy.id()));
        let cookie = site.cookie(VISIT, &visit.seal(&parts.keys, &site.settings.name, now));
        return AskedVisit::Answer(see_other(&format!("{COME_PATH}?to={}", encode(to)), cookie));
    }
    let known = find(&asked.headers, NONCE).and_then(read_nonce);
    let nonce = known.unwrap_or_else(|| u64::from_le_bytes(parts.entropy.bytes()));
    let address =
        format!("{}{ENTER_PATH}{}?n={nonce:016x}&to={}", parts.base_url, site.settings.name, encode(to));
    AskedVisit::Answer(see_other(&address, site.cookie(NONCE, &format!("{nonce:016x}"))))
}

/// The gate's own addresses at a protected site: whoever comes back from our host, or with a number.
pub(super) fn arrive(site: &Site, asked: &Asked) -> Option<Response> {
    if !asked.target.path().starts_with(OWN_PATH) {
        return None;
    }
    let query = asked.target.query().unwrap_or_default().as_bytes();
    let field = |name: &str| parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let to = local(&field("to").unwrap_or_default()).to_owned();
    if asked.target.path() != COME_PATH || !is_navigation(asked) {
        return Some(site.show(Fault::Unknown, &asked.headers));
    }
    let (parts, name) = (&site.parts, site.settings.name.as_str());
    let now = parts.clock.now();
    let Some(text) = field("pass") else {
        let is_known =
            find(&asked.headers, VISIT).is_some_and(|text| Visit::open(&parts.keys, text, name, now).is_ok());
        return Some(if is_known {
            see_other(&to, None)
        } else {
            site.show(Fault::NoCookies, &asked.headers)
        });
    };
    let Some(nonce) = find(&asked.headers, NONCE).and_then(read_nonce) else {
        return Some(site.show(Fault::NoCookies, &asked.headers));
    };
    let introduction = Introduction::open(&parts.keys, &text, name, now).ok();
    let introduction =
        introduction.filter(|introduction| introduction.nonce == nonce && !site.is_for_strangers());
    // A late or foreign one is no harm: they set out once more.
    let cookie = introduction.and_then(|introduction| {
        let visit = Visit::Known(introduction.card);
        site.cookie(VISIT, &visit.seal(&parts.keys, name, now))
    });
    Some(see_other(&to, cookie))
}

/// What somebody wants who is on the way to a site.
pub(super) struct Wanted {
    /// The number with which their device set out.
    pub(super) nonce: u64,
    /// The path to which they want.
    pub(super) to: String,
}

/// At our own host: somebody on the way to a site is led back to it with an
/// introduction, or first to where it is shown who they are: the sign-in page,
/// or the site's provider.
pub(super) fn introduce(site: &Site, target: &str, headers: &HeaderMap) -> Response {
    let query = target.split_once('?').map_or("", |(_, query)| query).as_bytes();
    let field = |name: &str| parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let to = local(&field("to").unwrap_or_default()).to_owned();
    let wanted = Wanted { nonce: field("n").as_deref().and_then(read_nonce).unwrap_or_default(), to };
    if let Some(party) = &site.oidc {
        return oidc::send_out(site, party, wanted, headers);
    }
    match find_card(&site.parts, headers) {
        Some(card) => lead_back(site, card, &wanted),
        None => see_other(&format!("/sign-in?next={}", encode(local(target))), None),
    }
}

/// Leads somebody to their site with an introduction.
pub(super) fn lead_back(site: &Site, card: Card, wanted: &Wanted) -> Response {
    let (parts, name) = (&site.parts, &site.settings.name);
    let pass = Introduction { card, nonce: wanted.nonce }.seal(&parts.keys, name, parts.clock.now());
    let address = format!("{}{COME_PATH}?pass={pass}&to={}", site.address(), encode(local(&wanted.to)));
    see_other(&address, None)
}

impl Site {
    /// The site's address as people type it, without a path: its host with our own scheme, and
    /// our own port unless it names one.
    pub(super) fn address(&self) -> String {
        let (scheme, own) = self.parts.base_url.split_once("://").unwrap_or(("http", ""));
        let port = own
            .rsplit_once(':')
            .map(|(_, port)| port)
            .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        let host = &self.settings.host;
        match port {
            Some(port) if !host.contains(':') => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }
    }
}

fn find_card(parts: &SiteParts, headers: &HeaderMap) -> Option<Card> {
    let keys: &Keyring = &parts.keys;
    let card = find(headers, "card").and_then(|text| Card::open(keys, text, parts.clock.now()).ok());
    card.filter(|card| !parts.revoked.is_card_void(card))
}

/// A path of the site that people may be led to; never another host, never the gate's own paths.
pub(super) fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with(OWN_PATH)
        && path.len() <= PATH_BYTES_MAX
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { path } else { "/" }
}

fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn read_nonce(text: &str) -> Option<u64> {
    (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// Sends a browser on with a GET; nothing of the address goes along, nothing is stored.
pub(super) fn see_other(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// At a site: where people arrive who were sent away to become known.
const COME_PATH: &str = "/.preau/come";

/// Who somebody is at the site.
const VISIT: &str = "preau_visit";
/// The number with which somebody set out to become known.
const NONCE: &str = "preau_from";
/// What a stranger's device worked out; the waiting page's script writes it.
const EFFORT: &str = "preau_effort";

/// Bytes of a path that people are led back to; a longer one becomes the first page.
const PATH_BYTES_MAX: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_anywhere_else() {
        for (given, kept) in [
            ("/cours?id=1&x=%20", "/cours?id=1&x=%20"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/.preau/come?to=/", "/"),
            ("/a b", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(given), kept);
        }
        assert_eq!(local(&format!("/{}", "x".repeat(2_000))), "/");
    }
}
