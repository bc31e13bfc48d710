//! One browser in the room: its str0m session, its lines, what goes out to it.
//!
//! str0m has the transport (ICE, DTLS), the negotiation and what comes in; what
//! goes out, and what the browser reports of it, is our [`Sender`]'s. str0m's
//! contract is kept here and nowhere else: after every mutation the session is
//! drained to its time-out ([`Client::drain`]) before the next one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::Level;
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::ice::StunMessage;
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::{Event, Input, Output, Rtc};

use crate::allowance::Allowance;
use crate::datagrams::Datagrams;
use crate::keys::KeysHeard;
use crate::layout::{LAYERS, VOICES};
use crate::limits::{LOOK_EVERY, OFFER_LINES_MAX, PACED_BITS_S, SSRCS_PER_CLIENT, UNPACED_BITS_S_MIN};
use crate::negotiation;
use crate::packet::Packet;
use crate::pictures::{Pictures, choose};
use crate::reach::{Look, Reach};
use crate::rtcp::{self, Report};
use crate::sender::{Sender, Sent, Stream};
use crate::slots::{Uplink, least_level};
use crate::srtp::Srtp;
use crate::watched::Watched;
use crate::wire::REDUNDANCY_MAX;

/// One connection to the room, numbered by the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// Where datagrams come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// How.
    pub transport: Transport,
    /// The other end's address.
    pub address: SocketAddr,
}

/// What carries datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// As they are.
    Udp,
    /// Behind their length (RFC 4571), where UDP does not get through.
    Tcp,
}

impl Transport {
    fn protocol(self) -> Protocol {
        match self {
            Transport::Udp => Protocol::Udp,
            Transport::Tcp => Protocol::Tcp,
        }
    }
}

/// Why an offer is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferError {
    /// Not a session description, or one that can't be negotiated.
    Malformed,
    /// Its lines are not those of [`crate::layout`].
    Lines,
}

/// The DTLS certificate of this process; making one is slow, so all share it.
#[derive(Clone)]
pub struct Certificate(pub(crate) DtlsCert);

impl Certificate {
    /// Makes a fresh one; `None` when the crypto library can't.
    pub fn generate() -> Option<Certificate> {
        str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().map(Certificate)
    }
}

/// What came out of a drain.
#[derive(Default)]
pub(crate) struct Drained {
    pub(crate) datagrams: Vec<(Remote, Vec<u8>)>,
    /// With the layer of each.
    pub(crate) packets: Vec<(Uplink, usize, RtpPacket)>,
    /// Pictures that need a new beginning: whose slot, and of which layer.
    pub(crate) keyframes_wanted: Vec<(usize, Option<usize>)>,
    /// Packets that are missing: of which slot, and their number there.
    pub(crate) missing: Vec<(usize, u16)>,
    pub(crate) is_newly_connected: bool,
}

pub(crate) struct Client {
    rtc: Rtc,
    mids: Vec<Mid>,
    uplink_of: HashMap<Ssrc, (Uplink, usize)>,
    /// Its camera, and its screen, come in layers.
    is_layered: [bool; 2],
    /// Sound of this type is for receivers only: nobody unpacks it here.
    redundant_pt: Option<Pt>,
    /// The streams to it, until there are keys to send them with.
    streams: Vec<Stream>,
    keys: KeysHeard,
    sender: Option<Sender>,
    pub(crate) pictures: Pictures,
    watched: Watched,
    /// Addresses that proved to be its own by STUN: from others nothing is taken.
    proved: Vec<Remote>,
    /// Where its media, or the check of the path that it has chosen, came from last, and
    /// so where its own goes to: it follows a phone from wifi to 4G.
    path: Option<Remote>,
    /// It has offered again, because the path is broken: the first new address that
    /// proves itself will do until it chooses.
    is_restarting: bool,
    /// What it may send.
    allowance: Allowance,
    /// What its network carries.
    reach: Reach,
    /// The largest share lost of a stream, of 256, in the reports since the last look.
    reported_loss: Option<u8>,
    look_at: Instant,
    /// Bytes that came for it since the last look and that only the next rung has.
    withheld: u64,
    /// Bits a second that the next rung takes in all.
    next_rung_bits_s: u64,
    is_probe_due: bool,
    /// Looks in a row at which hardly anything was lost.
    lossless_looks: u32,
    /// The rung that it was told.
    told: Level,
    /// Its last reports, opened.
    reports: Vec<u8>,
    wake_at: Instant,
    /// When the room will next call [`Client::handle_timeout`].
    pub(crate) due_at: Instant,
    /// How much it has had of what [`crate::round`] keeps.
    pub(crate) had: [usize; 2],
}

impl Client {
    pub(crate) fn new(candidates: &[SocketAddr], certificate: &Certificate, now: Instant) -> Client {
        let (rtc, keys) = negotiation::new_session(candidates, certificate, now);
        Client {
            rtc,
            mids: Vec::new(),
            uplink_of: HashMap::new(),
            is_layered: [false; 2],
            redundant_pt: None,
            streams: Vec::new(),
            keys,
            sender: None,
            pictures: Pictures::default(),
            watched: Watched::new(),
            proved: Vec::new(),
            path: None,
            is_restarting: false,
            allowance: Allowance::new(now),
            reach: Reach::new(),
            reported_loss: None,
            look_at: now + LOOK_EVERY,
            withheld: 0,
            next_rung_bits_s: 0,
            is_probe_due: false,
            lossless_looks: 0,
            told: Level::Cameras,
            reports: Vec::new(),
            wake_at: now,
            due_at: now,
            had: [0; 2],
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Answers an offer; a later one restarts ICE on the same lines.
    pub(crate) fn accept_offer(&mut self, sdp: &str, drained: &mut Drained) -> Result<String, OfferError> {
        if sdp.lines().filter(|line| line.starts_with("m=")).count() > OFFER_LINES_MAX {
            return Err(OfferError::Lines);
        }
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|_| OfferError::Malformed)?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(|_| OfferError::Malformed)?;
        self.drain(drained);
        // str0m tells of lines only once media may flow; the page needs them before.
        let mids: Vec<Mid> =
            sdp.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(Mid::from).collect();
        if self.mids.is_empty() {
            if !negotiation::are_ours(&self.rtc, &mids) {
                return Err(OfferError::Lines);
            }
            self.mids = mids;
            self.streams = negotiation::streams(&mut self.rtc, &self.mids).ok_or(OfferError::Malformed)?;
            self.redundant_pt = self.streams.iter().find_map(|stream| stream.redundant_pt);
        } else if self.mids != mids {
            return Err(OfferError::Lines);
        } else {
            self.is_restarting = true;
        }
        let sdp = answer.to_sdp_string();
        Ok(self.redundant_pt.map_or_else(|| sdp.clone(), |pt| negotiation::prefer_plain_sound(&sdp, pt)))
    }

    /// The ICE name under which datagrams for this client announce themselves.
    pub(crate) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Whether a datagram is really for this client: for STUN, its password holds.
    pub(crate) fn accepts(&self, now: Instant, source: Remote, to: SocketAddr, data: &[u8]) -> bool {
        Receive::new(source.transport.protocol(), source.address, to, data)
            .is_ok_and(|receive| self.rtc.accepts(&Input::Receive(now, receive)))
    }

    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        (source, to): (Remote, SocketAddr),
        data: &[u8],
        drained: &mut Drained,
    ) {
        if is_stun(data) {
            if self.accepts(now, source, to, data) {
                let is_new = self.prove(source);
                if is_nominating(data) || (is_new && self.is_restarting) {
                    self.path = Some(source);
                    self.is_restarting = false;
                }
            }
        } else if !self.proved.contains(&source) {
            return;
        }
        // What STUN and DTLS send keeps the path alive, and is little.
        if is_srtp(data) && !self.allowance.take(data.len(), now) {
            return;
        }
        if rtcp::is_rtcp(data) && !self.handle_reports(now, source, data, drained) {
            return;
        }
        let protocol = source.transport.protocol();
        let Ok(receive) = Receive::new(protocol, source.address, to, data) else { return };
        // A datagram that str0m can't take is dropped: it may be anybody's.
        if self.rtc.handle_input(Input::Receive(now, receive)).is_ok() {
            if !is_stun(data) {
                self.path = Some(source);
            }
            self.drain(drained);
        }
    }

    /// Returns whether it was not known.
    fn prove(&mut self, source: Remote) -> bool {
        let is_new = !self.proved.contains(&source);
        if is_new {
            self.proved.truncate(ADDRESSES_MAX - 1);
            self.proved.insert(0, source);
        }
        is_new
    }

    /// What the receiver reports. Returns whether str0m has to hear it too.
    fn handle_reports(&mut self, now: Instant, source: Remote, data: &[u8], drained: &mut Drained) -> bool {
        let Some(sender) = &mut self.sender else { return true };
        if sender.srtp().open_rtcp(data, &mut self.reports).is_none() {
            return false;
        }
        self.path = Some(source);
        let mut is_of_a_sender = false;
        rtcp::read(&self.reports, |report| match report {
            Report::Sends => is_of_a_sender = true,
            Report::Lost { ssrc, of_256 } => {
                if sender.slot_of(ssrc).is_some() {
                    self.reported_loss = self.reported_loss.max(Some(of_256));
                }
            }
            Report::Missing { ssrc, seq } => {
                let slot = sender.slot_of(ssrc).filter(|_| drained.missing.len() < MISSING_MAX);
                drained.missing.extend(slot.map(|slot| (slot, seq)));
            }
            Report::PictureLost { ssrc } => {
                let slot = sender.slot_of(ssrc);
                drained.keyframes_wanted.extend(slot.map(|slot| (slot, sender.layer_of(slot))));
            }
            Report::Arrivals(arrivals) => sender.log.handle_arrivals(arrivals, now),
        });
        is_of_a_sender
    }

    /// The handshake is done: from now on it can be sent to.
    pub(crate) fn begin(&mut self, now: Instant) {
        match self.keys.get().and_then(Srtp::new) {
            Some(srtp) => self.sender = Some(Sender::new(srtp, std::mem::take(&mut self.streams), now)),
            None => self.rtc.disconnect(),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, drained: &mut Drained) {
        if now >= self.wake_at && self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(drained);
        }
        while let Some((uplink, layer)) = self.pictures.take_due(now) {
            self.ask_keyframe((uplink, layer), now, drained);
        }
        if now >= self.look_at {
            self.look_at = now + LOOK_EVERY;
            self.look(now);
        }
    }

    /// When [`Client::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Instant {
        let due = self.pictures.due_at().map_or(self.wake_at, |due_at| due_at.min(self.wake_at));
        let Some(sender) = &self.sender else { return due };
        let due = due.min(self.look_at).min(sender.reports_at());
        sender.paced_at().map_or(due, |paced_at| paced_at.min(due))
    }

    /// Whether packets wait for their turn, so that it is due at another time than before.
    pub(crate) fn has_paced(&self) -> bool {
        self.sender.as_ref().is_some_and(|sender| sender.paced_at().is_some())
    }

    /// The slot gets another occupant: the next packet begins anew.
    pub(crate) fn switch(&mut self, slot: usize) {
        if let Some(sender) = &mut self.sender {
            sender.switch(slot);
        }
    }

    /// What of the lesson its network carries, if that changed since this was asked last.
    pub(crate) fn take_new_level(&mut self) -> Option<Level> {
        let level = self.reach.level();
        (std::mem::replace(&mut self.told, level) != level).then_some(level)
    }

    /// Sends one packet of a slot's occupant on.
    pub(crate) fn send(
        &mut self,
        slot: usize,
        packet: &Arc<Packet>,
        now: Instant,
        out: &mut Datagrams,
    ) -> Sent {
        let Some((sender, to)) = self.sender.as_mut().zip(self.path) else { return Sent::NotTheirs };
        let level = self.reach.level();
        if least_level(slot) > level {
            let is_next = level.up() == Some(least_level(slot));
            let wanted = self.watched.layer(slot, least_level(slot));
            if is_next && wanted.and_then(|wanted| choose(packet.alive, wanted)) == Some(packet.layer) {
                self.withheld += packet.payload.len() as u64;
            }
            return Sent::NotTheirs;
        }
        if slot < VOICES {
            return sender.send((slot, packet), packet.layer, to, now, out);
        }
        match self.watched.layer(slot, level).and_then(|wanted| choose(packet.alive, wanted)) {
            Some(wanted) => sender.send((slot, packet), wanted, to, now, out),
            None => {
                // Shown again later, it begins anew.
                sender.switch(slot);
                Sent::NotTheirs
            }
        }
    }

    /// The page tells how high it shows each picture.
    pub(crate) fn watch(&mut self, heights: &[u16]) {
        self.watched.take_heights(heights);
    }

    /// The layer of a slot's picture that it would be sent, if any.
    pub(crate) fn wanted(&self, slot: usize) -> Option<usize> {
        let level = self.reach.level();
        self.watched.layer(slot, level).filter(|_| least_level(slot) <= level)
    }

    /// Sends a packet again.
    pub(crate) fn repair(&mut self, slot: usize, packet: &Packet, now: Instant, out: &mut Datagrams) {
        if let Some((sender, to)) = self.sender.as_mut().zip(self.path) {
            sender.repair((slot, packet), to, now, out);
        }
    }

    /// Sends the reports, and the probe, that are due.
    pub(crate) fn report(&mut self, now: Instant, out: &mut Datagrams) {
        if let Some((sender, to)) = self.sender.as_mut().zip(self.path) {
            sender.send_paced(to, now, out);
            sender.report(to, now, out);
            if std::mem::take(&mut self.is_probe_due) {
                sender.probe(self.next_rung_bits_s * PROBE_MS / 8_000, to, now, out);
            }
        }
    }

    /// The layer and the source's number of a packet that this receiver misses, if it may have it again.
    pub(crate) fn find_missing(&self, slot: usize, seq: u16) -> Option<(usize, u64)> {
        self.sender.as_ref()?.find_missing(slot, seq)
    }

    /// Asks the browser for a new beginning of a picture, now or as soon as it may
    /// be asked again: of one layer, or of all that it sends.
    pub(crate) fn want_keyframe(
        &mut self,
        uplink: Uplink,
        layer: Option<usize>,
        now: Instant,
        drained: &mut Drained,
    ) {
        for layer in (0..LAYERS.len()).filter(|one| layer.is_none_or(|layer| layer == *one)) {
            if self.pictures.want_keyframe(uplink, layer, now) {
                self.ask_keyframe((uplink, layer), now, drained);
            }
        }
    }

    fn ask_keyframe(&mut self, (uplink, layer): (Uplink, usize), now: Instant, drained: &mut Drained) {
        let Some(mid) = self.mids.get(uplink_line(uplink)).copied() else { return };
        let is_layered = self.is_layered[usize::from(uplink == Uplink::Screen)];
        if !is_layered && layer + 1 != LAYERS.len() {
            return;
        }
        let mut api = self.rtc.direct_api();
        // A stream that has not begun will begin with a keyframe.
        let rid = is_layered.then(|| Rid::from(LAYERS[layer]));
        let Some(stream) = api.stream_rx_by_mid(mid, rid) else { return };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.pictures.handle_asked(uplink, layer, now);
        self.drain(drained);
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(drained);
        }
    }

    /// Polls until str0m wants to be called again.
    fn drain(&mut self, drained: &mut Drained) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(wake_at)) => {
                    self.wake_at = wake_at;
                    return;
                }
                Ok(output) => self.take(output, drained),
                Err(_) => {
                    // The session is beyond repair; the room lets it go.
                    self.rtc.disconnect();
                    self.wake_at += Duration::from_secs(3_600);
                    return;
                }
            }
        }
    }

    fn take(&mut self, output: Output, drained: &mut Drained) {
        match output {
            Output::Transmit(transmit) => {
                // str0m keeps to the path of the highest priority until it has been silent for 15 s.
                let transport = if transmit.proto == Protocol::Tcp { Transport::Tcp } else { Transport::Udp };
                let told = Remote { transport, address: transmit.destination };
                let to = self.path.filter(|_| !is_stun(&transmit.contents)).unwrap_or(told);
                drained.datagrams.push((to, transmit.contents.into()));
            }
            Output::Event(Event::RtpPacket(packet)) => {
                let is_redundant = self.redundant_pt == Some(packet.header.payload_type);
                if !is_redundant && let Some((uplink, layer)) = self.uplink_of(packet.header.ssrc) {
                    drained.packets.push((uplink, layer, packet));
                }
            }
            Output::Event(Event::Connected) => drained.is_newly_connected = self.sender.is_none(),
            Output::Event(_) | Output::Timeout(_) => {}
        }
    }

    /// What became known of its network since the last look.
    fn look(&mut self, now: Instant) {
        let Some(sender) = &mut self.sender else { return };
        let sent = sender.take_sent();
        let withheld = std::mem::take(&mut self.withheld);
        let reported = self.reported_loss.take().map(|of_256| u32::from(of_256) * 1_000 / 256);
        let look = match (sender.log.take_told(), reported) {
            (Some(told), _) => Look { lost: told.lost, told: told.told, queued: told.queued, sent },
            (None, Some(lost)) => Look { lost, told: REPORT_PACKETS, queued: Duration::ZERO, sent },
            (None, None) => return,
        };
        let mut has_changed = self.reach.handle_look(look);
        self.lossless_looks = if look.lost < LOSSY { self.lossless_looks + 1 } else { 0 };
        if !self.reach.has_room_for_redundancy() || self.lossless_looks > LOSSLESS_LOOKS {
            sender.set_redundancy(0);
        } else if self.lossless_looks == 0 {
            sender.set_redundancy(REDUNDANCY_MAX);
        }
        if let Some(bits_s) = sender.log.take_probed(self.reach.probe_lost_max(), now) {
            has_changed |= self.reach.handle_probe(bits_s >= self.next_rung_bits_s);
        }
        if let Some(next) = self.reach.take_probe() {
            let more_bits_s = match next {
                // It comes paced.
                Level::Screen => bits_s(withheld).min(PACED_BITS_S),
                // No longer paced, and larger: whether somebody sends that or not.
                Level::Teacher => bits_s(withheld).max(UNPACED_BITS_S_MIN),
                _ => bits_s(withheld),
            };
            self.next_rung_bits_s = bits_s(sent) + more_bits_s;
            if more_bits_s == 0 || !sender.can_probe() {
                // Nothing would come with it, or nothing can be known before it is tried.
                has_changed |= self.reach.handle_probe(true);
            } else {
                self.is_probe_due = true;
            }
        }
        if has_changed {
            sender.set_reach(self.reach.level());
        }
    }

    /// What a stream carries: which of its three, and which layer of it.
    fn uplink_of(&mut self, ssrc: Ssrc) -> Option<(Uplink, usize)> {
        if let Some(known) = self.uplink_of.get(&ssrc) {
            return Some(*known);
        }
        if self.uplink_of.len() >= SSRCS_PER_CLIENT {
            return None;
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let uplink = match self.mids.iter().position(|known| *known == mid)? {
            0 => Uplink::Mic,
            1 => Uplink::Camera,
            2 => Uplink::Screen,
            _ => return None,
        };
        let layer = match rid {
            Some(rid) => LAYERS.iter().position(|name| Rid::from(*name) == rid)?,
            None => LAYERS.len() - 1,
        };
        self.is_layered[usize::from(uplink == Uplink::Screen)] |= rid.is_some();
        self.uplink_of.insert(ssrc, (uplink, layer));
        Some((uplink, layer))
    }
}

/// The rate of so many bytes between two looks.
fn bits_s(bytes: u64) -> u64 {
    bytes * 8 * 1_000 / LOOK_EVERY.as_millis() as u64
}

/// STUN shares the port with DTLS and SRTP; its first byte is 0 or 1 (RFC 7983).
fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 2)
}

/// The browser's choice among its paths (RFC 8445, 7.1.2): whoever is muted shows it so,
/// long before their next report.
fn is_nominating(stun: &[u8]) -> bool {
    StunMessage::parse(stun).is_ok_and(|message| message.is_binding_request() && message.use_candidate())
}

/// Media and reports (RFC 7983).
fn is_srtp(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| (128..=191).contains(first))
}

fn uplink_line(uplink: Uplink) -> usize {
    match uplink {
        Uplink::Mic => 0,
        Uplink::Camera => 1,
        Uplink::Screen => 2,
    }
}

/// Addresses of one client: wifi, mobile, IPv4, IPv6, TCP, and what they were before.
const ADDRESSES_MAX: usize = 8;

/// How many packets a report without arrivals stands for.
const REPORT_PACKETS: u32 = 50;

/// Of a thousand packets lost, from which on sound brings along what went before it…
const LOSSY: u32 = 15;

/// …until so many looks, ten seconds, have seen less.
const LOSSLESS_LOOKS: u32 = 20;

/// A probe is as much as the next rung sends in this time: the longest that sound
/// waits behind it on a line that just carries that rung.
const PROBE_MS: u64 = 80;

/// Packets asked for again that are looked up for one datagram.
const MISSING_MAX: usize = 256;
