//! Asks a site that is down whether it answers again: those who wait would not
//! know otherwise, because nobody new is let through to it.
//!
//! One small request each few seconds, like any visitor's but without one. It
//! spends nobody's turn. Called by `Sites`, every second.

use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;

use admission::limits::PROBE_EVERY_MS;
use axum::http::HeaderName;

use super::answer::Answered;
use super::exchange::{Added, Ended, Sink, Source, exchange};
use super::fault::Fault;
use super::fields::{self, Said};
use super::head::Asked;
use super::site::{Grant, Site};

impl Site {
    /// Whether the upstream is to be asked now; then it counts as asked.
    pub(super) fn is_probe_due(&self) -> bool {
        let now = self.parts.clock.now();
        let is_due = self.upstream_health.down_since(now).is_some()
            && now.0 - self.probed_at.load(Ordering::Relaxed) >= PROBE_EVERY_MS;
        if is_due {
            self.probed_at.store(now.0, Ordering::Relaxed);
        }
        is_due
    }

    /// Asks it. Any whole answer will do.
    pub(super) async fn probe(&self) {
        let Some((asked, head)) = self.written_probe() else { return };
        self.upstream_health.ask(|| self.parts.clock.now());
        let ended = exchange(self, &asked, &mut Grant::default(), &head, None::<Nothing>, &mut Nowhere).await;
        match ended {
            Ok(Ended::Whole(_) | Ended::Tunnel(_)) => {}
            Err(fault) => {
                fault.of_upstream().inspect(|reason| self.upstream_health.fail_probe(*reason));
            }
        }
    }

    /// The request, as it is known here and as it is written.
    fn written_probe(&self) -> Option<(Asked, Vec<u8>)> {
        let asked = asked(&self.settings.host)?;
        let said = Said {
            peer: Ipv4Addr::LOCALHOST.into(),
            is_secure: self.parts.is_secure(),
            site: &self.settings.name,
            pass: None,
            is_own_cookie: &|_, _| false,
        };
        let mut head = Vec::new();
        fields::write_request(&mut head, &asked, &said);
        Some((asked, head))
    }
}

/// The start page, of which only the head is wanted.
fn asked(host: &str) -> Option<Asked> {
    let head = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Preau\r\n\r\n");
    let mut headers = [httparse::EMPTY_HEADER; 2];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head.as_bytes()).ok().filter(httparse::Status::is_complete)?;
    Asked::from_http1(&parsed, head.as_bytes()).ok()
}

/// The request has no body.
struct Nothing;

impl Source for Nothing {
    async fn next(&mut self, _out: &mut Vec<u8>) -> Result<bool, Fault> {
        Ok(false)
    }
}

/// Nobody reads the answer.
struct Nowhere;

impl Sink for Nowhere {
    fn head(&mut self, _: &Answered<'_>, _: Option<&HeaderName>, _: Added<'_>, _: bool) {}

    fn data(&mut self, _piece: &[u8]) {}

    fn is_full(&self) -> bool {
        false
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn end(&mut self) {}
}
