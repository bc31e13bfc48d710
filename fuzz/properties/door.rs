//! The door: whatever a stranger sends is answered, and none of it is served
//! when strangers have no share.

use std::sync::{Arc, LazyLock};

use axum::http::Request;
use base::token::Key;
use base::{Clock, Keyring, Time};
use gate::{Decision, Door, DoorParts, DoorSettings, Listeners, Routes};

const NOW: Time = Time(1_800_000_000_000);

static DOOR: LazyLock<Door> = LazyLock::new(|| {
    Door::new(DoorParts {
        keys: Arc::new(Keyring::new(&Key { id: 7, secret: [9; 32] }, &[])),
        revoked: Arc::default(),
        clock: Clock::mock(NOW),
        routes: Routes { files: &["/assets/"], open: &["/sign-in"], lesson: &["/lesson/"], reading: &["/"] },
        settings: DoorSettings { strangers_per_second: 0, ..DoorSettings::default() },
        secure_cookies: false,
        listeners: Listeners::new(2),
    })
});

/// The first line is the address, the rest the cookies: nobody has our keys, so nobody is served.
pub fn door(data: &[u8]) {
    let (path, cookies) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &data[data.len()..]),
    };
    let request = Request::builder().uri(path).header("cookie", cookies).header("accept-language", cookies);
    let Ok(request) = request.body(()) else { return };
    let decision = DOOR.decide(&request);
    assert!(matches!(decision, Decision::Answer(_)), "a stranger was served");
}
