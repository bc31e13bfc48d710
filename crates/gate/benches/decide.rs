//! What the door's decision costs, the check of the card included.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is to stop")]

use std::hint::black_box;
use std::sync::Arc;

use admission::Planned;
use axum::http::Request;
use base::token::Key;
use base::{Card, Clock, DeviceId, Keyring, PersonId, Role, SchoolId, SlotId, Time};
use divan::Bencher;
use gate::{Door, DoorParts, DoorSettings, Routes};

fn main() {
    divan::main();
}

/// Ten minutes into the hour.
const NOW: Time = Time(1_617_689_400_000);

/// A door with 2,000 lessons, whose people have `ceiling` Mbit/s.
fn door(ceiling: u32) -> (Door, String) {
    let keys = Arc::new(Keyring::new(&Key { id: 1, secret: [3; 32] }, &[]));
    let door = Door::new(DoorParts {
        keys: Arc::clone(&keys),
        revoked: Arc::default(),
        clock: Clock::mock(NOW),
        routes: Routes { files: &["/assets/"], lesson: &["/lesson/"], reading: &["/"], ..Routes::default() },
        settings: DoorSettings { ceiling_mbit_s: ceiling, floor_mbit_s: ceiling, ..DoorSettings::default() },
        secure_cookies: true,
    });
    let lesson = |slot| Planned {
        slot: SlotId(slot),
        school: SchoolId(slot % 45),
        starts_at: NOW - 600_000,
        ends_at: NOW + 2_700_000,
        enrolled: 26,
    };
    door.plan((1..=2_000).map(lesson).collect());
    door.handle_time(&[]);
    let card = Card {
        person: PersonId(1),
        school: SchoolId(1),
        device: DeviceId(1),
        role: Role::Pupil,
        epoch: 0,
        issued_at: NOW,
    };
    (door, card.seal(&keys))
}

fn request(path: &str, cookies: &str) -> Request<()> {
    Request::builder().uri(path).header("cookie", cookies).body(()).unwrap()
}

#[divan::bench]
fn lets_somebody_into_their_lesson(bencher: Bencher) {
    let (door, card) = door(100_000);
    let request = request("/lesson/17", &format!("card={card}"));
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn tells_somebody_that_their_lesson_waits(bencher: Bencher) {
    let (door, card) = door(1);
    let request = request("/lesson/17", &format!("card={card}; came=17"));
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn refuses_a_forged_card(bencher: Bencher) {
    let (door, card) = door(1);
    let request = request("/lesson/17", &format!("card={}A", &card[..card.len() - 1]));
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn gives_the_frontier(bencher: Bencher) {
    let (door, _) = door(1);
    let request = request("/frontier", "");
    bencher.bench(|| door.decide(black_box(&request)));
}
