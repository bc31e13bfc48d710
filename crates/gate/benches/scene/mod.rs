//! A door with a timetable, for its benchmarks.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is to stop")]

use std::sync::Arc;

use admission::Planned;
use axum::http::Request;
use base::token::Key;
use base::{Card, Clock, DeviceId, Keyring, PersonId, Role, SchoolId, SlotId, Time};
use gate::{Door, DoorParts, DoorSettings, Listeners, Routes};

/// Ten minutes into the hour.
const NOW: Time = Time(1_617_689_400_000);

/// A door with so many lessons, whose people have `ceiling` Mbit/s, and the cookie of a pupil.
pub fn door(ceiling: u32, lessons: i64) -> (Door, String) {
    let keys = Arc::new(Keyring::new(&Key { id: 1, secret: [3; 32] }, &[]));
    let door = Door::new(DoorParts {
        keys: Arc::clone(&keys),
        revoked: Arc::default(),
        clock: Clock::mock(NOW),
        routes: Routes { files: &["/assets/"], lesson: &["/lesson/"], reading: &["/"], ..Routes::default() },
        settings: DoorSettings { ceiling_mbit_s: ceiling, floor_mbit_s: ceiling, ..DoorSettings::default() },
        secure_cookies: true,
        listeners: Listeners::new(100),
    });
    let lesson = |slot| Planned {
        slot: SlotId(slot),
        school: SchoolId(slot % 45),
        starts_at: NOW - 600_000,
        ends_at: NOW + 2_700_000,
        enrolled: 26,
    };
    door.plan((1..=lessons).map(lesson).collect());
    door.handle_time(&[]);
    let card = Card {
        person: PersonId(1),
        school: SchoolId(1),
        device: DeviceId(1),
        role: Role::Pupil,
        epoch: 0,
        issued_at: NOW,
    };
    (door, format!("card={}", card.seal(&keys)))
}

pub fn request(path: &str, cookies: &str) -> Request<()> {
    Request::builder().uri(path).header("cookie", cookies).body(()).unwrap()
}
