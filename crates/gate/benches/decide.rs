//! What the door's decision costs, the check of the card included.

mod scene;

use std::hint::black_box;

use divan::Bencher;
use scene::{door, request};

/// A département.
const LESSONS: i64 = 2_000;

fn main() {
    divan::main();
}

#[divan::bench]
fn lets_somebody_into_their_lesson(bencher: Bencher) {
    let (door, card) = door(100_000, LESSONS);
    let request = request("/lesson/17", &card);
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn tells_somebody_that_their_lesson_waits(bencher: Bencher) {
    let (door, card) = door(1, LESSONS);
    let request = request("/lesson/17", &format!("{card}; came=17"));
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn refuses_a_forged_card(bencher: Bencher) {
    let (door, card) = door(1, LESSONS);
    let request = request("/lesson/17", &format!("{}A", &card[..card.len() - 1]));
    bencher.bench(|| door.decide(black_box(&request)));
}

#[divan::bench]
fn gives_the_frontier(bencher: Bencher) {
    let (door, _) = door(1, LESSONS);
    let request = request("/frontier", "");
    bencher.bench(|| door.decide(black_box(&request)));
}
