//! A link that puts the caller's card on another device of theirs.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use base::Time;
use store::{Batch, params};

use crate::card_links::{self, CardLink, DELETE_DEAD_LINKS, SPEND_LINKS_MADE_BY};
use crate::context::App;
use crate::limits::{DEAD_LINK_KEPT_MS, OWN_LINK_LIFE_MS};
use crate::qr::{self, Qr};
use crate::web::{Caller, Frame, PageError, page};

#[derive(Template)]
#[template(path = "account/link.html")]
struct LinkPage {
    frame: Frame,
    address: String,
    qr: Option<Qr>,
    expires_at: Time,
}

/// Makes the link and shows it, this once. An earlier one that was not used is void.
pub(crate) async fn make_link(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
) -> Result<Response, PageError> {
    let (now, person) = (app.clock.now(), caller.person());
    let expires_at = now + OWN_LINK_LIFE_MS;
    let link = CardLink { person, made_by: Some(person), created_at: now, expires_at, reusable: false };
    let mut batch = Batch::new();
    batch.run(DELETE_DEAD_LINKS, params![person, now - DEAD_LINK_KEPT_MS]);
    batch.run(SPEND_LINKS_MADE_BY, params![now, person, person]);
    let path = card_links::add(&mut batch, &app.entropy, &link);
    app.store.apply(batch).await?;
    let address = format!("{}{path}", app.settings.base_url);
    let qr = qr::draw(&address);
    page(&LinkPage { frame, address, qr, expires_at })
}
