//! Pages compressed on their way out: gzip at its lowest effort, which takes
//! some 20 µs a page and halves it, and which browsers take over plain HTTP
//! too. Assets are compressed at build, harder.
//!
//! A page that another site navigated to goes out as it is: who can both put
//! text into an address and watch the sizes of answers learns nothing from them.

use std::io::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether a page may go out compressed to whoever sent these headers.
pub(super) fn is_welcome(asked: &HeaderMap) -> bool {
    let site = asked.get("sec-fetch-site").map(HeaderValue::as_bytes);
    takes(asked, "gzip") && matches!(site, None | Some(b"same-origin" | b"none"))
}

/// Whether the browser reads the coding called `wanted`.
pub(super) fn takes(asked: &HeaderMap, wanted: &str) -> bool {
    let values = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == wanted && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// Compresses a page; anything else goes through.
pub(super) async fn compress(response: Response) -> Response {
    let is_page =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Our pages are whole in memory: this waits for nothing and cannot fail.
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let mut writer = GzEncoder::new(Vec::with_capacity(plain.len() / 2), effort(plain.len()));
    let Ok(small) = writer.write_all(&plain).and_then(|()| writer.finish()) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(small))
}

/// The lowest effort for an everyday page; the default one for the rare large
/// page, a sheet of cards, where bytes count for more than microseconds.
pub(super) fn effort(page_bytes: usize) -> Compression {
    if page_bytes <= LARGE_PAGE_BYTES { Compression::fast() } else { Compression::default() }
}

const LARGE_PAGE_BYTES: usize = 48 * 1024;
