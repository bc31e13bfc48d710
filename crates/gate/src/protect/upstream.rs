//! Connections to one upstream: a bounded number, kept between requests.
//!
//! A connection goes back only when its answer was whole and nothing came after
//! it; before it is used again it is looked at once more. What an upstream says
//! out of turn is thus nobody's answer. The look costs no system call where the
//! request could be sent again: then what the runtime heard of the socket will do.

use std::io::ErrorKind;
use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tracing::debug;

use super::fault::Fault;
use super::settings::SiteLimits;

/// The way to one upstream.
pub(super) struct Upstream {
    /// `host:port`.
    address: String,
    limits: SiteLimits,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

/// What a request asks of its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Any: it can be sent again.
    Any,
    /// One that the kernel knows to be open this very moment.
    Sure,
    /// One that served nobody before.
    Fresh,
}

struct Idle {
    stream: TcpStream,
    read: BytesMut,
    since: Instant,
}

/// One connection for one request.
pub(super) struct Line {
    pub(super) stream: TcpStream,
    /// What was read and not used.
    pub(super) read: BytesMut,
    /// It served a request before.
    pub(super) is_kept: bool,
    _place: OwnedSemaphorePermit,
}

impl Upstream {
    pub(super) fn new(address: String, limits: SiteLimits) -> Upstream {
        let places = Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS)));
        Upstream { address, limits, places, idle: Mutex::default() }
    }

    /// A kept connection, or a new one.
    pub(super) async fn take(&self, need: Need) -> Result<Line, Fault> {
        let patience = Duration::from_millis(self.limits.connect_ms);
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => match timeout(patience, Arc::clone(&self.places).acquire_owned()).await {
                Ok(Ok(place)) => place,
                _ => return Err(Fault::Busy),
            },
        };
        if let Some(Idle { stream, read, .. }) = self.find_idle(need) {
            return Ok(Line { stream, read, is_kept: true, _place: place });
        }
        match timeout(patience, TcpStream::connect(&self.address)).await {
            Ok(Ok(stream)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "no TCP_NODELAY");
                }
                Ok(Line { stream, read: BytesMut::new(), is_kept: false, _place: place })
            }
            Ok(Err(error)) => {
                debug!(upstream = self.address, %error, "no connection");
                Err(Fault::Unreachable)
            }
            Err(_) => Err(Fault::ConnectSlow),
        }
    }

    /// Keeps a connection whose answer was whole.
    pub(super) fn keep(&self, line: Line) {
        if !line.read.is_empty() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.limits.connections_max {
            idle.push(Idle { stream: line.stream, read: line.read, since: Instant::now() });
        }
    }

    /// The clock, every second: what nobody used for a while is closed.
    pub(super) fn handle_time(&self) {
        let keep = Duration::from_millis(self.limits.keep_ms);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|idle| idle.since.elapsed() < keep);
    }

    /// The connection that was used last, so that the others grow old and are closed.
    fn find_idle(&self, need: Need) -> Option<Idle> {
        loop {
            let idle = match need {
                Need::Fresh => return None,
                _ => self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?,
            };
            let has_news = need == Need::Sure || has_been_heard(&idle.stream);
            if !has_news || is_quiet(&idle.stream) {
                return Some(idle);
            }
        }
    }
}

/// Whether the runtime knows of something to read, or of an end.
fn has_been_heard(stream: &TcpStream) -> bool {
    stream.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Neither closed, nor has the upstream said anything that nobody asked for.
fn is_quiet(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit(); 1];
    matches!(SockRef::from(stream).peek(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock)
}
