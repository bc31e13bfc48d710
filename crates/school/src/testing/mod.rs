//! A small school in a temporary store, its router, and a clock that stands
//! still: tests ask for pages as somebody and read the answers.
//!
//! It is Monday 16 November 2026, 8:05 in Paris. The lesson [`LESSON_NOW`] has
//! just begun; [`LESSON_NEXT`] follows, [`LESSON_OTHER`] is another class's.

mod rows;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use admission::{Hand, Lane, LessonWaiting, Lever, Limit, Moment, Picture, SiteHealth, SiteReport};
use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use base::revoked::Revoked;
use base::token::{Key, Keyring};
use base::{Card, Clock, DeviceId, Entropy, GroupId, PersonId, Role, SchoolId, SlotId, Time};
use http_body_util::BodyExt;
use store::{Batch, Store, Value};
use tower::ServiceExt;

use crate::access::Route;
use crate::{Context, Gate, Settings};

/// The moment at which the clock stands at first.
pub const NOW: Time = Time(1_794_812_700_000);

/// The school.
pub const SCHOOL: SchoolId = SchoolId(1);
/// Class 6e A, of which [`PUPIL`] and [`PUPIL_B`] are members.
pub const CLASS: GroupId = GroupId(11);
/// Class 5e B, of which [`PUPIL_OTHER`] is a member.
pub const CLASS_OTHER: GroupId = GroupId(12);

/// Claire Moreau, who teaches [`LESSON_NOW`] and [`LESSON_NEXT`].
pub const TEACHER: PersonId = PersonId(101);
/// Karim Benali, who teaches [`LESSON_OTHER`].
pub const TEACHER_OTHER: PersonId = PersonId(102);
/// Léa Martin, in [`CLASS`].
pub const PUPIL: PersonId = PersonId(201);
/// Tom Nguyen, in [`CLASS`].
pub const PUPIL_B: PersonId = PersonId(202);
/// Inès Dubois, in [`CLASS_OTHER`].
pub const PUPIL_OTHER: PersonId = PersonId(203);
/// Sophie Martin, guardian of [`PUPIL`].
pub const GUARDIAN: PersonId = PersonId(301);
/// Paul Girard, school-life officer.
pub const OFFICER: PersonId = PersonId(401);
/// Anne Lefèvre, head of school.
pub const HEAD: PersonId = PersonId(402);
/// Marc Petit, digital lead.
pub const DIGITAL_LEAD: PersonId = PersonId(403);
/// The operator.
pub const OPERATOR: PersonId = PersonId(404);

/// Mathematics of [`CLASS`], since 8:00, until 8:55.
pub const LESSON_NOW: SlotId = SlotId(1001);
/// French of [`CLASS`], from 9:00 to 9:55.
pub const LESSON_NEXT: SlotId = SlotId(1002);
/// History of [`CLASS_OTHER`], since 8:00, until 8:55.
pub const LESSON_OTHER: SlotId = SlotId(1003);

/// A gate with nobody at it, whose levers can be pulled.
#[derive(Default)]
pub struct TestGate {
    /// What the operator changed.
    pub hand: Mutex<Hand>,
    /// Pages that follow the gate are kept open; a test reads whole bodies, so at first they are not.
    pub is_open: AtomicBool,
    /// How the protected site answers.
    pub site: Mutex<SiteHealth>,
}

impl Gate for TestGate {
    fn picture(&self) -> Picture {
        let moment = Moment {
            at: NOW,
            arrivals: 12,
            served: 3_400,
            refused: [5, 0, 7, 1],
            polls: 90,
            budget_kbit_s: 1_000_000,
            spent_kbit_s: 123_456,
            limited_by: Limit::Ceiling,
            present: 1_234,
            held: [0, 1, 2, 3],
            waiting: 1,
            desk_inside: 40,
            lanes: [0, 0, 9, 0],
        };
        Picture {
            moments: [moment].into(),
            hand: self.hand.lock().expect("no test panics while it pulls a lever").clone(),
            ceiling_kbit_s: 1_000_000,
            waiting: vec![
                LessonWaiting { slot: LESSON_NEXT, opens_at: None, people: 12 },
                // Nobody has come to it.
                LessonWaiting { slot: LESSON_OTHER, opens_at: None, people: 0 },
            ],
            sites: vec![SiteReport {
                name: "ent".into(),
                title: "L'ENT".into(),
                host: "ent.example.fr".into(),
                seats: 500,
                inside: 321,
                is_paused: false,
                waiting: Lane::ALL.map(|lane| (lane, 0)),
                requests: 9_876,
                faults: 2,
                upstream: self.site.lock().expect("no test panics while it sets it").clone(),
                provider: None,
            }],
        }
    }

    fn pull(&self, lever: &Lever) -> bool {
        self.hand.lock().expect("no test panics while it pulls a lever").pull(lever)
    }

    fn is_stopping(&self) -> bool {
        !self.is_open.load(Ordering::Relaxed)
    }
}

/// A school, ready to be asked for pages.
pub struct TestSchool {
    /// What its router runs on.
    pub context: Context,
    router: Router,
    status: Arc<Mutex<HashMap<SlotId, lesson::Status>>>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The route whose door was passed; `None` when the table refused.
    pub route: Option<&'static Route>,
}

impl TestSchool {
    /// Opens the school.
    pub async fn new() -> TestSchool {
        let store = Store::temporary().expect("a temporary database opens");
        store.apply(rows::all()).await.expect("the rows of the test school are well formed");
        let status: Arc<Mutex<HashMap<SlotId, lesson::Status>>> = Arc::default();
        let live = Arc::clone(&status);
        let context = Context {
            store,
            clock: Clock::mock(NOW),
            entropy: Entropy::system(),
            keys: Arc::new(Keyring::new(&Key { id: 1, secret: [7; 32] }, &[])),
            revoked: Arc::new(Revoked::new()),
            live: Arc::new(move |slot| {
                let live = live.lock().expect("no test panics while it sets a status");
                live.get(&slot).cloned().unwrap_or(lesson::Status::NotOpen)
            }),
            gate: Arc::new(TestGate::default()),
            settings: Settings {
                base_url: "http://localhost:8080".into(),
                secure_cookies: false,
                demo: false,
            },
        };
        TestSchool { router: crate::router(context.clone()), context, status }
    }

    /// The same school under another context.
    pub fn with(&self, context: Context) -> TestSchool {
        TestSchool { router: crate::router(context.clone()), context, status: Arc::clone(&self.status) }
    }

    /// Says how a lesson stands; none is open at first.
    pub fn set_status(&self, slot: SlotId, status: lesson::Status) {
        self.status.lock().expect("no test panics while it sets a status").insert(slot, status);
    }

    /// Changes rows of the database.
    pub async fn run(&self, sql: &'static str, params: impl Into<Vec<Value>>) {
        let mut batch = Batch::new();
        batch.run(sql, params);
        self.context.store.apply(batch).await.expect("the statement of a test is well formed");
    }

    /// The number that a query finds; 0 when it finds none.
    pub async fn number(&self, sql: &'static str, params: &[Value]) -> i64 {
        self.context.store.row(sql, params).await.expect("the query of a test is well formed").unwrap_or(0)
    }

    /// The card of a person of this school, on their own device.
    pub fn card(&self, person: PersonId) -> Card {
        let role = rows::role(person);
        Card { person, school: SCHOOL, device: rows::device(person), role, epoch: 0, issued_at: NOW }
    }

    /// The `Cookie` header of a person's device.
    pub fn cookie(&self, person: PersonId) -> String {
        format!("card={}", self.card(person).seal(&self.context.keys))
    }

    /// Opens a page as a person, by hand.
    pub async fn get(&self, who: PersonId, path: &str) -> Reply {
        self.send(self.request(Method::GET, path, Some(who)).body(Body::empty())).await
    }

    /// Opens a page as a stranger, by hand.
    pub async fn get_as_stranger(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path, None).body(Body::empty())).await
    }

    /// Sends a form as a person.
    pub async fn post(&self, who: PersonId, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_as(Some(who), path, fields).await
    }

    /// Sends a form as a stranger.
    pub async fn post_as_stranger(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_as(None, path, fields).await
    }

    /// Sends a form as a person or a stranger.
    pub async fn post_as(&self, who: Option<PersonId>, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.request(Method::POST, path, who);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encode(fields)))).await
    }

    /// A request as a browser of that person would make it when a link is followed.
    pub fn request(&self, method: Method, path: &str, who: Option<PersonId>) -> axum::http::request::Builder {
        let site = if method == Method::GET { "none" } else { "same-origin" };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8080")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        if let Some(who) = who {
            request = request.header(COOKIE, self.cookie(who));
        }
        request
    }

    /// Sends any request, for a test that reads the answer's bytes.
    pub async fn respond(&self, request: Result<Request<Body>, axum::http::Error>) -> Response {
        let request = request.expect("the request of a test is well formed");
        let Ok(response) = self.router.clone().oneshot(request).await;
        response
    }

    /// Sends any request.
    pub async fn send(&self, request: Result<Request<Body>, axum::http::Error>) -> Reply {
        let (parts, body) = self.respond(request).await.into_parts();
        let bytes = body.collect().await.expect("our bodies are whole").to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            route: parts.extensions.get::<&'static Route>().copied(),
        }
    }
}

impl Reply {
    /// What a reader sees: the text of `<body>` without markup, spaces folded.
    pub fn text(&self) -> String {
        let body = self.body.split_once("<body").map_or(self.body.as_str(), |(_, body)| body);
        let mut text = String::new();
        let mut is_markup = self.body.contains("<body");
        for character in body.chars() {
            match character {
                '<' => {
                    is_markup = true;
                    text.push(' ');
                }
                '>' => is_markup = false,
                _ if !is_markup => text.push(character),
                _ => {}
            }
        }
        let text = ["&#39;", "'", "&#60;", "<", "&#62;", ">", "&#34;", "\"", "&#38;", "&"]
            .chunks(2)
            .fold(text, |text, pair| text.replace(pair[0], pair[1]));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default()
    }

    /// The value that it gives to a cookie; empty when it clears it.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next()?.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// The role of somebody in the test school.
pub fn role(person: PersonId) -> Role {
    rows::role(person)
}

/// The device on which somebody's card lies.
pub fn device(person: PersonId) -> DeviceId {
    rows::device(person)
}

/// Somebody of each role.
pub const EVERYBODY: [PersonId; 7] = [PUPIL, GUARDIAN, TEACHER, OFFICER, HEAD, DIGITAL_LEAD, OPERATOR];

fn encode(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", crate::web::encode(name), crate::web::encode(value)))
        .collect();
    pairs.join("&")
}
