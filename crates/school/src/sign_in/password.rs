//! Signing in with a login and a password.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use store::{Batch, params};

use super::opener::Opener;
use super::rules;
use super::store::{Account, FIND_BY_LOGIN};
use crate::cards;
use crate::context::App;
use crate::limits::FIELD_CHARS_MAX;
use crate::passwords::Turn;
use crate::web::{Form, Frame, PageError, Visitor, cookies, local_path, page, page_with, see_other};

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn {
    frame: Frame,
    login: String,
    next: String,
    fault: String,
}

/// Where to go after signing in.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
}

/// The sign-in form, as it is sent.
#[derive(Deserialize)]
pub(crate) struct Fields {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// The sign-in page.
pub(crate) async fn show(
    Query(asked): Query<Asked>,
    visitor: Visitor,
    frame: Frame,
) -> Result<Response, PageError> {
    let next = local_path(&asked.next).to_owned();
    if visitor.card.is_some() {
        return Ok(see_other(&next));
    }
    page(&SignIn { frame, login: String::new(), next, fault: String::new() })
}

/// Checks a login and a password, in its turn, and puts a card on the device.
pub(crate) async fn sign_in(
    State(app): State<App>,
    opener: Opener,
    frame: Frame,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let login = rules::login(&fields.login);
    let next = local_path(&fields.next).to_owned();
    let is_too_long = [&login, &fields.password].iter().any(|field| field.chars().count() > FIELD_CHARS_MAX);
    if login.is_empty() || is_too_long {
        return again(frame, login, next);
    }
    match app.guesses.take_turn(&login, &opener.place, app.clock.now()) {
        Turn::In(wait_ms) => tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())).await,
        Turn::ComeBack { seconds } => {
            return Err(PageError::refused(StatusCode::TOO_MANY_REQUESTS, move |t| {
                t.sign_in_come_back(seconds)
            }));
        }
    }
    let account: Option<Account> = app.store.row(FIND_BY_LOGIN, &params![&login]).await?;
    let (holder, hash) = account.map_or((None, None), |account| (Some(account.holder), account.password));
    let is_right = app.passwords.is_right(fields.password, hash).await?;
    let Some(holder) = holder.filter(|_| is_right) else { return again(frame, login, next) };
    app.guesses.forget(&login, &opener.place);
    let card = cards::issue(&app, &holder, opener.label, opener.visitor.card, Batch::new()).await?;
    let mut response = see_other(&next);
    cookies::set_card(&mut response, &app, &card);
    cookies::set_lang(&mut response, &app, holder.lang.unwrap_or(opener.visitor.lang));
    Ok(response)
}

/// The form once more; the same words for a login that does not exist.
fn again(frame: Frame, login: String, next: String) -> Result<Response, PageError> {
    let login = login.chars().take(FIELD_CHARS_MAX).collect();
    let fault = frame.t.sign_in_wrong().to_owned();
    page_with(StatusCode::UNAUTHORIZED, &SignIn { frame, login, next, fault })
}
