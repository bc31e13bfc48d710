//! Opening a card link.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::Role;
use store::{Batch, Error, params};

use super::opener::Opener;
use super::rules::{self, Opening};
use super::store::{FIND_LINK, Link, SPEND_LINK};
use crate::card_links::secret_hash;
use crate::cards;
use crate::context::App;
use crate::web::{Frame, PageError, cookies, page, page_with, see_other};

#[derive(Template)]
#[template(path = "sign_in/ask.html")]
struct Ask {
    frame: Frame,
    secret: String,
    name: String,
    is_replacing: bool,
}

#[derive(Template)]
#[template(path = "sign_in/dead_link.html")]
struct DeadLink {
    frame: Frame,
    title: &'static str,
    explanation: &'static str,
}

/// Opens a card link: takes the card at once, asks first, or says why not.
pub(crate) async fn open_card_link(
    State(app): State<App>,
    Path(secret): Path<String>,
    opener: Opener,
    frame: Frame,
) -> Result<Response, PageError> {
    let Some(link) = find(&app, &secret).await? else { return unknown(frame) };
    let present = opener.visitor.card.map(|card| card.person);
    let is_look = opener.is_ahead && link.terms.is_reusable;
    match rules::opening(&link.terms, present, opener.is_by_hand, app.clock.now()) {
        Opening::Take if !is_look => take(&app, &link, &opener, frame).await,
        Opening::Take => page(&Ask { frame, secret, name: link.name, is_replacing: false }),
        Opening::Ask { is_replacing } => page(&Ask { frame, secret, name: link.name, is_replacing }),
        dead => refuse(frame, dead),
    }
}

/// Takes the card: the page that asked was answered with yes.
pub(crate) async fn take_card(
    State(app): State<App>,
    Path(secret): Path<String>,
    opener: Opener,
    frame: Frame,
) -> Result<Response, PageError> {
    let Some(link) = find(&app, &secret).await? else { return unknown(frame) };
    match rules::confirmed(&link.terms, app.clock.now()) {
        Opening::Take | Opening::Ask { .. } => take(&app, &link, &opener, frame).await,
        dead => refuse(frame, dead),
    }
}

async fn find(app: &App, secret: &str) -> Result<Option<Link>, PageError> {
    Ok(app.store.row(FIND_LINK, &params![secret_hash(secret)]).await?)
}

async fn take(app: &App, link: &Link, opener: &Opener, frame: Frame) -> Result<Response, PageError> {
    let mut batch = Batch::new();
    if !link.terms.is_reusable {
        batch.expect(1, SPEND_LINK, params![app.clock.now(), link.id]);
    }
    match cards::issue(app, &link.holder, opener.label.clone(), opener.visitor.card, batch).await {
        Ok(card) => {
            // Whoever works the gate comes for that.
            let mut response = see_other(if link.holder.role == Role::Operator { "/regie" } else { "/" });
            cookies::set_card(&mut response, app, &card);
            cookies::set_lang(&mut response, app, link.holder.lang.unwrap_or(opener.visitor.lang));
            Ok(response)
        }
        // Another device was faster.
        Err(Error::Conflict) if !link.terms.is_reusable => refuse(frame, Opening::Spent),
        Err(error) => Err(error.into()),
    }
}

fn unknown(frame: Frame) -> Result<Response, PageError> {
    let (title, explanation) = (frame.t.sign_in_link_unknown(), frame.t.sign_in_link_unknown_then());
    page_with(StatusCode::NOT_FOUND, &DeadLink { frame, title, explanation })
}

fn refuse(frame: Frame, why: Opening) -> Result<Response, PageError> {
    let (title, explanation) = match why {
        Opening::Expired => (frame.t.sign_in_link_expired(), frame.t.sign_in_link_expired_then()),
        _ => (frame.t.sign_in_link_spent(), frame.t.sign_in_link_spent_then()),
    };
    page_with(StatusCode::GONE, &DeadLink { frame, title, explanation })
}
