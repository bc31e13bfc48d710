//! One request and its answer, between a client and an upstream.
//!
//! The request's body and the answer move at the same time, each in pieces as
//! they come. Nothing is kept of either. Whatever the upstream does wrong ends
//! this exchange and its connection, and no other. It does not know how the
//! client speaks: that is a [`Source`] and a [`Sink`].

use std::io;
use std::mem::MaybeUninit;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue, Method};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::timeout;

use super::answer::{self, Answered, AnsweredFor, Read};
use super::body::{BodyReader, Framing, Next};
use super::fault::Fault;
use super::head::Asked;
use super::settings::SiteLimits;
use super::site::{Grant, Site};
use super::upstream::Line;
use super::wire::Wire;

/// Where a request's body comes from.
pub(super) trait Source {
    /// Puts the next piece behind what is in `out`, framed for the upstream; false after the last one.
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault>;
}

/// Headers that the gate adds to an answer.
pub(super) type Added<'a> = &'a [(HeaderName, HeaderValue)];

/// Where an answer goes.
pub(super) trait Sink {
    /// The head, with what the gate adds; `is_cut` when the request was not read
    /// to its end: after this answer the connection is of no more use.
    fn head(&mut self, answered: &Answered<'_>, revoke: Option<&HeaderName>, added: Added<'_>, is_cut: bool);
    /// A piece of the body.
    fn data(&mut self, piece: &[u8]);
    /// Whether so much waits that it must go before more is taken.
    fn is_full(&self) -> bool;
    /// Lets go of what waits.
    async fn flush(&mut self) -> Result<(), Fault>;
    /// The body is whole.
    fn end(&mut self);
}

/// How an exchange ended well.
pub(super) enum Ended {
    /// The answer is with the client; false: the request was not read to its end.
    Whole(bool),
    /// From here on it is a WebSocket.
    Tunnel(Line),
}

/// Sends a request on and its answer back.
pub(super) async fn exchange<B: Source, K: Sink>(
    site: &Site,
    asked: &Asked,
    grant: &mut Grant,
    head: &[u8],
    mut source: Option<B>,
    sink: &mut K,
) -> Result<Ended, Fault> {
    let mut is_fresh = false;
    loop {
        let mut line = site.upstream.take(is_fresh).await?;
        let is_kept = line.is_kept;
        let is_sent = AtomicBool::new(source.is_none());
        let turn = Turn { site, asked, grant: &mut *grant, is_sent: &is_sent };
        match turn.play(&mut line, head, source.as_mut(), sink).await {
            Ok(Outcome::Whole { is_read, keeps }) => {
                site.note_answered();
                if keeps {
                    site.upstream.keep(line);
                }
                return Ok(Ended::Whole(is_read));
            }
            Ok(Outcome::Upgraded) => {
                site.note_answered();
                return Ok(Ended::Tunnel(line));
            }
            // A kept connection may be closed in the very moment of its use.
            Err(Fault::Hung) if is_kept && asked.is_repeatable() => is_fresh = true,
            Err(Fault::Hung) => return Err(Fault::EndsEarly),
            Err(fault) => return Err(fault),
        }
    }
}

/// How one connection's part ended.
enum Outcome {
    Whole { is_read: bool, keeps: bool },
    Upgraded,
}

/// What of an answer's head is needed after it.
struct Begun {
    framing: Framing,
    keeps: bool,
    is_upgrade: bool,
    /// The request was not sent to its end when the answer began.
    is_cut: bool,
}

/// One try on one connection.
struct Turn<'a> {
    site: &'a Site,
    asked: &'a Asked,
    grant: &'a mut Grant,
    /// The upstream has all of the request.
    is_sent: &'a AtomicBool,
}

impl Turn<'_> {
    async fn play<B: Source, K: Sink>(
        mut self,
        line: &mut Line,
        head: &[u8],
        source: Option<&mut B>,
        sink: &mut K,
    ) -> Result<Outcome, Fault> {
        let (site, limits) = (self.site, &self.site.settings.limits);
        match patient(limits.stall_ms, write(&mut line.stream, head)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Fault::Hung),
            Err(_) => return Err(Fault::Stalled),
        }
        let Line { stream, read, .. } = &mut *line;
        let begun = match source {
            Some(source) => match stream {
                Wire::Plain(stream) => self.play_both(stream.split(), read, source, sink).await?,
                Wire::Tls(stream) => self.play_both(split(stream), read, source, sink).await?,
            },
            None => {
                let begun = first_byte(limits, self.read_head(stream, read, sink)).await?;
                if begun.is_upgrade {
                    sink.flush().await?;
                    return Ok(Outcome::Upgraded);
                }
                pump(stream, read, begun.framing, limits, sink).await?;
                begun
            }
        };
        // What comes behind an answer is nobody's.
        if !line.read.is_empty() {
            site.note(Fault::Malformed("more behind its end"));
        }
        let keeps = begun.keeps && !begun.is_cut && line.read.is_empty();
        Ok(Outcome::Whole { is_read: !begun.is_cut, keeps })
    }

    /// The body of the request goes while the answer comes.
    async fn play_both<R: AsyncRead + Unpin, W: AsyncWrite + Unpin, B: Source, K: Sink>(
        mut self,
        (mut from, mut to): (R, W),
        read: &mut BytesMut,
        source: &mut B,
        sink: &mut K,
    ) -> Result<Begun, Fault> {
        let (is_sent, limits) = (self.is_sent, &self.site.settings.limits);
        let mut sending = pin!(send(source, &mut to, limits.stall_ms, is_sent));
        let mut is_done = false;
        let begun = {
            let mut heading = pin!(self.read_head(&mut from, read, sink));
            tokio::select! {
                biased;
                outcome = &mut sending => {
                    outcome?;
                    is_done = true;
                    first_byte(limits, heading).await?
                }
                begun = &mut heading => begun?,
            }
        };
        let mut answering = pin!(pump(&mut from, read, begun.framing, limits, sink));
        loop {
            tokio::select! {
                biased;
                done = &mut answering => return done.map(|()| begun),
                outcome = &mut sending, if !is_done => {
                    outcome?;
                    is_done = true;
                }
            }
        }
    }

    /// Reads heads until the final one, and gives that to the sink.
    async fn read_head<R: AsyncRead + Unpin, K: Sink>(
        &mut self,
        from: &mut R,
        read: &mut BytesMut,
        sink: &mut K,
    ) -> Result<Begun, Fault> {
        let bytes_max = self.site.settings.limits.answer_head_bytes_max;
        let of =
            AnsweredFor { is_head: self.asked.method == Method::HEAD, is_upgrade: self.asked.is_upgrade };
        let (mut informed, mut is_first) = (0, true);
        loop {
            if !read.is_empty() {
                let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
                match answer::read(read, &mut headers, of).map_err(Fault::Malformed)? {
                    Read::Head(answered, bytes) if answered.is_final() => {
                        let begun = self.begin(&answered, sink);
                        read.advance(bytes);
                        return Ok(begun);
                    }
                    Read::Head(_, bytes) => {
                        informed += 1;
                        if informed > INFORMATIONAL_MAX {
                            return Err(Fault::Malformed("no end of informational heads"));
                        }
                        read.advance(bytes);
                        continue;
                    }
                    Read::Partial => {}
                }
            }
            if read.len() >= bytes_max {
                return Err(Fault::Malformed("a head larger than is taken"));
            }
            read.reserve(READ_BYTES);
            match from.read_buf(read).await {
                Ok(1..) => is_first = false,
                _ if is_first && read.is_empty() => return Err(Fault::Hung),
                _ => return Err(Fault::EndsEarly),
            }
        }
    }

    fn begin<K: Sink>(&mut self, answered: &Answered<'_>, sink: &mut K) -> Begun {
        let (site, grant) = (self.site, &mut *self.grant);
        let revokes = site.revoke.as_ref().is_some_and(|name| answered.has(name));
        let cookie = if revokes { site.revoke(grant.visit.as_ref()) } else { grant.stay.take() };
        let added = cookie.map(|cookie| (SET_COOKIE, cookie));
        let is_cut = !self.is_sent.load(Ordering::Relaxed);
        sink.head(answered, site.revoke.as_ref(), added.as_slice(), is_cut);
        let Answered { framing, keeps, is_upgrade, .. } = *answered;
        Begun { framing, keeps, is_upgrade, is_cut }
    }
}

/// Waits for the head of an answer to a request that is sent.
async fn first_byte(
    limits: &SiteLimits,
    heading: impl Future<Output = Result<Begun, Fault>>,
) -> Result<Begun, Fault> {
    patient(limits.first_byte_ms, heading).await.unwrap_or(Err(Fault::FirstByteSlow))
}

/// Sends the body of a request, to its end or until the upstream stops reading,
/// which it may after an answer.
async fn send<B: Source, W: AsyncWrite + Unpin>(
    source: &mut B,
    to: &mut W,
    stall_ms: u64,
    is_sent: &AtomicBool,
) -> Result<(), Fault> {
    let mut out = Vec::with_capacity(READ_BYTES);
    loop {
        out.clear();
        let goes_on = source.next(&mut out).await?;
        match patient(stall_ms, write(to, &out)).await {
            Ok(Ok(())) if goes_on => {}
            Ok(sent) => {
                is_sent.store(sent.is_ok(), Ordering::Relaxed);
                return Ok(());
            }
            Err(_) => return Err(Fault::Stalled),
        }
    }
}

/// Writes bytes and lets go of them: TLS would keep some back.
async fn write<W: AsyncWrite + Unpin>(to: &mut W, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}

/// Brings an answer's body to the client.
async fn pump<R: AsyncRead + Unpin, K: Sink>(
    from: &mut R,
    read: &mut BytesMut,
    framing: Framing,
    limits: &SiteLimits,
    sink: &mut K,
) -> Result<(), Fault> {
    let mut reader = BodyReader::new(framing);
    loop {
        match reader.next(read).map_err(|_| Fault::Malformed("broken chunks"))? {
            Next::Data(bytes) => {
                sink.data(&read[..bytes]);
                read.advance(bytes);
                if sink.is_full() {
                    sink.flush().await?;
                }
            }
            Next::End => {
                sink.end();
                return sink.flush().await;
            }
            Next::More => {
                sink.flush().await?;
                read.reserve(READ_BYTES);
                match patient(limits.stall_ms, from.read_buf(read)).await {
                    Ok(Ok(1..)) => {}
                    Ok(Ok(0)) => reader.close().map_err(|_| Fault::EndsEarly)?,
                    // A reset, or TLS that was cut: what came may not be all.
                    Ok(Err(_)) => return Err(Fault::EndsEarly),
                    Err(_) => return Err(Fault::Stalled),
                }
            }
        }
    }
}

async fn patient<T>(ms: u64, work: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
    timeout(Duration::from_millis(ms), work).await
}

/// Bytes that one read takes at most: a page and its head, or a part of a film.
pub(super) const READ_BYTES: usize = 32_768;

/// Headers of one answer; servers send about twenty.
const HEADERS_MAX: usize = 128;

/// Heads before the final one: `103 Early Hints` comes once or twice.
const INFORMATIONAL_MAX: usize = 8;
