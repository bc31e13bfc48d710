//! A room and browsers (str0m at both ends) in simulated time: real DTLS and
//! SRTP, no socket, no sleep.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base::{Entropy, Level};
use room::layout::{FIRST_TILE, LINES, SCREEN, SLOTS, TEACHER, UPLINKS, VOICES, is_audio, is_uplink};
use room::{Certificate, ClientId, Datagrams, Grants, OfferError, Output, Remote, Room, Transport, local_ufrag_of};
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};
use str0m::{Candidate, Event, Input, Rtc, RtcConfig};

const STEP: Duration = Duration::from_millis(5);
const ALL: Grants = Grants { mic: true, camera: true, screen: true };

struct Browser {
    rtc: Rtc,
    address: SocketAddr,
    /// The address that its network gives it outside.
    seen_as: SocketAddr,
    mids: Vec<Mid>,
    received: BTreeMap<usize, Vec<u64>>,
    keyframes_asked: usize,
    /// Bytes a second that its line carries, and what of this second is left.
    line: Option<(usize, usize, Instant)>,
    sent: u64,
    wake_at: Instant,
}

struct Stage {
    now: Instant,
    room: Room,
    server: SocketAddr,
    browsers: BTreeMap<ClientId, Browser>,
    ufrags: BTreeMap<String, ClientId>,
    slots_told: usize,
    reach: BTreeMap<ClientId, Level>,
}

impl Stage {
    fn new() -> Stage {
        let server: SocketAddr = "10.0.0.1:8081".parse().unwrap();
        Stage {
            now: Instant::now(),
            room: Room::new(vec![server], Certificate::generate().unwrap()),
            server,
            browsers: BTreeMap::new(),
            ufrags: BTreeMap::new(),
            slots_told: 0,
            reach: BTreeMap::new(),
        }
    }

    /// So many browsers, connected and not admitted.
    fn with(browsers: u64) -> Stage {
        let mut stage = Stage::new();
        for id in 1..=browsers {
            stage.join(id);
        }
        stage.run(Duration::from_secs(1));
        stage
    }

    fn join(&mut self, id: u64) {
        let address: SocketAddr = format!("10.0.1.{id}:5000").parse().unwrap();
        let mut rtc = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(self.now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut changes = rtc.sdp_api();
        let mids = (0..LINES)
            .map(|line| {
                let kind = if is_audio(line) { MediaKind::Audio } else { MediaKind::Video };
                let direction = if is_uplink(line) { Direction::SendOnly } else { Direction::RecvOnly };
                changes.add_media(kind, direction, None, None, None)
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
            received: BTreeMap::new(),
            keyframes_asked: 0,
            line: None,
            sent: 0,
            wake_at: self.now,
        };
        self.browsers.insert(ClientId(id), browser);
    }

    fn admit(&mut self, id: u64, is_lead: bool) {
        self.room.admit(self.now, ClientId(id), is_lead);
        self.room.grant(self.now, ClientId(id), ALL);
    }

    fn run(&mut self, time: Duration) {
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

    fn deliver_to_room(&mut self, from: SocketAddr, data: &[u8]) {
        let named = local_ufrag_of(data).and_then(|ufrag| self.ufrags.get(ufrag)).copied();
        let at = self.browsers.iter().find(|(_, one)| one.seen_as == from).map(|(id, _)| *id);
        if let Some(id) = named.or(at) {
            let from = Remote { transport: Transport::Udp, address: from };
            self.room.handle_datagram(self.now, id, (from, self.server), data);
        }
    }

    fn deliver_to_browsers(&mut self) {
        let mut datagrams = Datagrams::default();
        self.room.flush(self.now, &mut datagrams);
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
                Output::Slots(_) => self.slots_told += 1,
                Output::Reach(client, level) => {
                    self.reach.insert(client, level);
                }
                Output::Speaking(_) => {}
            }
        }
    }

    /// One packet of sound, and one of each picture, from a browser.
    fn speak(&mut self, id: u64, is_key: bool) {
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

    /// Speaks for a while, 20 ms a packet.
    fn talk(&mut self, id: u64, packets: usize) {
        for n in 0..packets {
            self.speak(id, n % 5 == 0);
            self.run(Duration::from_millis(20));
        }
    }

    fn received(&self, id: u64, slot: usize) -> usize {
        self.browsers[&ClientId(id)].received.get(&slot).map_or(0, Vec::len)
    }

    fn received_in_all(&self, id: u64) -> usize {
        self.browsers[&ClientId(id)].received.values().map(Vec::len).sum()
    }
}

impl Browser {
    /// Whether its line still carries so many bytes within this tenth of a second.
    fn takes(&mut self, bytes: usize, now: Instant) -> bool {
        let Some((a_second, left, since)) = &mut self.line else { return true };
        if now.saturating_duration_since(*since) >= Duration::from_millis(100) {
            (*left, *since) = (*a_second / 10, now);
        }
        let fits = bytes <= *left;
        if fits {
            *left -= bytes;
        }
        fits
    }

    fn write(&mut self, line: usize, is_key: bool, now: Instant) {
        let mid = self.mids[line];
        let pt = self.rtc.media(mid).unwrap().remote_pts()[0];
        let n = u16::try_from(self.sent % 0x8000).unwrap();
        let [high, low] = n.to_be_bytes();
        let payload = if is_audio(line) {
            vec![0xfc; 60]
        } else {
            // VP8: extension with a 15-bit picture id, start of a frame, its header's P bit.
            [vec![0x90, 0x80, 0x80 | high, low, u8::from(!is_key)], vec![0x11; 400]].concat()
        };
        let exts = ExtensionValues {
            audio_level: is_audio(line).then_some(-20),
            voice_activity: is_audio(line).then_some(true),
            ..ExtensionValues::default()
        };
        let time = u32::try_from(self.sent).unwrap() * 960;
        let write =
            RtpWrite::new(pt, SeqNo::from(self.sent + 50), time, now, payload).marker(true).ext_vals(exts);
        self.rtc.direct_api().stream_tx_by_mid(mid, None).unwrap().write_rtp(write);
        self.pending(now);
    }

    fn pending(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    fn drain(&mut self) -> Vec<Vec<u8>> {
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
                }
                str0m::Output::Event(Event::KeyframeRequest(_)) => self.keyframes_asked += 1,
                str0m::Output::Event(_) => {}
            }
        }
    }
}

#[test]
fn the_admitted_hear_and_see_each_other_and_the_lobby_gets_nothing() {
    let mut stage = Stage::with(4);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.admit(3, false);
    stage.talk(1, 50);
    assert!(stage.browsers[&ClientId(1)].keyframes_asked > 0, "a receiver starts with a keyframe");
    for pupil in [2, 3] {
        assert!(stage.received(pupil, 0) >= 48, "the lead's voice is in the first slot");
        assert!(stage.received(pupil, TEACHER) >= 45, "{}", stage.received(pupil, TEACHER));
        assert!(stage.received(pupil, SCREEN) >= 45);
    }
    assert_eq!(stage.received_in_all(1), 0, "nobody gets their own");
    assert_eq!(stage.received_in_all(4), 0, "the lobby gets nothing");
    stage.talk(4, 20);
    assert!([1, 2, 3].iter().all(|id| !stage.browsers[&ClientId(*id)].received.contains_key(&1)));
    stage.talk(2, 30);
    assert!(stage.received(1, 1) > 20, "a pupil's voice");
    assert!(stage.received(1, FIRST_TILE) > 20, "a pupil's camera");
    for sequence in stage.browsers[&ClientId(1)].received.values() {
        assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1), "no step in the numbers");
    }
}

#[test]
fn what_is_switched_off_or_removed_stops_at_the_server() {
    let mut stage = Stage::with(3);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.admit(3, false);
    stage.talk(2, 20);
    let before = stage.received_in_all(1);
    assert!(before > 0);
    stage.room.grant(stage.now, ClientId(2), Grants::default());
    stage.talk(2, 20);
    assert_eq!(stage.received_in_all(1), before, "muted at the server, whatever the page does");
    stage.room.leave(stage.now, ClientId(3));
    let gone = stage.received_in_all(3);
    stage.talk(1, 20);
    assert_eq!(stage.received_in_all(3), gone);
}

#[test]
fn more_voices_than_slots_take_turns() {
    let mut stage = Stage::with(8);
    for id in 1..=8 {
        stage.admit(id, id == 1);
    }
    for _ in 0..40 {
        for id in 2..=8 {
            stage.speak(id, true);
        }
        stage.run(Duration::from_millis(20));
    }
    let heard: usize = (0..VOICES).map(|slot| stage.received(1, slot)).sum();
    assert!(heard <= 40 * (VOICES - 1) + 8, "at most three pupils at once: {heard}");
    assert!(heard > 100, "{heard}");
}

#[test]
fn an_offer_that_is_not_ours_is_refused_and_leaves_nothing() {
    let mut stage = Stage::new();
    let long = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(50);
    for (bad, why) in
        [("", OfferError::Malformed), ("v=0\r\n", OfferError::Malformed), (&long, OfferError::Lines)]
    {
        assert_eq!(stage.room.handle_offer(stage.now, ClientId(1), bad), Err(why));
    }
    let mut rtc = Rtc::new(stage.now);
    let mut changes = rtc.sdp_api();
    changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
    let (offer, _) = changes.apply().unwrap();
    assert_eq!(
        stage.room.handle_offer(stage.now, ClientId(1), &offer.to_sdp_string()),
        Err(OfferError::Lines)
    );
    assert_eq!(stage.room.poll_timeout(), None);
    assert_eq!(stage.room.occupants(), &[None; SLOTS]);
}

/// Random comings, goings, grants and packets: whoever is not admitted at a
/// moment receives no media packet in it.
#[test]
fn no_packet_reaches_anybody_outside() {
    let entropy = Entropy::seeded(902);
    let mut stage = Stage::with(6);
    let mut admitted = BTreeMap::new();

    for _ in 0..400 {
        let id = 1 + entropy.below(6) as u64;
        match entropy.below(4) {
            0 => {
                stage.admit(id, id == 1);
                admitted.insert(id, ());
            }
            1 if entropy.below(4) == 0 => {
                stage.room.leave(stage.now, ClientId(id));
                stage.browsers.remove(&ClientId(id));
                admitted.remove(&id);
                stage.join(id);
                stage.run(Duration::from_millis(300));
            }
            _ => {}
        }
        let before: Vec<(u64, usize)> = (1..=6)
            .filter(|id| !admitted.contains_key(id))
            .map(|id| (id, stage.received_in_all(id)))
            .collect();
        let speaker = 1 + entropy.below(6) as u64;
        stage.speak(speaker, entropy.below(3) == 0);
        stage.run(Duration::from_millis(20));
        for (id, count) in before {
            assert_eq!(stage.received_in_all(id), count, "{id} is outside");
        }
    }
    assert!(stage.room.forwarded() > 100, "{}", stage.room.forwarded());
}

#[test]
fn a_level_takes_pictures_away_and_gives_them_back_and_sound_goes_on() {
    let mut stage = Stage::with(3);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.admit(3, false);
    let watched = [0, SCREEN, TEACHER, FIRST_TILE];
    for (level, flows) in [
        (Level::Cameras, [true, true, true, true]),
        (Level::Teacher, [true, true, true, false]),
        (Level::Screen, [true, true, false, false]),
        (Level::Voice, [true, false, false, false]),
        (Level::Cameras, [true, true, true, true]),
    ] {
        stage.room.limit(stage.now, level);
        let before = watched.map(|slot| stage.received(3, slot));
        for n in 0..20 {
            stage.speak(1, n % 5 == 0);
            stage.speak(2, n % 5 == 0);
            stage.run(Duration::from_millis(20));
        }
        let after = watched.map(|slot| stage.received(3, slot));
        for ((before, after), flows) in before.into_iter().zip(after).zip(flows) {
            assert!(
                if flows { after - before >= 15 } else { after == before },
                "{level:?}: {before} {after}"
            );
        }
    }
    for sequence in stage.browsers[&ClientId(3)].received.values() {
        assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1), "no step in the numbers");
    }
}

#[test]
fn media_follows_a_client_to_another_address() {
    let mut stage = Stage::with(2);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.talk(1, 20);
    let before = stage.received(2, 0);
    assert!(before > 15);
    // From wifi to 4G: the lower priority of the new path must not keep media on the old one.
    stage.browsers.get_mut(&ClientId(2)).unwrap().seen_as = "10.9.9.9:6000".parse().unwrap();
    stage.talk(1, 100);
    let gained = stage.received(2, 0) - before;
    assert!(gained > 50, "{gained} of 100 packets: two seconds, less its first report from there");
}

#[test]
fn on_a_thin_line_sound_goes_on_and_pictures_come_back_with_the_line() {
    let mut stage = Stage::with(3);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.admit(3, false);
    stage.talk(1, 50);
    assert!(stage.reach.is_empty(), "a good line has everything");
    // 50 packets a second of 60 and of 400 bytes, twice: sound is a seventh of what is sent.
    stage.browsers.get_mut(&ClientId(3)).unwrap().line = Some((12_000, 0, stage.now));
    stage.talk(1, 500);
    assert!(!stage.reach.contains_key(&ClientId(2)), "each has their own");
    let before = [0, TEACHER].map(|slot| stage.received(3, slot));
    stage.talk(1, 1_500);
    let [heard, seen] = [0, 1].map(|at| stage.received(3, [0, TEACHER][at]) - before[at]);
    assert!(heard >= 1_200, "{heard} of 1,500 sounds: a try for more costs some");
    assert!(seen < 300, "{seen} of 1,500 packets of a picture that the line does not carry");
    stage.browsers.get_mut(&ClientId(3)).unwrap().line = None;
    stage.talk(1, 4_000);
    assert_eq!(stage.reach.get(&ClientId(3)), Some(&Level::Cameras));
    let before = stage.received(3, TEACHER);
    stage.talk(1, 50);
    assert!(stage.received(3, TEACHER) - before >= 45, "the picture is back");
}
