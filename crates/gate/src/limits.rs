//! The named limits of the gate, each with its default and its reason.

use serde::{Deserialize, Serialize};

/// What one visitor, and all of them together, may take. A section of the
/// configuration file; times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections open at a time. One costs up to some 100 kB, so the default
    /// is a gigabyte at the worst; past it a visitor gets a short 503 at once.
    pub connections_max: usize,
    /// Bytes of the headers of one request. Browsers send about 2 kB.
    pub header_bytes_max: usize,
    /// How long a visitor may take to send the headers of a request, from the
    /// connection or from the request before. Cuts slow-header attacks.
    pub header_read_ms: u64,
    /// How long the TLS handshake may take.
    pub handshake_ms: u64,
    /// Bytes of the body of one request. The largest form has some hundred fields.
    pub body_bytes_max: usize,
    /// How long a body, or the reading of an answer, may stand still. Cuts slow
    /// posts and slow reads; a bad network still moves within it.
    pub stall_ms: u64,
    /// Requests at a time on one HTTP/2 connection.
    pub http2_streams_max: u32,
    /// HTTP/2 streams that were reset before we looked at them: the rapid reset
    /// attack makes hundreds a second, a browser a handful.
    pub http2_pending_resets_max: usize,
    /// HTTP/2 streams that we reset because of the peer's errors, on one connection.
    pub http2_local_resets_max: usize,
    /// How long requests in flight may take to finish when the server stops.
    pub drain_ms: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 10_000,
            header_bytes_max: 16_384,
            header_read_ms: 15_000,
            handshake_ms: 10_000,
            body_bytes_max: 262_144,
            stall_ms: 30_000,
            http2_streams_max: 100,
            http2_pending_resets_max: 20,
            http2_local_resets_max: 256,
            drain_ms: 10_000,
        }
    }
}

impl Limits {
    /// Lines kept for those who wait and hear at once what the operator says: a
    /// quarter of the connections, so that lessons never lack one for it.
    pub fn listeners_max(&self) -> usize {
        self.connections_max / 4
    }

    /// What cannot work, in one sentence.
    pub fn fault(&self) -> Option<String> {
        let least = [
            ("connections_max", self.connections_max as u64, 1),
            ("header_bytes_max", self.header_bytes_max as u64, 4_096),
            ("header_read_ms", self.header_read_ms, 100),
            ("handshake_ms", self.handshake_ms, 100),
            ("body_bytes_max", self.body_bytes_max as u64, 4_096),
            ("stall_ms", self.stall_ms, 100),
            ("http2_streams_max", self.http2_streams_max.into(), 1),
        ];
        let (name, value, least) = least.into_iter().find(|(_, value, least)| value < least)?;
        Some(format!("limits.{name} is {value}; it must be {least} or more"))
    }
}
