//! What is published for a second: one small signed object for everybody, that
//! any cache may carry, and the waiting pages that say the same.
//!
//! The object's `ETag` is its signature, so whoever has the keys can check a
//! copy from anywhere. The door publishes one, and each protected site another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base::Keyring;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Serialize;

use super::page::{Page, PageKey};

/// The object, and pages kept ready.
pub(crate) struct Sheet {
    body: Bytes,
    tag: HeaderValue,
    pages: Mutex<HashMap<PageKey, Arc<Page>>>,
}

impl Sheet {
    pub(crate) fn new(object: &impl Serialize, keys: &Keyring) -> Sheet {
        let body = Bytes::from(serde_json::to_vec(object).unwrap_or_default());
        let (key_id, tag) = keys.sign(&body);
        let tag = format!("\"{key_id}.{}\"", URL_SAFE_NO_PAD.encode(tag));
        Sheet {
            body,
            tag: HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\"")),
            pages: Mutex::default(),
        }
    }

    /// The same a second later: nothing changed but the pages, which name times.
    pub(crate) fn renewed(&self) -> Sheet {
        Sheet { body: self.body.clone(), tag: self.tag.clone(), pages: Mutex::default() }
    }

    /// The page of a kind: made once, then a copy of a pointer.
    pub(crate) fn page(&self, key: PageKey, make: impl FnOnce(&PageKey) -> Page) -> Arc<Page> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(&key) {
            return Arc::clone(page);
        }
        let page = Arc::new(make(&key));
        if pages.len() < PAGES_MAX {
            pages.insert(key, Arc::clone(&page));
        }
        page
    }

    /// The object itself, or that the copy which is there is still right.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let is_known = asked.get(IF_NONE_MATCH).is_some_and(|tag| tag == self.tag);
        let body = if is_known { Body::empty() } else { Body::from(self.body.clone()) };
        let mut response = Response::new(body);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(CACHE_CONTROL, CACHE_RULE);
        headers.insert(ETAG, self.tag.clone());
        response
    }
}

/// Caches may keep it for two seconds, and show it for ten more while they ask again.
const CACHE_RULE: HeaderValue = HeaderValue::from_static("public, max-age=2, stale-while-revalidate=10");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Pages of one sheet kept ready: by language, time, kind and how far the turn is there
/// are a few dozen, each for eight moments to look again; past this one is made for whoever asks.
const PAGES_MAX: usize = 1_024;
