//! What is known of a provider: its addresses and its keys.
//!
//! Both are read when the gate starts, every hour, and when a token names a key
//! that is not known, at most every few seconds and by one at a time. What was
//! read last stays good while the provider is away. No visitor waits for it but
//! whoever brings an unknown key.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::http::header::HeaderMap;
use axum::http::uri::Uri;
use base::clock::{HOUR_MS, SECOND_MS};
use base::{Clock, Time};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Duration, timeout};
use tracing::{info, warn};

use super::http::{Http, NoAnswer, is_safe};
use crate::protect::health::Health;

/// One provider.
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) http: Http,
    clock: Clock,
    read_ms_max: u64,
    pub(super) health: Health,
    known: ArcSwapOption<Known>,
    /// When it was last tried to read it, and what came of it; held by whoever does.
    tried: Arc<Mutex<Tried>>,
}

/// The last try to read a provider.
struct Tried {
    at: Time,
    /// What the log was told last, so that it hears each fault once.
    told: Option<String>,
}

/// What it says of itself.
pub(super) struct Known {
    pub(super) authorization: String,
    pub(super) token: Uri,
    pub(super) userinfo: Option<Uri>,
    /// It takes the secret in the body only.
    pub(super) wants_secret_in_body: bool,
    /// It says who it is when it sends people back (RFC 9207).
    pub(super) says_issuer: bool,
    pub(super) keys: Vec<SigningKey>,
    read_at: Time,
}

/// A key that tokens are checked with; never a shared one.
pub(super) struct SigningKey {
    pub(super) id: Option<String>,
    /// The one way to sign with it, if it says so.
    pub(super) algorithm: Option<KeyAlgorithm>,
    pub(super) key: DecodingKey,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Provider {
    pub(super) fn new(issuer: &str, http: Http, clock: Clock, read_ms_max: u64) -> Arc<Provider> {
        Arc::new(Provider {
            issuer: issuer.to_owned(),
            http,
            clock,
            read_ms_max,
            health: Health::default(),
            known: ArcSwapOption::empty(),
            tried: Arc::new(Mutex::new(Tried { at: Time(i64::MIN), told: None })),
        })
    }

    /// What is known of it, once it was read.
    pub(super) fn find_known(&self) -> Option<Arc<Known>> {
        self.known.load_full()
    }

    /// The clock, every second: reads what is not known, or has been for an hour.
    pub(super) fn handle_time(self: &Arc<Self>) {
        let now = self.clock.now();
        let is_fresh = self.known.load().as_ref().is_some_and(|known| now.since_ms(known.read_at) < RENEW_MS);
        let Ok(tried) = Arc::clone(&self.tried).try_lock_owned() else { return };
        if !is_fresh && now.since_ms(tried.at) >= AGAIN_MS {
            let provider = Arc::clone(self);
            tokio::spawn(async move { provider.renew(tried).await });
        }
    }

    /// What is known now by somebody to whom `known` was not enough; none when
    /// there is nothing newer, or it was asked for a moment ago.
    pub(super) async fn find_newer(&self, known: &Arc<Known>) -> Option<Arc<Known>> {
        let tried = Arc::clone(&self.tried).lock_owned().await;
        let now_known = self.find_known()?;
        if !Arc::ptr_eq(&now_known, known) {
            return Some(now_known);
        }
        if self.clock.now().since_ms(tried.at) < AGAIN_MS {
            return None;
        }
        self.renew(tried).await
    }

    async fn renew(&self, mut tried: OwnedMutexGuard<Tried>) -> Option<Arc<Known>> {
        tried.at = self.clock.now();
        self.health.ask(|| tried.at);
        let read = timeout(Duration::from_millis(self.read_ms_max), self.read()).await;
        match read.unwrap_or(Err(NoAnswer::Slow)) {
            Ok(known) => {
                self.health.succeed(|| self.clock.now());
                let known = Arc::new(known);
                let is_new = self.known.swap(Some(Arc::clone(&known))).is_none();
                if tried.told.take().is_some() || is_new {
                    info!(issuer = self.issuer, keys = known.keys.len(), "the provider is known");
                }
                Some(known)
            }
            Err(fault) => {
                fault.of_provider().inspect(|reason| self.health.fail(self.clock.now(), *reason));
                let fault = Some(fault.to_string());
                if tried.told != fault {
                    let fault = fault.as_deref().unwrap_or_default();
                    warn!(issuer = self.issuer, "the provider of identities cannot be read: {fault}");
                }
                tried.told = fault;
                None
            }
        }
    }

    async fn read(&self) -> Result<Known, NoAnswer> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let said: Metadata = self.http.read(&uri(&address)?, HeaderMap::new()).await?;
        if said.issuer != self.issuer {
            return Err(NoAnswer::Odd("it is another issuer than in the settings"));
        }
        if !is_safe(&said.authorization_endpoint) {
            return Err(NoAnswer::Odd("an address that is not https://"));
        }
        let set: KeySet = self.http.read(&uri(&said.jwks_uri)?, HeaderMap::new()).await?;
        let keys: Vec<SigningKey> = set.keys.into_iter().take(KEYS_MAX).filter_map(signing_key).collect();
        if keys.is_empty() {
            return Err(NoAnswer::Odd("it has no key that we can check with"));
        }
        let methods = said.token_endpoint_auth_methods_supported.unwrap_or_default();
        let takes = |method: &str| methods.iter().any(|one| one == method);
        Ok(Known {
            token: uri(&said.token_endpoint)?,
            userinfo: said.userinfo_endpoint.as_deref().map(uri).transpose()?,
            authorization: said.authorization_endpoint,
            wants_secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            says_issuer: said.authorization_response_iss_parameter_supported,
            keys,
            read_at: self.clock.now(),
        })
    }
}

fn uri(address: &str) -> Result<Uri, NoAnswer> {
    let safe = Some(address).filter(|address| is_safe(address)).and_then(|address| address.parse().ok());
    safe.ok_or(NoAnswer::Odd("an address that is not https://"))
}

/// A key of a kind that we know, for signatures; others may stand beside it.
fn signing_key(value: serde_json::Value) -> Option<SigningKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let is_shared = matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_));
    let signs =
        jwk.common.public_key_use.as_ref().is_none_or(|for_what| *for_what == PublicKeyUse::Signature);
    let key = DecodingKey::from_jwk(&jwk).ok().filter(|key| key.family() != AlgorithmFamily::Hmac)?;
    (signs && !is_shared).then_some(SigningKey {
        id: jwk.common.key_id,
        algorithm: jwk.common.key_algorithm,
        key,
    })
}

/// What is known of a provider is read anew after this.
const RENEW_MS: i64 = HOUR_MS;

/// A provider that could not be read, or whose token names an unknown key, is read again after this.
const AGAIN_MS: i64 = 5 * SECOND_MS;

/// Keys of a provider that are looked at: one or two, and those of last year.
const KEYS_MAX: usize = 32;
