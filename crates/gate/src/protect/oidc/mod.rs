//! Identity from an OpenID Connect provider: the gate is its relying party, at
//! our own host, by the authorization code flow with PKCE.
//!
//! Somebody on the way to a site goes to the provider with an errand in a cookie
//! and comes back with a code, which becomes a token, and that an introduction to
//! the site. The server keeps nothing in between, nor any token. It ends no
//! session at the provider, and hears of none that ends there. Called by `introduce`.

mod claims;
mod counts;
mod fault;
mod http;
mod id_token;
mod provider;
mod settings;
mod way;

use std::sync::Arc;
use std::time::Duration;

use admission::SiteHealth;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use base::limits::ERRAND_LIFE_MS;
use base::{Card, Clock, DeviceId, Entropy, Errand, Keyring, Time};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use form_urlencoded::Serializer;
use rustls::ClientConfig;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::claims::Reader;
use self::counts::SignInCounts;
pub(super) use self::fault::SignInFault;
use self::http::{Http, NoAnswer};
use self::id_token::{Claims, Expected, Refused};
use self::provider::{Known, Provider};
pub use self::settings::{OidcLimits, OidcSettings};
pub(super) use self::way::{find_back, send_out};
use super::introduce::local;

/// A site's relation to its provider.
pub(super) struct RelyingParty {
    settings: OidcSettings,
    secret: String,
    /// The one address to which providers send people back.
    redirect: String,
    provider: Arc<Provider>,
    reader: Reader,
    /// One for each who may ask the provider at this moment.
    exchanges: Semaphore,
    counts: SignInCounts,
}

/// What a relying party is made of, with the files of its settings read.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) settings: OidcSettings,
    pub(super) secret: String,
    pub(super) tls: Arc<ClientConfig>,
}

/// Somebody who set out, and what they have on them.
pub(super) struct Traveller {
    pub(super) errand: Errand,
    /// The path of the site that they want to.
    pub(super) to: String,
}

/// What a provider sends somebody back with.
pub(super) struct Brought<'a> {
    pub(super) state: &'a str,
    pub(super) code: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) issuer: Option<&'a str>,
}

/// What a provider gives for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct TokenError {
    error: String,
}

impl RelyingParty {
    pub(super) fn new(client: Client, (site, base_url): (&str, &str), clock: Clock) -> RelyingParty {
        let Client { settings, secret, tls } = client;
        let http = Http { tls, answer_bytes_max: settings.limits.answer_bytes_max };
        RelyingParty {
            redirect: format!("{base_url}{BACK_PATH}"),
            provider: Provider::new(&settings.issuer, http, clock, settings.limits.exchange_ms),
            reader: Reader::new(&settings),
            exchanges: Semaphore::new(settings.limits.exchanges_max.min(Semaphore::MAX_PERMITS)),
            counts: SignInCounts::new(site),
            settings,
            secret,
        }
    }

    /// The clock, every second.
    pub(super) fn handle_time(&self) {
        self.provider.handle_time();
    }

    /// How the provider answers.
    pub(super) fn health(&self, now: Time) -> SiteHealth {
        self.provider.health.report(now)
    }

    pub(super) fn count_done(&self) {
        self.counts.done.increment(1);
    }

    pub(super) fn count_fault(&self, fault: SignInFault) {
        self.counts.fail(fault);
    }

    /// Where somebody is sent to show who they are.
    pub(super) fn begin(&self, keys: &Keyring, site: &str, errand: &Errand) -> Result<String, SignInFault> {
        let known = self.provider.find_known().ok_or(SignInFault::Provider(NoAnswer::Unread))?;
        let challenge = digest(&SHA256, secret(errand, keys, VERIFIER).as_bytes());
        let query = Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &state(errand, keys, site))
            .append_pair("nonce", &secret(errand, keys, NONCE))
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256")
            .finish();
        self.counts.begun.increment(1);
        let joint = if known.authorization.contains('?') { '&' } else { '?' };
        Ok(format!("{}{joint}{query}", known.authorization))
    }

    /// Looks at what somebody brings back: the code, if it is worth asking for.
    pub(super) fn find_code<'a>(&self, brought: &Brought<'a>) -> Result<&'a str, SignInFault> {
        let says_issuer = self.provider.find_known().is_some_and(|known| known.says_issuer);
        match brought.issuer {
            // Another provider's answer is not to be spent at this one.
            Some(issuer) if issuer != self.settings.issuer => {
                Err(SignInFault::Invalid("another issuer answers"))
            }
            None if says_issuer => Err(SignInFault::Invalid("no issuer answers")),
            _ => match (brought.error, brought.code) {
                (Some("server_error" | "temporarily_unavailable"), _) => Err(SignInFault::Unavailable),
                (Some(_), _) => Err(SignInFault::Refused),
                (None, Some(code)) if !code.is_empty() => Ok(code),
                (None, _) => Err(SignInFault::Late),
            },
        }
    }

    /// Asks the provider who brings this code.
    pub(super) async fn identify(
        &self,
        (keys, entropy, clock): (&Keyring, &Entropy, &Clock),
        errand: &Errand,
        code: &str,
    ) -> Result<Card, SignInFault> {
        let Ok(_place) = self.exchanges.try_acquire() else { return Err(SignInFault::Busy) };
        let patience = Duration::from_millis(self.settings.limits.exchange_ms);
        self.provider.health.ask(|| clock.now());
        let claims = timeout(patience, self.read_claims((keys, clock), errand, code)).await;
        let claims = claims.unwrap_or(Err(SignInFault::Provider(NoAnswer::Slow)));
        match claims.as_ref().map_err(|fault| fault.of_provider()) {
            Ok(_) => self.provider.health.succeed(|| clock.now()),
            Err(reason) => {
                reason.inspect(|reason| self.provider.health.fail(clock.now(), *reason));
            }
        }
        let claims = claims?;
        let device = DeviceId(entropy.id());
        self.reader.read(&claims, &self.settings.issuer, (keys, device), clock.now())
    }

    async fn read_claims(
        &self,
        (keys, clock): (&Keyring, &Clock),
        errand: &Errand,
        code: &str,
    ) -> Result<Claims, SignInFault> {
        let known = self.provider.find_known().ok_or(SignInFault::Provider(NoAnswer::Unread))?;
        let tokens = self.redeem(&known, code, &secret(errand, keys, VERIFIER)).await?;
        let nonce = secret(errand, keys, NONCE);
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &nonce,
            begun_at: errand.begun_at,
            now: clock.now(),
        };
        let checked = match id_token::check(&tokens.id_token, &known, &expected) {
            Err(Refused::UnknownKey) => match self.provider.find_newer(&known).await {
                Some(newer) => id_token::check(&tokens.id_token, &newer, &expected),
                None => Err(Refused::UnknownKey),
            },
            checked => checked,
        };
        let mut claims = checked.map_err(|refused| match refused {
            Refused::UnknownKey => {
                SignInFault::Invalid("it is signed with a key that the provider does not show")
            }
            Refused::Because(reason) => SignInFault::Invalid(reason),
        })?;
        if let (true, Some(access)) = (self.reader.misses(&claims), &tokens.access_token) {
            self.add_userinfo(&known, access, &mut claims).await?;
        }
        Ok(claims)
    }

    /// Tokens for a code.
    async fn redeem(&self, known: &Known, code: &str, verifier: &str) -> Result<Tokens, SignInFault> {
        let (headers, body) = self.token_request(known, code, verifier);
        let asked = self.provider.http.ask(Method::POST, &known.token, headers, body).await;
        let answer = asked.map_err(SignInFault::Provider)?;
        if answer.status == StatusCode::OK {
            return answer.json().map_err(SignInFault::Provider);
        }
        let said = answer.json::<TokenError>().map(|said| said.error).unwrap_or_default();
        Err(match said.as_str() {
            "invalid_grant" => SignInFault::Late,
            "invalid_client" | "unauthorized_client" => SignInFault::Provider(NoAnswer::WrongClient),
            _ => SignInFault::Provider(NoAnswer::Status(answer.status.as_u16())),
        })
    }

    fn token_request(&self, known: &Known, code: &str, verifier: &str) -> (HeaderMap, Bytes) {
        let OidcSettings { client_id, .. } = &self.settings;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("code_verifier", verifier);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if known.wants_secret_in_body {
            form.append_pair("client_id", client_id).append_pair("client_secret", &self.secret);
        } else {
            // RFC 6749, 2.3.1: each encoded as in a form, then joined.
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let both = STANDARD.encode(format!("{}:{}", encode(client_id), encode(&self.secret)));
            headers
                .extend(HeaderValue::try_from(format!("Basic {both}")).map(|value| (AUTHORIZATION, value)));
        }
        (headers, form.finish().into())
    }

    /// Claims that the token does not have, of the same person.
    async fn add_userinfo(
        &self,
        known: &Known,
        access: &str,
        claims: &mut Claims,
    ) -> Result<(), SignInFault> {
        let Some(uri) = &known.userinfo else { return Ok(()) };
        let bearer = HeaderValue::try_from(format!("Bearer {access}"));
        let bearer = bearer.map_err(|_| SignInFault::Provider(NoAnswer::Odd("an access token")))?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        let more: Claims = self.provider.http.read(uri, headers).await.map_err(SignInFault::Provider)?;
        if more.get("sub") != claims.get("sub") {
            return Err(SignInFault::Invalid("its user info is of another person"));
        }
        for (name, value) in more {
            // What is signed stands.
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }
}

impl Traveller {
    /// Who comes with this cookie, if they set out for `site` a while ago.
    pub(super) fn find(keys: &Keyring, site: &str, headers: &HeaderMap, clock: &Clock) -> Option<Traveller> {
        let text = crate::door::cookies::find(headers, &cookie_name(site))?;
        let (errand, to) = text.split_once('~')?;
        let errand = Errand::open(keys, errand, site, clock.now()).ok()?;
        let to = URL_SAFE_NO_PAD.decode(to).ok().and_then(|to| String::from_utf8(to).ok())?;
        Some(Traveller { errand, to: local(&to).to_owned() })
    }

    /// Whether it is early enough to send them there again with the same errand:
    /// a second tab then does not undo the first.
    pub(super) fn is_early(&self, clock: &Clock) -> bool {
        clock.now().since_ms(self.errand.begun_at) < ERRAND_LIFE_MS / 2
    }

    /// Whether this is the state that they were sent with.
    pub(super) fn has_state(&self, keys: &Keyring, site: &str, brought: &str) -> bool {
        let own = state(&self.errand, keys, site);
        verify_slices_are_equal(own.as_bytes(), brought.as_bytes()).is_ok()
    }

    /// The cookie that they carry.
    pub(super) fn cookie(&self, keys: &Keyring, site: &str, is_secure: bool) -> Option<HeaderValue> {
        let value = format!("{}~{}", self.errand.seal(keys, site), URL_SAFE_NO_PAD.encode(&self.to));
        cookie(site, &value, ERRAND_LIFE_MS / 1_000, is_secure)
    }
}

/// The site for which somebody was sent with this state, as far as it says.
pub(super) fn site_of(state: &str) -> &str {
    state.split_once('.').map_or("", |(site, _)| site)
}

/// Takes the errand away from whoever is back, on the answer that they get.
pub(super) fn finish(answer: &mut Response, site: &str, is_secure: bool) {
    answer.headers_mut().extend(cookie(site, "", 0, is_secure).map(|cookie| (SET_COOKIE, cookie)));
}

/// Short, so that it begins anew for every site; sent along when another host leads here.
fn cookie(site: &str, value: &str, life_s: i64, is_secure: bool) -> Option<HeaderValue> {
    let (name, secure) = (cookie_name(site), if is_secure { "; Secure" } else { "" });
    let text = format!("{name}={value}; SameSite=Lax; Path=/enter/; Max-Age={life_s}{secure}; HttpOnly");
    HeaderValue::try_from(text).ok()
}

fn cookie_name(site: &str) -> String {
    format!("errand_{site}")
}

fn state(errand: &Errand, keys: &Keyring, site: &str) -> String {
    format!("{site}.{}", secret(errand, keys, "state"))
}

fn secret(errand: &Errand, keys: &Keyring, what: &str) -> String {
    URL_SAFE_NO_PAD.encode(errand.secret(keys, what))
}

/// The secret of PKCE (RFC 7636).
const VERIFIER: &str = "verifier";

/// What the token must repeat.
const NONCE: &str = "nonce";

/// At our own host: where every provider sends people back to.
pub(super) const BACK_PATH: &str = "/enter/back";

/// The end of that path; no site may be called so.
pub(super) const BACK: &str = "back";
