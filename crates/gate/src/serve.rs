//! Accepts connections, serves HTTP/1 and HTTP/2 on each with upgrades, and
//! drains: first no new connection, then the requests in flight finish, then
//! whatever is left is cut.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CONNECTION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version};
use axum::response::Response;
use base::Vouch;
use futures_util::TryFutureExt;
use futures_util::future::{Either, ready};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use tracing::{debug, info, warn};

use crate::body::PatientBody;
use crate::door::{Decision, Door, preferred_lang};
use crate::places::{Places, Standing};
use crate::protect::{Fault, OURS, Sites, http2};
use crate::refuse::{Answerer, Left, Progress, answer_waiting, decide};
use crate::stream::Stream;
use crate::{Limits, Tls};

/// Listens on an address, with room for those who come in one burst.
///
/// # Errors
/// What the system says: the port is taken, or not ours to take.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again finds its port free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Connections that the kernel keeps for us until we look: one more is made to
/// wait a second, then three. Four thousand come within a quarter of a second at the bell.
const BACKLOG: u32 = 4_096;

/// Serves protected `sites`, and `router` behind `door`, each request with the
/// `ConnectInfo` of its peer, until `drain` is ready, then drains and returns, at
/// the latest after [`Limits::drain_ms`].
///
/// A WebSocket is the business of its handler, which is told by other ways that
/// the server stops; here it only keeps its place among the connections, for good
/// once it came with a card or its handler vouches for it (the request's extension
/// `Arc<dyn Vouch>`).
pub async fn serve(
    listener: TcpListener,
    (door, sites, router): (Door, Sites, Router),
    tls: Option<Tls>,
    limits: Limits,
    drain: impl Future<Output = ()>,
) {
    let drain_ms = limits.drain_ms;
    let places = Places::new(limits.connections_max);
    let (phase, seen) = watch::channel(Phase::Serving);
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    let desk = Arc::new(Desk {
        http: http(&limits),
        router: router.merge(sites.router()),
        door,
        sites,
        tls: tls.map(|tls| TlsAcceptor::from(tls.config)),
        limits,
    });
    let mut drain = pin!(drain);
    loop {
        let (stream, address) = tokio::select! {
            () = &mut drain => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause(&error).await;
                    continue;
                }
            },
        };
        let place = places.try_take();
        if place.is_none() && !places.make_room() {
            shed(&stream, desk.tls.is_some());
            continue;
        }
        let (desk, seen, alive, all) = (Arc::clone(&desk), seen.clone(), alive.clone(), Arc::clone(&places));
        places.seat(|standing| {
            let connection = tokio::spawn(async move {
                let place = match place {
                    Some(place) => Some(place),
                    // Of the one that made room; another may have been quicker.
                    None => timeout(ROOM_WITHIN, all.take()).await.ok().and_then(Result::ok),
                };
                match place {
                    Some(place) => desk.connection(stream, (address, place, standing), seen).await,
                    None => shed(&stream, desk.tls.is_some()),
                }
                drop(alive);
            });
            connection.abort_handle()
        });
    }
    desk.door.end_listening();
    drop((listener, alive, seen));
    phase.send_replace(Phase::Draining);
    if timeout(Duration::from_millis(drain_ms), all_gone.recv()).await.is_err() {
        info!("some requests did not finish in {drain_ms} ms and are cut");
    }
    phase.send_replace(Phase::Stopped);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    Draining,
    Stopped,
}

/// What every connection is served with.
struct Desk {
    http: Builder<TokioExecutor>,
    door: Door,
    sites: Sites,
    router: Router,
    tls: Option<TlsAcceptor>,
    limits: Limits,
}

impl Desk {
    async fn connection(
        &self,
        stream: TcpStream,
        (address, place, standing): (SocketAddr, OwnedSemaphorePermit, Arc<Standing>),
        phase: watch::Receiver<Phase>,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%address, %error, "no TCP_NODELAY");
        }
        let stall = Duration::from_millis(self.limits.stall_ms);
        let stream = Stream::new(stream, stall, (place, Arc::clone(&standing)));
        let Some(tls) = &self.tls else {
            return self.requests(stream, (address, standing), phase).await;
        };
        match timeout(Duration::from_millis(self.limits.handshake_ms), tls.accept(stream)).await {
            Ok(Ok(stream)) => self.requests(stream, (address, standing), phase).await,
            Ok(Err(error)) => debug!(%address, %error, "no TLS handshake"),
            Err(_) => debug!(%address, "TLS handshake too slow"),
        }
    }

    /// Those who wait are answered here; whoever is let in gets an HTTP server.
    async fn requests<S>(
        &self,
        stream: S,
        (address, standing): (SocketAddr, Arc<Standing>),
        mut phase: watch::Receiver<Phase>,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let peer = address.ip();
        let with = Answerer { door: &self.door, sites: &self.sites, limits: &self.limits, peer };
        let progress = Progress::default();
        let left = {
            let mut answering = pin!(answer_waiting(stream, &with, &progress, &standing));
            loop {
                tokio::select! {
                    left = &mut answering => break left,
                    next = next_phase(&mut phase) => {
                        if next == Phase::Stopped || !progress.is_busy.load(Ordering::Relaxed) {
                            return;
                        }
                        progress.is_draining.store(true, Ordering::Relaxed);
                    }
                }
            }
        };
        if let Some(left) = left {
            // In a box, so that a connection that waits is small.
            Box::pin(self.http_requests(left, (address, &standing), phase)).await;
        }
    }

    async fn http_requests<S>(
        &self,
        left: Left<S>,
        (address, standing): (SocketAddr, &Arc<Standing>),
        mut phase: watch::Receiver<Phase>,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Left { stream, decision } = left;
        // Of the first request, which was asked about already.
        let decided = Mutex::new(decision);
        let has_asked = AtomicBool::new(false);
        let service = service_fn(|request| {
            has_asked.store(true, Ordering::Relaxed);
            if head_bytes(request.headers()) > self.limits.header_bytes_max {
                let answer = Fault::HeadTooLarge.answer(preferred_lang(request.headers()), OURS);
                return Either::Left(Either::Right(ready(Ok(answer))));
            }
            if let Some(site) = self.sites.find_named(&request) {
                standing.hear(|| self.sites.at(site).knows(request.headers()));
                return Either::Left(Either::Left(Box::pin(self.answer_site(site, request, address))));
            }
            standing.hear(|| self.door.knows(&request));
            let known = decided.lock().unwrap_or_else(PoisonError::into_inner).take();
            let decision = known.unwrap_or_else(|| decide(&self.door, &self.sites, &request));
            Either::Right(self.answer(request, decision, (address, standing)))
        });
        let mut connection = pin!(self.http.serve_connection_with_upgrades(TokioIo::new(stream), service));
        // Before the first request the protocol is not known yet, and hyper's own
        // time limits do not run.
        let mut first_request = pin!(sleep(Duration::from_millis(self.limits.header_read_ms)));
        let mut is_first_due = true;
        loop {
            tokio::select! {
                done = &mut connection => {
                    if let Err(error) = done {
                        debug!(%address, %error, "connection ended early");
                    }
                    return;
                }
                () = &mut first_request, if is_first_due => {
                    is_first_due = false;
                    if !has_asked.load(Ordering::Relaxed) {
                        return debug!(%address, "no request in time");
                    }
                }
                next = next_phase(&mut phase) => match next {
                    Phase::Stopped => return,
                    _ if has_asked.load(Ordering::Relaxed) => connection.as_mut().graceful_shutdown(),
                    _ => return,
                },
            }
        }
    }

    /// A request for a protected site. Of HTTP/1 none comes here whose bytes the
    /// proxy looked at: a client sends those on a connection of their own.
    fn answer_site(
        &self,
        site: usize,
        request: Request<Incoming>,
        address: SocketAddr,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static + use<> {
        let (sites, stall_ms) = (self.sites.clone(), self.limits.stall_ms);
        async move {
            if request.version() == Version::HTTP_2 {
                return Ok(http2::serve(sites, site, request, address.ip(), stall_ms).await);
            }
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            Ok(response)
        }
    }

    /// Does what the door decided: its answer, or the router's; a body has a time
    /// limit and a size limit. Where it is crowded, whoever is told to wait does so
    /// without a connection, which costs nothing.
    fn answer(
        &self,
        request: Request<Incoming>,
        decision: Decision,
        (address, standing): (SocketAddr, &Arc<Standing>),
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static + use<> {
        let cookie = match decision {
            Decision::Answer(mut response) => {
                if request.version() <= Version::HTTP_11 && standing.is_crowded() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                return Either::Left(ready(Ok(response)));
            }
            Decision::Serve(cookie) => cookie,
        };
        let stall = Duration::from_millis(self.limits.stall_ms);
        let bytes_max = self.limits.body_bytes_max;
        let mut request =
            request.map(|body| Body::new(Limited::new(PatientBody::new(body, stall), bytes_max)));
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert::<Arc<dyn Vouch>>(Arc::<Standing>::clone(standing));
        let answered = self.router.clone().oneshot(request);
        Either::Right(answered.map_ok(|mut response| {
            if let Some(cookie) = cookie {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }))
    }
}

async fn next_phase(phase: &mut watch::Receiver<Phase>) -> Phase {
    match phase.changed().await {
        Ok(()) => *phase.borrow_and_update(),
        // The server is gone.
        Err(_) => Phase::Stopped,
    }
}

fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    // hyper wants room for one read, 8 kB, at least.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_read_ms))
        .max_buf_size(limits.header_bytes_max.max(8_192));
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_millis(limits.stall_ms))
        .keep_alive_timeout(Duration::from_millis(limits.stall_ms))
        .max_concurrent_streams(limits.http2_streams_max)
        .max_pending_accept_reset_streams(limits.http2_pending_resets_max)
        .max_local_error_reset_streams(limits.http2_local_resets_max)
        .max_header_list_size(u32::try_from(limits.header_bytes_max * HEAD_SLACK).unwrap_or(u32::MAX));
    http
}

/// A head of HTTP/2 beyond its limit is answered by the library, with a status and
/// no word. So its limit is so many times ours, and up to there the page is ours.
const HEAD_SLACK: usize = 4;

/// Bytes of a head, as HTTP/2 counts them (RFC 9113, 6.5.2).
fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
}

/// Refuses a connection past the limit: a prebuilt answer, no task, no waiting.
fn shed(stream: &TcpStream, is_tls: bool) {
    debug!("too many connections");
    if !is_tls {
        let _ = stream.try_write(BUSY);
    }
}

/// A failed accept is the peer's fault, or the process has no file descriptor
/// left: then a short wait lets some close.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!(%error, "cannot accept connections");
        sleep(Duration::from_millis(100)).await;
    }
}

/// A connection that is ended gives its place back at once, unless the machine is busy.
const ROOM_WITHIN: Duration = Duration::from_secs(1);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
Content-Type: text/plain; charset=utf-8\r\nContent-Length: 56\r\n\r\n\
Trop de connexions. / Too many connections. Retry in 5s.";
