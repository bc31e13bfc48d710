//! A protected site's requests on a connection of HTTP/1.
//!
//! The bytes of the client are read by nobody else between two requests of this
//! kind, so what is behind a request's end is the next request and nothing more.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::Response;
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::timeout;
use tracing::debug;

use super::answer::{Answered, write_head};
use super::body::{BodyReader, Framing, Next};
use super::exchange::{Added, Ended, READ_BYTES, Sink, Source, exchange};
use super::fault::Fault;
use super::fields::{self, Said};
use super::head::{Asked, HeadFault};
use super::site::{Grant, Site, Way};
use super::tunnel::tunnel;
use crate::Limits;
use crate::refuse;
use crate::stream::end;

/// What a connection of a client is.
pub(crate) struct Client<'a, S> {
    pub(crate) stream: &'a mut S,
    /// What was read and not used.
    pub(crate) read: &'a mut BytesMut,
    pub(crate) peer: IpAddr,
    pub(crate) limits: &'a Limits,
    /// The connection is to end after this answer, whatever the client wants.
    pub(crate) is_last: bool,
    /// Whoever waits is to do so without a connection.
    pub(crate) is_crowded: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<'_, S> {
    /// Answers one request whose head is read and taken away. True when the
    /// connection may go on.
    pub(crate) async fn serve(mut self, site: &Site, asked: Result<Asked, HeadFault>) -> bool {
        let asked = match asked {
            Ok(asked) => asked,
            Err(fault) => {
                debug!(peer = %self.peer, site = site.settings.name, fault.reason, "refused");
                return self.refuse(site, fault.into(), &HeaderMap::new(), true).await;
            }
        };
        if fields::is_loop(&asked.headers, &site.settings.name) {
            return self.refuse(site, Fault::Loop, &asked.headers, true).await;
        }
        match site.decide(&asked) {
            Way::Forward(grant) => self.forward(site, &asked, grant).await,
            Way::Answer(answer) => {
                // A body that nobody will read stands before the next request.
                let has_body = asked.framing != Framing::Empty;
                let is_last = self.is_last || self.is_crowded || asked.is_last || has_body;
                self.write(answer, asked.method == Method::HEAD, is_last).await
            }
        }
    }

    async fn forward(mut self, site: &Site, asked: &Asked, mut grant: Grant) -> bool {
        let bytes_max = site.settings.limits.body_bytes_max;
        if matches!(asked.framing, Framing::Length(bytes) if bytes > bytes_max) {
            return self.refuse(site, Fault::TooLarge, &asked.headers, true).await;
        }
        site.note_forwarded();
        let head = site.head(asked, &grant, self.peer);
        if asked.waits_for_continue && self.stream.write_all(CONTINUE).await.is_err() {
            return false;
        }
        let is_last = self.is_last || asked.is_last;
        let (outcome, has_begun) = if asked.framing == Framing::Empty {
            let mut sink = Writer::new(&mut *self.stream, asked, is_last);
            let ended = exchange::<Reader<'_, S>, _>(site, asked, &mut grant, &head, None, &mut sink).await;
            (ended, sink.has_begun)
        } else {
            let (mut from, to) = split(&mut *self.stream);
            let source = Reader::new(&mut from, self.read, asked.framing, bytes_max, self.limits.stall_ms);
            let mut sink = Writer::new(to, asked, is_last);
            let ended = exchange(site, asked, &mut grant, &head, Some(source), &mut sink).await;
            (ended, sink.has_begun)
        };
        match outcome {
            Ok(Ended::Whole(is_read)) if is_read && !is_last => true,
            Ok(Ended::Whole(_)) => {
                end(self.stream, self.read).await;
                false
            }
            Ok(Ended::Tunnel(line)) => {
                tunnel(self.stream, self.read, line, site.settings.limits.websocket_idle_ms).await;
                false
            }
            Err(fault) if has_begun => {
                site.note(fault);
                debug!(peer = %self.peer, site = site.settings.name, %fault, "cut");
                false
            }
            // Of a body it is not known how much was read.
            Err(fault) => {
                self.refuse(site, fault, &asked.headers, is_last || asked.framing != Framing::Empty).await
            }
        }
    }

    /// The page of a fault; `is_last` where the rest of the request was not read.
    async fn refuse(&mut self, site: &Site, fault: Fault, headers: &HeaderMap, is_last: bool) -> bool {
        let answer = site.show(fault, headers);
        self.write(answer, false, self.is_last || is_last).await
    }

    async fn write(&mut self, answer: Response, is_head: bool, is_last: bool) -> bool {
        let Some((head, body)) = refuse::write(answer, is_head, is_last).await else { return false };
        if self.stream.write_all_buf(&mut head.chain(body)).await.is_err()
            || self.stream.flush().await.is_err()
        {
            return false;
        }
        if is_last {
            end(self.stream, self.read).await;
        }
        !is_last
    }
}

impl Site {
    /// The head of a request for the upstream.
    pub(super) fn head(&self, asked: &Asked, grant: &Grant, peer: IpAddr) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let said = Said {
            peer,
            is_secure: self.parts.is_secure(),
            site: &self.settings.name,
            pass: self.pass(grant.visit.as_ref()),
            is_own_cookie: &|name, value| self.is_own_cookie(name, value),
        };
        fields::write_request(&mut head, asked, &said);
        head
    }
}

/// The body of a client's request, from the wire.
struct Reader<'a, S> {
    from: &'a mut tokio::io::ReadHalf<&'a mut S>,
    read: &'a mut BytesMut,
    reader: BodyReader,
    is_chunked: bool,
    left: u64,
    stall: Duration,
}

impl<'a, S> Reader<'a, S> {
    fn new(
        from: &'a mut tokio::io::ReadHalf<&'a mut S>,
        read: &'a mut BytesMut,
        framing: Framing,
        bytes_max: u64,
        stall_ms: u64,
    ) -> Reader<'a, S> {
        Reader {
            from,
            read,
            reader: BodyReader::new(framing),
            is_chunked: framing == Framing::Chunked,
            left: bytes_max,
            stall: Duration::from_millis(stall_ms),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Source for Reader<'_, S> {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        loop {
            match self.reader.next(self.read)? {
                Next::End => {
                    if self.is_chunked {
                        out.extend_from_slice(LAST_CHUNK);
                    }
                    return Ok(false);
                }
                Next::Data(bytes) => {
                    self.left = self.left.checked_sub(bytes as u64).ok_or(Fault::TooLarge)?;
                    piece(out, &self.read[..bytes], self.is_chunked);
                    self.read.advance(bytes);
                    return Ok(true);
                }
                Next::More => {
                    self.read.reserve(READ_BYTES);
                    match timeout(self.stall, self.from.read_buf(self.read)).await {
                        Ok(Ok(1..)) => {}
                        Ok(_) => return Err(Fault::ClientGone),
                        Err(_) => return Err(Fault::ClientSlow),
                    }
                }
            }
        }
    }
}

/// Answers on the wire.
struct Writer<W> {
    to: W,
    out: Vec<u8>,
    is_head: bool,
    is_last: bool,
    /// The client knows chunks.
    may_chunk: bool,
    is_chunked: bool,
    has_begun: bool,
}

impl<W> Writer<W> {
    fn new(to: W, asked: &Asked, is_last: bool) -> Writer<W> {
        Writer {
            to,
            out: Vec::with_capacity(HEAD_BYTES),
            is_head: asked.method == Method::HEAD,
            is_last,
            may_chunk: !asked.is_http10,
            is_chunked: false,
            has_begun: false,
        }
    }
}

impl<W: AsyncWrite + Unpin> Sink for Writer<W> {
    fn head(&mut self, answered: &Answered<'_>, revoke: Option<&HeaderName>, added: Added<'_>, is_cut: bool) {
        self.is_last |= is_cut;
        let out = &mut self.out;
        write_head(out, answered, revoke);
        for (name, value) in added {
            fields::write(out, name.as_str(), value.as_bytes());
        }
        if !answered.has(&DATE) {
            fields::write(out, DATE.as_str(), refuse::date().as_bytes());
        }
        match answered.framing {
            Framing::Length(bytes) => fields::write_length(out, bytes),
            Framing::Chunked | Framing::UntilClose if self.may_chunk => {
                self.is_chunked = true;
                fields::write(out, "transfer-encoding", b"chunked");
            }
            Framing::Empty if self.is_head => {
                if let Some(bytes) = answered.length {
                    fields::write_length(out, bytes);
                }
            }
            Framing::Chunked | Framing::UntilClose | Framing::Empty => {}
        }
        if answered.status == StatusCode::SWITCHING_PROTOCOLS {
            out.extend_from_slice(b"connection: upgrade\r\nupgrade: websocket\r\n");
        } else if self.is_last {
            fields::write(out, "connection", b"close");
        }
        out.extend_from_slice(b"\r\n");
    }

    fn data(&mut self, bytes: &[u8]) {
        piece(&mut self.out, bytes, self.is_chunked);
    }

    fn is_full(&self) -> bool {
        self.out.len() >= READ_BYTES
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        if !self.out.is_empty() {
            self.has_begun = true;
            self.to.write_all(&self.out).await.map_err(|_| Fault::ClientGone)?;
            self.to.flush().await.map_err(|_| Fault::ClientGone)?;
            self.out.clear();
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.is_chunked {
            self.out.extend_from_slice(LAST_CHUNK);
        }
    }
}

/// Writes a piece of a body, as a chunk or as it is.
pub(super) fn piece(out: &mut Vec<u8>, bytes: &[u8], is_chunked: bool) {
    if is_chunked {
        // Writing to memory does not fail.
        let _ = write!(out, "{:x}\r\n", bytes.len());
    }
    out.extend_from_slice(bytes);
    if is_chunked {
        out.extend_from_slice(b"\r\n");
    }
}

/// Behind the last piece.
pub(super) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Bytes of most heads.
const HEAD_BYTES: usize = 2_048;
