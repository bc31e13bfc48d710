//! Cookies of the gate: those that a request brings, and those for a day of school.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The value of the cookie called `name`.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(COOKIE).iter().filter_map(|value| str::from_utf8(value.as_bytes()).ok());
    lines.find_map(|line| base::cookie::find(line, name))
}

/// A cookie for a day of school; `is_hidden` from scripts. None when the value does not fit one.
pub(crate) fn for_a_day(name: &str, value: &str, is_hidden: bool, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let hidden = if is_hidden { "; HttpOnly" } else { "" };
    let life_s = base::limits::TICKET_LIFE_MS / 1_000;
    HeaderValue::try_from(format!("{name}={value}; SameSite=Lax; Path=/; Max-Age={life_s}{secure}{hidden}"))
        .ok()
}
