//! The one table of what the application serves and to whom.
//!
//! The router is built from it, so a route that is not here does not exist, and
//! no handler runs before the table has let the caller's role through. What
//! depends on more than the role (whose lesson, whose child) is decided by the
//! slice's rules. The tests walk every route with every role and a stranger.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use base::Role;

use crate::context::App;
use crate::web::{PageError, Visitor};

routes! {
    // web
    GET  "/assets/{*path}"              PUBLIC       web::serve_asset;
    POST "/language"                    PUBLIC       web::choose_language;
    // sign_in
    GET  "/sign-in"                     PUBLIC       sign_in::show;
    POST "/sign-in"                     PUBLIC       sign_in::sign_in;
    GET  "/card/{secret}"               PUBLIC       sign_in::open_card_link;
    POST "/card/{secret}"               PUBLIC       sign_in::take_card;
    POST "/sign-out"                    SIGNED_IN    sign_in::sign_out;
    POST "/sign-out-everywhere"         SIGNED_IN    sign_in::sign_out_everywhere;
    // account
    GET  "/account"                     SIGNED_IN    account::show;
    POST "/account/password"            SIGNED_IN    account::change_password;
    POST "/account/language"            SIGNED_IN    account::choose_language;
    POST "/account/device/{id}/revoke"  SIGNED_IN    account::revoke_device;
    POST "/account/link"                SIGNED_IN    account::make_link;
    // people
    GET  "/people"                      CREDENTIALS  people::list;
    POST "/people/cards"                CREDENTIALS  people::print_cards;
    POST "/people/{id}/revoke"          CREDENTIALS  people::revoke;
    // today
    GET  "/"                            SIGNED_IN    today::show;
    // timetable
    GET  "/timetable"                   SIGNED_IN    timetable::show;
    // slot
    GET  "/slot/{slot}"                 STAFF        slot::show;
    POST "/slot/{slot}/substitute"      SCHOOL_LIFE  slot::substitute;
    POST "/slot/{slot}/cancel"          SCHOOL_LIFE  slot::cancel;
    POST "/slot/{slot}/restore"         SCHOOL_LIFE  slot::restore;
    // classroom
    GET  "/lesson/{slot}"               SIGNED_IN    classroom::show;
    POST "/lesson/{slot}/guest-link"    TEACHERS     classroom::make_guest_link;
    POST "/lesson/{slot}/guest-link/revoke" TEACHERS classroom::revoke_guest_link;
    GET  "/guest/{secret}"              PUBLIC       classroom::open_guest_link;
    POST "/guest/{secret}"              PUBLIC       classroom::enter_as_guest;
    // rollcall
    GET  "/rollcalls"                   ROLL         rollcall::list;
    GET  "/rollcall/{slot}"             ROLL         rollcall::show;
    POST "/rollcall/{slot}/correct"     ROLL_HANDS   rollcall::correct;
    POST "/rollcall/{slot}/validate"    TEACHERS     rollcall::validate;
    // regie
    GET  "/regie"                       OPERATORS    regie::show;
    GET  "/regie/events"                OPERATORS    regie::follow;
    GET  "/regie/lever"                 OPERATORS    regie::leave_form;
    POST "/regie/lever"                 OPERATORS    regie::pull;
    POST "/regie/undo/{id}"             OPERATORS    regie::undo;
}

/// Addresses that are open to everybody or check for themselves, by their beginning.
pub const OPEN_WAYS: &[&str] = &["/language", "/sign-in", "/sign-out", "/card/", "/guest/", "/live/"];
/// Files in memory, by their beginning.
pub const FILE_WAYS: &[&str] = &["/assets/"];
/// Class pages: the lesson's number follows.
pub const LESSON_WAYS: &[&str] = &["/lesson/"];
/// Pages that are only read, and cheap.
pub const READING_WAYS: &[&str] = &["/", "/timetable"];

/// Anybody, signed in or not.
const PUBLIC: Who = Who::Public;
/// Anybody with a card.
const SIGNED_IN: Who = Who::SignedIn;
/// Those who hand out and revoke other people's cards.
const CREDENTIALS: Who = Who::Roles(&[Role::DigitalLead, Role::Head]);

/// Those who hold lessons.
const TEACHERS: Who = Who::Roles(&[Role::Teacher]);
/// Those who work at the school.
const STAFF: Who = Who::Roles(&[Role::Teacher, Role::SchoolLifeOfficer, Role::Head, Role::DigitalLead]);
/// Those who look after the school's days.
const SCHOOL_LIFE: Who = Who::Roles(&[Role::SchoolLifeOfficer, Role::Head]);
/// Those who read roll calls.
const ROLL: Who = Who::Roles(&[Role::Teacher, Role::SchoolLifeOfficer, Role::Head]);
/// Those who correct them.
const ROLL_HANDS: Who = Who::Roles(&[Role::Teacher, Role::SchoolLifeOfficer]);

/// Those who work the gate.
const OPERATORS: Who = Who::Roles(&[Role::Operator]);

/// Whom a route serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, signed in or not.
    Public,
    /// Anybody with a card.
    SignedIn,
    /// A card with one of these roles.
    Roles(&'static [Role]),
}

/// One line of the table.
#[derive(Debug)]
pub struct Route {
    /// `GET` (which answers `HEAD` too) or `POST`.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Whom it serves.
    pub who: Who,
    /// Slice and handler, as in the access log: `account.show`.
    pub action: &'static str,
    serve: fn() -> MethodRouter<App>,
}

impl Who {
    /// Whether somebody with `role` passes; `None` is a stranger.
    pub fn allows(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Who::Public, _) | (Who::SignedIn, Some(_)) => true,
            (Who::Roles(roles), Some(role)) => roles.contains(&role),
            (Who::SignedIn | Who::Roles(_), None) => false,
        }
    }
}

/// Whether the table serves the page at `path` to `role`.
pub fn may_see(role: Option<Role>, path: &str) -> bool {
    ROUTES.iter().any(|route| route.method == Method::GET && route.path == path && route.who.allows(role))
}

/// The router of the whole table.
pub(crate) fn router() -> Router<App> {
    ROUTES.iter().fold(Router::new(), |router, route| {
        router.route(route.path, (route.serve)().route_layer(from_fn_with_state(route, check)))
    })
}

async fn check(
    State(route): State<&'static Route>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let role = visitor.card.map(|card| card.role);
    if !route.who.allows(role) {
        if let Some(card) = visitor.card.filter(|_| route.method == Method::POST) {
            // Somebody who is known tried what is not theirs.
            tracing::warn!(person = %card.person, action = route.action, "refused");
        }
        return Err(if role.is_none() { PageError::SignedOut } else { PageError::Forbidden });
    }
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    Ok(response)
}

/// Builds [`ROUTES`] from lines of `METHOD "path" WHO slice::handler;`.
macro_rules! routes {
    ($($method:ident $path:literal $who:ident $slice:ident :: $handler:ident;)*) => {
        /// Everything that is served, in the order of the slices.
        pub static ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            who: $who,
            action: concat!(stringify!($slice), ".", stringify!($handler)),
            serve: || routes!(@$method crate::$slice::$handler),
        }),*];
    };
    (@GET $handler:path) => { get($handler) };
    (@POST $handler:path) => { post($handler) };
}
use routes;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EVERYBODY, TestSchool, role};

    fn filled(path: &str) -> String {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    #[tokio::test]
    async fn every_route_opens_to_every_role_that_the_table_names_and_to_nobody_else() {
        for route in ROUTES {
            for who in EVERYBODY.into_iter().map(Some).chain([None]) {
                let school = TestSchool::new().await;
                let path = filled(route.path);
                let request = school.request(route.method.clone(), &path, who);
                let reply = school.send(request.body(axum::body::Body::empty())).await;
                let may = route.who.allows(who.map(role));
                let whose = who.map_or("stranger", |who| role(who).word());
                assert_eq!(
                    reply.route.is_some(),
                    may,
                    "{} {path} as {whose}: {}",
                    route.method,
                    reply.status
                );
                if !may {
                    let expected = match (who, &route.method) {
                        (Some(_), _) => 403,
                        (None, &Method::GET) => 303,
                        (None, _) => 401,
                    };
                    assert_eq!(reply.status, expected, "{} {path} as {whose}", route.method);
                }
                assert!(reply.status.as_u16() < 500, "{} {path} as {whose}: {}", route.method, reply.body);
            }
        }
    }

    #[tokio::test]
    async fn what_is_not_in_the_table_does_not_exist() {
        let school = TestSchool::new().await;
        for path in ["/nowhere", "/account/", "//", "/assets", "/card", "/live/1", "/%2e%2e/etc/passwd"] {
            for who in EVERYBODY {
                assert_eq!(school.get(who, path).await.status, 404, "{path}");
            }
        }
        assert_eq!(school.post_as_stranger("/card", &[]).await.status, 404);
    }

    #[test]
    fn whatever_is_public_is_open_at_the_door() {
        let is_open = |path: &str| OPEN_WAYS.iter().chain(FILE_WAYS).any(|way| path.starts_with(way));
        for route in ROUTES {
            assert!(route.who != Who::Public || is_open(route.path), "{}", route.path);
        }
        let is_served = |path: &str| ROUTES.iter().any(|route| route.path == path);
        assert!(READING_WAYS.iter().all(|path| is_served(path)));
    }

    #[test]
    fn no_two_lines_are_the_same_route() {
        for (index, route) in ROUTES.iter().enumerate() {
            let same =
                ROUTES[..index].iter().find(|other| other.method == route.method && other.path == route.path);
            assert!(same.is_none(), "{} {}", route.method, route.path);
        }
    }
}
