//! The control room, for the operator of a region: what the gate does now, the
//! levers, and the journal of who pulled which, when and why.
//!
//! Invariant: a lever is in the journal, durable, before it is pulled. What a
//! lever means is decided in `admission`; what is in force after a restart is
//! read back from the journal. Levers are pulled one at a time.

mod events;
mod forms;
mod health;
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
use admission::{Hand, Lever, Picture};
use axum::extract::{Path, State};
use axum::response::Response;

use self::forms::Refused;
use self::rules::{Fault, Pulled};
use self::store::{Entry, FIND_ENTRY, FIND_LESSON, FIND_SCHOOL, Lesson};
use crate::context::App;
use crate::web::{Caller, Form, Frame, PageError, Said, see_other, see_other_saying};

/// Pulls a lever. One that is refused comes back with the page, in its form.
pub(crate) async fn pull(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Form(pulled): Form<Pulled>,
) -> Result<Response, PageError> {
    let (lever, why) = match rules::read(&pulled) {
        Ok(read) => read,
        Err(faults) => return page::render(&app, frame, Some(Refused { pulled, faults })).await,
    };
    match about(&app, &lever).await? {
        Ok(about) => journal::pull(&app, &caller, &lever, (about, why)).await.map(answer),
        Err(fault) => page::render(&app, frame, Some(Refused { pulled, faults: vec![fault] })).await,
    }
}

/// The address of a form that came back, opened by itself: the page that it is on.
pub(crate) async fn leave_form() -> Response {
    see_other("/regie")
}

/// Brings back what a lever replaced.
pub(crate) async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let entry: Option<Entry> = app.store.row(FIND_ENTRY, &params![id]).await?;
    let entry = entry.ok_or(PageError::NotFound)?;
    journal::undo(&app, &caller, entry).await.map(answer)
}

fn answer(is_done: bool) -> Response {
    see_other_saying("/regie", if is_done { Said::LeverPulled } else { Said::LeverAlready })
}

/// What a lever is about, by its name: it must exist.
async fn about(app: &App, lever: &Lever) -> Result<Result<String, Fault>, PageError> {
    Ok(match lever {
        Lever::School(school, _) => {
            let found: Option<String> = app.store.row(FIND_SCHOOL, &params![*school]).await?;
            found.ok_or(Fault::School)
        }
        Lever::Lesson(slot, _) => {
            let found: Option<Lesson> = app.store.row(FIND_LESSON, &params![*slot]).await?;
            found.map(|lesson| lesson.name()).ok_or(Fault::Lesson)
        }
        Lever::SiteSeats(name, _) | Lever::SitePause(name, _) => {
            let Picture { sites, hand, .. } = app.gate.picture();
            // What is in force of one that the configuration no longer has can be lifted.
            let is_lifted = hand.sites.contains_key(name) && !Hand::default().pull(lever);
            let site = sites.into_iter().find(|site| site.name == *name).map(|site| site.title);
            site.or_else(|| is_lifted.then(|| name.clone())).ok_or(Fault::Site)
        }
        _ => Ok(String::new()),
    })
}

#[cfg(test)]
mod tests;
