//! What stands before every route and behind every answer.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use futures_util::FutureExt;

use super::error::{self, ByPost};
use super::{PageError, Visitor, compress};
use crate::context::App;

/// Identifies the visitor, refuses writes from other sites, shows errors as
/// pages and puts the security headers on.
pub(crate) async fn front(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let visitor = Visitor::identify(&app, request.headers());
    let uri = request.uri().clone();
    let is_compressed = compress::is_welcome(request.headers());
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_write && is_cross_site(request.headers(), &app.settings.base_url) {
        PageError::CrossSite.into_response()
    } else {
        request.extensions_mut().insert(visitor);
        // A fault in one page is that page's: its visitor gets an answer.
        match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => PageError::internal(Panicked).into_response(),
        }
    };
    if is_write {
        response.extensions_mut().insert(ByPost);
    }
    let mut response = error::show(&app, visitor, &uri, response);
    if is_compressed {
        response = compress::compress(response).await;
    }
    protect(response.headers_mut(), app.settings.secure_cookies);
    response
}

/// A handler that panicked; the panic itself is already on the log.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

/// Whether a page of another site started this write. Browsers say so in
/// `Sec-Fetch-Site`, older ones in `Origin`; what sends neither is no browser
/// and carries nobody's cookies.
fn is_cross_site(headers: &HeaderMap, base_url: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN).map(HeaderValue::as_bytes) else { return false };
    let host = headers.get(HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let to_host = |scheme: &[u8]| origin.strip_prefix(scheme).is_some_and(|rest| rest == host);
    let is_ours = to_host(b"https://") || to_host(b"http://") || origin == base_url.as_bytes();
    !is_ours
}

fn protect(headers: &mut HeaderMap, over_tls: bool) {
    for (name, value) in PROTECTION {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if over_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

const PROTECTION: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: browsers would then hide the Origin of our own forms.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_from_other_sites_are_told_apart() {
        for (site, origin, is_refused) in [
            (Some("same-origin"), Some("https://ecole.example"), false),
            (Some("none"), None, false),
            (Some("same-site"), Some("https://autre.ecole.example"), true),
            (Some("cross-site"), Some("https://evil.example"), true),
            (None, Some("https://ecole.example"), false),
            (None, Some("https://evil.example"), true),
            (None, Some("null"), true),
            (None, Some("https://public.example"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("ecole.example"));
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_cross_site(&headers, "https://public.example"), is_refused, "{site:?} {origin:?}");
        }
    }
}
