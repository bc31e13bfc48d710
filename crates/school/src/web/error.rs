//! Everything that can keep a page from being shown, and the one place that
//! turns it into HTTP: a status, a clear sentence in the reader's language and
//! what to do about it. What is our fault gets an incident number and one log
//! line; nothing of the fault itself is shown.

use std::sync::Arc;

use askama::Template;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::{Frame, Visitor, cookies, form, page_with, see_other};
use crate::access::Route;
use crate::context::Context;
use crate::texts::Texts;

/// Why a page is not shown.
#[derive(Clone)]
pub enum PageError {
    /// Nothing here, or nothing that this person may know of.
    NotFound,
    /// A card is needed: the sign-in page comes first.
    SignedOut,
    /// The role does not open this.
    Forbidden,
    /// The address does not take this method.
    WrongMethod,
    /// A write that another site started.
    CrossSite,
    /// A form larger than any of ours.
    TooLarge,
    /// A form that no page of ours sends.
    Malformed,
    /// What was on the page has changed meanwhile.
    Conflict,
    /// A slice's own refusal: status and sentence.
    Refused(StatusCode, Sentence),
    /// Too much at once: come back in so many seconds.
    Busy {
        /// Seconds until it is worth trying again.
        seconds: u32,
    },
    /// The database cannot take or give anything now.
    Unavailable(Fault),
    /// Our fault.
    Internal(Fault),
}

/// A sentence in either language.
pub type Sentence = Arc<dyn Fn(Texts) -> String + Send + Sync>;
/// What went wrong, for the log.
pub type Fault = Arc<dyn std::error::Error + Send + Sync>;

impl PageError {
    /// A slice's own refusal, said in one clear sentence.
    pub fn refused<T: Into<String>>(
        status: StatusCode,
        sentence: impl Fn(Texts) -> T + Send + Sync + 'static,
    ) -> PageError {
        PageError::Refused(status, Arc::new(move |t| sentence(t).into()))
    }

    /// Our fault.
    pub fn internal(fault: impl std::error::Error + Send + Sync + 'static) -> PageError {
        PageError::Internal(Arc::new(fault))
    }

    fn status(&self) -> StatusCode {
        match self {
            PageError::NotFound => StatusCode::NOT_FOUND,
            PageError::SignedOut => StatusCode::UNAUTHORIZED,
            PageError::Forbidden | PageError::CrossSite => StatusCode::FORBIDDEN,
            PageError::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            PageError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            PageError::Malformed => StatusCode::BAD_REQUEST,
            PageError::Conflict => StatusCode::CONFLICT,
            PageError::Refused(status, _) => *status,
            PageError::Busy { .. } | PageError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, and what to do.
    fn sentences(&self, t: Texts) -> (String, String) {
        let (what, then): (&str, &str) = match self {
            PageError::NotFound => (t.error_not_found(), t.error_not_found_then()),
            PageError::SignedOut => (t.error_signed_out(), t.error_signed_out_then()),
            PageError::Forbidden => (t.error_forbidden(), t.error_forbidden_then()),
            PageError::WrongMethod => (t.error_wrong_method(), t.error_start_again_then()),
            PageError::CrossSite => (t.error_cross_site(), t.error_start_again_then()),
            PageError::TooLarge => (t.error_too_large(), t.error_too_large_then()),
            PageError::Malformed => (t.error_malformed(), t.error_start_again_then()),
            PageError::Conflict => (t.error_conflict(), t.error_conflict_then()),
            PageError::Refused(_, sentence) => return (sentence(t), String::new()),
            PageError::Busy { seconds } => return (t.error_busy().into(), t.error_busy_then(*seconds)),
            PageError::Unavailable(_) => (t.error_unavailable(), t.error_unavailable_then()),
            PageError::Internal(_) => (t.error_internal(), t.error_internal_then()),
        };
        (what.to_owned(), then.to_owned())
    }

    fn fault(&self) -> Option<&Fault> {
        match self {
            PageError::Unavailable(fault) | PageError::Internal(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<store::Error> for PageError {
    fn from(error: store::Error) -> PageError {
        match error {
            store::Error::Conflict => PageError::Conflict,
            store::Error::Unavailable(_) => PageError::Unavailable(Arc::new(error)),
            _ => PageError::internal(error),
        }
    }
}

impl IntoResponse for PageError {
    /// Only carries the error out: [`show`] makes the page, knowing the reader.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    frame: Frame,
    what: String,
    then: String,
    incident: Option<String>,
    sign_in: bool,
}

/// Turns a response that carries an error into its page; others go through.
pub(super) fn show(context: &Context, visitor: Visitor, uri: &Uri, response: Response) -> Response {
    let Some(error) = error_of(&response) else { return response };
    let route = response.extensions().get::<&'static Route>().copied();
    let asked = uri.path_and_query().map_or("/", |path| path.as_str());
    if matches!(*error, PageError::SignedOut) && response.extensions().get::<ByPost>().is_none() {
        let mut response = match asked {
            "/" => see_other("/sign-in"),
            asked => see_other(&format!("/sign-in?next={}", form::encode(asked))),
        };
        if visitor.card.is_some() {
            // Signed, but of nobody any more: it would come back for ever.
            cookies::clear_card(&mut response, context);
        }
        return response;
    }
    let incident = error.fault().map(|fault| log(context, route, fault));
    let (what, then) = error.sentences(visitor.texts());
    let sign_in = matches!(*error, PageError::SignedOut);
    let frame = Frame::without_store(visitor, uri);
    let shown = page_with(error.status(), &ErrorPage { frame, what, then, incident, sign_in });
    let mut shown = shown.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    if let Some(route) = route {
        shown.extensions_mut().insert(route);
    }
    if let PageError::Busy { seconds } = *error {
        shown.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    shown
}

/// Marks the response to a write: a stranger's write is not sent to sign in, its form would be lost unseen.
#[derive(Clone, Copy)]
pub(super) struct ByPost;

/// The error that a response carries: ours, or the framework's refusal of an
/// address or a form that it could not read.
fn error_of(response: &Response) -> Option<Arc<PageError>> {
    if let Some(error) = response.extensions().get::<Arc<PageError>>() {
        return Some(Arc::clone(error));
    }
    let is_plain =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_write = response.extensions().get::<ByPost>().is_some();
    match response.status() {
        status if !status.is_client_error() || !is_plain => None,
        StatusCode::PAYLOAD_TOO_LARGE => Some(Arc::new(PageError::TooLarge)),
        _ if is_write => Some(Arc::new(PageError::Malformed)),
        _ => Some(Arc::new(PageError::NotFound)),
    }
}

fn log(context: &Context, route: Option<&'static Route>, fault: &Fault) -> String {
    let action = route.map_or("none", |route| route.action);
    let incident = format!("{:08X}", context.entropy.id() & 0xFFFF_FFFF);
    tracing::error!(incident, action, fault = fault.as_ref() as &dyn std::error::Error, "page not shown");
    incident
}
