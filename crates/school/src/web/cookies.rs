//! The three cookies: `card` (who is on this device), `lang` (chosen language)
//! and `guest` (a stranger's pass into one lesson, made by the class page).

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use base::limits::CARD_LIFE_MS;
use base::{Card, Lang};

use crate::context::Context;

/// Holds the sealed card.
pub const CARD: &str = "card";
/// Holds the tag of the chosen language.
pub const LANG: &str = "lang";

/// The value of the cookie called `name`.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(COOKIE).iter().filter_map(|value| str::from_utf8(value.as_bytes()).ok());
    lines.find_map(|line| base::cookie::find(line, name))
}

/// Puts `card` on the device that gets `response`.
pub fn set_card(response: &mut Response, context: &Context, card: &Card) {
    set(response, context, CARD, &card.seal(&context.keys), CARD_LIFE_MS / 1_000);
}

/// Takes the card off the device that gets `response`.
pub fn clear_card(response: &mut Response, context: &Context) {
    set(response, context, CARD, "", 0);
}

/// Remembers the chosen language on the device that gets `response`.
pub fn set_lang(response: &mut Response, context: &Context, lang: Lang) {
    set(response, context, LANG, lang.tag(), CARD_LIFE_MS / 1_000);
}

/// Sets a cookie for the whole site that scripts cannot read; 0 seconds clears it.
pub fn set(response: &mut Response, context: &Context, name: &str, value: &str, life_s: i64) {
    let secure = if context.settings.secure_cookies { "; Secure" } else { "" };
    let text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={life_s}{secure}");
    if let Ok(header) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, header);
    }
}
