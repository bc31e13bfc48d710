//! One session of a participant: str0m, its socket, what it sends and what it
//! has received. At our server somebody has one, elsewhere it may be two.
//!
//! Receiving is the whole cost of a crowd, and most of a session's cost is its
//! timers. So media do not move a session's clock: each datagram is decrypted at
//! the moment of the last tick, polled just far enough to take its packet out,
//! and the session ticks, drained to its time-out, every [`TICK`] or when it asks.
//! Everything else that comes (STUN, DTLS, RTCP) ticks at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use str0m::media::{Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};
use str0m::{Event, Input, Output, Rtc};
use tokio::sync::oneshot;

use crate::clock::{Epoch, instant};
use crate::inbox::Inbox;
use crate::ledger::{Ledger, Received};
use crate::line::Line;
use crate::pacer::Pacer;
use crate::payload::Stamp;
use crate::session::Session;
use crate::stream::{Kind, Packet, Shape, Stream};

/// What a seat is made of once its session is negotiated.
pub(crate) struct Parts {
    pub(crate) seat: usize,
    pub(crate) lesson: u16,
    pub(crate) session: Session,
    /// By line of the offer.
    pub(crate) mids: Vec<Mid>,
    /// The streams that this participant sends once inside.
    pub(crate) sends: Vec<usize>,
    /// Bit n: stream n of the lesson is to come.
    pub(crate) expects: u8,
    /// Told when something of every expected stream has come.
    pub(crate) complete: oneshot::Sender<Instant>,
    pub(crate) down: Option<Line>,
    pub(crate) up: Option<Line>,
}

pub(crate) struct Seat {
    pub(crate) lesson: u16,
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    mids: Vec<Mid>,
    sends: Vec<usize>,
    pub(crate) expects: u8,
    complete: Option<oneshot::Sender<Instant>>,
    down: Option<Line>,
    up: Option<Line>,
    pub(crate) streams: Vec<Stream>,
    pacer: Pacer,
    pub(crate) received: Received,
    wake_at: Instant,
    /// The last moment that the session was told.
    ticked_at: Instant,
    /// When the datagram that is being taken came.
    arrived_at: Instant,
}

/// How far a session is polled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// To its time-out, as str0m wants it before the next mutation of another kind.
    TimeOut,
    /// To the packet that the last datagram held.
    Packet,
}

impl Seat {
    pub(crate) fn new(parts: Parts, now: Instant) -> Seat {
        let Session { rtc, socket, local } = parts.session;
        Seat {
            lesson: parts.lesson,
            rtc,
            socket: UdpSocket::from_std(socket),
            local,
            mids: parts.mids,
            sends: parts.sends,
            expects: parts.expects,
            complete: Some(parts.complete),
            down: parts.down,
            up: parts.up,
            streams: Vec::new(),
            pacer: Pacer::new(0, now),
            received: Received::default(),
            wake_at: now,
            ticked_at: now,
            arrived_at: now,
        }
    }

    pub(crate) fn socket(&mut self) -> &mut UdpSocket {
        &mut self.socket
    }

    /// The lesson let us in: what we send begins.
    pub(crate) fn begin(&mut self, epoch: Epoch, now: Instant) {
        let lesson = self.lesson;
        self.streams = self.sends.iter().map(|stream| Stream::new(lesson, *stream, epoch, now)).collect();
        self.pacer = Pacer::new(self.streams.len(), now);
        // Whoever is to receive nothing has it all.
        self.tell_complete(now);
    }

    /// When [`Seat::handle_time`] has something to do.
    pub(crate) fn next_at(&self) -> Instant {
        let lines = [&self.down, &self.up].into_iter().flatten().filter_map(Line::next_at);
        let streams = self.streams.iter().map(|stream| stream.next_at);
        streams.chain(self.pacer.next_at()).chain(lines).fold(self.wake_at, Instant::min)
    }

    /// Reads all that the socket holds.
    pub(crate) fn read(&mut self, inbox: &mut Inbox, ledger: &mut Ledger) {
        while let Some(read) = inbox.read(&self.socket) {
            for data in inbox.datagrams(&read) {
                let now = instant();
                if self.down.as_mut().is_none_or(|line| line.enter(now, read.from, data)) {
                    self.arrived_at = read.arrived.map_or(now, |wall| ledger.epoch.instant_of(wall));
                    self.take(now, read.from, data, ledger);
                }
            }
        }
    }

    /// Timers, what comes out of a bad line, and what is due to be sent.
    pub(crate) fn handle_time(&mut self, ledger: &mut Ledger) {
        let now = instant();
        while let Some((from, data)) = self.down.as_mut().and_then(|line| line.poll(now)) {
            self.arrived_at = now;
            self.take(now, from, &data, ledger);
        }
        while let Some((to, data)) = self.up.as_mut().and_then(|line| line.poll(now)) {
            // A full socket loses the datagram, as any network may.
            let _ = self.socket.send_to(&data, to);
        }
        let is_due = self.wake_at <= now;
        self.drain(Until::TimeOut, now, ledger);
        if is_due || self.wake_at <= now {
            self.settle(now, ledger);
        }
        for at in 0..self.streams.len() {
            let now = instant();
            let Some(packets) = self.streams[at].poll(now) else { continue };
            let shape = self.streams[at].shape();
            match shape.kind {
                Kind::Voice => packets.into_iter().for_each(|packet| self.write(shape, packet, ledger)),
                Kind::Camera | Kind::Screen => self.pacer.push(at, packets),
            }
        }
        let now = instant();
        while let Some((at, packet)) = self.pacer.poll(now) {
            self.write(self.streams[at].shape(), packet, ledger);
        }
    }

    fn take(&mut self, now: Instant, from: SocketAddr, data: &[u8], ledger: &mut Ledger) {
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.local, data) else { return };
        // Just before the last tick: str0m runs its timers for no moment but a later one.
        let quiet_at = self.ticked_at.checked_sub(Duration::from_nanos(1)).filter(|_| is_media(data));
        if quiet_at.is_none() {
            self.drain(Until::TimeOut, now, ledger);
            self.ticked_at = now;
        }
        let until = if quiet_at.is_some() { Until::Packet } else { Until::TimeOut };
        // What the session can't take is not ours; a session beyond repair shows as silence.
        if self.rtc.handle_input(Input::Receive(quiet_at.unwrap_or(now), receive)).is_ok() {
            self.drain(until, now, ledger);
        }
        let tick = if self.down.is_some() { TICK_ON_A_LINE } else { TICK };
        self.wake_at = self.wake_at.min(self.ticked_at + tick);
    }

    fn write(&mut self, shape: &Shape, mut packet: Packet, ledger: &mut Ledger) {
        let now = instant();
        // The packets of a picture wait for the pacer, and go out one after the other.
        Stamp::rewrite(&mut packet.payload, ledger.epoch.stamp_us(now));
        let mid = self.mids[shape.line];
        let Some(pt) = self.payload_type(mid) else { return };
        let is_voice = shape.kind == Kind::Voice;
        let exts = ExtensionValues {
            audio_level: is_voice.then_some(SPEECH_DBOV),
            voice_activity: is_voice.then_some(true),
            ..ExtensionValues::default()
        };
        let write = RtpWrite::new(pt, SeqNo::from(packet.seq), packet.time, now, packet.payload)
            .marker(packet.is_last)
            .nackable(!is_voice)
            .ext_vals(exts);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, shape.rid.map(Rid::from)) {
            stream.write_rtp(write);
        }
        self.drain(Until::TimeOut, now, ledger);
        self.settle(now, ledger);
    }

    fn payload_type(&self, mid: Mid) -> Option<Pt> {
        self.rtc.media(mid)?.remote_pts().first().copied()
    }

    fn settle(&mut self, now: Instant, ledger: &mut Ledger) {
        self.ticked_at = now;
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(Until::TimeOut, now, ledger);
        }
    }

    fn drain(&mut self, until: Until, now: Instant, ledger: &mut Ledger) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.wake_at = at;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    let (to, data) = (transmit.destination, &transmit.contents[..]);
                    if self.up.as_mut().is_none_or(|line| line.enter(now, to, data)) {
                        // A full socket loses the datagram, as any network may.
                        let _ = self.socket.send_to(data, to);
                    }
                }
                Ok(Output::Event(Event::RtpPacket(packet))) => {
                    ledger.count(self.lesson, &mut self.received, &packet.payload, self.arrived_at);
                    self.tell_complete(now);
                    if until == Until::Packet {
                        return;
                    }
                }
                Ok(Output::Event(Event::KeyframeRequest(request))) => {
                    let line = self.mids.iter().position(|mid| *mid == request.mid);
                    let is_asked = |stream: &&mut Stream| {
                        let Shape { line: own, rid, .. } = *stream.shape();
                        Some(own) == line && rid.map(Rid::from) == request.rid
                    };
                    self.streams.iter_mut().filter(is_asked).for_each(Stream::want_key);
                }
                Ok(Output::Event(_)) => {}
                Err(_) => {
                    self.rtc.disconnect();
                    self.wake_at = now + GONE;
                    return;
                }
            }
        }
    }

    fn tell_complete(&mut self, now: Instant) {
        if self.complete.is_some()
            && self.received.heard & self.expects == self.expects
            && let Some(complete) = self.complete.take()
        {
            // Nobody waits any more: the patience was over.
            let _ = complete.send(now);
        }
    }
}

/// RTP, and not RTCP: RFC 7983 and RFC 5761, 4.
fn is_media(data: &[u8]) -> bool {
    matches!(data, [128..=191, second, ..] if !(192..=223).contains(second))
}

/// A session's clock stands still for this long at most while media come: a
/// browser too tells of arrivals about as often.
const TICK: Duration = Duration::from_millis(100);

/// On a line that loses packets, one is asked for again that much later at most.
const TICK_ON_A_LINE: Duration = Duration::from_millis(40);

/// The level that a speaker's browser writes on each packet.
const SPEECH_DBOV: i8 = -20;

/// A session that has failed is not woken again.
const GONE: Duration = Duration::from_secs(3_600);
