//! The gate before sites that exist already: an ENT, Pronote, Moodle.
//!
//! A request whose host is a protected site's is asked of that site's desk, and
//! goes to its upstream only when there is a seat. Between the two stands a
//! strict proxy: every head is read, checked and written anew, every body is
//! counted; no byte that two servers could read differently goes on in either
//! direction. It caches nothing and changes no page.
//! Called by `serve` and `refuse`, composed by the binary.

mod answer;
mod body;
mod counts;
mod exchange;
mod fault;
mod fields;
mod head;
mod health;
pub(crate) mod http1;
pub(crate) mod http2;
mod introduce;
mod oidc;
mod pass;
mod probe;
mod ready;
mod settings;
mod site;
mod trust;
mod tunnel;
mod upstream;
mod wire;

use std::sync::Arc;

use admission::{Hand, SiteReport};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use axum::routing::get;
use base::{Clock, Entropy, Keyring, Revoked};

use crate::door::Listeners;
pub use body::{BodyFault, BodyReader, Framing, Next};
pub(crate) use fault::{Fault, OURS};
use head::hosts;
pub(crate) use head::{Asked, HeadFault};
pub use oidc::{OidcLimits, OidcSettings};
pub use ready::{FileError, ReadySite, read_files};
pub use settings::{Identity, SiteLimits, SiteSettings, find_fault};
pub(crate) use site::Site;

/// What all sites share.
pub struct SiteParts {
    /// The keys of cards, tickets and stays.
    pub keys: Arc<Keyring>,
    /// Cards that are void although signed.
    pub revoked: Arc<Revoked>,
    /// The time.
    pub clock: Clock,
    /// Where the numbers of strangers come from.
    pub entropy: Entropy,
    /// Where people reach our own pages, without a slash at the end.
    pub base_url: String,
    /// The time zone of waiting pages.
    pub time_zone: String,
    /// Who of those that wait may keep a line.
    pub listeners: Listeners,
}

/// What is done for somebody at our own host who may be on the way to a site.
pub(crate) enum Introduced {
    /// They are on no such way.
    No,
    /// This is the answer.
    Answer(Box<Response>),
    /// Somebody else is to be asked first, by [`Sites::router`].
    Asked,
}

/// The protected sites. Cloning shares them.
#[derive(Clone, Default)]
pub struct Sites {
    all: Arc<[Site]>,
}

impl Sites {
    /// These sites, in whose settings [`find_fault`] finds no fault.
    pub fn new(ready: Vec<ReadySite>, parts: SiteParts) -> Sites {
        let parts = Arc::new(parts);
        Sites { all: ready.into_iter().map(|ready| Site::new(ready, Arc::clone(&parts))).collect() }
    }

    /// The clock, every second.
    pub fn handle_time(&self) {
        for (place, site) in self.all.iter().enumerate() {
            site.handle_time();
            if site.is_probe_due() {
                let sites = self.clone();
                tokio::spawn(async move { sites.at(place).probe().await });
            }
        }
    }

    /// Every site, in the order of the settings.
    pub fn list(&self) -> Vec<SiteReport> {
        self.all.iter().map(Site::report).collect()
    }

    /// The operator pulled a lever.
    pub fn handle_hand(&self, hand: &Hand) {
        self.all.iter().for_each(|site| site.handle_hand(hand));
    }

    /// The place of the site that a request names, in its target or its lines.
    pub(crate) fn find_named<B>(&self, request: &Request<B>) -> Option<usize> {
        if self.all.is_empty() {
            return None;
        }
        let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let lines = request.headers().get_all(axum::http::header::HOST);
        let mut named = authority.into_iter().chain(lines.iter().map(|line| line.as_bytes()));
        named.find_map(|host| self.find(host))
    }

    /// The place of the site that a head names.
    pub(crate) fn find_parsed(&self, parsed: &httparse::Request<'_, '_>) -> Option<usize> {
        if self.all.is_empty() { None } else { hosts(parsed).find_map(|host| self.find(host)) }
    }

    /// The site at a place that was found.
    pub(crate) fn at(&self, place: usize) -> &Site {
        &self.all[place]
    }

    /// At our own host: what is done for somebody on the way to a site.
    pub(crate) fn introduce<B>(&self, request: &Request<B>) -> Introduced {
        let Some(name) = request.uri().path().strip_prefix(ENTER_PATH) else { return Introduced::No };
        if name == oidc::BACK && self.all.iter().any(|site| site.oidc.is_some()) {
            return match oidc::find_back(self, request) {
                Ok(_) => Introduced::Asked,
                Err(answer) => Introduced::Answer(answer),
            };
        }
        let Some(site) = self.all.iter().find(|site| site.settings.name == name) else {
            return Introduced::No;
        };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Introduced::Answer(Box::new(introduce::introduce(site, target, request.headers())))
    }

    /// What of our own host is not answered at once: a provider is asked before.
    pub(crate) fn router(&self) -> Router {
        let lead = |State(sites): State<Sites>, request: Request<Body>| async move {
            // Of its body nothing is read.
            let (parts, _) = request.into_parts();
            sites.lead(&Request::from_parts(parts, ())).await
        };
        Router::new().route(oidc::BACK_PATH, get(lead)).with_state(self.clone())
    }

    /// The place of a host's site, as a client named the host.
    fn find(&self, host: &[u8]) -> Option<usize> {
        self.all.iter().position(|site| settings::is_host(&site.settings.host, host))
    }
}

/// What a head becomes for an upstream, and where its body ends; nothing when it
/// is not whole or is refused. What the proxy does to each request, for the fuzzer.
pub fn rewrite(head: &[u8]) -> Option<(Vec<u8>, Framing)> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    let bytes = parsed.parse(head).ok().filter(httparse::Status::is_complete)?.unwrap();
    let asked = Asked::from_http1(&parsed, &head[..bytes]).ok()?;
    let mut out = Vec::new();
    let said = fields::Said {
        peer: std::net::Ipv4Addr::LOCALHOST.into(),
        is_secure: true,
        site: "site",
        pass: None,
        is_own_cookie: &|name, _| name.starts_with(COOKIE_PREFIX),
    };
    fields::write_request(&mut out, &asked, &said);
    Some((out, asked.framing))
}

impl Site {
    fn report(&self) -> SiteReport {
        let (requests, faults) = self.counts.sums();
        let now = self.parts.clock.now();
        self.seats.with_desk(|desk| SiteReport {
            name: self.settings.name.clone(),
            title: self.settings.shown().to_owned(),
            host: self.settings.host.clone(),
            seats: desk.seats(),
            inside: desk.inside(),
            is_paused: self.is_paused_by_hand(),
            waiting: desk.waiting(),
            requests,
            faults,
            upstream: self.upstream_health.report(now),
            provider: self.oidc.as_ref().map(|party| party.health(now)),
        })
    }
}

impl SiteParts {
    /// Cookies are for TLS only.
    fn is_secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

/// Names of the gate's cookies at a site begin so; the upstream neither reads nor sets them.
const COOKIE_PREFIX: &str = "preau_";

/// Paths at a site that are the gate's own begin so.
const OWN_PATH: &str = "/.preau/";

/// Where a site's frontier is published.
const FRONTIER_PATH: &str = "/.preau/frontier";

/// At our own host: the way to a site; its name follows.
const ENTER_PATH: &str = "/enter/";
