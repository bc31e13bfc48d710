//! One browser in the room: its str0m session, its lines, its outgoing streams.
//!
//! str0m's contract is kept here and nowhere else: after every mutation the
//! session is drained to its time-out ([`Client::drain`]) before the next one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::Level;
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, SeqNo, Ssrc, Vp8Descriptor};
use str0m::stats::PeerStats;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::layout::{LINES, SLOTS, UPLINKS, is_audio, is_uplink};
use crate::limits::{KEYFRAME_EVERY, OFFER_LINES_MAX, SSRCS_PER_CLIENT, STATS_EVERY};
use crate::reach::{Look, Reach};
use crate::rewrite::{Numbers, Rewriter};
use crate::slots::{Uplink, least_level};

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
pub struct Certificate(DtlsCert);

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
    pub(crate) packets: Vec<(Uplink, RtpPacket)>,
    pub(crate) keyframes_wanted: Vec<usize>,
    pub(crate) is_newly_connected: bool,
}

pub(crate) struct Client {
    rtc: Rtc,
    mids: Vec<Mid>,
    uplink_of: HashMap<Ssrc, Uplink>,
    outgoing: Vec<Outgoing>,
    keyframes: [KeyframeAsk; 2],
    /// Where its media comes from, and so goes to: it follows a phone from wifi to 4G.
    path: Option<Remote>,
    /// What its network carries.
    reach: Reach,
    /// The largest share lost of a stream, in the reports since the last look.
    reported_loss: Option<f32>,
    /// Bytes of media sent at the last look.
    sent_before: u64,
    /// The rung that it was told.
    told: Level,
    /// Packets were written that have not been polled.
    has_written: bool,
    pub(crate) is_connected: bool,
    pub(crate) wake_at: Instant,
}

struct Outgoing {
    mid: Mid,
    pt: Option<Pt>,
    is_video: bool,
    rewriter: Rewriter,
}

/// When a sender was last asked for a keyframe, and when it has to be asked again.
#[derive(Clone, Copy, Default)]
struct KeyframeAsk {
    asked_at: Option<Instant>,
    due_at: Option<Instant>,
}

impl Client {
    pub(crate) fn new(candidates: &[SocketAddr], certificate: &Certificate, now: Instant) -> Client {
        let mut rtc = RtcConfig::new()
            .set_dtls_cert(certificate.0.clone())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_stats_interval(Some(STATS_EVERY))
            .build(now);
        for address in candidates {
            let tcp = Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build();
            for candidate in [Candidate::host(*address, "udp"), tcp].into_iter().flatten() {
                rtc.add_local_candidate(candidate);
            }
        }
        Client {
            rtc,
            mids: Vec::new(),
            uplink_of: HashMap::new(),
            outgoing: Vec::new(),
            keyframes: [KeyframeAsk::default(); 2],
            path: None,
            reach: Reach::new(),
            reported_loss: None,
            sent_before: 0,
            told: Level::Cameras,
            has_written: false,
            is_connected: false,
            wake_at: now,
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
            if !self.are_ours(&mids) {
                return Err(OfferError::Lines);
            }
            self.mids = mids;
            self.make_outgoing();
        } else if self.mids != mids {
            return Err(OfferError::Lines);
        }
        Ok(answer.to_sdp_string())
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

    pub(crate) fn handle_timeout(&mut self, now: Instant, drained: &mut Drained) {
        if now >= self.wake_at && self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(drained);
        }
        for uplink in [Uplink::Camera, Uplink::Screen] {
            if self.keyframes[ask_index(uplink)].due_at.is_some_and(|due_at| due_at <= now) {
                self.ask_keyframe(uplink, now, drained);
            }
        }
    }

    /// When [`Client::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Instant {
        self.keyframes.iter().filter_map(|ask| ask.due_at).fold(self.wake_at, Instant::min)
    }

    /// The slot gets another occupant: the next packet begins anew.
    pub(crate) fn switch(&mut self, slot: usize) {
        if let Some(outgoing) = self.outgoing.get_mut(slot) {
            outgoing.rewriter.switch();
        }
    }

    /// What of the lesson its network carries, if that changed since this was asked last.
    pub(crate) fn take_new_level(&mut self) -> Option<Level> {
        let level = self.reach.level();
        (std::mem::replace(&mut self.told, level) != level).then_some(level)
    }

    /// What does not get through now begins anew when it does again.
    fn restart_above(&mut self) {
        for (slot, outgoing) in self.outgoing.iter_mut().enumerate() {
            if least_level(slot) > self.reach.level() {
                outgoing.rewriter.switch();
            }
        }
    }

    /// Sends one packet of a slot's occupant on. Returns whether it waits for a keyframe.
    pub(crate) fn forward(
        &mut self,
        slot: usize,
        packet: &RtpPacket,
        vp8: Option<Vp8>,
        now: Instant,
    ) -> bool {
        let Some(outgoing) = self.outgoing.get_mut(slot) else { return false };
        let Some(pt) = outgoing.pt else { return false };
        if least_level(slot) > self.reach.level() {
            return false;
        }
        let is_key = vp8.is_some_and(|vp8| vp8.is_key_start);
        if outgoing.is_video && !outgoing.rewriter.is_started() && !is_key {
            return true;
        }
        let numbers = Numbers {
            seq: *packet.seq_no,
            time: packet.header.timestamp,
            picture_id: vp8.and_then(|vp8| vp8.descriptor.picture_id()),
        };
        let Some(out) = outgoing.rewriter.rewrite(numbers, now) else { return false };
        let exts = ExtensionValues {
            audio_level: packet.header.ext_vals.audio_level,
            voice_activity: packet.header.ext_vals.voice_activity,
            video_orientation: packet.header.ext_vals.video_orientation,
            ..ExtensionValues::default()
        };
        let payload: Arc<[u8]> = Arc::clone(&packet.payload);
        let mut write = RtpWrite::new(pt, SeqNo::from(out.seq), out.time, packet.timestamp, payload)
            .marker(packet.header.marker)
            .nackable(outgoing.is_video)
            .ext_vals(exts);
        let patch =
            vp8.zip(out.picture_id).and_then(|(vp8, id)| vp8.descriptor.patch().picture_id(id).build().ok());
        if let Some(patch) = patch {
            write = write.vp8_patch(patch);
        }
        let mid = outgoing.mid;
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, None) {
            stream.write_rtp(write);
        }
        self.has_written = true;
        false
    }

    /// Sends what was written since the last time: one poll for a burst.
    pub(crate) fn flush(&mut self, now: Instant, drained: &mut Drained) {
        if std::mem::take(&mut self.has_written) {
            self.drain(drained);
            if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
                self.drain(drained);
            }
        }
    }

    /// Asks the browser for a keyframe, now or as soon as it may be asked again.
    pub(crate) fn want_keyframe(&mut self, uplink: Uplink, now: Instant, drained: &mut Drained) {
        let ask = &mut self.keyframes[ask_index(uplink)];
        match ask.asked_at {
            Some(asked_at) if now.saturating_duration_since(asked_at) < KEYFRAME_EVERY => {
                ask.due_at = Some(asked_at + KEYFRAME_EVERY);
            }
            _ => self.ask_keyframe(uplink, now, drained),
        }
    }

    fn ask_keyframe(&mut self, uplink: Uplink, now: Instant, drained: &mut Drained) {
        self.keyframes[ask_index(uplink)].due_at = None;
        let Some(mid) = self.mids.get(uplink_line(uplink)).copied() else { return };
        let mut api = self.rtc.direct_api();
        // A stream that has not begun will begin with a keyframe.
        let Some(stream) = api.stream_rx_by_mid(mid, None) else { return };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.keyframes[ask_index(uplink)].asked_at = Some(now);
        self.drain(drained);
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(drained);
        }
    }

    fn make_outgoing(&mut self) {
        let slots: Vec<Outgoing> = self.mids[UPLINKS..]
            .iter()
            .map(|mid| {
                let is_video = self.rtc.media(*mid).is_some_and(|media| media.kind() == MediaKind::Video);
                Outgoing {
                    mid: *mid,
                    pt: self.payload_type(*mid, is_video),
                    is_video,
                    rewriter: Rewriter::new(if is_video { 90_000 } else { 48_000 }),
                }
            })
            .collect();
        debug_assert_eq!(slots.len(), SLOTS);
        self.outgoing = slots;
    }

    fn payload_type(&self, mid: Mid, is_video: bool) -> Option<Pt> {
        let codec = if is_video { Codec::Vp8 } else { Codec::Opus };
        let offered = self.rtc.media(mid)?.remote_pts();
        let ours = self.rtc.codec_config().params().iter().filter(|params| params.spec().codec == codec);
        ours.map(|params| params.pt()).find(|pt| offered.contains(pt))
    }

    /// Whether an offer's lines are those of the layout, in kind and direction.
    fn are_ours(&self, mids: &[Mid]) -> bool {
        mids.len() == LINES
            && mids.iter().enumerate().all(|(line, mid)| {
                self.rtc.media(*mid).is_some_and(|media| {
                    media.kind().is_audio() == is_audio(line)
                        && media.direction().is_receiving() == is_uplink(line)
                })
            })
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
                if let Some(uplink) = self.uplink_of(packet.header.ssrc) {
                    drained.packets.push((uplink, packet));
                }
            }
            Output::Event(Event::KeyframeRequest(request)) => {
                let slot = self.outgoing.iter().position(|outgoing| outgoing.mid == request.mid);
                drained.keyframes_wanted.extend(slot);
            }
            Output::Event(Event::Connected) => {
                self.is_connected = true;
                drained.is_newly_connected = true;
            }
            Output::Event(Event::MediaEgressStats(stats)) => {
                self.reported_loss = worse(self.reported_loss, stats.loss);
            }
            Output::Event(Event::PeerStats(stats)) => self.look(&stats),
            Output::Event(_) | Output::Timeout(_) => {}
        }
    }

    /// What the receiver's reports tell of the last second. The worst stream counts:
    /// the share over all of them (TWCC) is too low while much is lost.
    fn look(&mut self, stats: &PeerStats) {
        let sent = stats.bytes_tx.saturating_sub(self.sent_before);
        self.sent_before = stats.bytes_tx;
        let Some(lost) = worse(self.reported_loss.take(), stats.egress_loss_fraction) else { return };
        let lost = (lost.clamp(0.0, 1.0) * 1_000.0) as u32;
        if self.reach.handle_look(Look { lost, round_trip: stats.rtt, sent }) {
            self.restart_above();
        }
    }

    fn uplink_of(&mut self, ssrc: Ssrc) -> Option<Uplink> {
        if let Some(uplink) = self.uplink_of.get(&ssrc) {
            return Some(*uplink);
        }
        if self.uplink_of.len() >= SSRCS_PER_CLIENT {
            return None;
        }
        let mid = self.rtc.direct_api().stream_rx(&ssrc)?.mid();
        let uplink = match self.mids.iter().position(|known| *known == mid)? {
            0 => Uplink::Mic,
            1 => Uplink::Camera,
            2 => Uplink::Screen,
            _ => return None,
        };
        self.uplink_of.insert(ssrc, uplink);
        Some(uplink)
    }
}

/// What a VP8 packet says before its picture data.
#[derive(Clone, Copy)]
pub(crate) struct Vp8 {
    descriptor: Vp8Descriptor,
    is_key_start: bool,
}

impl Vp8 {
    /// Reads the payload descriptor (RFC 7741, 4.2) and the frame's first byte.
    pub(crate) fn parse(payload: &[u8]) -> Option<Vp8> {
        let descriptor = Vp8Descriptor::parse(payload).ok()?;
        let first = *payload.first()?;
        let is_frame_start = first & 0x10 != 0 && first & 0x07 == 0;
        // The P bit of the frame header (RFC 7741, 4.3) is 0 for a keyframe.
        let header = *payload.get(descriptor_bytes(payload)?)?;
        Some(Vp8 { descriptor, is_key_start: is_frame_start && header & 0x01 == 0 })
    }
}

fn descriptor_bytes(payload: &[u8]) -> Option<usize> {
    let mut at = 1;
    if payload.first()? & 0x80 != 0 {
        let extension = *payload.get(1)?;
        at += 1;
        if extension & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(extension & 0x40 != 0);
        at += usize::from(extension & 0x30 != 0);
    }
    Some(at)
}

/// The larger share of two that may be unknown.
fn worse(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    a.into_iter().chain(b).reduce(f32::max)
}

/// STUN shares the port with DTLS and SRTP; its first byte is 0 or 1 (RFC 7983).
fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 2)
}

fn uplink_line(uplink: Uplink) -> usize {
    match uplink {
        Uplink::Mic => 0,
        Uplink::Camera => 1,
        Uplink::Screen => 2,
    }
}

fn ask_index(uplink: Uplink) -> usize {
    usize::from(uplink == Uplink::Screen)
}
