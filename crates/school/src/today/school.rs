//! The day of those who look after the school, and of those without lessons.

use askama::Template;
use axum::response::Response;
use base::Role;
use base::limits::LOBBY_OPENS_BEFORE_MS;
use jiff::civil::Date;
use store::params;

use super::rules::{self, ASK_AGAIN_MS_MIN, Lesson};
use super::store::{LIST_OF_SCHOOL, LIST_WAITING_OF_SCHOOL};
use super::words;
use crate::context::App;
use crate::limits::{LESSON_KNOWN_MS, ROLL_CALLS_WAIT_MS};
use crate::planned::{Phase, Planned};
use crate::web::{Caller, Frame, PageError, page};

#[derive(Template)]
#[template(path = "today/school.html")]
struct SchoolPage {
    frame: Frame,
    dates: Dates,
    /// Held now, or that should be; those without a teacher first.
    on: Vec<Lesson>,
    soon: Vec<Lesson>,
    waiting: Vec<Planned>,
    stale_in_ms: i64,
}

#[derive(Template)]
#[template(path = "today/calm.html")]
struct CalmPage {
    frame: Frame,
    dates: Dates,
    hands_out_cards: bool,
}

/// The date, as the head of the page shows it.
struct Dates {
    today: Date,
}

/// The lessons held now in the school, and the roll calls that are missing.
pub(super) async fn show(app: &App, caller: &Caller, frame: Frame) -> Result<Response, PageError> {
    let (now, school) = (app.clock.now(), caller.school());
    let (since, until) = (now - LESSON_KNOWN_MS, now + LOBBY_OPENS_BEFORE_MS + 1);
    let found: Vec<Planned> = app.store.rows(LIST_OF_SCHOOL, &params![school, since, until]).await?;
    let lessons = found.into_iter().map(|planned| {
        let standing = planned.standing(now, &app.live);
        Lesson { planned, standing, is_mine: false }
    });
    let lessons: Vec<Lesson> = lessons.collect();
    let today = frame.calendar.date(now);
    let midnight = frame.calendar.start_of(today.tomorrow().unwrap_or(today));
    let stale_in_ms = rules::next_change_ms(lessons.iter(), midnight, now, ASK_AGAIN_MS_MIN);
    let (on, soon) = split(lessons);
    let since = now - ROLL_CALLS_WAIT_MS;
    let mut waiting: Vec<Planned> =
        app.store.rows(LIST_WAITING_OF_SCHOOL, &params![school, since, now]).await?;
    waiting.retain(|lesson| lesson.standing(now, &app.live).phase == Phase::Over);
    page(&SchoolPage { frame, dates: Dates { today }, on, soon, waiting, stale_in_ms })
}

/// The page of roles that hold and attend no lessons.
pub(super) fn show_calm(app: &App, caller: &Caller, frame: Frame) -> Result<Response, PageError> {
    let dates = Dates { today: frame.calendar.date(app.clock.now()) };
    page(&CalmPage { frame, dates, hands_out_cards: caller.role() == Role::DigitalLead })
}

/// Roll calls named on this page; the others are on their own.
const WAITING_NAMED: usize = 5;

/// Lessons that are on, those without a teacher first, and lessons that come.
fn split(lessons: Vec<Lesson>) -> (Vec<Lesson>, Vec<Lesson>) {
    let (mut on, rest): (Vec<Lesson>, Vec<Lesson>) =
        lessons.into_iter().partition(|lesson| lesson.standing.is_on());
    on.sort_by_key(|lesson| lesson.standing.is_open() && !lesson.standing.is_paused);
    let soon = rest.into_iter().filter(|lesson| lesson.standing.phase == Phase::Lobby).collect();
    (on, soon)
}

impl SchoolPage {
    fn open(&self) -> usize {
        self.on.iter().filter(|lesson| lesson.standing.is_open()).count()
    }
}
