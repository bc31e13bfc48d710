//! The printable sheet: a card link with its QR code for everybody on a list.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base::Time;
use serde::Deserialize;
use store::{Batch, params};

use super::list::{select, title};
use super::rules::{self, Selection};
use super::store::Person;
use crate::card_links::{self, CardLink, DELETE_DEAD_LINKS, SPEND_LINKS};
use crate::context::App;
use crate::limits::{DEAD_LINK_KEPT_MS, PRINTED_LINK_LIFE_MS};
use crate::qr::{self, Qr};
use crate::web::{Caller, Form, Frame, PageError, page};

#[derive(Template)]
#[template(path = "people/sheet.html")]
struct Sheet {
    frame: Frame,
    title: String,
    word: String,
    cards: Vec<PrintedCard>,
    expires_at: Time,
}

/// One card on the sheet.
struct PrintedCard {
    person: Person,
    address: String,
    qr: Option<Qr>,
}

/// Whose cards are asked for.
#[derive(Deserialize)]
pub(crate) struct Asked {
    list: String,
    /// The number of this printing, which the form brings along.
    once: Option<i64>,
}

/// Makes a one-time link for everybody on a list whom the caller may make one
/// for, and shows them, this once. Links printed before are void, so a reload of
/// the sheet prints nothing.
pub(crate) async fn print_cards(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Form(asked): Form<Asked>,
) -> Result<Response, PageError> {
    let selection = Selection::from_word(&asked.list).ok_or(PageError::NotFound)?;
    let title = title(&app, &caller, selection).await?;
    let mut people = select(&app, &caller, selection).await?;
    people.retain(|person| rules::may_make_links(caller.role(), person.role));
    if people.is_empty() {
        return Err(PageError::refused(StatusCode::FORBIDDEN, |t| t.people_above_you()));
    }
    if asked.once.is_some_and(|once| !app.printings.note(once)) {
        return Err(PageError::refused(StatusCode::CONFLICT, |t| t.people_cards_printed()));
    }
    let now = app.clock.now();
    let expires_at = now + PRINTED_LINK_LIFE_MS;
    let mut batch = Batch::new();
    let mut cards = Vec::with_capacity(people.len());
    for person in people {
        let link = CardLink {
            person: person.id,
            made_by: Some(caller.person()),
            created_at: now,
            expires_at,
            reusable: false,
        };
        batch.run(DELETE_DEAD_LINKS, params![person.id, now - DEAD_LINK_KEPT_MS]);
        batch.run(SPEND_LINKS, params![now, person.id]);
        super::log(&mut batch, &app, &caller, "people.print_cards", person.id.0);
        let path = card_links::add(&mut batch, &app.entropy, &link);
        let address = format!("{}{path}", app.settings.base_url);
        cards.push(PrintedCard { person, qr: qr::draw(&address), address });
    }
    app.store.apply(batch).await?;
    page(&Sheet { frame, title, word: selection.word(), cards, expires_at })
}
