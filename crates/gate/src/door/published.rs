//! The frontier as it is published: one small object for everybody, signed, that
//! any cache may carry.
//!
//! Its `ETag` is its signature, so whoever has the keys can check a copy from
//! anywhere. It changes only when what it says changes; a stale one admits fewer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use admission::{Frontier, Message};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base::{Keyring, SlotId, Time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Serialize;

use super::effort::Asked;
use super::page::{Page, PageKey};

/// Where it is served.
pub(super) const FRONTIER_PATH: &str = "/frontier";

/// Caches may keep it for two seconds, and show it for ten more while they ask again.
const CACHE_RULE: HeaderValue = HeaderValue::from_static("public, max-age=2, stale-while-revalidate=10");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Pages of one frontier kept ready: by language, time and kind there are a few
/// dozen; past this one is made for whoever asks.
const PAGES_MAX: usize = 512;

/// What everybody may know in this second, and the pages that say it.
pub(super) struct Published {
    pub(super) frontier: Frontier,
    /// What strangers are asked, while they flood the door.
    pub(super) asked: Option<Asked>,
    /// What the operator says to all who wait.
    pub(super) message: Option<Message>,
    /// Whoever comes to a lesson that is open waits a moment.
    pub(super) is_full: bool,
    waiting: HashMap<SlotId, Option<Time>>,
    body: Bytes,
    tag: HeaderValue,
    pages: Mutex<HashMap<PageKey, Arc<Page>>>,
}

/// The object as it is written.
#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    frontier: &'a Frontier,
    strangers: Option<&'a Asked>,
    message: Option<&'a Message>,
}

impl Published {
    pub(super) fn new(
        frontier: Frontier,
        asked: Option<Asked>,
        message: Option<Message>,
        keys: &Keyring,
    ) -> Published {
        let object = Object { frontier: &frontier, strangers: asked.as_ref(), message: message.as_ref() };
        let body = Bytes::from(serde_json::to_vec(&object).unwrap_or_default());
        let (key_id, tag) = keys.sign(&body);
        let tag = format!("\"{key_id}.{}\"", URL_SAFE_NO_PAD.encode(tag));
        Published {
            waiting: frontier.waiting.iter().copied().collect(),
            body,
            tag: HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\"")),
            pages: Mutex::default(),
            asked,
            message,
            is_full: false,
            frontier,
        }
    }

    /// The same frontier a second later: nothing changed but the pages, which name times.
    pub(super) fn renewed(&self) -> Published {
        Published {
            frontier: self.frontier.clone(),
            asked: self.asked.clone(),
            message: self.message.clone(),
            is_full: self.is_full,
            waiting: self.waiting.clone(),
            body: self.body.clone(),
            tag: self.tag.clone(),
            pages: Mutex::default(),
        }
    }

    /// Whether a lesson waits, and until when as far as is known.
    pub(super) fn waiting(&self, slot: SlotId) -> Option<Option<Time>> {
        self.waiting.get(&slot).copied()
    }

    /// The page of a kind: made once, then a copy of a pointer.
    pub(super) fn page(&self, key: PageKey, make: impl FnOnce(&PageKey) -> Page) -> Arc<Page> {
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
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
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
