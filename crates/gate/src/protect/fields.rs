//! Which headers go through a proxy, and in which words.
//!
//! Dropped in both directions: what is between two neighbours only (RFC 9110,
//! 7.6.1), and what `Connection` names. Towards the upstream also whatever
//! claims to say where the request comes from, headers with an underscore
//! (which CGI reads as if it were a dash), our own cookies, and any header by
//! the name of the site's pass. What the gate knows is written after that.

use std::io::Write as _;
use std::net::IpAddr;

use axum::http::header::{CONNECTION, COOKIE, VIA};
use axum::http::{HeaderMap, HeaderName};

use super::body::Framing;
use super::head::Asked;

/// What the gate says of a request, beside the request itself.
pub(super) struct Said<'a> {
    pub(super) peer: IpAddr,
    pub(super) is_secure: bool,
    /// The site's name, in `Via`.
    pub(super) site: &'a str,
    /// The name of the header for the pass, and the pass if there is somebody to speak of.
    pub(super) pass: Option<(&'a HeaderName, Option<String>)>,
    /// Whether a cookie of this name and value is our own.
    pub(super) is_own_cookie: &'a dyn Fn(&str, &str) -> bool,
}

/// The names in `Connection`; none when one is not a name, or names a header
/// that a request cannot lose.
pub(super) fn connection_names(headers: &HeaderMap) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for line in headers.get_all(CONNECTION) {
        for name in line.to_str().ok()?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let is_name =
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if !is_name || KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(name)) {
                return None;
            }
            names.push(name);
        }
    }
    Some(names)
}

/// Whether a header is between two neighbours only.
pub(super) fn is_hop(name: &[u8]) -> bool {
    HOP_BY_HOP.iter().any(|hop| hop.as_bytes().eq_ignore_ascii_case(name))
}

/// Writes the head of a request for the upstream.
pub(super) fn write_request(out: &mut Vec<u8>, asked: &Asked, said: &Said<'_>) {
    for part in [asked.method.as_str(), " ", asked.target.as_str(), " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    write(out, "host", asked.host.as_str().as_bytes());
    let named = connection_names(&asked.headers).unwrap_or_default();
    for (name, value) in &asked.headers {
        let text = name.as_str();
        let is_named = named.iter().any(|one| one.eq_ignore_ascii_case(text));
        let is_pass = said.pass.as_ref().is_some_and(|(pass, _)| *pass == name);
        if is_named || is_pass || is_hop(text.as_bytes()) || is_ours_to_say(text) {
            continue;
        }
        if name == COOKIE {
            write_cookies(out, value.as_bytes(), said.is_own_cookie);
        } else {
            write(out, text, value.as_bytes());
        }
    }
    write_said(out, asked, said);
    match asked.framing {
        Framing::Length(bytes) => write_length(out, bytes),
        Framing::Chunked => write(out, "transfer-encoding", b"chunked"),
        // A server may want to hear that a form without fields has no body.
        Framing::Empty if !asked.method.is_safe() => write(out, "content-length", b"0"),
        Framing::Empty | Framing::UntilClose => {}
    }
    if asked.is_upgrade {
        out.extend_from_slice(b"connection: upgrade\r\nupgrade: websocket\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

fn write_said(out: &mut Vec<u8>, asked: &Asked, said: &Said<'_>) {
    let _ = write!(out, "x-forwarded-for: {}\r\n", said.peer.to_canonical());
    write(out, "x-forwarded-proto", if said.is_secure { b"https" } else { b"http" });
    write(out, "x-forwarded-host", asked.host.as_str().as_bytes());
    out.extend_from_slice(b"via: ");
    for line in asked.headers.get_all(VIA) {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(VIA_PREFIX.as_bytes());
    out.extend_from_slice(said.site.as_bytes());
    out.extend_from_slice(b"\r\n");
    if let Some((name, Some(pass))) = &said.pass {
        write(out, name.as_str(), pass.as_bytes());
    }
}

/// Whether the request came through this very site before.
pub(super) fn is_loop(headers: &HeaderMap, site: &str) -> bool {
    let lines = headers.get_all(VIA).iter().filter_map(|line| line.to_str().ok());
    let mut entries = lines.flat_map(|line| line.split(',')).map(str::trim);
    entries.any(|entry| entry.strip_prefix(VIA_PREFIX) == Some(site))
}

/// A line of cookies without our own.
fn write_cookies(out: &mut Vec<u8>, line: &[u8], is_own: &dyn Fn(&str, &str) -> bool) {
    let Ok(text) = str::from_utf8(line) else { return write(out, "cookie", line) };
    let is_foreign = |pair: &&str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !is_own(name, value)
    };
    let mut pairs = text.split(';').map(str::trim).filter(|pair| !pair.is_empty()).filter(is_foreign);
    let Some(first) = pairs.next() else { return };
    out.extend_from_slice(b"cookie: ");
    out.extend_from_slice(first.as_bytes());
    for pair in pairs {
        out.extend_from_slice(b"; ");
        out.extend_from_slice(pair.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

pub(super) fn write(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

pub(super) fn write_length(out: &mut Vec<u8>, bytes: u64) {
    // Writing to memory does not fail.
    let _ = write!(out, "content-length: {bytes}\r\n");
}

/// Headers that only the gate may say, and those that it writes itself.
fn is_ours_to_say(name: &str) -> bool {
    name.starts_with("x-forwarded-") || name.contains('_') || WRITTEN.contains(&name)
}

/// Entries of `Via` begin so; the site's name follows.
const VIA_PREFIX: &str = "1.1 preau-";

/// Between two neighbours only.
pub(super) const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// Written anew, or nobody's to say but the gate's.
const WRITTEN: [&str; 8] =
    ["host", "content-length", "via", "expect", "forwarded", "x-real-ip", "x-original-url", "x-rewrite-url"];

/// Headers that `Connection` may not take away: without them a request is another.
const KEPT: [&str; 4] = ["host", "content-length", "cookie", "authorization"];

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn our_own_cookies_stay_here() {
        let is_own =
            |name: &str, value: &str| name.starts_with("preau_") || (name == "card" && value == "ours");
        for (line, kept) in [
            ("a=1; preau_stay=x; b=2", "cookie: a=1; b=2\r\n"),
            ("preau_stay=x", ""),
            ("card=theirs;card=ours ;c", "cookie: card=theirs; c\r\n"),
            ("", ""),
        ] {
            let mut out = Vec::new();
            write_cookies(&mut out, line.as_bytes(), &is_own);
            assert_eq!(String::from_utf8(out).unwrap(), kept);
        }
    }

    #[test]
    fn connection_takes_away_what_it_names_but_not_what_makes_a_request() {
        for (line, names) in [
            ("close", Some(vec!["close"])),
            ("keep-alive, X-Mine ,", Some(vec!["keep-alive", "X-Mine"])),
            ("Host", None),
            ("close, content-length", None),
            ("a b", None),
        ] {
            let headers = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static(line))]);
            assert_eq!(connection_names(&headers), names, "{line}");
        }
    }
}
