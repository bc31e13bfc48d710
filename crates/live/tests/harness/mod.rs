//! A live class on loopback: a real store, real sockets, a real clock, and
//! people who come with cards and passes of their own.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::clock::MINUTE_MS;
use base::limits::PASS_LIFE_MS;
use base::revoked::Revoked;
use base::token::Key;
use base::{Card, Clock, DeviceId, Entropy, Keyring, Pass, PersonId, Role, SchoolId, Seat, SlotId, Time};
use futures_util::{SinkExt, StreamExt};
use live::{Config, Live};
use serde_json::Value;
use store::{Batch, Store, params};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub const SLOT: SlotId = SlotId(1_000);
pub const TEACHER: PersonId = PersonId(1);
pub const LEA: PersonId = PersonId(2);
pub const TOM: PersonId = PersonId(3);
/// A pupil of another group.
pub const ZOE: PersonId = PersonId(4);
/// The rest of the group: thirty-five pupils in all.
pub const OTHERS: RangeInclusive<i64> = 10..=42;
const SCHOOL: SchoolId = SchoolId(1);

pub struct Harness {
    pub store: Store,
    pub clock: Clock,
    pub keys: Arc<Keyring>,
    pub revoked: Arc<Revoked>,
    pub live: Live,
    pub address: SocketAddr,
    /// Whether lessons may open.
    pub is_roomy: Arc<AtomicBool>,
    /// The door says that lessons wait.
    pub waits: Arc<AtomicBool>,
}

impl Harness {
    pub async fn start() -> Harness {
        let store = Store::temporary().expect("a temporary store");
        let clock = Clock::system();
        fill(&store, clock.now()).await;
        Harness::over(store, clock).await
    }

    /// A server over a store, as after a restart.
    pub async fn over(store: Store, clock: Clock) -> Harness {
        let keys = Arc::new(Keyring::new(&Key { id: 1, secret: [7; 32] }, &[]));
        let revoked = Arc::new(Revoked::default());
        let is_roomy_here = Arc::new(AtomicBool::new(true));
        let is_roomy = Arc::clone(&is_roomy_here);
        let waits_here = Arc::new(AtomicBool::new(false));
        let waits = Arc::clone(&waits_here);
        let live = Live::start(Config {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Entropy::system(),
            keys: Arc::clone(&keys),
            revoked: Arc::clone(&revoked),
            port: 0,
            public_addresses: vec!["127.0.0.1".parse().expect("an address")],
            threads: 2,
            may_open: Arc::new(move |_| is_roomy.load(Ordering::Relaxed)),
            find_wait: Arc::new(move |_| waits.load(Ordering::Relaxed).then_some(base::LessonWait::Pause)),
        })
        .await
        .expect("the live class starts");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = live.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Harness { store, clock, keys, revoked, live, address, is_roomy: is_roomy_here, waits: waits_here }
    }

    pub fn card(&self, person: PersonId) -> Card {
        Card {
            person,
            school: SCHOOL,
            device: DeviceId(person.0 + 500),
            role: if person == TEACHER { Role::Teacher } else { Role::Pupil },
            epoch: 0,
            issued_at: self.clock.now(),
        }
    }

    pub fn pass(&self, person: PersonId) -> Pass {
        Pass {
            slot: SLOT,
            person,
            device: DeviceId(person.0 + 500),
            seat: if person == TEACHER { Seat::Teacher } else { Seat::Pupil },
            expires_at: self.clock.now() + PASS_LIFE_MS,
            guest_name: String::new(),
        }
    }

    pub fn cookie(&self, person: PersonId) -> String {
        format!("card={}", self.card(person).seal(&self.keys))
    }

    /// Opens a socket and says hello; what the server answers is the caller's to read.
    pub async fn knock(&self, cookie: &str, hello: &str) -> Page {
        let mut page = self.open(SLOT, cookie).await.expect("the socket opens");
        page.send_text(hello).await;
        page
    }

    pub async fn open(&self, slot: SlotId, cookie: &str) -> Option<Page> {
        let mut request =
            format!("ws://{}/live/{slot}", self.address).into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("origin", format!("http://{}", self.address).parse().expect("a header"));
        headers.insert("cookie", cookie.parse().expect("a header"));
        let (socket, _) = tokio_tungstenite::connect_async(request).await.ok()?;
        Some(Page { socket, seen: Vec::new(), unread: VecDeque::new() })
    }

    pub async fn come(&self, person: PersonId, since: u64) -> Page {
        let pass = self.pass(person).seal(&self.keys);
        let hello = serde_json::json!({"t": "hello", "pass": pass, "since": since});
        self.knock(&self.cookie(person), &hello.to_string()).await
    }

    /// Comes, and enters.
    pub async fn enter(&self, person: PersonId) -> Page {
        let mut page = self.come(person, 0).await;
        page.send(serde_json::json!({"t": "enter"})).await;
        page.until("welcome").await;
        page
    }
}

/// One browser tab, as far as the socket is concerned.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Everything received.
    pub seen: Vec<String>,
    /// Read from the socket, but not by [`Page::next`] yet.
    unread: VecDeque<Value>,
}

impl Page {
    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        // A server that has hung up is for the next read to find.
        let _ = self.socket.send(Message::text(text)).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    /// The next message; `None` once the server has closed.
    pub async fn next(&mut self) -> Option<Value> {
        while self.unread.is_empty() {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("an answer")?;
            match message.ok()? {
                Message::Text(text) => {
                    self.seen.push(text.to_string());
                    self.unread = serde_json::from_str(&text).expect("a list");
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
        self.unread.pop_front()
    }

    /// Reads until a message of this kind (events by their own name).
    pub async fn until(&mut self, kind: &str) -> Value {
        let mut signs_of_life = 0;
        loop {
            assert!(signs_of_life < 20, "a minute without {kind}: {:?}", self.seen);
            let message =
                self.next().await.unwrap_or_else(|| panic!("closed before {kind}: {:?}", self.seen));
            if message["t"] == kind || message["event"]["t"] == kind {
                return message;
            }
            signs_of_life += u32::from(message["t"] == "alive");
        }
    }

    /// Why the server sends this page away.
    pub async fn goodbye(&mut self) -> String {
        self.until("goodbye").await["why"].as_str().expect("a reason").to_owned()
    }

    /// Hangs up without a word, as a lost network does.
    pub fn vanish(self) {
        drop(self);
    }

    /// Whether anything but the door's own words came.
    pub fn saw_class_matter(&self) -> bool {
        self.seen.iter().any(|text| {
            let messages: Vec<Value> = serde_json::from_str(text).expect("a list");
            let is_of_door =
                |message: &Value| matches!(message["t"].as_str(), Some("lobby" | "goodbye" | "no" | "alive"));
            !messages.iter().all(is_of_door)
        })
    }
}

/// Longer than any honest answer takes on a busy machine: a hang fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

async fn fill(store: &Store, now: Time) {
    let mut batch = Batch::new();
    batch.run(
        "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)",
        params![SCHOOL, "0751234J", "Collège d'essai", "Europe/Paris"],
    );
    let people = [
        (TEACHER, "teacher", "Claire", "Roy"),
        (LEA, "pupil", "Léa", "Petit"),
        (TOM, "pupil", "Tom", "Diallo"),
        (ZOE, "pupil", "Zoé", "Autre"),
    ];
    let others = OTHERS.map(|id| (PersonId(id), "pupil", "Ève", "Martin"));
    for (person, role, given, family) in people.into_iter().chain(others) {
        batch.run(
            "INSERT INTO person (id, school, role, given_name, family_name, card_epoch, created_at) \
             VALUES ($1, $2, $3, $4, $5, 0, $6)",
            params![person, SCHOOL, role, given, family, now],
        );
    }
    batch.run("INSERT INTO class_group (id, school, name) VALUES (1, $1, '5e B')", params![SCHOOL]);
    for pupil in [LEA, TOM].into_iter().chain(OTHERS.map(PersonId)) {
        batch.run("INSERT INTO member (group_id, person) VALUES (1, $1)", params![pupil]);
    }
    batch.run("INSERT INTO subject (id, school, name, hue) VALUES (1, $1, 'Maths', 200)", params![SCHOOL]);
    batch.run(
        "INSERT INTO slot (id, school, group_id, subject, teacher, room_name, starts_at, ends_at) \
         VALUES ($1, $2, 1, 1, $3, 'B12', $4, $5)",
        params![SLOT, SCHOOL, TEACHER, now - 5 * MINUTE_MS, now + 50 * MINUTE_MS],
    );
    store.apply(batch).await.expect("the school is filled in");
}
