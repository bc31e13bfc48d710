//! The control room, for the operator of a region: what the gate does now, the
//! levers, and the journal of who pulled which, when and why.
//!
//! Invariant: a lever is in the journal, durable, before it is pulled. What a
//! lever means is decided in `admission`; what is in force after a restart is
//! read back from the journal. Levers are pulled one at a time.

mod events;
mod journal;
mod page;
mod picture;
mod plot;
mod rules;
mod show;
pub(crate) mod store;

pub(crate) use events::follow;
pub(crate) use page::show;
pub use show::{Ending, Show};
pub use store::levers_in_force;

use ::store::params;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use self::rules::Pulled;
use self::store::{Entry, FIND_ENTRY, FIND_LESSON, FIND_SCHOOL, Lesson};
use crate::context::App;
use crate::web::{Caller, Form, PageError, Said, see_other_saying};
use admission::Lever;

/// Pulls a lever.
pub(crate) async fn pull(
    State(app): State<App>,
    caller: Caller,
    Form(pulled): Form<Pulled>,
) -> Result<Response, PageError> {
    let (lever, why) = rules::read(&pulled).map_err(|fault| {
        PageError::refused(StatusCode::UNPROCESSABLE_ENTITY, move |t| rules::in_words(t, fault))
    })?;
    let about = about(&app, &lever).await?;
    journal::pull(&app, &caller, &lever, (about, why)).await.map(answer)
}

/// Brings back what a lever replaced.
pub(crate) async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let entry: Option<Entry> = app.store.row(FIND_ENTRY, &params![id]).await?;
    let entry = entry.ok_or(PageError::NotFound)?;
    let Some(undoing) = entry.find_undoing(&app.gate.picture().hand) else {
        return Ok(answer(false));
    };
    let why = caller.texts().regie_why_undone().to_owned();
    journal::pull(&app, &caller, &undoing, (entry.about, why)).await.map(answer)
}

fn answer(is_done: bool) -> Response {
    see_other_saying("/regie", if is_done { Said::LeverPulled } else { Said::LeverAlready })
}

/// What a lever is about, by its name: it must exist.
async fn about(app: &App, lever: &Lever) -> Result<String, PageError> {
    match lever {
        Lever::School(school, _) => {
            let found: Option<String> = app.store.row(FIND_SCHOOL, &params![*school]).await?;
            found.ok_or(PageError::NotFound)
        }
        Lever::Lesson(slot, _) => {
            let found: Option<Lesson> = app.store.row(FIND_LESSON, &params![*slot]).await?;
            Ok(found.ok_or(PageError::NotFound)?.name())
        }
        Lever::SiteSeats(name, _) | Lever::SitePause(name, _) => {
            let site = app.gate.picture().sites.into_iter().find(|site| site.name == *name);
            Ok(site.ok_or(PageError::NotFound)?.title)
        }
        _ => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests;
