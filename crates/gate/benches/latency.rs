//! What the door adds to an admitted request: each of a million decisions timed
//! from when it is due, a hundred thousand a second, with the lessons of a region, while
//! the clock ticks beside it and publishes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot go on"
)]
#![expect(clippy::disallowed_methods, reason = "what is measured here is time")]

mod scene;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A region of a million pupils.
const LESSONS: i64 = 35_000;
const DECISIONS: usize = 1_000_000;
const EVERY: Duration = Duration::from_micros(10);

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let (door, card) = scene::door(2_000_000, LESSONS);
    let present: Vec<_> = (1..=LESSONS).map(|slot| (base::SlotId(slot), 1)).collect();
    let is_over = AtomicBool::new(false);
    let mut took = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                door.handle_time(&present);
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        let mut took = Vec::with_capacity(DECISIONS);
        let began = Instant::now();
        for n in 0..DECISIONS {
            let due = began + EVERY * u32::try_from(n).unwrap();
            let slot = n as i64 % LESSONS + 1;
            let request = scene::request(&format!("/lesson/{slot}"), &card);
            while Instant::now() < due {
                std::hint::spin_loop();
            }
            black_box(door.decide(black_box(&request)));
            // From when it was due: whoever comes behind a slow one waits as well.
            took.push(due.elapsed());
        }
        is_over.store(true, Ordering::Relaxed);
        took
    });
    took.sort_unstable();
    let at = |share: f64| took[((DECISIONS - 1) as f64 * share) as usize];
    println!(
        "the door, per admitted request: median {:?}, p99 {:?}, p99.9 {:?}, p99.99 {:?}, max {:?}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(0.9999),
        at(1.0)
    );
}
