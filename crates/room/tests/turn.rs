//! The shape of a turn: what goes out in which order, and how much is done in one.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

mod stage;

use std::net::SocketAddr;
use std::time::Duration;

use room::{ClientId, Datagrams, Remote};
use stage::Stage;

/// A packet of media, as it goes out.
struct Packet {
    to: SocketAddr,
    is_voice: bool,
    ssrc: u32,
    seq: u16,
}

fn media(datagrams: &Datagrams) -> Vec<Packet> {
    let is_media = |data: &[u8]| (128..=191).contains(&data[0]) && !(192..=223).contains(&data[1]);
    let packet = |(to, data): (Remote, &[u8])| Packet {
        to: to.address,
        is_voice: data.len() < 200,
        ssrc: u32::from_be_bytes(data[8..12].try_into().unwrap()),
        seq: u16::from_be_bytes([data[2], data[3]]),
    };
    datagrams.iter().filter(|(_, data)| is_media(data)).map(packet).collect()
}

/// A class of five that hears and sees its teacher.
fn class_of_five() -> Stage {
    let mut stage = Stage::with(5);
    for id in 1..=5 {
        stage.admit(id, id == 1);
    }
    stage.talk(1, 10);
    stage.show(1, 3, true);
    stage.run(Duration::from_millis(100));
    stage
}

#[test]
fn a_turn_sends_voices_first_and_then_each_picture_in_one_piece() {
    let mut stage = Stage::with(3);
    for id in 1..=3 {
        stage.admit(id, id == 1);
    }
    stage.talk(1, 10);
    stage.show(1, 3, true);
    stage.run(Duration::from_millis(100));
    // A screen between whose packets a camera's come, and a voice last of all.
    for n in 0..4 {
        stage.show(1, 3, false);
        stage.speak(if n == 3 { 2 } else { 1 }, true);
    }
    let mut datagrams = Datagrams::default();
    while stage.room.flush(stage.now, &mut datagrams) {}
    let sent = media(&datagrams);
    let voices = sent.iter().filter(|one| one.is_voice).count();
    assert!(voices >= 5 && sent.len() > voices + 15, "{voices} of {}", sent.len());
    assert!(sent[..voices].iter().all(|one| one.is_voice), "a voice waited for a picture");
    // Whoever receives, and of each the streams, one after the other.
    let mut runs: Vec<(SocketAddr, u32)> = sent[voices..].iter().map(|one| (one.to, one.ssrc)).collect();
    runs.dedup();
    let count = runs.len();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), count, "a stream was taken up again");
}

#[test]
fn what_comes_amid_a_round_goes_out_with_the_rest_of_it_and_a_voice_before_it() {
    let mut stage = class_of_five();
    // For each receiver more than a portion.
    (0..5).for_each(|_| stage.show(1, 5, false));
    let mut portions = Vec::new();
    let mut has_more = true;
    while has_more {
        let mut portion = Datagrams::default();
        has_more = stage.room.flush(stage.now, &mut portion);
        portions.push(media(&portion));
        if portions.len() == 1 {
            stage.show(1, 5, false);
            stage.speak(1, false);
        }
        assert!(portions.len() < 20, "it does not end");
    }
    let heard: Vec<bool> = portions[1].iter().map(|one| one.is_voice).take(4).collect();
    assert_eq!(heard, [true; 4], "a voice waited for pictures");
    assert!(portions[2..].iter().flatten().all(|one| !one.is_voice));
    let sent: Vec<&Packet> = portions.iter().flatten().collect();
    for id in 2..=5 {
        let of = stage.browsers[&ClientId(id)].seen_as;
        let theirs: Vec<_> = sent.iter().filter(|one| one.to == of && !one.is_voice).collect();
        // The camera's one packet was the last before them.
        let slides = theirs.iter().filter(|one| one.ssrc == theirs[theirs.len() - 1].ssrc);
        let slides: Vec<u16> = slides.map(|one| one.seq).collect();
        assert!(slides.len() > 20, "{id}: {slides:?}");
        assert!(slides.is_sorted_by(|one, next| *next == one.wrapping_add(1)), "{id}: {slides:?}");
        assert_eq!(theirs.len(), sent.iter().filter(|one| !one.is_voice).count() / 4, "{id}");
    }
    let runs = portions.iter().filter(|portion| portion.iter().any(|one| !one.is_voice)).count();
    assert_eq!(runs, 5, "who was first gets the rest alone; to the others it goes in one piece");
}

#[test]
fn sound_goes_out_alone_where_pictures_can_wait() {
    let mut stage = class_of_five();
    stage.show(1, 3, false);
    stage.speak(1, false);
    let mut sound = Datagrams::default();
    while stage.room.flush_sound(stage.now, &mut sound) {}
    let sound = media(&sound);
    assert!(sound.len() == 4 && sound.iter().all(|one| one.is_voice), "{}", sound.len());
    let mut rest = Datagrams::default();
    while stage.room.flush(stage.now, &mut rest) {}
    let rest = media(&rest);
    assert!(rest.len() >= 4 && rest.iter().all(|one| !one.is_voice), "{}", rest.len());
}

#[test]
fn of_a_class_that_is_due_at_once_a_turn_takes_a_few_and_leaves_nobody_out() {
    let mut stage = Stage::with(30);
    let late = stage.now + Duration::from_secs(10);
    let mut turns = 0;
    while stage.room.poll_timeout().is_some_and(|at| at <= late) {
        let mut datagrams = Datagrams::default();
        stage.room.handle_timeout(late);
        while stage.room.flush(late, &mut datagrams) {}
        let mut whom: Vec<_> = datagrams.iter().map(|(to, _)| to.address).collect();
        whom.sort_unstable();
        whom.dedup();
        assert!(whom.len() <= 1, "{} in one turn", whom.len());
        turns += 1;
        assert!(turns < 1_000, "it does not end");
    }
    assert!(turns >= 30, "{turns}");
}
