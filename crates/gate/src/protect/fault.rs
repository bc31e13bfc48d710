//! What can go wrong between a client and an upstream, and the page that says so.

use std::sync::LazyLock;

use admission::SiteFault;
use askama::Template;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, REFRESH, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base::Lang;

use super::body::BodyFault;
use super::head::HeadFault;
use super::wire::TlsFault;
use crate::door::page as looks;

/// Why a request is not answered by the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The request itself.
    #[error("{}", .0.reason)]
    Head(HeadFault),
    /// The body of the request.
    #[error("in the request {0}")]
    Body(BodyFault),
    /// The headers of the request are more than we take.
    #[error("the headers of the request are more than the gate takes")]
    HeadTooLarge,
    /// The body of the request is larger than the site takes.
    #[error("the request is larger than the site takes")]
    TooLarge,
    /// The request stood still.
    #[error("the request stood still")]
    ClientSlow,
    /// The client is gone.
    #[error("the client is gone")]
    ClientGone,
    /// The request came through here before.
    #[error("the request came through here before: the upstream leads back to the gate")]
    Loop,
    /// Every connection to the upstream is taken.
    #[error("every connection to the upstream is taken")]
    Busy,
    /// Nothing listens at the upstream's address.
    #[error("the upstream refuses connections")]
    Refused,
    /// No way leads to the upstream.
    #[error("no way leads to the upstream: its name, or the network")]
    Unreachable,
    /// No TLS with the upstream.
    #[error("no TLS with the upstream: {0}")]
    Tls(TlsFault),
    /// The upstream took too long to take the connection.
    #[error("the upstream took too long to take a connection")]
    ConnectSlow,
    /// The upstream took too long to begin its answer.
    #[error("the upstream took too long to begin its answer")]
    FirstByteSlow,
    /// The upstream's answer stood still.
    #[error("the upstream's answer stood still")]
    Stalled,
    /// The upstream closed a connection before the first byte of its answer.
    #[error("the upstream closed without an answer")]
    Hung,
    /// The upstream closed before its answer was whole.
    #[error("the upstream closed before its answer was whole")]
    EndsEarly,
    /// The upstream's answer is no HTTP that we pass on.
    #[error("the upstream's answer has {0}")]
    Malformed(&'static str),
    /// The visitor's lane is not among those of the site.
    #[error("the visitor's lane is not served")]
    WrongLane,
    /// Nobody is known, and the request cannot be sent on a detour.
    #[error("nobody is known")]
    Unknown,
    /// The browser keeps no cookies.
    #[error("the browser keeps no cookies")]
    NoCookies,
}

impl Fault {
    /// The status of its answer.
    pub fn status(self) -> StatusCode {
        match self {
            Fault::Head(fault) => fault.status,
            Fault::Body(_) | Fault::ClientGone | Fault::NoCookies => StatusCode::BAD_REQUEST,
            Fault::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::ClientSlow => StatusCode::REQUEST_TIMEOUT,
            Fault::Loop => StatusCode::LOOP_DETECTED,
            Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Refused
            | Fault::Unreachable
            | Fault::Tls(_)
            | Fault::Hung
            | Fault::EndsEarly
            | Fault::Malformed(_) => StatusCode::BAD_GATEWAY,
            Fault::ConnectSlow | Fault::FirstByteSlow | Fault::Stalled => StatusCode::GATEWAY_TIMEOUT,
            Fault::WrongLane => StatusCode::FORBIDDEN,
            Fault::Unknown => StatusCode::UNAUTHORIZED,
        }
    }

    /// Whether it is the upstream's, and which.
    pub fn of_upstream(self) -> Option<SiteFault> {
        Some(match self {
            Fault::Refused => SiteFault::Refused,
            Fault::Unreachable => SiteFault::NoWay,
            Fault::Tls(fault) => fault.into(),
            Fault::ConnectSlow => SiteFault::ConnectSlow,
            Fault::FirstByteSlow | Fault::Stalled => SiteFault::AnswerSlow,
            Fault::Hung | Fault::EndsEarly => SiteFault::Cut,
            Fault::Malformed(_) => SiteFault::Odd,
            _ => return None,
        })
    }

    /// Its page, in the language of whoever asked; `site` is what people call the site.
    pub fn answer(self, lang: Lang, site: &str) -> Response {
        let offer = if self.may_ask_again() { Offer::Again } else { Offer::Nothing };
        page(lang, site, self.status(), self.words(lang), offer)
    }

    fn may_ask_again(self) -> bool {
        self.of_upstream().is_some() || self == Fault::Busy
    }

    fn words(self, lang: Lang) -> (&'static str, &'static str, &'static str) {
        match lang {
            Lang::Fr => self.french(),
            Lang::En => self.english(),
        }
    }

    fn french(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Fault::Busy => (
                "Trop de demandes à la fois",
                "Le site que vous demandez a déjà autant de demandes qu’il peut en traiter.",
                "Réessayez dans quelques secondes : votre place est gardée.",
            ),
            Fault::ConnectSlow | Fault::FirstByteSlow | Fault::Stalled => (
                "Le site met trop de temps à répondre",
                "Nous l’avons attendu, il n’a pas répondu à temps. Rien n’est perdu de notre côté.",
                "Réessayez dans un moment. Si vous aviez envoyé un formulaire, vérifiez d’abord s’il est arrivé.",
            ),
            Fault::Refused
            | Fault::Unreachable
            | Fault::Tls(_)
            | Fault::Hung
            | Fault::EndsEarly
            | Fault::Malformed(_) => (
                "Le site ne répond pas",
                "Nous sommes là, mais le site que vous demandez ne répond pas comme il faut.",
                "Réessayez dans un moment. Si vous aviez envoyé un formulaire, vérifiez d’abord s’il est arrivé.",
            ),
            Fault::HeadTooLarge => (
                "Cette demande est trop longue",
                "Votre navigateur envoie plus d’en-têtes que nous n’en prenons. Presque toujours, ce sont trop de cookies.",
                "Effacez les cookies de ce site, puis ouvrez-le à nouveau et reconnectez-vous.",
            ),
            Fault::TooLarge => (
                "C’est trop volumineux",
                "Ce que vous envoyez dépasse ce que ce site accepte.",
                "Envoyez un fichier plus petit, ou en plusieurs fois.",
            ),
            Fault::WrongLane => (
                "Ce n’est pas encore votre tour",
                "En ce moment, ce site est réservé à d’autres que vous.",
                "Revenez plus tard, ou adressez-vous à votre établissement.",
            ),
            Fault::Unknown => (
                "Nous ne savons pas qui vous êtes",
                "Votre visite est terminée, ou n’a pas commencé.",
                "Ouvrez d’abord la page d’accueil du site, puis recommencez.",
            ),
            Fault::NoCookies => (
                "Votre navigateur refuse les cookies",
                "Sans cookie, nous ne pouvons pas garder votre place.",
                "Autorisez les cookies pour ce site, puis ouvrez-le de nouveau.",
            ),
            Fault::Head(_) | Fault::Body(_) | Fault::ClientSlow | Fault::ClientGone | Fault::Loop => (
                "Cette demande ne peut pas être transmise",
                "Elle n’est pas écrite comme il faut, ou n’est pas arrivée entière.",
                "Rechargez la page. Si cela continue, prévenez votre établissement.",
            ),
        }
    }

    fn english(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Fault::Busy => (
                "Too many requests at once",
                "The site that you ask for has as many requests already as it can handle.",
                "Try again in a few seconds: your place is kept.",
            ),
            Fault::ConnectSlow | Fault::FirstByteSlow | Fault::Stalled => (
                "The site takes too long to answer",
                "We waited, and it did not answer in time. Nothing is lost on our side.",
                "Try again in a moment. If you had sent a form, look first whether it arrived.",
            ),
            Fault::Refused
            | Fault::Unreachable
            | Fault::Tls(_)
            | Fault::Hung
            | Fault::EndsEarly
            | Fault::Malformed(_) => (
                "The site does not answer",
                "We are here, but the site that you ask for does not answer as it should.",
                "Try again in a moment. If you had sent a form, look first whether it arrived.",
            ),
            Fault::HeadTooLarge => (
                "This request is too long",
                "Your browser sends more headers than we take. Nearly always these are too many cookies.",
                "Delete this site's cookies, then open it again and sign in.",
            ),
            Fault::TooLarge => (
                "This is too large",
                "What you send is more than this site takes.",
                "Send a smaller file, or send it in parts.",
            ),
            Fault::WrongLane => (
                "It is not your turn yet",
                "At the moment this site is kept for others than you.",
                "Come back later, or ask your school.",
            ),
            Fault::Unknown => (
                "We do not know who you are",
                "Your visit is over, or has not begun.",
                "Open the site’s first page, then try again.",
            ),
            Fault::NoCookies => (
                "Your browser refuses cookies",
                "Without a cookie we cannot keep your place.",
                "Allow cookies for this site, then open it again.",
            ),
            Fault::Head(_) | Fault::Body(_) | Fault::ClientSlow | Fault::ClientGone | Fault::Loop => (
                "This request cannot be passed on",
                "It is not written as it should be, or did not arrive whole.",
                "Reload the page. If this goes on, tell your school.",
            ),
        }
    }
}

impl From<HeadFault> for Fault {
    fn from(fault: HeadFault) -> Fault {
        Fault::Head(fault)
    }
}

impl From<BodyFault> for Fault {
    fn from(fault: BodyFault) -> Fault {
        Fault::Body(fault)
    }
}

/// What the page of a fault offers.
pub(super) enum Offer<'a> {
    Nothing,
    /// A link to itself.
    Again,
    /// A link to there, or to itself if that is empty, where it goes by itself after so many seconds.
    Reload(u32, &'a str),
    /// A link to where one starts.
    StartOver(&'a str),
}

/// The page of a fault, of this title, reason and advice.
pub(super) fn page(
    lang: Lang,
    site: &str,
    status: StatusCode,
    (title, why, then): (&str, &str, &str),
    offer: Offer<'_>,
) -> Response {
    let ask_s = match offer {
        Offer::Again => Some(ASKS_AGAIN_S),
        Offer::Reload(seconds, _) => Some(seconds),
        Offer::Nothing | Offer::StartOver(_) => None,
    };
    let code = status.as_u16();
    let template = Page { lang, site, title, why, then, code, style: looks::STYLE, offer: &offer };
    let mut response = Response::new(Body::from(template.render().unwrap_or_default()));
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The address may hold a code that is not spent.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.extend(ask_s.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    if let Offer::Reload(seconds, to) = offer {
        let text = if to.is_empty() { seconds.to_string() } else { format!("{seconds}; url={to}") };
        headers.insert(REFRESH, HeaderValue::try_from(text).unwrap_or(HeaderValue::from(seconds)));
    }
    response
}

#[derive(Template)]
#[template(path = "protect/fault.html")]
struct Page<'a> {
    lang: Lang,
    site: &'a str,
    title: &'a str,
    why: &'a str,
    then: &'a str,
    code: u16,
    style: &'static str,
    offer: &'a Offer<'a>,
}

/// The page has its style with it, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = looks::hash(looks::STYLE);
    let policy = format!(
        "default-src 'none'; style-src '{style}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// What people call our own pages, which have no other title here.
pub(crate) const OURS: &str = "Préau";

/// The upstream may be back, or less busy, after this.
const ASKS_AGAIN_S: u32 = 10;
