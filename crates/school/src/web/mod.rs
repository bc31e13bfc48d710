//! What every page shares: who is calling and in which language, errors as
//! pages, cookies, forms, assets, the layout around a page.
//!
//! `front` stands before every route: it identifies the visitor once, refuses
//! writes from other sites, turns a [`PageError`] into a page in one place and
//! puts the security headers on whatever goes out. It knows no slice.

pub mod assets;
mod calendar;
mod compress;
pub(crate) mod cookies;
mod error;
mod form;
mod frame;
mod front;
mod language;
mod names;
mod said;
pub(crate) mod store;
mod visitor;

pub use calendar::Calendar;
pub use error::PageError;
pub use form::{Form, encode, local_path};
pub use frame::{Frame, NavItem, role_name};
pub use names::{short, sort_key};
pub use said::Said;
pub use visitor::{Caller, Visitor};

pub(crate) use assets::serve_asset;
pub(crate) use front::front;
pub(crate) use language::choose_language;

use askama::Template;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A template as a page.
pub fn page(template: &impl Template) -> Result<Response, PageError> {
    page_with(StatusCode::OK, template)
}

/// A template as a page with another status: a form that came back with faults.
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    let html = template.render().map_err(PageError::internal)?;
    Ok((status, [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html).into_response())
}

/// The class of the house style for a subject's colour: its hue, in degrees, to the nearest of twelve.
pub fn hue_class(hue: i64) -> &'static str {
    HUES[usize::try_from(hue.rem_euclid(360) / 30).unwrap_or(0) % HUES.len()]
}

/// Sends the browser on with a GET, as after every write.
pub fn see_other(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// Sends the browser on to a page that will say what was done.
pub fn see_other_saying(path: &str, said: Said) -> Response {
    let separator = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{separator}said={}", said.key()))
}

const HUES: [&str; 12] = [
    "hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5", "hue-6", "hue-7", "hue-8", "hue-9", "hue-10",
    "hue-11",
];

#[cfg(test)]
mod tests;
