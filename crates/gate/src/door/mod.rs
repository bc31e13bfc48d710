//! The door: who may come in now, decided before the application sees a request.
//!
//! The order of work is: address, card (one keyed hash), the frontier in memory,
//! then either the application in the same process or an answer made ready. A
//! refusal asks no database and leaves nothing behind. The rules are the crate
//! `admission`'s; here they are asked, once a second told the time, and their
//! frontier is published.

pub(crate) mod cookies;
mod counts;
pub(crate) mod effort;
mod foreign;
mod hand;
pub(crate) mod news;
pub(crate) mod page;
mod published;
mod routes;
pub(crate) mod seats;
mod settings;
pub(crate) mod sheet;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admission::{
    Admission, Arrival, Budget, Cause, Desk, DeskSettings, Hand, Ladder, Lane, LaneFrontier, LessonWaiting,
    Measured, Moment, Planned, Seed, Settings,
};
use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::header::{ACCEPT_LANGUAGE, ALLOW, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use base::clock::{DAY_MS, HOUR_MS};
use base::token::DESK;
use base::{Card, Keyring, Lang, LessonWait, Level, Revoked, Role, SlotId, Time};

use cookies::find as cookie;
use counts::Counts;
use effort::Effort;
use foreign::Foreign;
use news::{NEWS_PATH, News, Said, no_line};
use page::{Maker, PageKey, Wait};
use published::Published;
use routes::Way;
use seats::{Comer, SeatCookies, Seats, Turn};
use words::Waits;

pub use foreign::DoorPolicy;
pub use news::Listeners;
pub use routes::Routes;
pub use settings::DoorSettings;

/// What a door is made of.
pub struct DoorParts {
    /// The keys of cards, tickets and stays.
    pub keys: Arc<Keyring>,
    /// Cards that are void although signed.
    pub revoked: Arc<Revoked>,
    /// The time.
    pub clock: base::Clock,
    /// Which address is what.
    pub routes: Routes,
    /// How much there is to give.
    pub settings: DoorSettings,
    /// Cookies are for TLS only.
    pub secure_cookies: bool,
    /// Who of those that wait may keep a line.
    pub listeners: Listeners,
}

/// The door of this process. Cloning shares it.
#[derive(Clone)]
pub struct Door {
    shared: Arc<Shared>,
}

struct Shared {
    parts: DoorParts,
    core: Mutex<Core>,
    desk: Seats,
    /// Who came to a lesson's door since the last second.
    arrivals: Mutex<Vec<Arrival>>,
    published: ArcSwap<Published>,
    news: News,
    maker: Maker,
    counts: Counts,
    effort: Effort,
    /// Who decides instead of us, to be compared.
    foreign: Option<Foreign>,
    /// Pages for reading still to be served in this second.
    readings_left: AtomicI64,
    /// The last seconds, and the lessons that wait in the last of them: for the control room.
    seen: Mutex<(VecDeque<Moment>, Vec<LessonWaiting>)>,
}

/// The rules of lessons, and what they decide on.
struct Core {
    day: i64,
    admission: Admission,
    budget: Budget,
    /// Lessons in which somebody was seen.
    held: Vec<SlotId>,
    hand: Hand,
}

/// What becomes of a request.
pub enum Decision {
    /// The application answers; the cookie goes out with its answer.
    Serve(Option<HeaderValue>),
    /// This is the answer.
    Answer(Response),
}

/// Who asks.
struct Asker {
    card: Option<Card>,
    /// A card was shown, and is forged, out of date or revoked.
    has_void_card: bool,
    lang: Lang,
}

impl Door {
    /// A door for an empty timetable.
    pub fn new(parts: DoorParts) -> Door {
        let now = parts.clock.now();
        let core = Core::new(&parts, now);
        let desk = Seats::new(DESK, desk_cookies(parts.secure_cookies), new_desk(&parts, now));
        let lanes = desk.with_desk(|desk| desk.frontier());
        let news = News::new(parts.listeners.clone());
        let published =
            Published::new(core.admission.frontier(now, lanes), None, Said::default(), &parts.keys);
        let (strangers, readings) = (parts.settings.strangers_per_second, parts.settings.readings_per_second);
        Door {
            shared: Arc::new(Shared {
                maker: Maker::new(&parts.settings.time_zone),
                core: Mutex::new(core),
                desk,
                arrivals: Mutex::default(),
                published: ArcSwap::from_pointee(published),
                news,
                counts: Counts::new(),
                effort: Effort::new(strangers),
                foreign: Foreign::new(&parts.settings),
                readings_left: AtomicI64::new(i64::from(readings)),
                seen: Mutex::default(),
                parts,
            }),
        }
    }

    /// Takes lessons of the timetable in; those that are known stay as they are.
    pub fn plan(&self, lessons: Vec<Planned>) {
        lock(&self.shared.core).admission.plan(lessons);
    }

    /// The clock, every second, with the people seen in each lesson that is held:
    /// what a second may serve is given anew, lessons open, and the frontier is published.
    pub fn handle_time(&self, present: &[(SlotId, u32)]) {
        let shared = &*self.shared;
        let now = shared.parts.clock.now();
        let settings = &shared.parts.settings;
        shared.effort.handle_second();
        let asked = shared.effort.asked(now, &shared.parts.keys);
        shared.readings_left.store(settings.readings_per_second.into(), Ordering::Relaxed);
        let mut core = lock(&shared.core);
        let is_new_day = day_of(now) != core.day;
        if is_new_day {
            let hand = std::mem::take(&mut core.hand);
            *core = Core::new(&shared.parts, now);
            core.handle_hand(now, hand, &shared.parts.settings);
        }
        // A statement of its own: within the loop's head the lock would be held to its end.
        let arrivals = std::mem::take(&mut *lock(&shared.arrivals));
        let came = arrivals.iter().filter(|arrival| arrival.is_first).count() as u64;
        for arrival in arrivals {
            core.admission.handle_arrival(now, arrival);
        }
        core.handle_time(now, present);
        let lanes = self.handle_desk_time(now, is_new_day, &core.hand);
        let mut frontier = core.admission.frontier(now, lanes);
        self.note_moment(now, came, &frontier, &core);
        let is_full = core.admission.is_full();
        let (message, is_shut) = (core.hand.message.clone(), core.hand.is_shut());
        drop(core);
        let before = shared.published.load();
        let said = before.said.next(now, (message, is_shut, None));
        frontier.at = before.frontier.at;
        let is_same = frontier == before.frontier && asked == before.asked && said == before.said;
        let mut next = if is_same {
            before.renewed()
        } else {
            frontier.at = now;
            Published::new(frontier, asked, said, &shared.parts.keys)
        };
        next.is_full = is_full;
        let next = Arc::new(next);
        shared.published.store(Arc::clone(&next));
        // After the pages: whoever hears it may load theirs anew.
        shared.news.tell(&next.said, &next.waiting);
    }

    fn handle_desk_time(&self, now: Time, is_new_day: bool, hand: &Hand) -> Vec<LaneFrontier> {
        let seats = &self.shared.desk;
        if is_new_day {
            seats.with_desk(|desk| *desk = new_desk(&self.shared.parts, now));
            seats.handle_hand(now, hand, hand.is_shut());
        }
        seats.handle_time(now);
        seats.with_desk(|desk| {
            self.shared.counts.desk_inside.set(f64::from(desk.inside()));
            desk.frontier()
        })
    }

    /// What the node measured over the last window.
    pub fn handle_measure(&self, measured: Measured) {
        let now = self.shared.parts.clock.now();
        let mut core = lock(&self.shared.core);
        core.budget.handle_measure(now, measured);
        let budget = core.budget.kbit_s();
        core.admission.handle_budget(now, budget);
    }

    /// Whether a teacher may open a lesson now: it has its seats, or there are
    /// some free. A lesson that the timetable does not know yet may.
    pub fn may_open(&self, slot: SlotId) -> bool {
        if self.shared.foreign.is_some() {
            return true;
        }
        let now = self.shared.parts.clock.now();
        let mut core = lock(&self.shared.core);
        core.admission.find_lesson(slot).is_none() || core.admission.handle_early_opening(now, slot)
    }

    /// What a lesson waits for, as it is published; none: for nothing.
    pub fn find_wait(&self, slot: SlotId) -> Option<LessonWait> {
        let published = self.shared.published.load();
        published.waiting(slot).filter(|_| self.shared.foreign.is_none())?;
        Some(if published.said.is_shut { LessonWait::Pause } else { LessonWait::Seats })
    }

    /// The rung of each of these lessons; one that the timetable does not know has all.
    pub fn levels(&self, present: &[(SlotId, u32)]) -> Vec<(SlotId, Level)> {
        if self.shared.foreign.is_some() {
            return present.iter().map(|(slot, _)| (*slot, Level::Cameras)).collect();
        }
        let core = lock(&self.shared.core);
        let level = |slot| core.admission.find_lesson(slot).map_or(Level::Cameras, |lesson| lesson.level);
        present.iter().map(|(slot, _)| (*slot, level(*slot))).collect()
    }

    /// Decides on a request, before anything else looks at it.
    pub fn decide<B>(&self, request: &Request<B>) -> Decision {
        let shared = &*self.shared;
        let path = request.uri().path();
        if path.starts_with(FRONTIER_PATH)
            && let Some(told) = only_read(request.method())
        {
            return Decision::Answer(told);
        }
        if path == FRONTIER_PATH {
            shared.counts.polls.note();
            return Decision::Answer(shared.published.load().sheet.answer(request.headers()));
        }
        if path.strip_prefix(FRONTIER_PATH) == Some(NEWS_PATH) {
            let card = self.asker(request.headers()).card;
            let answer = |card: Card| shared.news.answer(card.person, request.uri().query());
            return Decision::Answer(card.map_or_else(no_line, answer));
        }
        if let Some(day) = path.strip_prefix(SEED_PATH) {
            return Decision::Answer(self.tell_seed(day));
        }
        let way = shared.parts.routes.way(path);
        if way == Way::File {
            return Decision::Serve(None);
        }
        let asker = self.asker(request.headers());
        let Some(card) = asker.card else { return self.decide_stranger(request, &asker) };
        let decision = match way {
            // Whoever mends a full house must get into it.
            _ if card.role == Role::Operator => Decision::Serve(None),
            Way::File | Way::Open => Decision::Serve(None),
            Way::Lesson(slot) => self.decide_lesson(request, &asker, &card, slot),
            Way::Reading if shared.readings_left.fetch_sub(1, Ordering::Relaxed) > 0 => Decision::Serve(None),
            Way::Reading | Way::Desk => self.decide_desk(request, &asker, &card),
        };
        if matches!(decision, Decision::Serve(_)) {
            shared.counts.served.note();
        }
        decision
    }

    /// The seed of a day that is over: with it and the timetable anybody can draw
    /// its ranks again, and see that nobody was preferred.
    fn tell_seed(&self, day: &str) -> Response {
        let parts = &self.shared.parts;
        let today = day_of(parts.clock.now());
        let body = match day.parse::<i64>().ok().filter(|day| (0..today).contains(day)) {
            Some(day) => {
                let seed = parts.keys.seed_of_day(day);
                let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{{\"day\":{day},\"seed\":\"{hex}\"}}")
            }
            None => format!("{{\"today\":{today},\"seed\":null}}"),
        };
        let mut response = Response::new(body.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// Somebody without a card: so many a second, whatever their number, and in a
    /// flood those first who worked for it.
    fn decide_stranger<B>(&self, request: &Request<B>, asker: &Asker) -> Decision {
        let shared = &*self.shared;
        let (now, keys) = (shared.parts.clock.now(), &shared.parts.keys);
        if shared.effort.serves(now, keys, cookie(request.headers(), EFFORT)) {
            shared.counts.served.note();
            return Decision::Serve(None);
        }
        shared.counts.refuse(if asker.has_void_card { Cause::VoidCard } else { Cause::Stranger });
        self.wait(request.headers(), asker, Wait::of(Waits::Stranger, None, STRANGER_ASKS_S))
    }

    /// The class page of a lesson. Decided on what was published; the books hear
    /// of the arrival within a second, and nobody waits for them.
    fn decide_lesson<B>(&self, request: &Request<B>, asker: &Asker, card: &Card, slot: SlotId) -> Decision {
        let shared = &*self.shared;
        let now = shared.parts.clock.now();
        if let Some(foreign) = &shared.foreign {
            return foreign.decide(now, card.person).map_or(Decision::Serve(None), |told| {
                shared.counts.refuse(Cause::Lesson);
                Decision::Answer(told)
            });
        }
        let has_come = cookie(request.headers(), CAME).and_then(|text| text.parse().ok()) == Some(slot.0);
        let published = shared.published.load();
        let waiting = published.waiting(slot);
        let is_lead = card.role == Role::Teacher;
        if !has_come || (waiting.is_none() && is_lead) {
            let mut arrivals = lock(&shared.arrivals);
            if arrivals.len() < ARRIVALS_MAX {
                arrivals.push(Arrival { slot, is_lead, is_first: !has_come });
            }
        }
        let opens_at = match waiting {
            Some(opens_at) => opens_at,
            None if published.is_full => Some(now + admission::limits::MOMENT_MS),
            None => return Decision::Serve(None),
        };
        shared.counts.refuse(Cause::Lesson);
        let (waits, ask_s) = match opens_at {
            Some(at) if at > now => (Waits::LessonAt, seconds_until(now, at)),
            Some(_) => (Waits::LessonSoon, OVERDUE_ASKS_S),
            None => (Waits::Lesson, UNPROMISED_ASKS_S),
        };
        let until = opens_at.filter(|_| waits == Waits::LessonAt);
        let decision = self.wait(request.headers(), asker, Wait::of(waits, until, ask_s));
        if has_come { decision } else { self.with_came(decision, slot) }
    }

    /// A page of the desk.
    fn decide_desk<B>(&self, request: &Request<B>, asker: &Asker, card: &Card) -> Decision {
        let shared = &*self.shared;
        let headers = request.headers();
        let comer = Comer {
            person: card.person,
            school: card.school,
            lane: Lane::of(Some(card.role)),
            is_form: !matches!(*request.method(), Method::GET | Method::HEAD),
        };
        let now = shared.parts.clock.now();
        match shared.desk.ask(now, &shared.parts.keys, comer, headers) {
            Turn::In(stay) => Decision::Serve(stay),
            Turn::Wait { cookies, ask_s, outlook } => {
                shared.counts.refuse(Cause::Desk);
                let mut decision = self.wait(headers, asker, Wait::for_seat(now, outlook, ask_s));
                if let Decision::Answer(answer) = &mut decision {
                    answer.headers_mut().extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
                }
                decision
            }
        }
    }

    /// The page of somebody who waits.
    fn wait(&self, headers: &HeaderMap, asker: &Asker, wait: Wait) -> Decision {
        let shared = &*self.shared;
        let spread = asker.card.map_or(0, |card| card.person.0.unsigned_abs() % SPREAD_S);
        let key = PageKey {
            lang: asker.lang,
            wait,
            knows_card: asker.card.is_some(),
            spread_s: u8::try_from(spread).unwrap_or(0),
        };
        let now = shared.parts.clock.now();
        let published = shared.published.load();
        let make = |key: &PageKey| shared.maker.make(now, key, &published.said);
        let page = published.sheet.page(key, make);
        Decision::Answer(page.answer(headers))
    }

    /// Nobody is kept on a line any more: the server stops.
    pub(crate) fn end_listening(&self) {
        self.shared.parts.listeners.end();
    }

    /// Whether a request brings a card of ours that is not void.
    pub(crate) fn knows<B>(&self, request: &Request<B>) -> bool {
        self.asker(request.headers()).card.is_some()
    }

    fn asker(&self, headers: &HeaderMap) -> Asker {
        let parts = &self.shared.parts;
        let shown = cookie(headers, "card");
        let card = shown
            .and_then(|text| Card::open(&parts.keys, text, parts.clock.now()).ok())
            .filter(|card| !parts.revoked.is_card_void(card));
        let lang = preferred_lang(headers);
        Asker { has_void_card: shown.is_some() && card.is_none(), card, lang }
    }

    fn with_came(&self, mut decision: Decision, slot: SlotId) -> Decision {
        let cookie = cookies::for_a_day(CAME, &slot.to_string(), false, self.shared.parts.secure_cookies);
        if let (Decision::Answer(answer), Some(cookie)) = (&mut decision, cookie) {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        decision
    }
}

impl Core {
    fn new(parts: &DoorParts, now: Time) -> Core {
        let settings = &parts.settings;
        let day = day_of(now);
        let seed = Seed(parts.keys.seed_of_day(day));
        let budget = Budget::new(settings.ceiling_kbit_s(), settings.floor_kbit_s());
        let decided = Settings { ladder: Ladder::CLASS, seed, budget_kbit_s: budget.kbit_s() };
        Core { day, admission: Admission::new(decided, now), budget, held: Vec::new(), hand: Hand::default() }
    }

    fn handle_time(&mut self, now: Time, present: &[(SlotId, u32)]) {
        let seen: HashSet<SlotId> = present.iter().map(|(slot, _)| *slot).collect();
        for slot in std::mem::take(&mut self.held) {
            if !seen.contains(&slot) {
                self.admission.handle_presence(now, slot, 0);
            }
        }
        for (slot, people) in present {
            self.admission.handle_presence(now, *slot, *people);
            self.held.push(*slot);
        }
        self.admission.handle_time(now);
    }
}

fn new_desk(parts: &DoorParts, now: Time) -> Desk {
    let (settings, seed) = (&parts.settings, Seed(parts.keys.seed_of_day(day_of(now))));
    let settings = DeskSettings {
        seats: settings.desk_seats,
        school_seats: settings.desk_school_seats,
        session_ms: admission::limits::DESK_SESSION_MS,
    };
    Desk::new(settings, seed, now)
}

fn desk_cookies(is_secure: bool) -> SeatCookies {
    SeatCookies { stay: "stay", ticket: "ticket", place: "place", is_secure }
}

/// The language of a page that the gate makes.
pub(crate) fn preferred_lang(headers: &HeaderMap) -> Lang {
    cookie(headers, "lang")
        .and_then(Lang::from_tag)
        .or_else(|| headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(Lang::preferred))
        .unwrap_or_default()
}

/// A thread that panicked left nothing half done that the next second does not set right.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The day of a timetable: it begins at two in the morning (UTC), when nobody has a lesson.
pub(crate) fn day_of(now: Time) -> i64 {
    (now.0 - 2 * HOUR_MS).div_euclid(DAY_MS)
}

pub(crate) fn seconds_until(now: Time, at: Time) -> u32 {
    u32::try_from(at.since_ms(now).div_euclid(1_000) + 1).unwrap_or(1)
}

/// What is published is read, and nothing else: the answer to whoever would do more.
pub(crate) fn only_read(method: &Method) -> Option<Response> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(response)
}

/// Where the frontier is published; its news and the seeds are below it.
const FRONTIER_PATH: &str = "/frontier";

/// Where the seeds of days that are over are told; the number of the day follows.
const SEED_PATH: &str = "/frontier/seed/";

/// The lesson at whose door somebody was counted. Worth nothing to forge.
const CAME: &str = "came";

/// What a stranger's device worked out; the page's script writes it.
const EFFORT: &str = "effort";

/// Arrivals noted in one second: everybody of a region at once. The rest is counted
/// when it is seen in class.
const ARRIVALS_MAX: usize = 1 << 20;

/// Without a promise: the page looks again after this, then less and less often.
const UNPROMISED_ASKS_S: u32 = 40;

/// The promised time is past, which takes a capacity that fell.
const OVERDUE_ASKS_S: u32 = 10;

/// A stranger asks again after this.
pub(crate) const STRANGER_ASKS_S: u32 = 10;

/// Pages that reload without a script are spread over so many seconds.
pub(crate) const SPREAD_S: u64 = 8;
