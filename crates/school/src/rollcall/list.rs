//! The list of roll calls: what waits, and what a day left behind.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::Role;
use jiff::civil::Date;
use serde::Deserialize;
use store::params;

use super::store::{
    LIST_OF_SCHOOL, LIST_OF_TEACHER, LIST_WAITING_OF_SCHOOL, LIST_WAITING_OF_TEACHER, Listed,
};
use crate::context::App;
use crate::limits::ROLL_CALLS_WAIT_MS;
use crate::planned::Phase;
use crate::web::{Caller, Frame, PageError, page};

#[derive(Template)]
#[template(path = "rollcall/list.html")]
struct List {
    frame: Frame,
    day: Date,
    today: Date,
    waiting: Vec<Listed>,
    of_day: Vec<(Listed, Stage)>,
    /// Roll calls of the whole school, not of one teacher.
    is_of_school: bool,
}

/// Which day.
#[derive(Deserialize)]
pub(crate) struct Parameters {
    day: Option<String>,
}

/// How a roll call of the list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The lesson goes on.
    On,
    Waiting,
    Validated,
}

/// What waits, and the roll calls of a day.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Query(parameters): Query<Parameters>,
) -> Result<Response, PageError> {
    let now = app.clock.now();
    let today = frame.calendar.date(now);
    let day = match parameters.day.as_deref() {
        None | Some("") => today,
        Some(text) => {
            day(text).ok_or_else(|| PageError::refused(StatusCode::BAD_REQUEST, |t| t.rollcall_bad_day()))?
        }
    };
    let is_of_school = caller.role() != Role::Teacher;
    let (whose, list, list_waiting) = if is_of_school {
        (caller.school().0, LIST_OF_SCHOOL, LIST_WAITING_OF_SCHOOL)
    } else {
        (caller.person().0, LIST_OF_TEACHER, LIST_WAITING_OF_TEACHER)
    };
    let is_over = |listed: &Listed| listed.planned.standing(now, &app.live).phase == Phase::Over;
    let since = params![whose, now - ROLL_CALLS_WAIT_MS, now];
    let mut waiting: Vec<Listed> = app.store.rows(list_waiting, &since).await?;
    waiting.retain(is_over);
    let (from, until) =
        (frame.calendar.start_of(day), frame.calendar.start_of(day.tomorrow().unwrap_or(day)));
    let of_day: Vec<Listed> = app.store.rows(list, &params![whose, from, until]).await?;
    let of_day = of_day.into_iter().map(|listed| {
        let state = match listed.validated_at {
            Some(_) => Stage::Validated,
            None if is_over(&listed) => Stage::Waiting,
            None => Stage::On,
        };
        (listed, state)
    });
    page(&List { of_day: of_day.collect(), frame, day, today, waiting, is_of_school })
}

impl List {
    fn before(&self) -> Option<Date> {
        self.day.yesterday().ok()
    }

    /// The day after, up to today.
    fn after(&self) -> Option<Date> {
        self.day.tomorrow().ok().filter(|day| *day <= self.today)
    }
}

/// A day as addresses write it, `2026-11-16`.
fn day(text: &str) -> Option<Date> {
    let day: Date = (text.len() == 10).then(|| text.parse().ok())??;
    (2000..3000).contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_written_in_full() {
        for (text, expected) in [
            ("2026-11-16", Some(date(2026, 11, 16))),
            ("2024-02-29", Some(date(2024, 2, 29))),
            ("2026-02-29", None),
            ("2026-11-6", None),
            ("1999-12-31", None),
            ("16/11/2026", None),
            ("", None),
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
    }
}
