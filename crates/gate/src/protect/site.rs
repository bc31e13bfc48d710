//! One protected site: who may come in now, asked before anything goes to its
//! upstream.
//!
//! The same parts as our own door's, of its own: a desk, waiting pages, the
//! strangers' share. Whoever is not in never reaches the upstream, but for the
//! paths that the operator let by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use admission::{Desk, DeskSettings, Hand, Lane, LaneFrontier, Message, Seed};
use arc_swap::ArcSwap;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use base::{SchoolId, Time, Visit};
use serde::Serialize;
use tracing::warn;

use super::counts::SiteCounts;
use super::fault::Fault;
use super::head::Asked;
use super::health::Health;
use super::introduce::{self, AskedVisit};
use super::oidc::RelyingParty;
use super::pass::PassMaker;
use super::ready::ReadySite;
use super::settings::{Identity, SiteSettings, is_plain};
use super::upstream::Upstream;
use super::{COOKIE_PREFIX, FRONTIER_PATH, SiteParts};
use crate::door::effort::{Asked as EffortAsked, Effort};
use crate::door::news::{NEWS_PATH, News, Said, Waiting, no_line};
use crate::door::page::{Maker, PageKey, Wait};
use crate::door::seats::{Comer, SeatCookies, Seats, Turn};
use crate::door::sheet::Sheet;
use crate::door::words::Waits;
use crate::door::{SPREAD_S, STRANGER_ASKS_S, cookies, day_of, only_read, preferred_lang};

/// A site and everything that it needs.
pub(crate) struct Site {
    pub(super) settings: SiteSettings,
    pub(super) parts: Arc<SiteParts>,
    pub(super) upstream: Upstream,
    /// Who tells who comes, where our card does not.
    pub(super) oidc: Option<RelyingParty>,
    pub(super) counts: SiteCounts,
    pub(super) upstream_health: Health,
    pub(super) revoke: Option<HeaderName>,
    pass: Option<(HeaderName, PassMaker)>,
    pub(super) seats: Seats,
    pub(super) effort: Effort,
    published: ArcSwap<Published>,
    news: News,
    maker: Maker,
    /// What the operator changed.
    hand: ArcSwap<Hand>,
    /// The day whose seed orders the waiting.
    day: AtomicI64,
    /// The second in which a fault was last logged.
    warned_s: AtomicI64,
    /// When the gate itself last asked the upstream, while it is down.
    pub(super) probed_at: AtomicI64,
}

/// What becomes of a request.
pub(super) enum Way {
    /// This is the answer.
    Answer(Response),
    /// It goes to the upstream.
    Forward(Grant),
}

/// What goes along with a request that may be sent on.
#[derive(Default)]
pub(super) struct Grant {
    /// Who; nobody on a path that needs no seat.
    pub(super) visit: Option<Visit>,
    /// A new stay, for the answer.
    pub(super) stay: Option<HeaderValue>,
}

/// What everybody may know of this second.
struct Published {
    object: Object,
    said: Said,
    sheet: Sheet,
}

#[derive(Clone, PartialEq, Serialize)]
struct Object {
    at: Time,
    lanes: Vec<LaneFrontier>,
    strangers: Option<EffortAsked>,
    /// What the operator says to those who wait.
    message: Option<Message>,
    is_shut: bool,
    /// No lesson waits here.
    waiting: [(); 0],
}

impl Site {
    pub(super) fn new(ready: ReadySite, parts: Arc<SiteParts>) -> Site {
        let ReadySite { settings, tls, oidc } = ready;
        let now = parts.clock.now();
        let day = day_of(now);
        let desk = Desk::new(desk_settings(&settings), Seed(parts.keys.seed_of_day(day)), now);
        let object = Object {
            at: now,
            lanes: desk.frontier(),
            strangers: None,
            message: None,
            is_shut: false,
            waiting: [],
        };
        let cookies = SeatCookies { stay: STAY, ticket: TICKET, place: PLACE, is_secure: parts.is_secure() };
        let header = |name: &str| HeaderName::from_bytes(name.as_bytes()).ok();
        let pass = header(&settings.pass_header)
            .map(|name| (name, PassMaker::new(&settings.pass_secret, &parts.base_url, &settings.name)));
        let oidc = oidc
            .map(|client| RelyingParty::new(client, (&settings.name, &parts.base_url), parts.clock.clone()));
        Site {
            oidc,
            upstream: Upstream::new(settings.upstream_address().to_owned(), tls, settings.limits.clone()),
            counts: SiteCounts::new(&settings.name),
            upstream_health: Health::default(),
            revoke: header(&settings.revoke_header),
            pass,
            seats: Seats::new(&settings.name, cookies, desk),
            effort: Effort::new(settings.strangers_per_second),
            published: ArcSwap::from_pointee(Published {
                sheet: Sheet::new(&object, &parts.keys),
                object,
                said: Said::default(),
            }),
            news: News::new(parts.listeners.clone()),
            maker: Maker::new(&parts.time_zone).of_site(settings.shown(), FRONTIER_PATH, COOKIE_PREFIX),
            hand: ArcSwap::default(),
            day: AtomicI64::new(day),
            warned_s: AtomicI64::new(0),
            probed_at: AtomicI64::new(0),
            settings,
            parts,
        }
    }

    /// Whether a request comes from somebody with a card: what was given to a stranger is none.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        let visit = introduce::read_visit(self, headers, self.parts.clock.now());
        matches!(visit, Some(Visit::Known(_)))
    }

    /// Decides on a request.
    pub(super) fn decide(&self, asked: &Asked) -> Way {
        let path = asked.target.path();
        if path.starts_with(FRONTIER_PATH)
            && let Some(told) = only_read(&asked.method)
        {
            return Way::Answer(told);
        }
        if path == FRONTIER_PATH {
            self.counts.polls.increment(1);
            return Way::Answer(self.published.load().sheet.answer(&asked.headers));
        }
        if path.strip_prefix(FRONTIER_PATH) == Some(NEWS_PATH) {
            let visit = introduce::read_visit(self, &asked.headers, self.parts.clock.now());
            return Way::Answer(
                visit.map_or_else(no_line, |visit| self.news.answer(visit.person(), asked.target.query())),
            );
        }
        if let Some(answer) = introduce::arrive(self, asked) {
            return Way::Answer(answer);
        }
        if self.is_let_by(path) {
            return Way::Forward(Grant::default());
        }
        let now = self.parts.clock.now();
        let visit = match introduce::find_visit(self, asked, now) {
            AskedVisit::Known(visit) => visit,
            AskedVisit::Answer(answer) => return Way::Answer(answer),
            AskedVisit::Shed => {
                self.counts.shed.increment(1);
                return Way::Answer(self.wait(asked, Wait::of(Waits::Stranger, None, STRANGER_ASKS_S), 0));
            }
        };
        let lane = Lane::of(visit.role());
        if !self.settings.lanes.contains(&lane) {
            self.counts.refused.increment(1);
            return Way::Answer(self.show(Fault::WrongLane, &asked.headers));
        }
        self.ask_seat(asked, visit, lane, now)
    }

    fn ask_seat(&self, asked: &Asked, visit: Visit, lane: Lane, now: Time) -> Way {
        let school = match visit {
            Visit::Known(card) => card.school,
            // Strangers share the quota of a school that is none.
            Visit::Stranger(_) => SchoolId(0),
        };
        let comer = Comer { person: visit.person(), school, lane, is_form: !asked.method.is_safe() };
        match self.seats.ask(now, &self.parts.keys, comer, &asked.headers) {
            Turn::In(stay) => Way::Forward(Grant { visit: Some(visit), stay }),
            Turn::Wait { cookies, ask_s, outlook } => {
                self.counts.waits.increment(1);
                let spread = visit.person().0.unsigned_abs() % SPREAD_S;
                let wait = Wait::for_seat(now, outlook, ask_s);
                let mut answer = self.wait(asked, wait, u8::try_from(spread).unwrap_or(0));
                answer.headers_mut().extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
                Way::Answer(answer)
            }
        }
    }

    /// The page of somebody who waits.
    fn wait(&self, asked: &Asked, wait: Wait, spread_s: u8) -> Response {
        let lang = preferred_lang(&asked.headers);
        let key = PageKey { lang, wait, knows_card: false, spread_s };
        let now = self.parts.clock.now();
        let published = self.published.load();
        let make = |key: &PageKey| self.maker.make(now, key, &published.said);
        published.sheet.page(key, make).answer(&asked.headers)
    }

    /// The page of a fault, counted and, if it is the upstream's, logged.
    pub(super) fn show(&self, fault: Fault, headers: &HeaderMap) -> Response {
        self.note(fault);
        fault.answer(preferred_lang(headers), self.settings.shown())
    }

    /// Counts a fault; the log hears of the upstream's once a second at most.
    pub(super) fn note(&self, fault: Fault) {
        let Some(reason) = fault.of_upstream() else { return };
        self.counts.fault();
        self.upstream_health.fail(self.parts.clock.now(), reason);
        if self.may_warn() {
            warn!(site = self.settings.name, upstream = self.settings.upstream, "{fault}");
        }
    }

    /// A request goes to the upstream.
    pub(super) fn note_forwarded(&self) {
        self.counts.forward();
        self.upstream_health.ask(|| self.parts.clock.now());
    }

    /// The upstream gave a whole answer.
    pub(super) fn note_answered(&self) {
        self.upstream_health.succeed(|| self.parts.clock.now());
    }

    /// Once a second, so that a fault of everybody does not fill the disk.
    pub(super) fn may_warn(&self) -> bool {
        let second = self.parts.clock.now().0.div_euclid(1_000);
        self.warned_s.swap(second, Ordering::Relaxed) != second
    }

    /// The name of the pass's header, and the pass of whoever comes.
    pub(super) fn pass(&self, visit: Option<&Visit>) -> Option<(&HeaderName, Option<String>)> {
        let (name, maker) = self.pass.as_ref()?;
        Some((name, visit.map(|visit| maker.make(visit, self.parts.clock.now()))))
    }

    /// The upstream ended somebody's session; the cookie that says so to their browser.
    pub(super) fn revoke(&self, visit: Option<&Visit>) -> Option<HeaderValue> {
        self.seats.end(visit?.person());
        self.counts.revoked.increment(1);
        HeaderValue::try_from(format!("{STAY}=; SameSite=Lax; Path=/; Max-Age=0; HttpOnly")).ok()
    }

    /// A cookie of the gate's at the site, until tomorrow.
    pub(super) fn cookie(&self, name: &str, value: &str) -> Option<HeaderValue> {
        cookies::for_a_day(name, value, true, self.parts.is_secure())
    }

    /// The operator pulled a lever.
    pub(super) fn handle_hand(&self, hand: &Hand) {
        let own = hand.site(&self.settings.name);
        self.seats.with_desk(|desk| desk.set_seats(own.seats.unwrap_or(self.settings.seats).max(1)));
        let now = self.parts.clock.now();
        let is_down = self.upstream_health.down_since(now).is_some();
        self.seats.handle_hand(now, hand, self.is_paused(hand) || is_down);
        self.hand.store(Arc::new(hand.clone()));
    }

    fn is_paused(&self, hand: &Hand) -> bool {
        hand.is_shut() || hand.site(&self.settings.name).is_paused
    }

    /// Whether the operator lets nobody new in.
    pub(super) fn is_paused_by_hand(&self) -> bool {
        self.is_paused(&self.hand.load())
    }

    /// The clock, every second.
    pub(super) fn handle_time(&self) {
        let now = self.parts.clock.now();
        self.effort.handle_second();
        self.upstream.handle_time();
        self.oidc.iter().for_each(RelyingParty::handle_time);
        let day = day_of(now);
        if self.day.swap(day, Ordering::Relaxed) != day {
            let seed = Seed(self.parts.keys.seed_of_day(day));
            self.seats.with_desk(|desk| *desk = Desk::new(desk_settings(&self.settings), seed, now));
            self.handle_hand(&self.hand.load());
        }
        let hand = self.hand.load();
        // A pause is lifted by hand, whatever the site does meanwhile.
        let (is_paused, down_since) = (self.is_paused(&hand), self.upstream_health.down_since(now));
        let down_since = down_since.filter(|_| !is_paused);
        let is_shut = is_paused || down_since.is_some();
        self.seats.with_desk(|desk| desk.set_paused(is_shut));
        self.seats.handle_time(now);
        let (lanes, inside) = self.seats.with_desk(|desk| (desk.frontier(), desk.inside()));
        self.counts.inside.set(f64::from(inside));
        let before = self.published.load();
        let strangers = self.effort.asked(now, &self.parts.keys);
        let said = before.said.next(now, (hand.message.clone(), is_shut, down_since));
        let message = said.message.clone();
        let object = Object { at: before.object.at, lanes, strangers, message, is_shut, waiting: [] };
        let next = if object == before.object {
            Published { object, said, sheet: before.sheet.renewed() }
        } else {
            let object = Object { at: now, ..object };
            Published { sheet: Sheet::new(&object, &self.parts.keys), said, object }
        };
        let next = Arc::new(next);
        self.published.store(Arc::clone(&next));
        // After the pages: whoever hears it may load theirs anew.
        self.news.tell(&next.said, &Waiting::default());
    }

    /// Whether a path needs no seat. One that a server could read as another path does.
    fn is_let_by(&self, path: &str) -> bool {
        let mut prefixes = self.settings.bypass.iter();
        prefixes.any(|prefix| path.starts_with(prefix.as_str())) && is_plain(path)
    }

    /// Whether the gate's cookie of this name and value is not the upstream's business.
    pub(super) fn is_own_cookie(&self, name: &str, value: &str) -> bool {
        name.starts_with(COOKIE_PREFIX)
            || (name == "card" && base::Card::open(&self.parts.keys, value, self.parts.clock.now()).is_ok())
    }

    pub(super) fn is_for_strangers(&self) -> bool {
        self.settings.identity == Identity::Stranger
    }
}

/// Whether a request is a page that somebody looks at: it may be sent on a detour.
pub(super) fn is_navigation(asked: &Asked) -> bool {
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    is_read && asked.headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate")
}

fn desk_settings(settings: &SiteSettings) -> DeskSettings {
    DeskSettings {
        seats: settings.seats,
        school_seats: settings.school_seats.min(settings.seats),
        session_ms: i64::from(settings.session_s) * 1_000,
    }
}

/// The signed stay of somebody inside.
const STAY: &str = "preau_stay";
/// The signed ticket of somebody who waits.
const TICKET: &str = "preau_ticket";
/// The same place in the open, for the waiting page's script.
const PLACE: &str = "preau_place";
