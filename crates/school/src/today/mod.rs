//! The first page: what is on now, what comes next, one obvious button.
//!
//! Each role has its own page; all read a handful of rows by prepared
//! statements and never one query a lesson. Nothing is written here. Whether a
//! lesson may be entered is decided by the class, not by the button.

mod agenda;
mod rules;
mod school;
pub(crate) mod store;
mod words;

#[cfg(test)]
mod tests;

use axum::extract::State;
use axum::response::Response;
use base::Role;

use crate::context::App;
use crate::web::{Caller, Frame, PageError};

/// The day of whoever asks.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
) -> Result<Response, PageError> {
    match caller.role() {
        Role::Pupil => agenda::show_pupil(&app, &caller, frame).await,
        Role::Teacher => agenda::show_teacher(&app, &caller, frame).await,
        Role::Guardian => agenda::show_guardian(&app, &caller, frame).await,
        Role::Head | Role::SchoolLifeOfficer => school::show(&app, &caller, frame).await,
        Role::DigitalLead | Role::Operator => school::show_calm(&app, &caller, frame),
    }
}
