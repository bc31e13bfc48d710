//! Getting a card onto a device and off it: password, card link, sign out.
//!
//! A one-time link is spent by a person who opens it, never by a preview, a
//! prefetch or a second device; where it is not certain who opens it, a page
//! asks. Nothing here says whether a login exists.

mod link;
mod opener;
mod password;
mod rules;
pub(crate) mod store;

pub(crate) use link::{open_card_link, take_card};
pub(crate) use password::{show, sign_in};

use ::store::Batch;
use axum::extract::State;
use axum::response::Response;

use crate::cards;
use crate::context::App;
use crate::web::{Caller, PageError, Said, cookies, see_other_saying};

/// Takes the card off this device.
pub(crate) async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, PageError> {
    cards::revoke_device(&app, caller.person(), caller.card.device).await?;
    let mut response = see_other_saying("/sign-in", Said::SignedOut);
    cookies::clear_card(&mut response, &app);
    Ok(response)
}

/// Voids the caller's card on every device.
pub(crate) async fn sign_out_everywhere(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, PageError> {
    cards::revoke_all(&app, caller.person(), Batch::new()).await?;
    let mut response = see_other_saying("/sign-in", Said::SignedOutEverywhere);
    cookies::clear_card(&mut response, &app);
    Ok(response)
}

#[cfg(test)]
mod tests;
