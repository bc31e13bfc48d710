//! The language switch of a page's header, for strangers.

use axum::extract::State;
use axum::response::Response;
use base::Lang;
use serde::Deserialize;

use super::{Form, PageError, cookies, local_path, see_other};
use crate::context::App;

#[derive(Deserialize)]
pub(crate) struct Choice {
    lang: String,
    #[serde(default)]
    back: String,
}

/// Remembers the language on the device and goes back to the page.
pub(crate) async fn choose_language(
    State(app): State<App>,
    Form(choice): Form<Choice>,
) -> Result<Response, PageError> {
    let lang = Lang::from_tag(&choice.lang).ok_or(PageError::Malformed)?;
    let mut response = see_other(local_path(&choice.back));
    cookies::set_lang(&mut response, &app, lang);
    Ok(response)
}
