//! One request and its answer, between a client and an upstream.
//!
//! The request's body and the answer move at the same time, each in pieces as
//! they come. Nothing is kept of either. Whatever the upstream does wrong ends
//! this exchange and its connection, and no other. It does not know how the
//! client speaks: that is a [`Source`] and a [`Sink`].

use std::mem::MaybeUninit;
use std::pin::pin;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::answer::{self, Answered, AnsweredFor, Read};
use super::body::{BodyReader, Framing, Next};
use super::fault::Fault;
use super::head::Asked;
use super::settings::SiteLimits;
use super::site::{Grant, Site};
use super::upstream::Line;

/// Where a request's body comes from.
pub(super) trait Source {
    /// Puts the next piece behind what is in `out`, framed for the upstream; false after the last one.
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault>;
}

/// Where an answer goes.
pub(super) trait Sink {
    /// The head, with what the gate adds.
    fn head(
        &mut self,
        answered: &Answered<'_>,
        revoke: Option<&HeaderName>,
        added: &[(HeaderName, HeaderValue)],
    );
    /// The request is not read to its end: after this answer the connection is of no more use.
    fn is_last(&mut self);
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
        let mut turn = Turn { site, asked, grant: &mut *grant, line: &mut line };
        match turn.play(head, source.as_mut(), sink).await {
            Ok(Outcome::Whole { is_read, keeps }) => {
                if keeps {
                    site.upstream.keep(line);
                }
                return Ok(Ended::Whole(is_read));
            }
            Ok(Outcome::Upgraded) => return Ok(Ended::Tunnel(line)),
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
}

/// One try on one connection.
struct Turn<'a> {
    site: &'a Site,
    asked: &'a Asked,
    grant: &'a mut Grant,
    line: &'a mut Line,
}

impl Turn<'_> {
    async fn play<B: Source, K: Sink>(
        &mut self,
        head: &[u8],
        source: Option<&mut B>,
        sink: &mut K,
    ) -> Result<Outcome, Fault> {
        let limits = &self.site.settings.limits;
        match patient(limits.stall_ms, self.line.stream.write_all(head)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Fault::Hung),
            Err(_) => return Err(Fault::Stalled),
        }
        let Some(source) = source else {
            let first_byte = Duration::from_millis(limits.first_byte_ms);
            let Line { stream, read, .. } = &mut *self.line;
            let begun = timeout(first_byte, read_head(stream, read, self.site, self.asked, self.grant, sink));
            let begun = begun.await.unwrap_or(Err(Fault::FirstByteSlow))?;
            return self.finish(begun, sink).await;
        };
        let (is_read, keeps) = self.play_both(source, sink).await?;
        Ok(Outcome::Whole { is_read, keeps: is_read && self.keeps(keeps) })
    }

    /// The rest of an answer to a request that is sent.
    async fn finish<K: Sink>(&mut self, begun: Begun, sink: &mut K) -> Result<Outcome, Fault> {
        if begun.is_upgrade {
            sink.flush().await?;
            return Ok(Outcome::Upgraded);
        }
        let Line { stream, read, .. } = &mut *self.line;
        pump(stream, read, begun.framing, &self.site.settings.limits, sink).await?;
        Ok(Outcome::Whole { is_read: true, keeps: self.keeps(begun.keeps) })
    }

    /// The body of the request goes while the answer comes. Whether all of it went,
    /// and whether the upstream would take another request.
    async fn play_both<B: Source, K: Sink>(
        &mut self,
        source: &mut B,
        sink: &mut K,
    ) -> Result<(bool, bool), Fault> {
        let (site, limits) = (self.site, &self.site.settings.limits);
        let Line { stream, read, .. } = &mut *self.line;
        let (mut from, mut to) = stream.split();
        let mut sending = pin!(send(source, &mut to, limits.stall_ms));
        let mut sent = None;
        let begun = {
            let mut heading = pin!(read_head(&mut from, read, site, self.asked, self.grant, sink));
            tokio::select! {
                biased;
                outcome = &mut sending => {
                    sent = Some(outcome?);
                    let first_byte = Duration::from_millis(limits.first_byte_ms);
                    timeout(first_byte, heading).await.unwrap_or(Err(Fault::FirstByteSlow))?
                }
                begun = &mut heading => begun?,
            }
        };
        if sent.is_none() {
            sink.is_last();
        }
        {
            let mut answering = pin!(pump(&mut from, read, begun.framing, limits, sink));
            loop {
                tokio::select! {
                    biased;
                    done = &mut answering => break done?,
                    outcome = &mut sending, if sent.is_none() => sent = Some(outcome?),
                }
            }
        }
        Ok((sent == Some(true), begun.keeps))
    }

    /// Whether the connection may serve another request: nothing came behind the answer.
    fn keeps(&self, keeps: bool) -> bool {
        if !self.line.read.is_empty() {
            self.site.note(Fault::Malformed("more behind its end"));
        }
        keeps && self.line.read.is_empty()
    }
}

/// Sends the body of a request; false when the upstream stopped reading, which
/// it may after an answer.
async fn send<B: Source, W: AsyncWrite + Unpin>(
    source: &mut B,
    to: &mut W,
    stall_ms: u64,
) -> Result<bool, Fault> {
    let mut out = Vec::with_capacity(READ_BYTES);
    loop {
        out.clear();
        let goes_on = source.next(&mut out).await?;
        match patient(stall_ms, to.write_all(&out)).await {
            Ok(Ok(())) if !goes_on => return Ok(true),
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ok(false),
            Err(_) => return Err(Fault::Stalled),
        }
    }
}

/// Reads heads until the final one, and gives that to the sink.
async fn read_head<R: AsyncRead + Unpin, K: Sink>(
    from: &mut R,
    read: &mut BytesMut,
    site: &Site,
    asked: &Asked,
    grant: &mut Grant,
    sink: &mut K,
) -> Result<Begun, Fault> {
    let bytes_max = site.settings.limits.answer_head_bytes_max;
    let of = AnsweredFor { is_head: asked.method == axum::http::Method::HEAD, is_upgrade: asked.is_upgrade };
    let (mut informed, mut is_first) = (0, true);
    loop {
        if !read.is_empty() {
            let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
            match answer::read(read, &mut headers, of).map_err(Fault::Malformed)? {
                Read::Head(answered, bytes) if answered.is_final() => {
                    let begun = begin(site, grant, &answered, sink);
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

fn begin<K: Sink>(site: &Site, grant: &mut Grant, answered: &Answered<'_>, sink: &mut K) -> Begun {
    let mut added = Vec::with_capacity(1);
    let revokes = site.revoke.as_ref().is_some_and(|name| answered.has(name));
    let cookie = if revokes { site.revoke(grant.visit.as_ref()) } else { grant.stay.take() };
    added.extend(cookie.map(|cookie| (axum::http::header::SET_COOKIE, cookie)));
    sink.head(answered, site.revoke.as_ref(), &added);
    Begun { framing: answered.framing, keeps: answered.keeps, is_upgrade: answered.is_upgrade }
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
                    Ok(_) => reader.close().map_err(|_| Fault::EndsEarly)?,
                    Err(_) => return Err(Fault::Stalled),
                }
            }
        }
    }
}

async fn patient<T>(ms: u64, work: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
    timeout(Duration::from_millis(ms), work).await
}

/// Bytes that one read takes at most: a page, or a part of a film.
pub(super) const READ_BYTES: usize = 16_384;

/// Headers of one answer; servers send about twenty.
const HEADERS_MAX: usize = 128;

/// Heads before the final one: `103 Early Hints` comes once or twice.
const INFORMATIONAL_MAX: usize = 8;
