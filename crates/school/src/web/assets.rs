//! Scripts, styles and pictures, embedded and compressed at build time.
//!
//! All live in one folder named after their common hash: a page names them by a
//! constant (`assets::PREAU_CSS`), modules import one another relatively, and
//! browsers keep them for a year. A page from before a restart asks for an
//! older folder and is given the present file, not to be kept.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::PageError;
use super::compress::takes;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// File name, unique.
    pub name: &'static str,
    /// Media type.
    pub media_type: &'static str,
    /// As written.
    pub plain: &'static [u8],
    /// Compressed with Brotli.
    pub brotli: &'static [u8],
}

/// The asset called `name`.
pub fn find(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name)
}

/// The address of the asset called `name`, for a name that is not known at build.
pub fn url(name: &str) -> Option<String> {
    find(name).map(|asset| format!("/assets/{FOLDER}/{}", asset.name))
}

pub(crate) async fn serve_asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, PageError> {
    let (folder, name) = path.split_once('/').ok_or(PageError::NotFound)?;
    let asset = find(name).ok_or(PageError::NotFound)?;
    let takes_brotli = takes(&headers, "br");
    let kept = if folder == FOLDER { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if takes_brotli { asset.brotli } else { asset.plain }.into_response();
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if takes_brotli {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Ok(response)
}
