//! The head of an upstream's answer: read as strictly as a request, because an
//! upstream that is wrong about where its answer ends gives the rest of it to
//! the next client.

use std::mem::MaybeUninit;

use axum::http::header::{HeaderName, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use httparse::Status;

use super::body::Framing;
use super::fields::{self, is_hop};
use super::head::{digits, has_plain_lines};

/// An answer, as far as its head tells.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The status, 100 to 999.
    pub status: StatusCode,
    fields: &'a [httparse::Header<'a>],
    /// Names that `Connection` takes away.
    named: Vec<&'a str>,
    /// Where the body ends.
    pub framing: Framing,
    /// Its length, if it was told, for a HEAD too.
    pub length: Option<u64>,
    /// The connection may serve another request.
    pub keeps: bool,
    /// It switches to a WebSocket.
    pub is_upgrade: bool,
}

/// What the answer belongs to.
#[derive(Clone, Copy, Debug)]
pub struct AnsweredFor {
    /// The request was a HEAD: no body, whatever is told.
    pub is_head: bool,
    /// The request asked for a WebSocket.
    pub is_upgrade: bool,
}

/// What the first bytes of an answer are.
#[derive(Debug)]
pub enum Read<'a> {
    /// A whole head of so many bytes.
    Head(Answered<'a>, usize),
    /// More is to come.
    Partial,
}

/// Reads a head. The error says what is wrong with it.
pub fn read<'a>(
    bytes: &'a [u8],
    headers: &'a mut [MaybeUninit<httparse::Header<'a>>],
    of: AnsweredFor,
) -> Result<Read<'a>, &'static str> {
    let mut parsed = httparse::Response::new(&mut []);
    let read =
        httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, bytes, headers);
    let taken = match read {
        Ok(Status::Complete(taken)) => taken,
        Ok(Status::Partial) => return Ok(Read::Partial),
        Err(httparse::Error::TooManyHeaders) => return Err("more headers than are taken"),
        Err(_) => return Err("a malformed head"),
    };
    if bytes.first() != Some(&b'H') || !has_plain_lines(&bytes[..taken]) {
        return Err("a line that does not end with CR LF");
    }
    let (code, version) = (parsed.code.unwrap_or_default(), parsed.version.unwrap_or_default());
    let status = StatusCode::from_u16(code).map_err(|_| "an impossible status")?;
    let fields: &[httparse::Header<'_>] = parsed.headers;
    let named = names(fields)?;
    let has = |name: &str| named.iter().any(|one| one.eq_ignore_ascii_case(name));
    let length = length(fields)?;
    let is_chunked = is_chunked(fields, length.is_some(), version == 0)?;
    let is_upgrade = status == StatusCode::SWITCHING_PROTOCOLS;
    if is_upgrade && !(of.is_upgrade && is_websocket(fields) && has("upgrade")) {
        return Err("a switch of protocols that nobody asked for");
    }
    let has_no_body = of.is_head || code < 200 || matches!(code, 204 | 304);
    let framing = match (has_no_body, is_chunked, length) {
        (true, ..) => Framing::Empty,
        (_, true, _) => Framing::Chunked,
        (_, _, Some(bytes)) => Framing::Length(bytes),
        (_, _, None) => Framing::UntilClose,
    };
    let keeps = version == 1 && !has("close") && framing != Framing::UntilClose && !is_upgrade;
    let length = length.filter(|_| !matches!(code, 100..200 | 204 | 304));
    Ok(Read::Head(Answered { status, fields, named, framing, length, keeps, is_upgrade }, taken))
}

impl<'a> Answered<'a> {
    /// Whether it is the answer itself, or something said on the way to it.
    pub fn is_final(&self) -> bool {
        !self.status.is_informational() || self.is_upgrade
    }

    /// The headers that go on to the client, the revoking one left out.
    pub fn kept(&self, revoke: Option<&HeaderName>) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let mine = move |name: &str| revoke.is_some_and(|revoke| revoke.as_str().eq_ignore_ascii_case(name));
        let fields = self.fields.iter().map(|field| (field.name, field.value));
        fields.filter(move |(name, value)| {
            let is_named = self.named.iter().any(|one| one.eq_ignore_ascii_case(name));
            let is_written = WRITTEN.iter().any(|one| one.eq_ignore_ascii_case(name));
            !(is_hop(name.as_bytes()) || is_named || is_written || mine(name) || sets_our_cookie(name, value))
        })
    }

    /// Whether it carries a header.
    pub fn has(&self, name: &HeaderName) -> bool {
        self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name.as_str()))
    }

    /// The same headers as a map, for HTTP/2.
    pub fn header_map(&self, revoke: Option<&HeaderName>) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.fields.len());
        for (name, value) in self.kept(revoke) {
            // The parser took both; what `http` would not is left out.
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
            {
                map.append(name, value);
            }
        }
        map
    }
}

fn lines<'a>(fields: &'a [httparse::Header<'a>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

fn names<'a>(fields: &'a [httparse::Header<'a>]) -> Result<Vec<&'a str>, &'static str> {
    let mut names = Vec::new();
    for line in lines(fields, "connection") {
        let line = str::from_utf8(line).map_err(|_| "a malformed Connection header")?;
        names.extend(line.split(',').map(str::trim).filter(|name| !name.is_empty()));
    }
    Ok(names)
}

fn length(fields: &[httparse::Header<'_>]) -> Result<Option<u64>, &'static str> {
    let mut found = lines(fields, "content-length");
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err("two Content-Length headers"),
        (Some(line), None) => digits(line).map(Some).ok_or("a malformed Content-Length"),
    }
}

fn is_chunked(
    fields: &[httparse::Header<'_>],
    has_length: bool,
    is_http10: bool,
) -> Result<bool, &'static str> {
    let mut codings = lines(fields, "transfer-encoding");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(_), Some(_)) => Err("two Transfer-Encoding headers"),
        (Some(_), None) if has_length => Err("Content-Length beside Transfer-Encoding"),
        (Some(_), None) if is_http10 => Err("Transfer-Encoding in HTTP/1.0"),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        (Some(_), None) => Err("a Transfer-Encoding other than chunked"),
    }
}

fn is_websocket(fields: &[httparse::Header<'_>]) -> bool {
    let mut found = lines(fields, "upgrade");
    found.next().is_some_and(|line| line.eq_ignore_ascii_case(b"websocket")) && found.next().is_none()
}

fn sets_our_cookie(name: &str, value: &[u8]) -> bool {
    name.eq_ignore_ascii_case(SET_COOKIE.as_str())
        && value.trim_ascii_start().starts_with(super::COOKIE_PREFIX.as_bytes())
}

/// Writes an informational or final head for a client of HTTP/1.
pub(super) fn write_head(out: &mut Vec<u8>, answered: &Answered<'_>, revoke: Option<&HeaderName>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(answered.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(answered.status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
    for (name, value) in answered.kept(revoke) {
        fields::write(out, name, value);
    }
}

/// Written anew, or true of the upstream's own address only.
const WRITTEN: [&str; 2] = ["content-length", "alt-svc"];
