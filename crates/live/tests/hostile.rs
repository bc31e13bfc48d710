//! Hostile signalling: too large, too much, too often. It is limited and logged once,
//! and the others of the lesson go on hearing each other meanwhile.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod harness;

use std::sync::Mutex;

use harness::{Harness, LEA, Page, TEACHER, TOM};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_or_too_often_ends_one_connection_and_is_logged_once() {
    tracing::subscriber::set_global_default(&LOGGED).unwrap();
    let class = Harness::start().await;
    let (mut claire, mut lea) = (class.enter(TEACHER).await, class.enter(LEA).await);

    // An offer of a megabyte: the socket closes before it is read to its end.
    let mut tom = class.enter(TOM).await;
    tom.send(json!({"t": "offer", "sdp": "a=mid:0\r\n".repeat(1 << 17)})).await;
    while tom.next().await.is_some() {}
    talk(&mut claire, &mut lea, 0).await;

    // As many lines as fit into a message.
    let mut tom = class.come(TOM, 0).await;
    tom.until("welcome").await;
    tom.send(json!({"t": "offer", "sdp": "m=audio 9 x 0\r\n".repeat(3_000)})).await;
    assert_eq!(tom.until("no").await["why"], "malformed");

    // A chat message beyond the limit: the page hears which one.
    tom.send(json!({"t": "say", "key": 7, "text": "é".repeat(2_001)})).await;
    assert_eq!(tom.until("no").await, json!({"t": "no", "why": "malformed", "key": 7}));

    // Ten thousand offers without a pause.
    let flood = tokio::spawn(async move {
        for _ in 0..10_000 {
            tom.send_text(r#"{"t":"offer","sdp":"v=0"}"#).await;
        }
        tom.goodbye().await
    });
    talk(&mut claire, &mut lea, 1_000).await;
    assert_eq!(flood.await.unwrap(), "misuse");
    talk(&mut claire, &mut lea, 2_000).await;
    for what in ["an offer was refused", "a page that says too much, or nonsense, is let go"] {
        let times = LOGGED.0.lock().unwrap().iter().filter(|said| said.contains(what)).count();
        assert_eq!(times, 1, "{what}");
    }
}

/// Each hears all that the other says.
async fn talk(claire: &mut Page, lea: &mut Page, first: u64) {
    for key in first..first + 20 {
        lea.send(json!({"t": "say", "key": key, "text": format!("message {key}")})).await;
        assert_eq!(claire.until("said").await["event"]["key"], key);
        assert_eq!(lea.until("said").await["event"]["key"], key);
    }
}

/// Everything that is logged in this process.
struct Logged(Mutex<Vec<String>>);

static LOGGED: Logged = Logged(Mutex::new(Vec::new()));

impl Subscriber for &'static Logged {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("live")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said(String::new());
        event.record(&mut said);
        self.0.lock().unwrap().push(said.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}
