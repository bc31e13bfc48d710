//! A session of WebRTC before it is anybody's: str0m with what a lesson speaks,
//! on a socket of its own, and its way into the pump once it is negotiated.
//!
//! Who negotiates it with whom, and in which words, is `page` and `janus`.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Instant;

use room::layout::LAYERS;
use str0m::config::DtlsCert;
use str0m::media::{Mid, Simulcast, SimulcastLayer};
use str0m::{Candidate, Rtc, RtcConfig};
use tokio::sync::oneshot;

use crate::Error;
use crate::clock::instant;
use crate::line::Line;
use crate::page::{Crowd, Place};
use crate::pump::Command;
use crate::seat::Parts;
use crate::stream::STREAMS;

pub(crate) struct Session {
    pub(crate) rtc: Rtc,
    pub(crate) socket: UdpSocket,
    pub(crate) local: SocketAddr,
}

/// What of a person's lesson goes through one session.
pub(crate) struct Share {
    /// Its position in the pump.
    pub(crate) seat: usize,
    /// By line, as far as streams are sent on it.
    pub(crate) mids: Vec<Mid>,
    pub(crate) sends: Vec<usize>,
    pub(crate) expects: u8,
}

impl Session {
    /// On a free port of the address from which the server is reached.
    pub(crate) fn new(server: SocketAddr, certificate: &DtlsCert) -> Result<Session, Error> {
        let socket = UdpSocket::bind((local_ip(server)?, 0))?;
        socket.set_nonblocking(true)?;
        // A smaller buffer is no reason not to come.
        let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BYTES);
        crate::inbox::prepare(&socket);
        let local = socket.local_addr()?;
        let mut rtc = RtcConfig::new()
            .set_dtls_cert(certificate.clone())
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(instant());
        let candidate = Candidate::host(local, "udp").map_err(unusable)?;
        rtc.add_local_candidate(candidate);
        Ok(Session { rtc, socket, local })
    }

    /// Negotiated, the session is the pump's. Answered when something of every
    /// stream that the share expects has come.
    pub(crate) fn hand_over(self, crowd: &Crowd, place: &Place, share: Share) -> oneshot::Receiver<Instant> {
        let (complete, completed) = oneshot::channel();
        let impairment = place.person.impairment;
        let seed = crowd.seed.wrapping_add(2 * share.seat as u64);
        crowd.pump.tell(Command::Join(Box::new(Parts {
            seat: share.seat,
            lesson: place.lesson,
            session: self,
            mids: share.mids,
            sends: share.sends,
            expects: share.expects,
            complete,
            down: Line::new(impairment.down, seed),
            up: Line::new(impairment.up, seed + 1),
        })));
        completed
    }
}

/// The layers of what somebody sends on a line, from small to large.
pub(crate) fn layers_on(sends: &[usize], line: usize) -> Option<Simulcast> {
    let of_line = sends.iter().map(|stream| &STREAMS[*stream]).filter(|shape| shape.line == line);
    let sent: Vec<&str> = of_line.filter_map(|shape| shape.rid).collect();
    let send: Vec<SimulcastLayer> =
        LAYERS.iter().filter(|rid| sent.contains(rid)).map(|rid| SimulcastLayer::new(rid)).collect();
    (!send.is_empty()).then(|| Simulcast { send, recv: Vec::new() })
}

/// A description of a session that one of both sides can't use.
pub(crate) fn unusable(error: impl std::fmt::Display) -> Error {
    Error::Negotiation(error.to_string())
}

/// Our address on the way to the server.
fn local_ip(server: SocketAddr) -> std::io::Result<IpAddr> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let probe = UdpSocket::bind(any)?;
    probe.connect(server)?;
    Ok(probe.local_addr()?.ip())
}

/// Bytes that the kernel keeps for one participant: a second of everything that they receive.
const RECEIVE_BYTES: usize = 512 * 1024;
