//! A room and browsers (str0m at both ends) in simulated time: real DTLS and
//! SRTP, no socket, no sleep.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base::{Entropy, Level};
use room::layout::{LINES, UPLINKS, is_audio, is_uplink};
use room::{Certificate, ClientId, Datagrams, Grants, Output, Remote, Room, Transport, local_ufrag_of};
use str0m::change::SdpAnswer;
use str0m::config::DtlsVersion;
use str0m::media::{Direction, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};
use str0m::{Candidate, Event, Input, Rtc, RtcConfig};

const STEP: Duration = Duration::from_millis(5);
pub const ALL: Grants = Grants { mic: true, camera: true, screen: true };

pub struct Browser {
    pub rtc: Rtc,
    pub address: SocketAddr,
    /// The address that its network gives it outside.
    pub seen_as: SocketAddr,
    pub mids: Vec<Mid>,
    /// The layers in which it sends its pictures; none: as they are.
    pub layers: Vec<&'static str>,
    /// By slot, the numbers of the packets that came.
    pub received: BTreeMap<usize, Vec<u64>>,
    /// By slot, how large the last packet was.
    pub last_bytes: BTreeMap<usize, usize>,
    pub keyframes_asked: usize,
    /// Of a thousand datagrams to it, those that are lost.
    pub lost: usize,
    pub chance: Entropy,
    /// By slot, the sounds that came along with a later one.
    pub brought_along: BTreeMap<usize, Vec<u64>>,
    /// Bytes a second that its line carries, and those that it holds at a moment.
    pub line: Option<(usize, usize, Instant)>,
    pub sent: u64,
    /// Packets, and pictures, of its screen.
    pub shown: u64,
    pub pictures: u64,
    pub wake_at: Instant,
}

pub struct Stage {
    pub now: Instant,
    pub room: Room,
    pub server: SocketAddr,
    pub browsers: BTreeMap<ClientId, Browser>,
    pub ufrags: BTreeMap<String, ClientId>,
    pub reach: BTreeMap<ClientId, Level>,
    /// Layers of its camera and of its screen that a client was told to send.
    pub wanted: BTreeMap<ClientId, [u8; 2]>,
}

impl Stage {
    pub fn new() -> Stage {
        let server: SocketAddr = "10.0.0.1:8081".parse().unwrap();
        Stage {
            now: Instant::now(),
            room: Room::new(vec![server], Certificate::generate().unwrap()),
            server,
            browsers: BTreeMap::new(),
            ufrags: BTreeMap::new(),
            reach: BTreeMap::new(),
            wanted: BTreeMap::new(),
        }
    }

    /// So many browsers, connected and not admitted.
    pub fn with(browsers: u64) -> Stage {
        let mut stage = Stage::new();
        for id in 1..=browsers {
            stage.join(id);
        }
        stage.run(Duration::from_secs(1));
        stage
    }

    pub fn join(&mut self, id: u64) {
        self.join_in_layers(id, &[]);
    }

    pub fn join_in_layers(&mut self, id: u64, layers: &[&'static str]) {
        let address: SocketAddr = format!("10.0.1.{id}:5000").parse().unwrap();
        let mut rtc = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, true)
            .enable_vp8(true)
            // Half of the browsers still speak the older one.
            .set_dtls_version(if id.is_multiple_of(2) { DtlsVersion::Dtls12 } else { DtlsVersion::Dtls13 })
            .build(self.now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut changes = rtc.sdp_api();
        let mids = (0..LINES)
            .map(|line| {
                let kind = if is_audio(line) { MediaKind::Audio } else { MediaKind::Video };
                let direction = if is_uplink(line) { Direction::SendOnly } else { Direction::RecvOnly };
                let is_layered = is_uplink(line) && !is_audio(line) && !layers.is_empty();
                let simulcast = is_layered.then(|| Simulcast {
                    send: layers.iter().map(|rid| SimulcastLayer::new(rid)).collect(),
                    recv: Vec::new(),
                });
                changes.add_media(kind, direction, None, None, simulcast)
            })
            .collect();
        let (offer, pending) = changes.apply().unwrap();
        let answer = self.room.handle_offer(self.now, ClientId(id), &offer.to_sdp_string()).unwrap();
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer.sdp).unwrap()).unwrap();
        self.ufrags.insert(answer.ufrag, ClientId(id));
        let browser = Browser {
            rtc,
            address,
            seen_as: address,
            mids,
            layers: layers.to_vec(),
            received: BTreeMap::new(),
            last_bytes: BTreeMap::new(),
            keyframes_asked: 0,
            lost: 0,
            chance: Entropy::seeded(id),
            brought_along: BTreeMap::new(),
            line: None,
            sent: 0,
            shown: 0,
            pictures: 0,
            wake_at: self.now,
        };
        self.browsers.insert(ClientId(id), browser);
    }

    /// The browser offers again, for another path.
    pub fn restart(&mut self, id: u64) {
        let browser = self.browsers.get_mut(&ClientId(id)).unwrap();
        let mut changes = browser.rtc.sdp_api();
        changes.ice_restart(true);
        let (offer, pending) = changes.apply().unwrap();
        let answer = self.room.handle_offer(self.now, ClientId(id), &offer.to_sdp_string()).unwrap();
        let sdp = SdpAnswer::from_sdp_string(&answer.sdp).unwrap();
        browser.rtc.sdp_api().accept_answer(pending, sdp).unwrap();
        self.ufrags.retain(|_, of| *of != ClientId(id));
        self.ufrags.insert(answer.ufrag, ClientId(id));
    }

    pub fn admit(&mut self, id: u64, is_lead: bool) {
        self.room.admit(self.now, ClientId(id), is_lead);
        self.room.grant(self.now, ClientId(id), ALL);
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += STEP;
            if self.room.poll_timeout().is_some_and(|at| at <= self.now) {
                self.room.handle_timeout(self.now);
            }
            self.deliver_to_browsers();
            let ids: Vec<ClientId> = self.browsers.keys().copied().collect();
            for id in ids {
                let browser = self.browsers.get_mut(&id).unwrap();
                if browser.wake_at <= self.now {
                    browser.rtc.handle_input(Input::Timeout(self.now)).unwrap();
                }
                let sent = browser.drain();
                let from = browser.seen_as;
                for data in sent {
                    self.deliver_to_room(from, &data);
                }
            }
        }
    }

    pub fn deliver_to_room(&mut self, from: SocketAddr, data: &[u8]) {
        let named = local_ufrag_of(data).and_then(|ufrag| self.ufrags.get(ufrag)).copied();
        let at = self.browsers.iter().find(|(_, one)| one.seen_as == from).map(|(id, _)| *id);
        if let Some(id) = named.or(at) {
            let from = Remote { transport: Transport::Udp, address: from };
            self.room.handle_datagram(self.now, id, (from, self.server), data);
        }
    }

    pub fn deliver_to_browsers(&mut self) {
        let mut datagrams = Datagrams::default();
        while self.room.flush(self.now, &mut datagrams) {}
        for (to, contents) in datagrams.iter() {
            let Some(browser) = self.browsers.values_mut().find(|one| one.seen_as == to.address) else {
                continue;
            };
            if !browser.takes(contents.len(), self.now) {
                continue;
            }
            let address = browser.address;
            let receive = Receive::new(Protocol::Udp, self.server, address, contents).unwrap();
            browser.rtc.handle_input(Input::Receive(self.now, receive)).unwrap();
            for data in browser.drain() {
                self.deliver_to_room(to.address, &data);
            }
        }
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Slots(_) => {}
                Output::Reach(client, level) => {
                    self.reach.insert(client, level);
                }
                Output::Wanted { client, camera, screen } => {
                    self.wanted.insert(client, [camera, screen]);
                }
                Output::Speaking(_) => {}
            }
        }
    }

    /// One packet of sound, and one of each picture, from a browser.
    pub fn speak(&mut self, id: u64, is_key: bool) {
        let now = self.now;
        let browser = self.browsers.get_mut(&ClientId(id)).unwrap();
        for line in 0..UPLINKS {
            browser.write(line, is_key, now);
        }
        browser.sent += 1;
        let from = browser.seen_as;
        for data in browser.drain() {
            self.deliver_to_room(from, &data);
        }
    }

    /// Another slide on a screen that is shared: one picture of so many packets.
    pub fn show(&mut self, id: u64, packets: usize, is_key: bool) {
        let now = self.now;
        let browser = self.browsers.get_mut(&ClientId(id)).unwrap();
        for packet in 0..packets {
            browser.write_screen((packet, packets), is_key, now);
        }
        let from = browser.seen_as;
        for data in browser.drain() {
            self.deliver_to_room(from, &data);
        }
    }

    /// A voice for a while, 20 ms a packet.
    pub fn voice(&mut self, id: u64, packets: usize) {
        for _ in 0..packets {
            let now = self.now;
            let browser = self.browsers.get_mut(&ClientId(id)).unwrap();
            browser.write(0, false, now);
            browser.sent += 1;
            let from = browser.seen_as;
            for data in browser.drain() {
                self.deliver_to_room(from, &data);
            }
            self.run(Duration::from_millis(20));
        }
    }

    /// Speaks for a while, 20 ms a packet.
    pub fn talk(&mut self, id: u64, packets: usize) {
        for n in 0..packets {
            self.speak(id, n % 5 == 0);
            self.run(Duration::from_millis(20));
        }
    }

    pub fn received(&self, id: u64, slot: usize) -> usize {
        self.browsers[&ClientId(id)].received.get(&slot).map_or(0, Vec::len)
    }

    pub fn received_in_all(&self, id: u64) -> usize {
        self.browsers[&ClientId(id)].received.values().map(Vec::len).sum()
    }
}

impl Browser {
    /// Whether its line takes so many bytes more: it holds those of a tenth of a second.
    pub fn takes(&mut self, bytes: usize, now: Instant) -> bool {
        if self.lost > 0 && self.chance.below(1_000) < self.lost {
            return false;
        }
        let Some((a_second, held, since)) = &mut self.line else { return true };
        let passed_ms = now.saturating_duration_since(*since).as_millis() as usize;
        *held = held.saturating_sub(*a_second * passed_ms / 1_000);
        *since = now;
        let fits = *held + bytes <= *a_second / 10;
        *held += if fits { bytes } else { 0 };
        fits
    }

    pub fn write(&mut self, line: usize, is_key: bool, now: Instant) {
        if is_audio(line) || self.layers.is_empty() {
            return self.write_layer(line, None, 400, is_key, now);
        }
        for (at, rid) in self.layers.clone().into_iter().enumerate() {
            self.write_layer(line, Some(Rid::from(rid)), 100 << at, is_key, now);
        }
    }

    fn write_layer(&mut self, line: usize, rid: Option<Rid>, bytes: usize, is_key: bool, now: Instant) {
        let mid = self.mids[line];
        let pt = self.rtc.media(mid).unwrap().remote_pts()[0];
        let n = u16::try_from(self.sent % 0x8000).unwrap();
        let [high, low] = n.to_be_bytes();
        let payload = if is_audio(line) {
            vec![0xfc; 60]
        } else {
            // VP8: extension with a 15-bit picture id, start of a frame, its header's P bit.
            [vec![0x90, 0x80, 0x80 | high, low, u8::from(!is_key)], vec![0x11; bytes]].concat()
        };
        let exts = ExtensionValues {
            audio_level: is_audio(line).then_some(-20),
            voice_activity: is_audio(line).then_some(true),
            ..ExtensionValues::default()
        };
        let time = u32::try_from(self.sent).unwrap() * 960;
        let write =
            RtpWrite::new(pt, SeqNo::from(self.sent + 50), time, now, payload).marker(true).ext_vals(exts);
        self.rtc.direct_api().stream_tx_by_mid(mid, rid).unwrap().write_rtp(write);
        self.pending(now);
    }

    fn write_screen(&mut self, (packet, packets): (usize, usize), is_key: bool, now: Instant) {
        let line = UPLINKS - 1;
        let pt = self.rtc.media(self.mids[line]).unwrap().remote_pts()[0];
        let [high, low] = u16::try_from(self.pictures % 0x8000).unwrap().to_be_bytes();
        // As above; what follows the first packet of a picture is no beginning.
        let first = if packet == 0 { 0x90 } else { 0x80 };
        let payload = [vec![first, 0x80, 0x80 | high, low, u8::from(!is_key)], vec![0x11; 1_000]].concat();
        let seq = SeqNo::from(self.shown + 50);
        self.shown += 1;
        self.pictures += u64::from(packet + 1 == packets);
        let time = u32::try_from(self.pictures).unwrap() * 9_000;
        let write = RtpWrite::new(pt, seq, time, now, payload).marker(packet + 1 == packets);
        self.rtc.direct_api().stream_tx_by_mid(self.mids[line], None).unwrap().write_rtp(write);
        self.pending(now);
    }

    pub fn pending(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        loop {
            match self.rtc.poll_output().unwrap() {
                str0m::Output::Timeout(at) => {
                    self.wake_at = at;
                    return sent;
                }
                str0m::Output::Transmit(transmit) => sent.push(transmit.contents.to_vec()),
                str0m::Output::Event(Event::RtpPacket(packet)) => {
                    let mid = self.rtc.direct_api().stream_rx(&packet.header.ssrc).unwrap().mid();
                    let line = self.mids.iter().position(|known| *known == mid).unwrap();
                    self.received.entry(line - UPLINKS).or_default().push(*packet.seq_no);
                    if packet.header.payload_type == Pt::from(63) {
                        // Each block before the last has four bytes, the first bit set.
                        let blocks = packet.payload.chunks(4).take_while(|head| head[0] & 0x80 != 0).count();
                        let earlier = (1..=blocks as u64).map(|before| *packet.seq_no - before);
                        self.brought_along.entry(line - UPLINKS).or_default().extend(earlier);
                    }
                    self.last_bytes.insert(line - UPLINKS, packet.payload.len());
                }
                str0m::Output::Event(Event::KeyframeRequest(_)) => self.keyframes_asked += 1,
                str0m::Output::Event(_) => {}
            }
        }
    }
}
