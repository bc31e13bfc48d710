use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{COOKIE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use base::clock::MINUTE_MS;
use base::token::Key;
use base::{Clock, DeviceId, PersonId, SchoolId, Ticket};

use super::*;

mod levers;
mod news;

const ROUTES: Routes = Routes {
    files: &["/assets/"],
    open: &["/sign-in"],
    lesson: &["/lesson/"],
    reading: &["/", "/timetable"],
};

/// A Tuesday, ten minutes before the bell of eight.
const NOW: Time = Time(1_617_688_200_000);
const BELL: Time = Time(NOW.0 + 10 * MINUTE_MS);

struct House {
    door: Door,
    clock: Clock,
    keys: Arc<Keyring>,
    revoked: Arc<Revoked>,
}

fn house(settings: DoorSettings) -> House {
    let keys = Arc::new(Keyring::new(&Key { id: 1, secret: [3; 32] }, &[]));
    let (clock, revoked) = (Clock::mock(NOW), Arc::new(Revoked::new()));
    let door = Door::new(DoorParts {
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        clock: clock.clone(),
        routes: ROUTES,
        settings,
        secure_cookies: true,
        listeners: Listeners::new(2),
    });
    House { door, clock, keys, revoked }
}

/// What came of a request.
struct Reply {
    is_served: bool,
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl House {
    /// Lessons of one bell with 30 people each; slots from 1 on.
    fn plan(&self, lessons: i64) {
        let lesson = |slot| Planned {
            slot: SlotId(slot),
            school: SchoolId(1),
            starts_at: BELL,
            ends_at: BELL + 55 * MINUTE_MS,
            enrolled: 30,
        };
        self.door.plan((1..=lessons).map(lesson).collect());
    }

    fn at(&self, time: Time) {
        self.clock.advance_ms(time.since_ms(self.clock.now()));
        self.door.handle_time(&[]);
    }

    fn card(&self, person: i64, role: Role) -> String {
        let card = Card {
            person: PersonId(person),
            school: SchoolId(1),
            device: DeviceId(person),
            role,
            epoch: 0,
            issued_at: NOW,
        };
        format!("card={}", card.seal(&self.keys))
    }

    async fn send(&self, method: Method, path: &str, cookies: &str) -> Reply {
        let request = Request::builder().method(method).uri(path).header(COOKIE, cookies);
        self.ask(request.body(()).unwrap()).await
    }

    async fn get(&self, path: &str, cookies: &str) -> Reply {
        self.send(Method::GET, path, cookies).await
    }

    async fn ask(&self, request: Request<()>) -> Reply {
        match self.door.decide(&request) {
            Decision::Serve(cookie) => {
                let mut headers = HeaderMap::new();
                headers.extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
                Reply { is_served: true, status: StatusCode::OK, headers, body: String::new() }
            }
            Decision::Answer(answer) => {
                let (parts, body) = answer.into_parts();
                let bytes = to_bytes(Body::new(body), usize::MAX).await.unwrap();
                let body = String::from_utf8(bytes.to_vec()).unwrap();
                Reply { is_served: false, status: parts.status, headers: parts.headers, body }
            }
        }
    }
}

impl Reply {
    /// The cookies that were set, as a browser sends them back.
    fn cookies(&self) -> String {
        let set = self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        set.filter_map(|value| value.split(';').next()).collect::<Vec<_>>().join("; ")
    }
}

/// Seats for one lesson of 30 at the floor, and no more.
fn narrow() -> DoorSettings {
    DoorSettings { ceiling_mbit_s: 3, floor_mbit_s: 3, ..DoorSettings::default() }
}

#[tokio::test]
async fn while_there_is_room_the_door_stands_open() {
    let house = house(DoorSettings::default());
    house.plan(4);
    house.at(BELL);
    let pupil = house.card(1, Role::Pupil);
    for path in ["/", "/timetable", "/lesson/1", "/lesson/99", "/account", "/assets/x.css"] {
        assert!(house.get(path, &pupil).await.is_served, "{path}");
    }
}

#[tokio::test]
async fn a_lesson_that_waits_says_so_and_enters_by_itself() {
    let house = house(narrow());
    house.plan(2);
    house.at(BELL - 60_000);
    let teacher = house.card(1, Role::Teacher);
    let mut served = Vec::new();
    for slot in [1, 2] {
        let reply = house.get(&format!("/lesson/{slot}"), &teacher).await;
        served.push(reply.is_served);
    }
    served.sort_unstable();
    assert_eq!(served, [false, true], "one lesson whole, the other waits");
    let waiting = if house.get("/lesson/1", &teacher).await.is_served { 2 } else { 1 };
    let path = format!("/lesson/{waiting}");
    let reply = house.get(&path, &teacher).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.headers.contains_key(RETRY_AFTER));
    assert!(reply.body.contains("Beaucoup de classes entrent en ce moment"), "{}", reply.body);
    assert!(reply.cookies().contains(&format!("came={waiting}")));
    let frontier = house.get("/frontier", "").await;
    assert!(frontier.body.contains(&format!("\"waiting\":[[{waiting},")), "{}", frontier.body);
    // The teacher of the other one never comes: its seats go to the one that waits.
    for second in 0..90 {
        house.at(BELL + second * 1_000);
    }
    assert!(house.get(&path, &format!("{teacher}; {}", reply.cookies())).await.is_served);
    assert!(!house.get("/frontier", "").await.body.contains(&format!("[{waiting},")));
}

#[tokio::test]
async fn who_is_early_for_a_lesson_with_seats_waits_in_its_lobby() {
    let house = house(narrow());
    house.plan(1);
    house.at(NOW);
    assert!(house.get("/lesson/1", &house.card(2, Role::Pupil)).await.is_served);
}

#[tokio::test]
async fn a_lesson_in_which_somebody_is_goes_on_after_a_restart() {
    let house = house(narrow());
    house.plan(2);
    house.clock.advance_ms(30 * MINUTE_MS);
    for slot in [1, 2] {
        house.door.handle_time(&[(SlotId(slot), 25)]);
        assert!(house.get(&format!("/lesson/{slot}"), &house.card(2, Role::Pupil)).await.is_served);
    }
}

#[tokio::test]
async fn the_frontier_is_signed_and_asked_for_again_for_nothing() {
    let house = house(DoorSettings::default());
    let first = house.get("/frontier", "").await;
    let tag = first.headers[ETAG].to_str().unwrap().to_owned();
    let (key, sum) = house.keys.sign(first.body.as_bytes());
    use base64::Engine;
    let sum = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sum);
    assert_eq!(tag, format!("\"{key}.{sum}\""));
    house.at(NOW + 1_000);
    let again = Request::builder().uri("/frontier").header(IF_NONE_MATCH, &tag).body(()).unwrap();
    let again = house.ask(again).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn strangers_get_their_share_and_those_who_are_known_theirs() {
    let house = house(DoorSettings { strangers_per_second: 3, ..DoorSettings::default() });
    let forged = format!("{}x", house.card(1, Role::Teacher));
    let mut served = 0;
    for _ in 0..1_000 {
        served += u32::from(house.get("/sign-in", &forged).await.is_served);
    }
    assert_eq!(served, 3);
    let reply = house.get("/sign-in", "").await;
    assert!(reply.body.contains("Un instant avant de vous connecter"));
    assert!(!reply.body.contains("/timetable"));
    assert!(house.get("/assets/a.css", "").await.is_served, "files are no more work than a refusal");
    assert!(house.get("/account", &house.card(1, Role::Teacher)).await.is_served);
    house.at(NOW + 1_000);
    assert!(house.get("/sign-in", "").await.is_served, "another second, another share");
}

#[tokio::test]
async fn a_revoked_card_is_a_strangers() {
    let house = house(DoorSettings { strangers_per_second: 1, ..DoorSettings::default() });
    let card = house.card(7, Role::Pupil);
    house.revoked.set_epoch(PersonId(7), 1);
    assert!(house.get("/account", &card).await.is_served);
    assert!(!house.get("/account", &card).await.is_served);
}

#[tokio::test]
async fn the_desk_fills_waits_and_keeps_the_place() {
    let settings = DoorSettings {
        desk_seats: 1,
        desk_school_seats: 1,
        readings_per_second: 1,
        ..DoorSettings::default()
    };
    let house = house(settings);
    let (first, second) = (house.card(1, Role::Guardian), house.card(2, Role::Guardian));
    let entered = house.get("/account", &first).await;
    assert!(entered.is_served && entered.cookies().starts_with("stay="));
    let first = format!("{first}; {}", entered.cookies());
    assert!(house.get("/account", &first).await.is_served, "a stay goes on");
    let told = house.get("/account", &second).await;
    assert!(!told.is_served && told.body.contains("Votre tour vient"));
    assert!(house.get("/", &second).await.is_served, "there is always something to read");
    assert!(!house.get("/", &second).await.is_served, "so many a second");
    let held = format!("{second}; {}", told.cookies());
    let shared = format!("{}; {}", house.card(3, Role::Guardian), told.cookies());
    house.at(NOW + 13 * MINUTE_MS);
    assert!(!house.get("/account", &shared).await.is_served, "a ticket of somebody else is worth nothing");
    assert!(house.get("/account", &held).await.is_served, "its turn");
    assert!(!house.get("/account", &first).await.is_served, "the session is over while others wait");
    let form = house.send(Method::POST, "/account/language", &first).await;
    assert!(form.is_served, "what was written in a form is not lost");
}

#[tokio::test]
async fn nonsense_in_tickets_is_no_ticket() {
    let settings = DoorSettings { desk_seats: 1, desk_school_seats: 1, ..DoorSettings::default() };
    let house = house(settings);
    assert!(house.get("/account", &house.card(1, Role::Pupil)).await.is_served);
    let card = house.card(2, Role::Pupil);
    let future = Ticket { person: PersonId(2), lane: 1, minute: u32::MAX }.seal(&house.keys, DESK);
    let old = Ticket { person: PersonId(2), lane: 1, minute: 5 }.seal(&house.keys, DESK);
    let other_lane = Ticket { person: PersonId(2), lane: 0, minute: 26_961_470 }.seal(&house.keys, DESK);
    let long = "A".repeat(1 << 20);
    for ticket in [future.as_str(), &old, &other_lane, &long, "", "é", "====", &card[5..]] {
        let request = Request::builder().uri("/account");
        let request = request
            .header(COOKIE, format!("{card}; ticket={ticket}; stay={ticket}; came={ticket}").as_bytes());
        let reply = house.ask(request.body(()).unwrap()).await;
        assert!(!reply.is_served, "{ticket:.40}");
    }
}

#[tokio::test]
async fn a_clock_that_jumps_harms_nobody() {
    let house = house(DoorSettings::default());
    house.plan(2);
    let pupil = house.card(1, Role::Pupil);
    for time in [BELL, NOW, Time(0), Time(i64::MAX / 4), NOW, BELL + MINUTE_MS] {
        house.at(time);
        house.get("/lesson/1", &pupil).await;
    }
    house.plan(2);
    house.at(BELL + 2 * MINUTE_MS);
    assert!(house.get("/account", &house.card(1, Role::Pupil)).await.is_served);
}

#[tokio::test]
async fn the_seed_of_a_day_is_told_when_the_day_is_over() {
    let house = house(DoorSettings::default());
    let today = day_of(NOW);
    for day in [today.to_string(), (today + 1).to_string(), "-1".into(), "x".into(), String::new()] {
        let told = house.get(&format!("/frontier/seed/{day}"), "").await;
        assert_eq!(told.body, format!("{{\"today\":{today},\"seed\":null}}"), "{day}");
    }
    house.at(NOW + DAY_MS);
    let told = house.get(&format!("/frontier/seed/{today}"), "").await;
    let hex: String = house.keys.seed_of_day(today).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(told.body.contains(&hex), "{}", told.body);
}

#[tokio::test]
async fn a_lesson_whose_teacher_is_late_has_its_lobby_and_opens_when_she_comes() {
    let house = house(DoorSettings::default());
    house.plan(1);
    for second in 0..1_800 {
        house.at(NOW + second * 1_000);
    }
    let (pupil, teacher) = (house.card(1, Role::Pupil), house.card(2, Role::Teacher));
    assert!(house.get("/lesson/1", &pupil).await.is_served, "twenty minutes into the hour");
    assert!(house.get("/frontier", "").await.body.contains("\"waiting\":[]"));
    assert!(house.get("/lesson/1", &teacher).await.is_served);
    assert!(house.door.may_open(SlotId(1)));
    house.door.handle_time(&[(SlotId(1), 2)]);
    assert!(house.get("/lesson/1", &pupil).await.is_served);
}
