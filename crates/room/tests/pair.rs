//! What a room forwards, and to whom, between browsers in simulated time.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base::{Entropy, Level};
use room::layout::{FIRST_TILE, SCREEN, SLOTS, TEACHER, VOICES};
use room::{ClientId, Grants, OfferError};
use str0m::Rtc;
use str0m::media::{Direction, MediaKind};

use stage::Stage;

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

/// Their page restarts ICE: media do not wait for what they send from there.
#[test]
fn after_a_restart_media_go_to_the_new_address_once_it_has_proved_itself() {
    let mut stage = Stage::with(3);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.talk(1, 20);
    let browser = stage.browsers.get_mut(&ClientId(2)).unwrap();
    browser.seen_as = "10.9.9.9:6000".parse().unwrap();
    let before = stage.received(2, 0);
    stage.talk(1, 5);
    assert_eq!(stage.received(2, 0), before, "to an address that has proved nothing, nothing goes");
    stage.restart(2);
    stage.talk(1, 10);
    let gained = stage.received(2, 0) - before;
    assert!(gained >= 6, "{gained} of the 10 packets since");
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
    assert!(heard >= 1_470, "{heard} of 1,500 sounds: to see whether more gets through costs next to none");
    assert!(seen < 300, "{seen} of 1,500 packets of a picture that the line does not carry");
    stage.browsers.get_mut(&ClientId(3)).unwrap().line = None;
    stage.talk(1, 4_000);
    assert_eq!(stage.reach.get(&ClientId(3)), Some(&Level::Cameras));
    let before = stage.received(3, TEACHER);
    stage.talk(1, 50);
    assert!(stage.received(3, TEACHER) - before >= 45, "the picture is back");
}

/// A slide of 20 kB comes at once; a line of 250 kbit/s takes two thirds of a second
/// for it, and has the voice to carry.
#[test]
fn a_slide_on_a_thin_line_comes_whole_and_pushes_no_voice_out() {
    let mut stage = Stage::with(2);
    stage.admit(1, true);
    stage.admit(2, false);
    stage.show(1, 1, true);
    stage.voice(1, 50);
    assert!(stage.received(2, SCREEN) > 0);
    stage.browsers.get_mut(&ClientId(2)).unwrap().line = Some((31_250, 0, stage.now));
    // What the line does not carry goes, and what it carries comes back.
    for slide in 0..20 {
        stage.show(1, 20, slide % 4 == 0);
        stage.voice(1, 150);
    }
    assert_eq!(stage.reach.get(&ClientId(2)), Some(&Level::Screen));
    for slide in 0..10 {
        let (heard, seen) = (stage.received(2, 0), stage.received(2, SCREEN));
        stage.show(1, 20, false);
        stage.voice(1, 100);
        let seen = stage.received(2, SCREEN) - seen;
        assert_eq!((stage.received(2, 0) - heard, seen), (100, 20), "slide {slide}, within two seconds");
    }
    let seen = stage.received(2, SCREEN);
    stage.show(1, 20, false);
    stage.run(Duration::from_millis(100));
    stage.room.grant(stage.now, ClientId(1), Grants { screen: false, ..stage::ALL });
    stage.run(Duration::from_secs(2));
    let seen = stage.received(2, SCREEN) - seen;
    assert!((1..=4).contains(&seen), "{seen} of 20: what waits stops with the screen");
}

/// Three layers go up; each receiver gets the one that is large enough for where
/// they show it, without a step in its numbers.
#[test]
fn each_receiver_gets_the_layer_that_they_show() {
    let mut stage = Stage::new();
    stage.join_in_layers(1, &["q", "h", "f"]);
    stage.join(2);
    stage.join(3);
    stage.run(Duration::from_secs(1));
    for id in 1..=3 {
        stage.admit(id, id == 1);
    }
    stage.room.watch(ClientId(3), &[90, 1_080]);
    stage.talk(1, 50);
    // A descriptor and a header of five bytes before a hundred, two hundred, four hundred.
    let seen = |stage: &Stage, id: u64| {
        [TEACHER, SCREEN].map(|slot| stage.browsers[&ClientId(id)].last_bytes[&slot])
    };
    assert_eq!((seen(&stage, 2), seen(&stage, 3)), ([405, 405], [105, 405]));
    assert_eq!(stage.wanted[&ClientId(1)], [3, 3]);
    stage.room.watch(ClientId(3), &[200, 0]);
    stage.room.watch(ClientId(2), &[100, 0]);
    stage.talk(1, 50);
    assert_eq!((seen(&stage, 2)[0], seen(&stage, 3)[0]), (105, 205));
    assert_eq!(stage.wanted[&ClientId(1)], [2, 0], "nobody shows the screen, nor the largest camera");
    // Its encoder leaves the smallest out: the next one is sent instead.
    stage.browsers.get_mut(&ClientId(1)).unwrap().layers = vec!["h", "f"];
    let before = stage.received(2, TEACHER);
    stage.talk(1, 100);
    assert!(stage.received(2, TEACHER) - before > 50, "{}", stage.received(2, TEACHER) - before);
    assert!(seen(&stage, 2)[0] < 405);
    for id in [2, 3] {
        for sequence in stage.browsers[&ClientId(id)].received.values() {
            assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1), "no step in the numbers");
        }
    }
    stage.room.watch(ClientId(3), &[200, 700]);
    let before = stage.received(3, SCREEN);
    stage.talk(1, 20);
    assert!(stage.received(3, SCREEN) - before > 10, "shown again");
    assert_eq!(stage.wanted[&ClientId(1)], [2, 3]);
}

#[test]
fn a_line_that_loses_a_tenth_loses_no_sound() {
    let mut stage = Stage::with(3);
    for id in 1..=3 {
        stage.admit(id, id == 1);
    }
    stage.talk(1, 100);
    assert!(
        stage.browsers[&ClientId(3)].brought_along.is_empty(),
        "a good line is not sent more than it needs"
    );
    stage.browsers.get_mut(&ClientId(3)).unwrap().lost = 100;
    // That it is the network's own loss, and no thin line, shows within seconds.
    stage.talk(1, 1_500);
    let from = *stage.browsers[&ClientId(3)].received[&0].last().unwrap();
    stage.talk(1, 3_000);
    let browser = &stage.browsers[&ClientId(3)];
    let came = browser.received[&0].iter().chain(&browser.brought_along[&0]);
    let came: BTreeSet<u64> = came.copied().filter(|seq| *seq > from).collect();
    let missing = 3_000usize.saturating_sub(came.len());
    assert!(missing <= 30, "{missing} of 3,000 sounds");
    assert!(!stage.browsers[&ClientId(2)].brought_along.contains_key(&0), "each has their own");
    let share = stage.received(3, 0) * 100 / stage.received(2, 0);
    assert!((88..=92).contains(&share), "a tenth was lost: {share} %");
    assert!(
        stage.reach.get(&ClientId(3)).is_none_or(|level| *level >= Level::Screen),
        "and no picture with it"
    );
}
