//! How often memory is asked for while a class is sent a lesson.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::disallowed_methods, reason = "a simulation needs some moment to start from")]

mod stage;

use std::time::Duration;

use room::{ClientId, Datagrams, Remote, Transport};

use stage::Stage;

#[global_allocator]
static COUNTED: dhat::Alloc = dhat::Alloc;

/// A camera, a screen and a voice to 35 pupils: what they are sent is written into
/// memory that is kept.
#[test]
fn a_forwarded_packet_asks_for_next_to_no_memory() {
    let mut stage = Stage::with(36);
    for id in 1..=36 {
        stage.admit(id, id == 1);
    }
    stage.talk(1, 50);
    assert!(stage.received(36, 0) >= 45 && stage.received_in_all(36) >= 3 * 45);
    let counted = dhat::Profiler::builder().testing().build();
    let mut asked = 0;
    let mut out = Datagrams::default();
    let before = stage.room.forwarded();
    for _ in 0..100 {
        let now = stage.now;
        let browser = stage.browsers.get_mut(&ClientId(1)).unwrap();
        for line in 0..3 {
            browser.write(line, false, now);
        }
        browser.sent += 1;
        let from = Remote { transport: Transport::Udp, address: browser.seen_as };
        let said = browser.drain();
        let begun = dhat::HeapStats::get().total_blocks;
        for data in &said {
            stage.room.handle_datagram(now, ClientId(1), (from, stage.server), data);
        }
        while stage.room.flush(now, &mut out) {}
        asked += dhat::HeapStats::get().total_blocks - begun;
        out.clear();
        stage.run(Duration::from_millis(20));
    }
    drop(counted);
    let forwarded = stage.room.forwarded() - before;
    assert!(forwarded > 100 * 3 * 30, "{forwarded}");
    let per_packet = asked as f64 / forwarded as f64;
    println!("allocations_per_packet {per_packet:.3}");
    assert!(per_packet <= 1.0, "{asked} for {forwarded} packets");
}
