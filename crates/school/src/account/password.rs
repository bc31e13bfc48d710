//! A new password.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use store::{Batch, params};

use super::page::render;
use super::rules::{self, Fault};
use super::store::{Account, FIND_ACCOUNT, SET_PASSWORD};
use crate::context::App;
use crate::limits::FIELD_CHARS_MAX;
use crate::passwords::Turn;
use crate::web::{Caller, Form, Frame, PageError, Said, see_other_saying};

/// The form, as it is sent.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    current: String,
    new: String,
    again: String,
}

/// Changes the caller's password; the present one is asked for if there is one.
pub(crate) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let account: Option<Account> = app.store.row(FIND_ACCOUNT, &params![caller.person()]).await?;
    let Account { login, password } = account.ok_or(PageError::SignedOut)?;
    let Some(login) = login else {
        return Err(PageError::refused(StatusCode::CONFLICT, |t| t.account_no_login()));
    };
    if let Err(fault) = rules::check(&fields.new, &fields.again, &login, caller.role()) {
        return render(&app, caller, frame, Some(fault)).await;
    }
    if password.is_some() && !is_current(&app, &login, fields.current, password.clone()).await? {
        return render(&app, caller, frame, Some(Fault::CurrentWrong)).await;
    }
    let hash = app.passwords.hash(fields.new).await?;
    let mut batch = Batch::new();
    batch.expect(1, SET_PASSWORD, params![hash, caller.person(), password.unwrap_or_default()]);
    app.store.apply(batch).await?;
    Ok(see_other_saying("/account", Said::PasswordChanged))
}

/// Checks the present password as slowly as the sign-in page does: an open
/// session is no way around the delay.
async fn is_current(
    app: &App,
    login: &str,
    current: String,
    password: Option<String>,
) -> Result<bool, PageError> {
    if current.chars().count() > FIELD_CHARS_MAX {
        return Ok(false);
    }
    match app.guesses.take_turn(login, OWN_ACCOUNT, app.clock.now()) {
        Turn::In(wait_ms) => tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())).await,
        Turn::ComeBack { seconds } => return Err(PageError::Busy { seconds }),
    }
    let is_right = app.passwords.is_right(current, password).await?;
    if is_right {
        app.guesses.forget(login, OWN_ACCOUNT);
    }
    Ok(is_right)
}

/// Tries by somebody who is signed in as the person, apart from those of strangers.
const OWN_ACCOUNT: &[u8] = b"account";
