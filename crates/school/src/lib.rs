//! The web application: every page of a school but the live class's socket.
//!
//! One slice a folder (`sign_in`, `account`, `people`, …), which never import
//! one another; what they share is in the rooms beside them: `access` (the one
//! table of who may do what), `web` (callers, errors, layout), `texts`,
//! `cards`, `card_links`, `passwords`. Composed by the binary, which gives it a
//! [`Context`].

pub mod access;
pub mod card_links;
mod cards;
mod context;
mod keys;
pub mod limits;
pub mod passwords;
mod planned;
mod qr;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod texts;
pub mod web;

mod account;
mod classroom;
mod people;
mod regie;
mod rollcall;
mod sign_in;
mod slot;
mod timetable;
mod today;

pub use cards::load_revoked;
pub use context::{Context, Gate, LiveStatus, Settings};
pub use keys::load_keys;
pub use planned::{LessonOfDay, lessons_between};
pub use regie::{Ending, Show, levers_in_force};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

/// Everything but `/live/{slot}`, ready to serve.
pub fn router(context: Context) -> Router {
    let app = context::App::new(context);
    access::router()
        .fallback(async || web::PageError::NotFound)
        .method_not_allowed_fallback(async || web::PageError::WrongMethod)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), web::front))
        .with_state(app)
}

/// Every statement of the crate by module and name, so that one test can
/// prepare them all.
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    [
        ("card_links", card_links::STATEMENTS),
        ("cards", cards::STATEMENTS),
        ("keys", keys::STATEMENTS),
        ("planned", planned::STATEMENTS),
        ("web", web::store::STATEMENTS),
        ("sign_in", sign_in::store::STATEMENTS),
        ("account", account::store::STATEMENTS),
        ("people", people::store::STATEMENTS),
        ("today", today::store::STATEMENTS),
        ("timetable", timetable::store::STATEMENTS),
        ("slot", slot::store::STATEMENTS),
        ("rollcall", rollcall::store::STATEMENTS),
        ("regie", regie::store::STATEMENTS),
        ("classroom", classroom::store::STATEMENTS),
    ]
    .into_iter()
    .flat_map(|(module, statements)| statements.iter().map(move |(name, sql)| (module, *name, *sql)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_prepares() {
        let store = store::Store::temporary().unwrap();
        for (module, name, sql) in statements() {
            assert!(!sql.contains('?') && !sql.contains(';'), "{module}::{name} is not portable");
            if let Err(error) = store.check(sql).await {
                panic!("{module}::{name}: {error}");
            }
        }
    }
}
