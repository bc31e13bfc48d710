//! People and their cards, for those who hand them out: lists of a group's
//! people, printable sheets of card links, revoking somebody's cards.
//!
//! Nobody acts on a role as high as their own; every list and every act is
//! written to the access log in the same batch as the act itself.

mod list;
mod rules;
mod sheet;
pub(crate) mod store;

pub(crate) use list::list;
pub(crate) use sheet::print_cards;

use ::store::{Batch, params};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::PersonId;
use serde::Deserialize;

use self::store::{FIND_ROLE, LOG_ACCESS};
use crate::cards;
use crate::context::App;
use crate::web::{Caller, Form, PageError, Said, local_path, see_other_saying};

/// Where to go after an act.
#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

/// Voids every card and card link of one person.
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<i64>,
    Form(back): Form<Back>,
) -> Result<Response, PageError> {
    let person = PersonId(person);
    let role: Option<String> = app.store.row(FIND_ROLE, &params![person, caller.school()]).await?;
    let role = cards::role(&role.ok_or(PageError::NotFound)?)?;
    if !rules::may_revoke(caller.role(), role) {
        return Err(PageError::refused(StatusCode::FORBIDDEN, |t| t.people_above_you()));
    }
    let mut batch = Batch::new();
    log(&mut batch, &app, &caller, "people.revoke", person.0);
    cards::revoke_all(&app, person, batch).await?;
    Ok(see_other_saying(local_path(&back.back), Said::CardsRevoked))
}

/// Notes in the access log that the caller does `action` on `subject`.
fn log(batch: &mut Batch, app: &App, caller: &Caller, action: &'static str, subject: i64) {
    let (id, now) = (app.entropy.id(), app.clock.now());
    batch.expect(1, LOG_ACCESS, params![id, caller.school(), caller.person(), action, subject, now]);
}

#[cfg(test)]
mod tests;
