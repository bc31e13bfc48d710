//! Connections to one upstream: a bounded number, kept between requests.
//!
//! A connection goes back only when its answer was whole and nothing came after
//! it; before it is used again it is looked at once more. What an upstream says
//! out of turn is thus nobody's answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::fault::Fault;
use super::settings::SiteLimits;
use super::wire::{UpstreamTls, Wire};

/// The way to one upstream.
pub(super) struct Upstream {
    /// `host:port`.
    address: String,
    /// Whom it must prove to be; none: it is spoken to without TLS.
    tls: Option<UpstreamTls>,
    limits: SiteLimits,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    stream: Wire,
    read: BytesMut,
    since: Instant,
}

/// One connection for one request.
pub(super) struct Line {
    pub(super) stream: Wire,
    /// What was read and not used.
    pub(super) read: BytesMut,
    /// It served a request before.
    pub(super) is_kept: bool,
    _place: OwnedSemaphorePermit,
}

impl Upstream {
    pub(super) fn new(address: String, tls: Option<UpstreamTls>, limits: SiteLimits) -> Upstream {
        let places = Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS)));
        Upstream { address, tls, limits, places, idle: Mutex::default() }
    }

    /// A kept connection, or a new one; `is_fresh` asks for a new one.
    pub(super) async fn take(&self, is_fresh: bool) -> Result<Line, Fault> {
        let patience = Duration::from_millis(self.limits.connect_ms);
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => match timeout(patience, Arc::clone(&self.places).acquire_owned()).await {
                Ok(Ok(place)) => place,
                _ => return Err(Fault::Busy),
            },
        };
        if !is_fresh && let Some(Idle { stream, read, .. }) = self.find_idle() {
            return Ok(Line { stream, read, is_kept: true, _place: place });
        }
        let connecting = Wire::connect(&self.address, self.tls.as_ref());
        let stream = timeout(patience, connecting).await.unwrap_or(Err(Fault::ConnectSlow))?;
        Ok(Line { stream, read: BytesMut::new(), is_kept: false, _place: place })
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
    fn find_idle(&self) -> Option<Idle> {
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if idle.stream.is_quiet() {
                return Some(idle);
            }
        }
    }
}
