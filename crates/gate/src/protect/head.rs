//! The head of a request to a protected site, read so that no server behind can
//! read it otherwise.
//!
//! Whatever two servers are known to disagree about is refused: a length beside
//! chunks or twice, another coding than `chunked`, bare CR or LF, folded lines,
//! two hosts. The parser is `httparse`, hyper's own; the rules on top are here.
//! What is sent on is written anew from what was read, never copied.

use axum::http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE};
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, request};
use bytes::Bytes;
use memchr::memchr2_iter;

use super::body::Framing;
use super::fields;

/// A request as it will be sent on.
#[derive(Debug)]
pub struct Asked {
    /// The method; neither CONNECT nor TRACE.
    pub method: Method,
    /// Path and query.
    pub target: PathAndQuery,
    /// Host, and the port if one was named, as the client wrote it.
    pub host: Authority,
    /// Every header of the client.
    pub headers: HeaderMap,
    /// Where its body ends.
    pub framing: Framing,
    /// It asks for a WebSocket.
    pub is_upgrade: bool,
    /// The client waits to be told to go on before it sends the body.
    pub waits_for_continue: bool,
    /// It is of HTTP/1.0, which knows no chunks.
    pub is_http10: bool,
    /// The connection ends after the answer: HTTP/1.0, or the client said so.
    pub is_last: bool,
}

/// Why a request is not sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadFault {
    /// What the client is answered.
    pub status: StatusCode,
    /// What is wrong, for the answer and the log.
    pub reason: &'static str,
}

impl Asked {
    /// Reads a head that `httparse` found whole; `raw` is all of it, where it was found.
    pub fn from_http1(parsed: &httparse::Request<'_, '_>, raw: &[u8]) -> Result<Asked, HeadFault> {
        if raw.first().is_some_and(u8::is_ascii_whitespace) {
            return Err(bad("an empty line before the request"));
        }
        if !has_plain_lines(raw) {
            return Err(bad("a line that does not end with CR LF"));
        }
        let method = parsed.method.and_then(|name| Method::from_bytes(name.as_bytes()).ok());
        let headers = collect(parsed.headers, raw)?;
        let named = fields::connection_names(&headers).ok_or(bad("a malformed Connection header"))?;
        let is_http10 = parsed.version == Some(0);
        let framing = framing(&headers, is_http10)?;
        let (target, host) = target_and_host(parsed.path.unwrap_or_default(), &headers)?;
        Ok(Asked {
            method: checked(method)?,
            target,
            host,
            framing,
            is_upgrade: is_upgrade(&headers, &named) && framing == Framing::Empty && !is_http10,
            waits_for_continue: expectation(&headers)? && !is_http10 && framing != Framing::Empty,
            is_http10,
            is_last: is_http10 || named.iter().any(|name| name.eq_ignore_ascii_case("close")),
            headers,
        })
    }

    /// Takes a request of HTTP/2, whose framing is not the text's.
    pub fn from_http2(parts: request::Parts, has_body: bool) -> Result<Asked, HeadFault> {
        let request::Parts { method, uri, headers, .. } = parts;
        let length = length(&headers)?;
        let host = uri.authority().cloned();
        let mut lines = headers.get_all(axum::http::header::HOST).iter();
        let host = match (host, lines.next(), lines.next()) {
            (_, _, Some(_)) => return Err(bad("two Host headers")),
            (Some(host), None, _) => host,
            (Some(host), Some(line), _) if line.as_bytes().eq_ignore_ascii_case(host.as_str().as_bytes()) => {
                host
            }
            (Some(_), Some(_), _) => return Err(bad("two different hosts")),
            (None, line, _) => line.and_then(authority).ok_or(bad("no Host"))?,
        };
        let target = uri.path_and_query().cloned().filter(|target| is_target(target.as_str()));
        Ok(Asked {
            method: checked(Some(method))?,
            target: target.ok_or(bad("a malformed target"))?,
            host,
            framing: match length {
                _ if !has_body => Framing::Empty,
                Some(bytes) => Framing::Length(bytes),
                None => Framing::Chunked,
            },
            is_upgrade: false,
            waits_for_continue: false,
            is_http10: false,
            is_last: false,
            headers,
        })
    }

    /// Whether it may be sent again when a kept connection turned out to be closed.
    pub fn is_repeatable(&self) -> bool {
        self.method.is_idempotent() && self.framing == Framing::Empty && !self.is_upgrade
    }
}

/// The names that a head gives to its host: in its target, and in its lines.
pub fn hosts<'a>(parsed: &'a httparse::Request<'_, '_>) -> impl Iterator<Item = &'a [u8]> {
    let path = parsed.path.unwrap_or_default();
    let absolute = path.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let lines = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    absolute.map(str::as_bytes).into_iter().chain(lines.map(|header| header.value.trim_ascii()))
}

/// Every line ends with CR LF, and neither stands anywhere else.
pub(super) fn has_plain_lines(head: &[u8]) -> bool {
    let mut ends = memchr2_iter(b'\r', b'\n', head);
    while let Some(at) = ends.next() {
        if head[at] != b'\r' || ends.next() != Some(at + 1) || head[at + 1] != b'\n' {
            return false;
        }
    }
    true
}

/// The headers, whose values share one copy of the head.
fn collect(parsed: &[httparse::Header<'_>], raw: &[u8]) -> Result<HeaderMap, HeadFault> {
    let shared = Bytes::copy_from_slice(raw);
    let mut headers = HeaderMap::with_capacity(parsed.len());
    for header in parsed {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| bad("a malformed header"))?;
        let at = header.value.as_ptr().addr().wrapping_sub(raw.as_ptr().addr());
        let value = at.checked_add(header.value.len()).filter(|end| *end <= shared.len());
        let value = value.map(|end| shared.slice(at..end)).ok_or(bad("a malformed header"))?;
        headers.append(name, HeaderValue::from_maybe_shared(value).map_err(|_| bad("a malformed header"))?);
    }
    Ok(headers)
}

fn checked(method: Option<Method>) -> Result<Method, HeadFault> {
    match method {
        Some(Method::CONNECT | Method::TRACE) => Err(HeadFault {
            status: StatusCode::METHOD_NOT_ALLOWED,
            reason: "CONNECT and TRACE are not served",
        }),
        Some(method) => Ok(method),
        None => Err(bad("a malformed method")),
    }
}

/// Chunks or a length, never both, each said once.
fn framing(headers: &HeaderMap, is_http10: bool) -> Result<Framing, HeadFault> {
    let length = length(headers)?;
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next(), length) {
        (None, _, None) => Ok(Framing::Empty),
        (None, _, Some(bytes)) => Ok(if bytes == 0 { Framing::Empty } else { Framing::Length(bytes) }),
        (Some(_), _, Some(_)) => Err(bad("Content-Length beside Transfer-Encoding")),
        (Some(_), Some(_), None) => Err(bad("two Transfer-Encoding headers")),
        (Some(_), None, None) if is_http10 => Err(bad("Transfer-Encoding in HTTP/1.0")),
        (Some(coding), None, None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked)
        }
        (Some(_), None, None) => Err(HeadFault {
            status: StatusCode::NOT_IMPLEMENTED,
            reason: "a Transfer-Encoding other than chunked",
        }),
    }
}

/// The one length that a head states.
pub(super) fn length(headers: &HeaderMap) -> Result<Option<u64>, HeadFault> {
    let mut lines = headers.get_all(CONTENT_LENGTH).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(bad("two Content-Length headers")),
        (Some(line), None) => digits(line.as_bytes()).map(Some).ok_or(bad("a malformed Content-Length")),
    }
}

/// A number of nothing but digits.
pub(super) fn digits(text: &[u8]) -> Option<u64> {
    let is_number =
        !text.is_empty() && text.len() <= LENGTH_DIGITS_MAX && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

/// The target without a host, and the one host that the request names.
fn target_and_host(target: &str, headers: &HeaderMap) -> Result<(PathAndQuery, Authority), HeadFault> {
    let mut lines = headers.get_all(axum::http::header::HOST).iter();
    let host = match (lines.next(), lines.next()) {
        (None, _) => return Err(bad("no Host")),
        (Some(_), Some(_)) => return Err(bad("two Host headers")),
        (Some(line), None) => authority(line).ok_or(bad("a malformed Host"))?,
    };
    if !is_target(target) {
        return Err(bad("a malformed target"));
    }
    if target.starts_with('/') {
        let target = target.parse().map_err(|_| bad("a malformed target"))?;
        return Ok((target, host));
    }
    let uri: Uri = target.parse().map_err(|_| bad("a malformed target"))?;
    let is_same = uri.authority().is_some_and(|other| other.as_str().eq_ignore_ascii_case(host.as_str()));
    let is_http = uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https");
    match uri.path_and_query() {
        Some(target) if is_same && is_http => Ok((target.clone(), host)),
        _ => Err(bad("a target of another host than Host says")),
    }
}

/// A host and perhaps a port: letters, digits, `.`, `-`, `:` and the brackets of an IPv6 address.
fn authority(line: &HeaderValue) -> Option<Authority> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(byte);
    let is_host = !line.is_empty() && line.as_bytes().iter().all(is_plain);
    is_host.then(|| Authority::try_from(line.as_bytes()).ok()).flatten()
}

fn is_target(target: &str) -> bool {
    !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

fn is_upgrade(headers: &HeaderMap, named: &[&str]) -> bool {
    let mut lines = headers.get_all(UPGRADE).iter();
    let asks = lines.next().is_some_and(|line| line.as_bytes().eq_ignore_ascii_case(b"websocket"));
    asks && lines.next().is_none() && named.iter().any(|name| name.eq_ignore_ascii_case("upgrade"))
}

fn expectation(headers: &HeaderMap) -> Result<bool, HeadFault> {
    let Some(line) = headers.get(EXPECT) else { return Ok(false) };
    if line.as_bytes().eq_ignore_ascii_case(b"100-continue") {
        return Ok(true);
    }
    Err(HeadFault { status: StatusCode::EXPECTATION_FAILED, reason: "an Expect header that is not known" })
}

fn bad(reason: &'static str) -> HeadFault {
    HeadFault { status: StatusCode::BAD_REQUEST, reason }
}

/// Digits of a length: ten to the eighteenth is more than anybody sends, and no overflow.
const LENGTH_DIGITS_MAX: usize = 18;
