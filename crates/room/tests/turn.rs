//! The shape of a turn: what goes out in which order, and how much is done in one.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

mod stage;

use std::net::SocketAddr;
use std::time::Duration;

use room::Datagrams;
use stage::Stage;

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
    stage.room.flush(stage.now, &mut datagrams);
    let sent: Vec<(SocketAddr, bool, u32)> = datagrams
        .iter()
        .filter(|(_, contents)| (128..=191).contains(&contents[0]) && !(192..=223).contains(&contents[1]))
        .map(|(to, contents)| {
            let ssrc = u32::from_be_bytes(contents[8..12].try_into().unwrap());
            (to.address, contents.len() < 200, ssrc)
        })
        .collect();
    let voices = sent.iter().filter(|(_, is_voice, _)| *is_voice).count();
    assert!(voices >= 5 && sent.len() > voices + 15, "{voices} of {}", sent.len());
    assert!(sent[..voices].iter().all(|(_, is_voice, _)| *is_voice), "a voice waited for a picture");
    // Whoever receives, and of each the streams, one after the other.
    let mut runs: Vec<(SocketAddr, u32)> = sent[voices..].iter().map(|(to, _, ssrc)| (*to, *ssrc)).collect();
    runs.dedup();
    let count = runs.len();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), count, "a stream was taken up again");
}

#[test]
fn of_a_class_that_is_due_at_once_a_turn_takes_a_few_and_leaves_nobody_out() {
    let mut stage = Stage::with(30);
    let late = stage.now + Duration::from_secs(10);
    let mut turns = 0;
    while stage.room.poll_timeout().is_some_and(|at| at <= late) {
        let mut datagrams = Datagrams::default();
        stage.room.handle_timeout(late);
        stage.room.flush(late, &mut datagrams);
        let mut whom: Vec<_> = datagrams.iter().map(|(to, _)| to.address).collect();
        whom.sort_unstable();
        whom.dedup();
        assert!(whom.len() <= 4, "{} in one turn", whom.len());
        turns += 1;
        assert!(turns < 1_000, "it does not end");
    }
    assert!(turns >= 8, "{turns}");
}
