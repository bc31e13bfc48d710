//! Media from those who have no right to it, and too much from those who have.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

mod stage;

use std::net::SocketAddr;
use std::time::Duration;

use base::Entropy;
use room::{ClientId, Remote, Transport, local_ufrag_of};

use stage::Stage;

const ATTEMPTS: usize = 100_000;

/// Somebody at another address, with whatever they could get hold of: random
/// bytes, what a pupil sent a moment ago, what another class sends, a stolen name
/// with a password that is not known, media of somebody who was removed.
#[test]
fn of_a_hundred_thousand_attempts_not_one_packet_is_forwarded() {
    let entropy = Entropy::seeded(4);
    let mut stage = Stage::with(4);
    for id in 1..=3 {
        stage.admit(id, id == 1);
    }
    let mut other = Stage::with(2);
    other.admit(1, true);
    other.admit(2, false);
    stage.talk(2, 20);
    let replayed = said(&mut stage, 2);
    let foreign = said(&mut other, 2);
    let of_the_lobby = said(&mut stage, 4);
    let of_the_removed = said(&mut stage, 3);
    stage.room.leave(stage.now, ClientId(3));
    let stun: Vec<Vec<u8>> = ["stolen:ufrag"].iter().map(|name| binding_request(name)).collect();
    for data in &replayed {
        stage.deliver_to_room(stage.browsers[&ClientId(2)].seen_as, data);
    }
    stage.run(Duration::from_millis(100));
    let before = (stage.room.forwarded(), stage.received_in_all(1));
    let stranger: SocketAddr = "203.0.113.9:4444".parse().unwrap();
    for attempt in 0..ATTEMPTS {
        let (data, id) = match attempt % 6 {
            0 => ((0..entropy.below(1_500)).map(|_| entropy.below(256) as u8).collect(), 2),
            1 => (pick(&entropy, &replayed), 2),
            2 => (pick(&entropy, &foreign), 1 + entropy.below(3) as u64),
            3 => (pick(&entropy, &of_the_lobby), 4),
            4 => (pick(&entropy, &of_the_removed), 3),
            _ => (pick(&entropy, &stun), 2),
        };
        let from = Remote { transport: Transport::Udp, address: stranger };
        let path = (from, stage.server);
        // What the shell asks before it believes a name.
        if local_ufrag_of(&data).is_some() {
            assert!(!stage.room.accepts(stage.now, ClientId(id), path, &data));
            continue;
        }
        stage.room.handle_datagram(stage.now, ClientId(id), path, &data);
    }
    stage.deliver_to_browsers();
    assert_eq!((stage.room.forwarded(), stage.received_in_all(1)), before);
    stage.talk(1, 50);
    assert!(stage.received(2, 0) >= 45, "the class goes on, where it is: {}", stage.received(2, 0));
}

/// A page that sends a hundred times what it may: the others go on hearing each other.
#[test]
fn too_much_from_one_disturbs_nobody() {
    let mut stage = Stage::with(3);
    for id in 1..=3 {
        stage.admit(id, id == 1);
    }
    stage.talk(1, 20);
    let (heard, forwarded) = (stage.received(3, 0), stage.room.forwarded());
    for _ in 0..50 {
        for _ in 0..100 {
            stage.speak(2, false);
        }
        stage.speak(1, false);
        stage.run(Duration::from_millis(20));
    }
    assert!(stage.received(3, 0) - heard >= 48, "{}", stage.received(3, 0) - heard);
    // Ten bursts of a hundred are a second's allowance; each goes to two others.
    let much = stage.room.forwarded() - forwarded;
    assert!(much < 2 * 3 * 50 * 100 * 9 / 10, "{much} forwarded");
}

fn said(stage: &mut Stage, id: u64) -> Vec<Vec<u8>> {
    let now = stage.now;
    let browser = stage.browsers.get_mut(&ClientId(id)).unwrap();
    for line in 0..3 {
        browser.write(line, true, now);
    }
    browser.sent += 1;
    browser.drain()
}

fn pick(entropy: &Entropy, from: &[Vec<u8>]) -> Vec<u8> {
    from[entropy.below(from.len())].clone()
}

/// A STUN binding request (RFC 8489) for a name, signed with nothing.
fn binding_request(name: &str) -> Vec<u8> {
    let padded = name.len().next_multiple_of(4);
    let mut request = vec![0, 1, 0, u8::try_from(padded + 4).unwrap(), 0x21, 0x12, 0xa4, 0x42];
    request.extend_from_slice(&[7; 12]);
    request.extend_from_slice(&[0, 6, 0, u8::try_from(name.len()).unwrap()]);
    request.extend_from_slice(name.as_bytes());
    request.resize(20 + 4 + padded, 0);
    request
}
