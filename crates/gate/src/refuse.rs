//! Answers made ready, before a connection is worth an HTTP server.
//!
//! Whoever is told to wait sends simple requests: GET or HEAD, HTTP/1.1, without
//! a body. As long as the door answers those itself, this loop does it all: one
//! read, a parse, the decision, one write, and a small buffer between requests.
//! Requests for a protected site are answered here too, whatever they are: hyper
//! would take what the proxy must refuse. The first request that is anything else, or that the application answers,
//! goes to hyper with the bytes that were read, and the connection stays there.
//! The parser is hyper's own, so that both read the same.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_LANGUAGE, CONNECTION, CONTENT_LENGTH, DATE, EXPECT, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use axum::response::Response;
use base::Lang;
use bytes::{Buf, Bytes, BytesMut};
use http_body::Body as _;
use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout_at};

use crate::Limits;
use crate::door::{Decision, Door, preferred_lang};
use crate::places::Standing;
use crate::protect::http1::Client;
use crate::protect::{Asked, Fault, HeadFault, Introduced, OURS, Site, Sites};
use crate::stream::end;

/// Bytes of the buffer of a connection that waits: the request of a bare client fits.
const IDLE_BYTES: usize = 512;

/// Bytes of the buffer of a connection to a site that rests: a browser's request fits.
const KEPT_BYTES: usize = 4_096;

/// Bytes of most heads of our answers.
const HEAD_BYTES: usize = 768;

/// Headers of one request, as many as hyper takes; browsers send about twenty.
const HEADERS_MAX: usize = 100;

/// What a connection needs after the requests that were answered here.
pub(crate) struct Left<S> {
    /// What was read and not answered comes first.
    pub(crate) stream: Rewound<S>,
    /// What the door said of the request that comes first, if it was asked.
    pub(crate) decision: Option<Decision>,
}

/// A request as far as it was read.
enum Parsed {
    /// The door may be asked; so many bytes, and whether the client wants to go on.
    Simple { request: Request<()>, bytes: usize, is_last: bool },
    /// It is for the protected site at a place.
    Protected { site: usize, asked: Result<Asked, HeadFault>, bytes: usize },
    /// More is to come.
    Partial,
    /// More headers than are taken, in number.
    TooLarge,
    /// Hyper's business.
    Other,
}

/// What requests are answered with.
pub(crate) struct Answerer<'a> {
    pub(crate) door: &'a Door,
    pub(crate) sites: &'a Sites,
    pub(crate) limits: &'a Limits,
    pub(crate) peer: IpAddr,
}

/// What a connection does, for whoever stops the server.
#[derive(Default)]
pub(crate) struct Progress {
    /// A request is on its way to an upstream and back.
    pub(crate) is_busy: AtomicBool,
    /// The answer to it is the last one.
    pub(crate) is_draining: AtomicBool,
}

/// Answers what can be answered here. `None`: the connection is over.
pub(crate) async fn answer_waiting<S>(
    mut stream: S,
    with: &Answerer<'_>,
    progress: &Progress,
    standing: &Standing,
) -> Option<Left<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = with.limits;
    let patience = Duration::from_millis(limits.header_read_ms);
    let mut due = Instant::now() + patience;
    let mut read = BytesMut::with_capacity(IDLE_BYTES);
    loop {
        let (request, bytes, is_last) = match parse(&read, with.sites) {
            Parsed::Simple { request, bytes, is_last } => (request, bytes, is_last),
            Parsed::Protected { site, asked, bytes } => {
                read.advance(bytes);
                let at = with.sites.at(site);
                standing.hear(|| asked.as_ref().is_ok_and(|asked| at.knows(&asked.headers)));
                let client = Client {
                    stream: &mut stream,
                    read: &mut read,
                    peer: with.peer,
                    limits,
                    is_last: progress.is_draining.load(Ordering::Relaxed),
                    is_crowded: standing.is_crowded(),
                };
                if !progress.serve(client, at, asked).await {
                    return None;
                }
                due = Instant::now() + patience;
                if read.is_empty() {
                    rest(&mut read);
                }
                continue;
            }
            Parsed::Partial if read.len() < limits.header_bytes_max => {
                match timeout_at(due, stream.read_buf(&mut read)).await {
                    Ok(Ok(1..)) => continue,
                    // Gone, or too slow.
                    _ => return None,
                }
            }
            Parsed::Partial | Parsed::TooLarge => {
                // HTTP/2 is never partial: it is known by its first bytes. Hyper would say the same in no words.
                let answer = Fault::HeadTooLarge.answer(lang_of(&read), OURS);
                let (head, body) = write(answer, false, true).await?;
                stream.write_all_buf(&mut head.chain(body)).await.ok()?;
                end(&mut stream, &mut read).await;
                return None;
            }
            Parsed::Other => {
                return Some(Left { stream: Rewound::new(read.freeze(), stream), decision: None });
            }
        };
        standing.hear(|| with.door.knows(&request));
        let response = match decide(with.door, with.sites, &request) {
            Decision::Answer(response) => response,
            decision @ Decision::Serve(_) => {
                let stream = Rewound::new(read.freeze(), stream);
                return Some(Left { stream, decision: Some(decision) });
            }
        };
        read.advance(bytes);
        let is_last = is_last || standing.is_crowded();
        let (head, body) = write(response, *request.method() == Method::HEAD, is_last).await?;
        stream.write_all_buf(&mut head.chain(body)).await.ok()?;
        stream.flush().await.ok()?;
        if is_last {
            // A shutdown that fails finds the peer gone already.
            let _ = stream.shutdown().await;
            return None;
        }
        due = Instant::now() + patience;
        if read.is_empty() {
            read = BytesMut::with_capacity(IDLE_BYTES);
        }
    }
}

/// Makes the empty buffer of a connection to a site ready for the next request:
/// a browser's is read in one piece, and a large one leaves nothing behind.
fn rest(read: &mut BytesMut) {
    if !read.try_reclaim(KEPT_BYTES) || read.capacity() > 2 * KEPT_BYTES {
        *read = BytesMut::with_capacity(KEPT_BYTES);
    }
}

/// The language that a head asks for, as far as it was read.
fn lang_of(read: &[u8]) -> Lang {
    let mut headers = HeaderMap::new();
    for line in read.split(|byte| *byte == b'\n').filter_map(|line| str::from_utf8(line).ok()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case(ACCEPT_LANGUAGE.as_str())
            && let Ok(value) = HeaderValue::from_str(value.trim())
        {
            headers.insert(ACCEPT_LANGUAGE, value);
        }
    }
    preferred_lang(&headers)
}

/// Decides on a request for our own pages.
pub(crate) fn decide<B>(door: &Door, sites: &Sites, request: &Request<B>) -> Decision {
    match sites.introduce(request) {
        Introduced::Answer(answer) => Decision::Answer(*answer),
        Introduced::Asked => Decision::Serve(None),
        Introduced::No => door.decide(request),
    }
}

impl Progress {
    /// Serves a request of a site; true when the connection may go on.
    async fn serve<S>(&self, client: Client<'_, S>, site: &Site, asked: Result<Asked, HeadFault>) -> bool
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.is_busy.store(true, Ordering::Relaxed);
        // In a box, so that a connection that waits is small.
        let goes_on = Box::pin(client.serve(site, asked)).await;
        self.is_busy.store(false, Ordering::Relaxed);
        goes_on && !self.is_draining.load(Ordering::Relaxed)
    }
}

fn parse(read: &[u8], sites: &Sites) -> Parsed {
    if read.is_empty() {
        return Parsed::Partial;
    }
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let bytes = match parsed.parse_with_uninit_headers(read, &mut headers) {
        Ok(Status::Complete(bytes)) => bytes,
        Ok(Status::Partial) => return Parsed::Partial,
        Err(httparse::Error::TooManyHeaders) => return Parsed::TooLarge,
        // HTTP/2 begins with something that is no request of HTTP/1; the rest hyper refuses.
        Err(_) => return Parsed::Other,
    };
    if let Some(site) = sites.find_parsed(&parsed) {
        let asked = Asked::from_http1(&parsed, &read[..bytes]);
        return Parsed::Protected { site, asked, bytes };
    }
    simple(&parsed).map_or(Parsed::Other, |(request, is_last)| Parsed::Simple { request, bytes, is_last })
}

fn simple(parsed: &httparse::Request<'_, '_>) -> Option<(Request<()>, bool)> {
    let method = match parsed.method? {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        _ => return None,
    };
    if parsed.version? != 1 {
        return None;
    }
    let mut headers = HeaderMap::with_capacity(parsed.headers.len());
    for header in &*parsed.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    let has_more =
        [CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE, EXPECT].iter().any(|name| headers.contains_key(name));
    if has_more {
        return None;
    }
    let is_last = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close")));
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = parsed.path?.parse::<Uri>().ok()?;
    *request.headers_mut() = headers;
    Some((request, is_last))
}

/// The head and the body of a response; none when the body is not all in memory.
pub(crate) async fn write(response: Response, is_head: bool, is_last: bool) -> Option<(Bytes, Bytes)> {
    let (parts, body) = response.into_parts();
    let body = whole(body).await?;
    let mut out = Vec::with_capacity(HEAD_BYTES);
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(parts.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(parts.status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
    for (name, value) in &parts.headers {
        field(&mut out, name.as_str(), value.as_bytes());
    }
    if is_last {
        field(&mut out, CONNECTION.as_str(), b"close");
    }
    if !parts.headers.contains_key(DATE) {
        field(&mut out, DATE.as_str(), date().as_bytes());
    }
    // 304 speaks of a body that it does not have.
    if parts.status != axum::http::StatusCode::NOT_MODIFIED {
        field(&mut out, CONTENT_LENGTH.as_str(), body.len().to_string().as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    Some((out.into(), if is_head { Bytes::new() } else { body }))
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The door's bodies are one piece, or nothing.
async fn whole(mut body: Body) -> Option<Bytes> {
    match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        None => Some(Bytes::new()),
        Some(frame) => frame.ok()?.into_data().ok(),
    }
}

/// The clock on the wall, as the header tells it.
#[expect(clippy::disallowed_methods, reason = "the date of an HTTP answer is the system's")]
pub(crate) fn date() -> String {
    httpdate::fmt_http_date(std::time::SystemTime::now())
}

/// A stream whose first bytes were read before.
pub(crate) struct Rewound<S> {
    first: Bytes,
    stream: S,
}

impl<S> Rewound<S> {
    fn new(first: Bytes, stream: S) -> Rewound<S> {
        Rewound { first, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let bytes = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first.split_to(bytes));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
