//! My account: the devices that carry my card, my password, my language, a
//! link for another device of mine. Everything here acts on the caller only.

mod link;
mod page;
mod password;
mod rules;
pub(crate) mod store;

pub(crate) use link::make_link;
pub(crate) use page::show;
pub(crate) use password::change_password;

use ::store::{Batch, params};
use axum::extract::{Path, State};
use axum::response::Response;
use base::{DeviceId, Lang};
use serde::Deserialize;

use self::store::SET_LANG;
use crate::cards;
use crate::context::App;
use crate::web::{Caller, Form, PageError, Said, cookies, local_path, see_other, see_other_saying};

/// The language switch, as it is sent.
#[derive(Deserialize)]
pub(crate) struct Language {
    lang: String,
    #[serde(default)]
    back: String,
}

/// Keeps the caller's language, for every device of theirs.
pub(crate) async fn choose_language(
    State(app): State<App>,
    caller: Caller,
    Form(chosen): Form<Language>,
) -> Result<Response, PageError> {
    let lang = Lang::from_tag(&chosen.lang).ok_or(PageError::Malformed)?;
    let mut batch = Batch::new();
    batch.run(SET_LANG, params![lang.tag(), caller.person()]);
    app.store.apply(batch).await?;
    let mut response = see_other(local_path(&chosen.back));
    cookies::set_lang(&mut response, &app, lang);
    Ok(response)
}

/// Voids the card on one of the caller's devices.
pub(crate) async fn revoke_device(
    State(app): State<App>,
    caller: Caller,
    Path(device): Path<i64>,
) -> Result<Response, PageError> {
    let device = DeviceId(device);
    if !cards::revoke_device(&app, caller.person(), device).await? {
        return Err(PageError::NotFound);
    }
    if device != caller.card.device {
        return Ok(see_other_saying("/account", Said::DeviceRevoked));
    }
    let mut response = see_other_saying("/sign-in", Said::SignedOut);
    cookies::clear_card(&mut response, &app);
    Ok(response)
}

#[cfg(test)]
mod tests;
