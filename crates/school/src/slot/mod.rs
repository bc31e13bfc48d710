//! One slot of the timetable: its facts for the staff; its substitute, and
//! whether it is held, for those who look after the school.
//!
//! Every write is guarded by what the page showed. The class, its log and its
//! roll call are not touched here.

mod rules;
pub(crate) mod store;

#[cfg(test)]
mod tests;

use ::store::{Batch, params};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::{PersonId, SlotId, Time};
use serde::Deserialize;

use self::rules::{Act, Refusal};
use self::store::{
    CANCEL_SLOT, FIND_CLASH, FIND_FREE_TEACHER, FIND_SLOT, FIND_TEACHER, Found, Free, LIST_FREE_TEACHERS,
    RESTORE_SLOT, SET_SUBSTITUTE,
};
use crate::context::App;
use crate::limits::{LESSON_KNOWN_MS, PEOPLE_LISTED_MAX};
use crate::planned::{Phase, Planned, Standing};
use crate::web::{Caller, Form, Frame, PageError, Said, page, see_other_saying};

#[derive(Template)]
#[template(path = "slot/slot.html")]
struct Page {
    frame: Frame,
    planned: Planned,
    standing: Standing,
    pupils: i64,
    /// Holds the class: teacher or substitute.
    leads: bool,
    reads_roll: bool,
    changes: bool,
    has_hour_left: bool,
    free: Vec<Free>,
}

/// Who is to replace the teacher; empty: nobody.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    substitute: String,
    /// Who it was on the page.
    #[serde(default)]
    was: String,
}

/// The facts of a slot.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Path(slot): Path<i64>,
) -> Result<Response, PageError> {
    let Found { planned, pupils } = load(&app, &caller, SlotId(slot)).await?;
    let now = app.clock.now();
    let standing = planned.standing(now, &app.live);
    let changes = rules::may_change(caller.role());
    let leads = planned.is_led_by(caller.person());
    let free: Vec<Free> = if changes && !matches!(standing.phase, Phase::Cancelled | Phase::Over) {
        let mut params = free_params(&planned, &caller).to_vec();
        params.push(PEOPLE_LISTED_MAX.into());
        let free: Vec<Free> = app.store.rows(LIST_FREE_TEACHERS, &params).await?;
        free.into_iter().filter(|Free(teacher)| teacher.person != planned.teacher.person).collect()
    } else {
        Vec::new()
    };
    page(&Page {
        reads_roll: standing.has_begun() && rules::may_read_roll(caller.role(), caller.person(), &planned),
        has_hour_left: now < planned.ends_at,
        frame,
        planned,
        standing,
        pupils,
        leads,
        changes,
        free,
    })
}

/// Sets or clears the substitute.
pub(crate) async fn substitute(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<i64>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, PageError> {
    let slot = SlotId(slot);
    let Found { planned, .. } = load(&app, &caller, slot).await?;
    let person = person(&wanted.substitute)?;
    let was = self::person(&wanted.was)?;
    let said = if person.is_some() { Said::SubstituteSet } else { Said::SubstituteCleared };
    let standing = planned.standing(app.clock.now(), &app.live);
    if rules::substitute(&planned, standing, person).map_err(refused)? == Act::IsSo {
        return Ok(see_other_saying(&address(slot), said));
    }
    let mut batch = Batch::new();
    if let Some(person) = person {
        let mut params = free_params(&planned, &caller).to_vec();
        params.push(person.into());
        let of_school: Option<PersonId> =
            app.store.row(FIND_TEACHER, &params![person, caller.school()]).await?;
        of_school.ok_or_else(|| refusal(StatusCode::UNPROCESSABLE_ENTITY, |t| t.slot_no_teacher()))?;
        let free: Option<PersonId> = app.store.row(FIND_FREE_TEACHER, &params).await?;
        free.ok_or_else(|| refusal(StatusCode::CONFLICT, |t| t.slot_teacher_busy()))?;
        batch.expect_row(FIND_FREE_TEACHER, params);
    }
    let was = was.map_or(0, |person| person.0);
    batch.expect(1, SET_SUBSTITUTE, params![person, slot, caller.school(), was]);
    app.store.apply(batch).await?;
    Ok(see_other_saying(&address(slot), said))
}

/// Cancels a slot.
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<i64>,
) -> Result<Response, PageError> {
    let slot = SlotId(slot);
    let Found { planned, .. } = load(&app, &caller, slot).await?;
    let now = app.clock.now();
    if rules::cancel(planned.standing(now, &app.live)).map_err(refused)? == Act::Write {
        let mut batch = Batch::new();
        batch.expect(1, CANCEL_SLOT, params![now, slot, caller.school()]);
        app.store.apply(batch).await?;
    }
    Ok(see_other_saying(&address(slot), Said::SlotCancelled))
}

/// Takes a cancellation back.
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<i64>,
) -> Result<Response, PageError> {
    let slot = SlotId(slot);
    let Found { planned, .. } = load(&app, &caller, slot).await?;
    let now = app.clock.now();
    if rules::restore(&planned, now).map_err(refused)? == Act::Write {
        let clash = params![slot, planned.starts_at - LESSON_KNOWN_MS];
        let busy: Option<SlotId> = app.store.row(FIND_CLASH, &clash).await?;
        if busy.is_some() {
            return Err(refusal(StatusCode::CONFLICT, |t| t.slot_clash()));
        }
        let mut batch = Batch::new();
        batch.expect_no_row(FIND_CLASH, clash);
        batch.expect(1, RESTORE_SLOT, params![slot, caller.school(), now]);
        app.store.apply(batch).await?;
    }
    Ok(see_other_saying(&address(slot), Said::SlotRestored))
}

async fn load(app: &App, caller: &Caller, slot: SlotId) -> Result<Found, PageError> {
    let found: Option<Found> = app.store.row(FIND_SLOT, &params![slot, caller.school()]).await?;
    found.ok_or(PageError::NotFound)
}

/// The first five parameters of the statements about free teachers.
fn free_params(planned: &Planned, caller: &Caller) -> [::store::Value; 5] {
    let since: Time = planned.starts_at - LESSON_KNOWN_MS;
    params![caller.school(), planned.slot, planned.starts_at, planned.ends_at, since]
}

/// The person that a field names; an empty one names nobody.
fn person(field: &str) -> Result<Option<PersonId>, PageError> {
    match field.trim() {
        "" => Ok(None),
        id => id.parse().map(|id| Some(PersonId(id))).map_err(|_| PageError::Malformed),
    }
}

fn address(slot: SlotId) -> String {
    format!("/slot/{slot}")
}

fn refused(refusal: Refusal) -> PageError {
    PageError::refused(StatusCode::CONFLICT, move |t| match refusal {
        Refusal::HasBegun => t.slot_has_begun(),
        Refusal::IsOver => t.slot_is_over(),
        Refusal::IsCancelled => t.slot_is_cancelled(),
        Refusal::IsItsTeacher => t.slot_is_its_teacher(),
    })
}

fn refusal(status: StatusCode, sentence: fn(crate::texts::Texts) -> &'static str) -> PageError {
    PageError::refused(status, sentence)
}

impl Page {
    fn state(&self) -> String {
        let t = self.frame.t;
        match (self.standing.phase, self.standing.present) {
            (_, Some(present)) if self.standing.is_paused => t.slot_paused(present),
            (_, Some(present)) => t.slot_open(present),
            (Phase::Cancelled, None) => t.slot_is_cancelled().to_owned(),
            (Phase::Over, None) => t.slot_is_over().to_owned(),
            (Phase::Now | Phase::Overrun, None) => t.slot_not_open().to_owned(),
            (Phase::Lobby | Phase::Later, None) => t.slot_to_come().to_owned(),
        }
    }

    fn is_substitute(&self, person: &PersonId) -> bool {
        self.planned.substitute.as_ref().is_some_and(|substitute| substitute.person == *person)
    }

    fn may_cancel(&self) -> bool {
        self.changes && rules::cancel(self.standing) == Ok(Act::Write)
    }

    fn may_restore(&self) -> bool {
        self.changes && self.planned.is_cancelled && self.has_hour_left
    }

    fn may_replace(&self) -> bool {
        self.changes && !matches!(self.standing.phase, Phase::Cancelled | Phase::Over)
    }
}
