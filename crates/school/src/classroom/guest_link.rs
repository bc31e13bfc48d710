//! The guest link of a lesson, made and revoked by whoever leads it. The page's
//! script asks with `fetch` and shows the secret once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base::{Seat, SlotId, Time};
use serde::Serialize;

use super::rules;
use super::store::{self, Found};
use crate::context::App;
use crate::web::{Caller, PageError};

/// A link that was just made.
#[derive(Serialize)]
pub(crate) struct Made {
    link: String,
    until: Time,
}

/// That it was done.
#[derive(Serialize)]
pub(crate) struct Done {}

/// Makes the guest link of a lesson; an older one stops opening anything.
pub(crate) async fn make_guest_link(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<SlotId>,
) -> Result<Json<Made>, PageError> {
    let found = load_led(&app, &caller, slot).await?;
    let now = app.clock.now();
    let secret = store::make_link(&app.store, &app.entropy, &found.planned, caller.person(), now).await?;
    let link = format!("{}/guest/{secret}", app.settings.base_url);
    Ok(Json(Made { link, until: rules::guests_until(&found.planned) }))
}

/// Revokes the guest link of a lesson, if it has one.
pub(crate) async fn revoke_guest_link(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<SlotId>,
) -> Result<Json<Done>, PageError> {
    load_led(&app, &caller, slot).await?;
    store::revoke_links(&app.store, slot, app.clock.now()).await?;
    Ok(Json(Done {}))
}

/// A lesson that the caller leads, and that can still be entered.
async fn load_led(app: &App, caller: &Caller, slot: SlotId) -> Result<Found, PageError> {
    let found = store::find_lesson(&app.store, slot, caller.school()).await?.ok_or(PageError::NotFound)?;
    let phase = found.planned.standing(app.clock.now(), &app.live).phase;
    match rules::seat(&found.planned, phase, caller.person(), false) {
        Ok(Seat::Teacher) => Ok(found),
        Ok(Seat::Pupil | Seat::Guest) | Err(rules::Refusal::NotYours) => Err(PageError::Forbidden),
        Err(_) => Err(PageError::refused(StatusCode::CONFLICT, |t| t.class_refused_over())),
    }
}
