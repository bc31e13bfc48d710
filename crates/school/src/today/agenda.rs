//! The day of those who have lessons: pupil, teacher, and the pupils of a guardian.

use askama::Template;
use axum::response::Response;
use base::{PersonId, Time};
use jiff::civil::Date;
use store::{FromRow, params};

use super::rules::{self, ASK_AGAIN_MS_MIN, Day, Lesson};
use super::store::{
    Child, FIND_NEXT_OF_CHILDREN, FIND_NEXT_OF_PUPIL, FIND_NEXT_OF_TEACHER, LIST_CHILDREN, LIST_OF_CHILDREN,
    LIST_OF_PUPIL, LIST_OF_TEACHER, LIST_WAITING_OF_TEACHER, OfChild,
};
use super::words;
use crate::context::{App, Context};
use crate::limits::{LESSON_KNOWN_MS, LESSONS_AHEAD_MS, ROLL_CALLS_WAIT_MS};
use crate::planned::{Phase, Planned};
use crate::web::{Calendar, Caller, Frame, PageError, page};

#[derive(Template)]
#[template(path = "today/pupil.html")]
struct PupilPage {
    frame: Frame,
    dates: Dates,
    day: Day,
    stale_in_ms: i64,
}

#[derive(Template)]
#[template(path = "today/teacher.html")]
struct TeacherPage {
    frame: Frame,
    dates: Dates,
    day: Day,
    waiting: Vec<Planned>,
    stale_in_ms: i64,
}

#[derive(Template)]
#[template(path = "today/guardian.html")]
struct GuardianPage {
    frame: Frame,
    dates: Dates,
    children: Vec<(Child, Day)>,
    stale_in_ms: i64,
}

/// A pupil's day.
pub(super) async fn show_pupil(app: &App, caller: &Caller, frame: Frame) -> Result<Response, PageError> {
    let dates = Dates::new(app, &frame.calendar);
    let found: Vec<Planned> =
        dates.load(app, caller.person(), LIST_OF_PUPIL, FIND_NEXT_OF_PUPIL, &frame).await?;
    let day = dates.arrange(app, found, &frame.calendar, |_| true);
    let stale_in_ms = dates.stale_in_ms(day.lessons());
    page(&PupilPage { frame, dates, day, stale_in_ms })
}

/// A teacher's day, and the roll calls that wait for them.
pub(super) async fn show_teacher(app: &App, caller: &Caller, frame: Frame) -> Result<Response, PageError> {
    let me = caller.person();
    let dates = Dates::new(app, &frame.calendar);
    let found: Vec<Planned> = dates.load(app, me, LIST_OF_TEACHER, FIND_NEXT_OF_TEACHER, &frame).await?;
    let since = dates.now - ROLL_CALLS_WAIT_MS;
    let mut waiting: Vec<Planned> =
        app.store.rows(LIST_WAITING_OF_TEACHER, &params![me, since, dates.now]).await?;
    waiting.retain(|lesson| {
        lesson.lead().person == me && lesson.standing(dates.now, &app.live).phase == Phase::Over
    });
    let day = dates.arrange(app, found, &frame.calendar, |lesson| lesson.lead().person == me);
    let stale_in_ms = dates.stale_in_ms(day.lessons());
    page(&TeacherPage { frame, dates, day, waiting, stale_in_ms })
}

/// The day of each of a guardian's pupils.
pub(super) async fn show_guardian(app: &App, caller: &Caller, frame: Frame) -> Result<Response, PageError> {
    let me = caller.person();
    let dates = Dates::new(app, &frame.calendar);
    let children: Vec<Child> = app.store.rows(LIST_CHILDREN, &params![me]).await?;
    let mut found: Vec<OfChild> =
        dates.load(app, me, LIST_OF_CHILDREN, FIND_NEXT_OF_CHILDREN, &frame).await?;
    let children: Vec<(Child, Day)> = children
        .into_iter()
        .map(|child| {
            let of_child = found.extract_if(.., |lesson| lesson.child == child.person);
            let of_child = of_child.map(|lesson| lesson.planned).collect();
            let day = dates.arrange(app, of_child, &frame.calendar, |_| true);
            (child, day)
        })
        .collect();
    let stale_in_ms = dates.stale_in_ms(children.iter().flat_map(|(_, day)| day.lessons()));
    page(&GuardianPage { frame, dates, children, stale_in_ms })
}

/// Now, and the days around it in the school's time zone.
struct Dates {
    now: Time,
    today: Date,
    /// Lessons that may still be on started after this.
    since: Time,
    tomorrow_at: Time,
    after_tomorrow_at: Time,
}

impl Dates {
    fn new(context: &Context, calendar: &Calendar) -> Dates {
        let now = context.clock.now();
        let today = calendar.date(now);
        let tomorrow = next_date(today);
        Dates {
            now,
            today,
            since: calendar.start_of(today) - LESSON_KNOWN_MS,
            tomorrow_at: calendar.start_of(tomorrow),
            after_tomorrow_at: calendar.start_of(next_date(tomorrow)),
        }
    }

    /// Somebody's lessons of today and tomorrow; when tomorrow is free, those of
    /// the next day that is not.
    async fn load<T: FromRow + Lessonlike>(
        &self,
        app: &App,
        person: PersonId,
        list: &'static str,
        next: &'static str,
        frame: &Frame,
    ) -> Result<Vec<T>, PageError> {
        let until = self.after_tomorrow_at;
        let mut found: Vec<T> = app.store.rows(list, &params![person, self.since, until]).await?;
        if found.last().is_some_and(|lesson| lesson.starts_at() >= self.tomorrow_at) {
            return Ok(found);
        }
        let horizon = until + LESSONS_AHEAD_MS;
        let next: Option<Option<Time>> = app.store.row(next, &params![person, until, horizon]).await?;
        if let Some(next) = next.flatten() {
            let date = frame.calendar.date(next);
            let ends = frame.calendar.start_of(next_date(date));
            let of_next: Vec<T> = app.store.rows(list, &params![person, next, ends]).await?;
            found.extend(of_next);
        }
        Ok(found)
    }

    fn arrange(
        &self,
        context: &Context,
        found: Vec<Planned>,
        calendar: &Calendar,
        is_mine: impl Fn(&Planned) -> bool,
    ) -> Day {
        let lessons = found.into_iter().map(|planned| Lesson {
            standing: planned.standing(self.now, &context.live),
            is_mine: is_mine(&planned),
            planned,
        });
        rules::arrange(lessons.collect(), self.now, |time| calendar.date(time))
    }

    fn stale_in_ms<'a>(&self, lessons: impl Iterator<Item = &'a Lesson>) -> i64 {
        rules::next_change_ms(lessons, self.tomorrow_at, self.now, ASK_AGAIN_MS_MIN)
    }
}

/// What a lesson can be read as here.
trait Lessonlike {
    fn starts_at(&self) -> Time;
}

impl Lessonlike for Planned {
    fn starts_at(&self) -> Time {
        self.starts_at
    }
}

impl Lessonlike for OfChild {
    fn starts_at(&self) -> Time {
        self.planned.starts_at
    }
}

fn next_date(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}
