//! A protected site's requests over HTTP/2, which hyper reads: the answer's
//! pieces go to it as they come, one at a time.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::Sites;
use super::answer::Answered;
use super::body::Framing;
use super::exchange::{Added, Ended, READ_BYTES, Sink, Source, exchange};
use super::fault::Fault;
use super::fields;
use super::head::Asked;
use super::http1::{LAST_CHUNK, piece};
use super::site::{Grant, Way};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Answers one request of a site that `sites` has at this place.
pub(crate) async fn serve(
    sites: Sites,
    at: usize,
    request: Request<Incoming>,
    peer: IpAddr,
    stall_ms: u64,
) -> Response {
    let site = sites.at(at);
    let (parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let asked = match Asked::from_http2(parts, !body.is_end_stream()) {
        Ok(asked) => asked,
        Err(fault) => return site.show(fault.into(), &headers),
    };
    if fields::is_loop(&asked.headers, &site.settings.name) {
        return site.show(Fault::Loop, &headers);
    }
    let grant = match site.decide(&asked) {
        Way::Answer(answer) => return answer,
        Way::Forward(grant) => grant,
    };
    let left = site.settings.limits.body_bytes_max;
    if matches!(asked.framing, Framing::Length(bytes) if bytes > left) {
        return site.show(Fault::TooLarge, &headers);
    }
    site.note_forwarded();
    let (head, begun) = oneshot::channel();
    let source = (asked.framing != Framing::Empty).then(|| Frames {
        body,
        left,
        is_chunked: asked.framing == Framing::Chunked,
        stall: Duration::from_millis(stall_ms),
    });
    tokio::spawn(play(sites.clone(), at, (asked, grant), (source, peer), head));
    match begun.await {
        Ok(answer) => answer,
        // The task ends with an answer; without one it panicked.
        Err(_) => site.show(Fault::EndsEarly, &headers),
    }
}

async fn play(
    sites: Sites,
    at: usize,
    (asked, mut grant): (Asked, Grant),
    (source, peer): (Option<Frames>, IpAddr),
    head: oneshot::Sender<Response>,
) {
    let site = sites.at(at);
    let text = site.head(&asked, &grant, peer);
    let mut sink = Pieces {
        head: Some(head),
        is_head: asked.method == Method::HEAD,
        to: None,
        waiting: BytesMut::new(),
    };
    match exchange(site, &asked, &mut grant, &text, source, &mut sink).await {
        Ok(Ended::Whole(_) | Ended::Tunnel(_)) => {}
        Err(fault) => match sink.head.take() {
            Some(head) => {
                // The client may be gone.
                let _ = head.send(site.show(fault, &asked.headers));
            }
            None => {
                site.note(fault);
                if let Some(to) = sink.to {
                    let _ = to.send(Err(fault.into())).await;
                }
            }
        },
    }
}

/// The body of a request, as hyper gives it.
struct Frames {
    body: Incoming,
    left: u64,
    is_chunked: bool,
    stall: Duration,
}

impl Source for Frames {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        loop {
            match timeout(self.stall, self.body.frame()).await {
                Err(_) => return Err(Fault::ClientSlow),
                Ok(Some(Err(_))) => return Err(Fault::ClientGone),
                Ok(None) => {
                    if self.is_chunked {
                        out.extend_from_slice(LAST_CHUNK);
                    }
                    return Ok(false);
                }
                Ok(Some(Ok(frame))) => {
                    // Trailers are dropped.
                    let Ok(data) = frame.into_data() else { continue };
                    if data.is_empty() {
                        continue;
                    }
                    self.left = self.left.checked_sub(data.len() as u64).ok_or(Fault::TooLarge)?;
                    piece(out, &data, self.is_chunked);
                    return Ok(true);
                }
            }
        }
    }
}

/// The answer, as hyper takes it.
struct Pieces {
    head: Option<oneshot::Sender<Response>>,
    is_head: bool,
    to: Option<mpsc::Sender<Result<Bytes, BoxError>>>,
    waiting: BytesMut,
}

impl Sink for Pieces {
    fn head(
        &mut self,
        answered: &Answered<'_>,
        revoke: Option<&HeaderName>,
        added: Added<'_>,
        _is_cut: bool,
    ) {
        let mut headers: HeaderMap = answered.header_map(revoke);
        headers.extend(added.iter().cloned());
        let length = match answered.framing {
            Framing::Length(bytes) => Some(bytes),
            Framing::Empty if self.is_head => answered.length,
            _ => None,
        };
        headers.extend(length.map(|bytes| (CONTENT_LENGTH, HeaderValue::from(bytes))));
        let body = if answered.framing == Framing::Empty {
            Body::empty()
        } else {
            let (to, from) = mpsc::channel(1);
            self.to = Some(to);
            Body::new(Received { from })
        };
        let mut response = Response::new(body);
        *response.status_mut() = answered.status;
        *response.headers_mut() = headers;
        if let Some(head) = self.head.take() {
            // The client may be gone; the next piece will tell.
            let _ = head.send(response);
        }
    }

    fn data(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= READ_BYTES
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = self.waiting.split().freeze();
        match &self.to {
            Some(to) => to.send(Ok(piece)).await.map_err(|_| Fault::ClientGone),
            None => Ok(()),
        }
    }

    fn end(&mut self) {}
}

/// A body whose pieces come through a channel.
struct Received {
    from: mpsc::Receiver<Result<Bytes, BoxError>>,
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.from.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
