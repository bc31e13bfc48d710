//! A lesson over real sockets: who comes in, what each one hears, what a restart keeps.

mod harness;

use std::sync::atomic::Ordering;

use base::{DeviceId, Entropy, Level, Pass, PersonId, Seat, SlotId};
use harness::{Harness, LEA, OTHERS, SLOT, TEACHER, TOM, ZOE};
use lesson::Status;
use serde_json::json;
use store::{Batch, params};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_meets_and_writes() {
    let class = Harness::start().await;
    let mut lea = class.come(LEA, 0).await;
    assert_eq!(lea.until("lobby").await["open"], false);
    lea.send(json!({"t": "enter"})).await;
    let mut claire = class.enter(TEACHER).await;
    let welcome = lea.until("welcome").await;
    assert_eq!(welcome["lead"], false);
    assert!(matches!(class.live.status(SLOT), Status::Open { present, .. } if present >= 1));
    lea.send(json!({"t": "say", "key": 1, "text": "Bonjour <b>Madame</b>"})).await;
    assert_eq!(claire.until("said").await["event"]["text"], "Bonjour <b>Madame</b>");
    lea.send(json!({"t": "hand", "up": true})).await;
    assert_eq!(claire.until("hand").await["event"]["person"], LEA.0);
    claire.send(json!({"t": "end"})).await;
    assert_eq!(lea.goodbye().await, "ended");
    assert_eq!(class.live.status(SLOT), Status::Ended);
    let log: i64 = class
        .store
        .row("SELECT count(*) FROM lesson_event WHERE slot = $1", &params![SLOT])
        .await
        .unwrap()
        .unwrap();
    assert!(log >= 6, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_mid_lesson_loses_nothing_acknowledged() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    let mut lea = class.enter(LEA).await;
    lea.send(json!({"t": "hand", "up": true})).await;
    claire.send(json!({"t": "allow", "what": "camera", "on": false})).await;
    for key in 0..20 {
        lea.send(json!({"t": "say", "key": key, "text": format!("message {key}")})).await;
    }
    // What Claire was shown is acknowledged: it must be there afterwards.
    let mut shown = 0;
    while shown < 20 {
        claire.until("said").await;
        shown += 1;
    }
    let store = class.store.clone();
    let again = Harness::over(store, class.clock.clone()).await;
    let mut lea = again.come(LEA, 0).await;
    let welcome = lea.until("welcome").await;
    assert_eq!(welcome["chat"].as_array().unwrap().len(), 20);
    assert_eq!(welcome["hands"], json!([LEA.0]));
    assert_eq!(welcome["allow"]["camera"], false);
    let mut claire = again.come(TEACHER, 0).await;
    assert_eq!(claire.until("welcome").await["lead"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_page_comes_back_with_what_it_missed() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    let mut lea = class.enter(LEA).await;
    claire.send(json!({"t": "say", "key": 1, "text": "vu"})).await;
    let seq = lea.until("said").await["seq"].as_u64().unwrap();
    lea.vanish();
    claire.until("away").await;
    claire.send(json!({"t": "say", "key": 2, "text": "manqué"})).await;
    claire.until("said").await;
    let mut lea = class.come(LEA, seq).await;
    let welcome = lea.until("welcome").await;
    let chat = welcome["chat"].as_array().unwrap();
    assert_eq!(chat.len(), 1);
    assert_eq!(chat[0]["text"], "manqué");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_need_a_link_a_knock_and_a_yes() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    let pass = Pass {
        slot: SLOT,
        person: PersonId(77),
        device: DeviceId(77),
        seat: Seat::Guest,
        expires_at: class.clock.now() + 60_000,
        guest_name: "Mamie".into(),
    };
    let text = pass.seal(&class.keys);
    let hello = json!({"t": "hello", "pass": text}).to_string();
    let cookie = format!("guest={text}");
    assert_eq!(class.knock(&cookie, &hello).await.goodbye().await, "no_guests");
    assert_eq!(class.knock("", &hello).await.goodbye().await, "no_pass", "a copied pass");
    let mut batch = Batch::new();
    batch.run(
        "INSERT INTO guest_link (id, slot, secret_hash, made_by, created_at, expires_at) VALUES (1, $1, $2, $3, 0, $4)",
        params![SLOT, vec![1u8; 32], TEACHER, class.clock.now() + 60_000],
    );
    class.store.apply(batch).await.unwrap();
    let mut guest = class.knock(&cookie, &hello).await;
    guest.until("lobby").await;
    guest.send(json!({"t": "enter"})).await;
    assert_eq!(claire.until("knocked").await["event"]["name"], "Mamie");
    assert!(!guest.saw_class_matter());
    claire.send(json!({"t": "admit", "person": 77})).await;
    guest.until("welcome").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lesson_without_seats_does_not_open_and_one_that_is_open_goes_on() {
    let class = Harness::start().await;
    class.is_roomy.store(false, Ordering::Relaxed);
    let mut lea = class.come(LEA, 0).await;
    lea.until("lobby").await;
    assert_eq!(class.come(TEACHER, 0).await.goodbye().await, "crowded");
    assert_eq!(class.live.presence(), []);
    class.waits.store(true, Ordering::Relaxed);
    let said = loop {
        let said = lea.until("lobby").await;
        if !said["wait"].is_null() {
            break said;
        }
    };
    assert_eq!(said["wait"], "pause", "whoever is in the lobby hears of it");
    assert_eq!(class.come(TEACHER, 0).await.goodbye().await, "waits", "another page tells her why");
    class.waits.store(false, Ordering::Relaxed);
    assert!(lea.until("lobby").await["wait"].is_null());
    class.is_roomy.store(true, Ordering::Relaxed);
    let claire = class.enter(TEACHER).await;
    class.is_roomy.store(false, Ordering::Relaxed);
    drop(claire);
    class.enter(TEACHER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_card_leaves_the_class() {
    let class = Harness::start().await;
    let _claire = class.enter(TEACHER).await;
    let mut lea = class.enter(LEA).await;
    class.revoked.set_epoch(LEA, 1);
    assert_eq!(lea.goodbye().await, "no_card");
    assert_eq!(class.come(LEA, 0).await.goodbye().await, "no_card");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_substitute_named_after_the_lesson_was_loaded_may_lead() {
    let class = Harness::start().await;
    let _lea = class.come(LEA, 0).await.until("lobby").await;
    let mut batch = Batch::new();
    batch.run(
        "INSERT INTO person (id, school, role, given_name, family_name, card_epoch, created_at) \
         VALUES (9, 1, 'teacher', 'Paul', 'Remplaçant', 0, 0)",
        params![],
    );
    batch.run("UPDATE slot SET substitute = 9 WHERE id = $1", params![SLOT]);
    class.store.apply(batch).await.unwrap();
    let pass = Pass { seat: Seat::Teacher, ..class.pass(PersonId(9)) }.seal(&class.keys);
    let hello = json!({"t": "hello", "pass": pass}).to_string();
    let mut paul = class.knock(&class.cookie(PersonId(9)), &hello).await;
    paul.send(json!({"t": "enter"})).await;
    assert_eq!(paul.until("welcome").await["lead"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_page_disturbs_nobody() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    let mut lea = class.enter(LEA).await;
    let mut tom = class.enter(TOM).await;
    let long = "x".repeat(100_000);
    for bad in [
        "not json",
        "{}",
        r#"{"t":"end"}"#,
        r#"{"t":"offer","sdp":"v=0"}"#,
        r#"{"t":"say","key":1,"text":""}"#,
        r#"{"t":"hello","pass":"again"}"#,
    ] {
        tom.send_text(bad).await;
        assert_eq!(tom.until("no").await["t"], "no", "{bad}");
    }
    tom.send_raw(Message::text(long)).await;
    while tom.next().await.is_some() {}
    let mut tom = class.come(TOM, 0).await;
    tom.until("welcome").await;
    for _ in 0..500 {
        tom.send_text(r#"{"t":"react","emoji":"👍"}"#).await;
    }
    assert_eq!(tom.goodbye().await, "misuse");
    lea.send(json!({"t": "say", "key": 5, "text": "toujours là"})).await;
    assert_eq!(claire.until("said").await["event"]["text"], "toujours là");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_opens_no_socket() {
    let class = Harness::start().await;
    let mut stream = tokio::net::TcpStream::connect(class.address).await.unwrap();
    let request = format!(
        "GET /live/{SLOT} HTTP/1.1\r\nHost: {}\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Cookie: {}\r\n\r\n",
        class.address,
        class.cookie(LEA)
    );
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 403");
}

/// Ten thousand tries to get in that must not: none does, and none hears a
/// word of the class that is being held meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_intruders_stay_outside() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    let mut tom = class.enter(TOM).await;
    claire.send(json!({"t": "remove", "person": TOM.0})).await;
    assert_eq!(tom.goodbye().await, "removed");
    claire.send(json!({"t": "say", "key": 1, "text": "secret de la classe"})).await;
    let entropy = Entropy::seeded(6_042_021);
    let class = std::sync::Arc::new(class);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..INTRUDERS_AT_ONCE {
        let (class, entropy) = (std::sync::Arc::clone(&class), entropy.clone());
        tries.spawn(async move {
            let mut refused = 0;
            for _ in 0..INTRUSIONS / INTRUDERS_AT_ONCE {
                intrude(&class, &entropy).await;
                refused += 1;
            }
            refused
        });
    }
    let refused: usize = tries.join_all().await.into_iter().sum();
    assert_eq!(refused, INTRUSIONS);
    let state: i64 = class
        .store
        .row(
            "SELECT count(*) FROM lesson_event WHERE slot = $1 AND body LIKE '%\"entered\"%'",
            &params![SLOT],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state, 2, "Claire and Tom, before he was removed");
    assert_eq!(class.live.status(SLOT), Status::Open { present: 1, is_paused: false });
}

async fn intrude(class: &Harness, entropy: &Entropy) {
    let now = class.clock.now();
    let mut cookie = class.cookie(LEA);
    let mut pass = class.pass(LEA);
    let mut text = None;
    match entropy.below(12) {
        0 => cookie = String::new(),
        1 => cookie = class.cookie(ZOE),
        2 => pass = class.pass(ZOE),
        3 => (cookie, pass) = (class.cookie(ZOE), class.pass(ZOE)),
        4 => pass.expires_at = now - 1,
        5 => pass.slot = SlotId(entropy.id()),
        6 => (cookie, pass) = (class.cookie(TOM), class.pass(TOM)),
        7 => pass.seat = Seat::Teacher,
        8 => pass = Pass { seat: Seat::Guest, guest_name: "Claire Roy".into(), ..pass },
        9 => pass.device = DeviceId(entropy.id()),
        10 => {
            let mut bytes = pass.seal(&class.keys).into_bytes();
            let at = entropy.below(bytes.len());
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            text = String::from_utf8(bytes).ok();
        }
        _ => text = Some(format!("{:x}", entropy.id())),
    }
    let text = text.unwrap_or_else(|| pass.seal(&class.keys));
    let hello = json!({"t": "hello", "pass": text, "since": entropy.below(9)});
    let mut page = class.knock(&cookie, &hello.to_string()).await;
    page.send_text(r#"{"t":"enter"}"#).await;
    let why = page.goodbye().await;
    assert!(
        ["no_card", "no_pass", "expired", "not_yours", "removed", "no_guests"].contains(&why.as_str()),
        "{why}"
    );
    while page.next().await.is_some() {}
    assert!(!page.saw_class_matter(), "{:?}", page.seen);
    assert!(!page.seen.concat().contains("secret"));
}

const INTRUSIONS: usize = 10_000;
const INTRUDERS_AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_class_is_told_of_its_level_and_whoever_comes_later_too() {
    let class = Harness::start().await;
    let mut claire = class.enter(TEACHER).await;
    assert!(class.live.set_level(SLOT, Level::Screen));
    assert_eq!(claire.until("quality").await["level"], "screen");
    let mut lea = class.enter(LEA).await;
    assert_eq!(lea.until("quality").await["level"], "screen");
    assert!(class.live.set_level(SLOT, Level::Cameras));
    for page in [&mut claire, &mut lea] {
        assert_eq!(page.until("quality").await["level"], "cameras");
    }
    let mut tom = class.enter(TOM).await;
    tom.send(json!({"t": "hand", "up": true})).await;
    tom.until("hand").await;
    assert!(!tom.seen.iter().any(|text| text.contains("quality")), "{:?}", tom.seen);
}

/// With `--nocapture` it says how long that takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_a_class_of_thirty_five_are_told_of_a_level() {
    let class = Harness::start().await;
    let mut pages = vec![class.enter(TEACHER).await, class.enter(LEA).await, class.enter(TOM).await];
    for other in OTHERS {
        pages.push(class.enter(PersonId(other)).await);
    }
    assert_eq!(pages.len(), 36);
    for (level, name) in [(Level::Screen, "screen"), (Level::Voice, "voice"), (Level::Cameras, "cameras")] {
        let from = class.clock.now();
        assert!(class.live.set_level(SLOT, level));
        for page in &mut pages {
            assert_eq!(page.until("quality").await["level"], name);
        }
        println!("level_told_all_ms {}", class.clock.now().since_ms(from));
    }
}
