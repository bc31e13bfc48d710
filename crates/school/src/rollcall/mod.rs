//! The roll call that a lesson leaves behind: proposed by its log, corrected
//! and validated by its teacher.
//!
//! Nothing is stored until somebody corrects or validates; then every pupil has
//! an entry, and an entry is marked wrong, never deleted. Two pages at once: the
//! version tells the second one, which keeps what was typed. Reading by others
//! than the teacher is written to the access log first.

mod list;
mod roll;
mod rules;
mod sheet;
pub(crate) mod store;
mod typed;

#[cfg(test)]
mod tests;

pub(crate) use list::list;

use ::store::{Batch, params};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::{SlotId, Time};

use self::roll::{Act, Decision};
use self::rules::{NoRoll, Rights};
use self::sheet::{Filling, NoSheet, Sheet};
use self::store::{FIND_SLOT, LOG_ACCESS, Loaded};
use self::typed::Typed;
use crate::context::App;
use crate::planned::{Planned, Standing};
use crate::web::{Caller, Form, Frame, PageError, Said, page, page_with, see_other_saying};

/// A form, field by field.
type Fields = Vec<(String, String)>;

/// The roll call of one lesson.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Path(slot): Path<i64>,
) -> Result<Response, PageError> {
    let opened = open(&app, &caller, SlotId(slot)).await?;
    if let Err(why) = rules::is_taken(opened.standing) {
        return page(&NoSheet { frame, planned: opened.planned, why });
    }
    log_access(&app, &caller, &opened, "rollcall.show").await?;
    let loaded = store::load(&app.store, &opened.planned, opened.now).await?;
    page(&Sheet::new(frame, opened, loaded, &Filling::Fresh))
}

/// Corrects marks.
pub(crate) async fn correct(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Path(slot): Path<i64>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    send(&app, &caller, frame, (SlotId(slot), Act::Correct), fields).await
}

/// Validates the roll call, with the corrections that the form carries.
pub(crate) async fn validate(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Path(slot): Path<i64>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    send(&app, &caller, frame, (SlotId(slot), Act::Validate), fields).await
}

/// A slot, and what the caller may do with its roll call.
struct Opened {
    planned: Planned,
    standing: Standing,
    rights: Rights,
    now: Time,
}

async fn open(app: &App, caller: &Caller, slot: SlotId) -> Result<Opened, PageError> {
    let planned: Option<Planned> = app.store.row(FIND_SLOT, &params![slot, caller.school()]).await?;
    let planned = planned.ok_or(PageError::NotFound)?;
    let rights = rules::rights(caller.role(), caller.person(), &planned)
        .ok_or_else(|| PageError::refused(StatusCode::FORBIDDEN, |t| t.rollcall_not_yours()))?;
    let now = app.clock.now();
    Ok(Opened { standing: planned.standing(now, &app.live), planned, rights, now })
}

async fn send(
    app: &App,
    caller: &Caller,
    mut frame: Frame,
    (slot, act): (SlotId, Act),
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = Typed::from_fields(fields).map_err(|_| PageError::Malformed)?;
    let opened = open(app, caller, slot).await?;
    let may = if act == Act::Validate { opened.rights.validates } else { opened.rights.corrects };
    if !may {
        return Err(PageError::refused(StatusCode::FORBIDDEN, |t| t.rollcall_not_yours()));
    }
    rules::is_taken(opened.standing).map_err(no_roll)?;
    log_access(app, caller, &opened, "rollcall.correct").await?;
    let loaded = store::load(&app.store, &opened.planned, opened.now).await?;
    // Whatever page answers, its address is the one that can be opened again.
    frame.here = address(slot);
    let checked = typed.check(sheet::length_minutes(&opened.planned));
    if !checked.faults.is_empty() {
        let filling = Filling::Faulty { typed, faults: checked.faults };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &Sheet::new(frame, opened, loaded, &filling));
    }
    let edits = checked.edits;
    let written = match loaded.roll.decide(&typed, &edits, act) {
        Decision::Nothing => true,
        Decision::Stale => false,
        Decision::Write(changes) => {
            let version = (loaded.roll.version, act);
            match store::write(app, slot, caller.person(), version, &changes).await {
                Ok(()) => true,
                Err(::store::Error::Conflict) => false,
                Err(error) => return Err(error.into()),
            }
        }
    };
    if !written {
        let loaded: Loaded = store::load(&app.store, &opened.planned, opened.now).await?;
        let filling = Filling::Stale { edits };
        return page_with(StatusCode::CONFLICT, &Sheet::new(frame, opened, loaded, &filling));
    }
    let said = match act {
        Act::Validate if loaded.roll.validated.is_none() || edits.is_empty() => Said::RollValidated,
        Act::Correct if edits.is_empty() => Said::RollUnchanged,
        Act::Validate | Act::Correct => Said::RollCorrected,
    };
    Ok(see_other_saying(&address(slot), said))
}

/// Notes that somebody who is not the class's teacher reads or corrects it.
async fn log_access(
    app: &App,
    caller: &Caller,
    opened: &Opened,
    action: &'static str,
) -> Result<(), PageError> {
    if opened.rights.is_logged {
        let (id, slot) = (app.entropy.id(), opened.planned.slot);
        let row = params![id, caller.school(), caller.person(), action, slot, opened.now];
        let mut batch = Batch::new();
        batch.expect(1, LOG_ACCESS, row);
        app.store.apply(batch).await?;
    }
    Ok(())
}

fn address(slot: SlotId) -> String {
    format!("/rollcall/{slot}")
}

fn no_roll(why: NoRoll) -> PageError {
    PageError::refused(StatusCode::CONFLICT, move |t| match why {
        NoRoll::NotYet => t.rollcall_not_yet(),
        NoRoll::Cancelled => t.rollcall_cancelled(),
    })
}
