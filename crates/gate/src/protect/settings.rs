//! What an operator says of a site that already exists, and what of it cannot be.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use admission::Lane;
use axum::http::header::HeaderName;
use axum::http::uri::Authority;
use base::limits::SITE_BYTES_MAX;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};

use super::OWN_PATH;
use super::fields::HOP_BY_HOP;
use super::oidc::{self, OidcSettings};

/// One `[[protect]]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSettings {
    /// Short name, for addresses, counts and what is signed: letters, digits, `-`.
    pub name: String,
    /// What people call the site; empty: its host.
    pub title: String,
    /// The host that people type, with a port if only that one is meant.
    pub host: String,
    /// Where the site is: `http://host:port`, or `https://host:port`.
    pub upstream: String,
    /// Name in the certificate of an upstream with `https://`; empty: its host.
    pub upstream_name: String,
    /// PEM file of authorities that may vouch for it, beside those of the machine; empty: none.
    pub upstream_ca: PathBuf,
    /// How the gate knows who comes.
    pub identity: Identity,
    /// People inside before others wait.
    pub seats: u32,
    /// Of those, people of one school while others wait; where the site has fewer seats, all of them.
    pub school_seats: u32,
    /// How long a session is while others wait, in seconds.
    pub session_s: u32,
    /// The lanes that may come at all.
    pub lanes: Vec<Lane>,
    /// New strangers let to the waiting page each second, when strangers may come.
    pub strangers_per_second: u32,
    /// Header in which the upstream is told who comes; empty: none.
    pub pass_header: String,
    /// Secret that the pass is signed with, for the upstream to check it.
    pub pass_secret: String,
    /// Header by which an answer of the upstream ends the visitor's session; empty: none.
    pub revoke_header: String,
    /// Beginnings of paths that are served without a seat and to everybody.
    pub bypass: Vec<String>,
    /// How much of the upstream one request may take.
    pub limits: SiteLimits,
    /// Who knows the visitors, with `identity = "oidc"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcSettings>,
}

/// How the gate knows who comes to a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// By our card: whoever has none signs in first.
    Card,
    /// By an OpenID Connect provider: whoever has no visit signs in there.
    Oidc,
    /// Nobody is known: each device draws a number, and all are in the strangers' lane.
    Stranger,
}

/// What one request may take; times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteLimits {
    /// Bytes of the body of one request: the largest file that people hand in.
    pub body_bytes_max: u64,
    /// Bytes of the head of one answer. Servers send about 1 kB; some put a session into cookies.
    pub answer_head_bytes_max: usize,
    /// How long the upstream may take to take a connection, or one to come free.
    pub connect_ms: u64,
    /// How long it may take to begin its answer. A report over a whole school takes a while.
    pub first_byte_ms: u64,
    /// How long its answer, or its reading of a request, may stand still.
    pub stall_ms: u64,
    /// How long a WebSocket may stand still in both directions.
    pub websocket_idle_ms: u64,
    /// How long a connection is kept that nobody uses.
    pub keep_ms: u64,
    /// Connections to the upstream at a time; one request takes one, a WebSocket keeps one.
    pub connections_max: usize,
}

impl Default for SiteSettings {
    fn default() -> SiteSettings {
        SiteSettings {
            name: String::new(),
            title: String::new(),
            host: String::new(),
            upstream: String::new(),
            upstream_name: String::new(),
            upstream_ca: PathBuf::new(),
            identity: Identity::Card,
            seats: 2_000,
            school_seats: SCHOOL_SEATS,
            session_s: 720,
            lanes: vec![Lane::Staff, Lane::Pupils, Lane::Guardians],
            strangers_per_second: 100,
            pass_header: String::new(),
            pass_secret: String::new(),
            revoke_header: String::new(),
            bypass: Vec::new(),
            limits: SiteLimits::default(),
            oidc: None,
        }
    }
}

impl Default for SiteLimits {
    fn default() -> SiteLimits {
        SiteLimits {
            body_bytes_max: 64 << 20,
            answer_head_bytes_max: 65_536,
            connect_ms: 3_000,
            first_byte_ms: 60_000,
            stall_ms: 30_000,
            websocket_idle_ms: 600_000,
            keep_ms: 30_000,
            connections_max: 512,
        }
    }
}

/// What cannot be in these sites, in one sentence; `base_url` is our own, and `listens` are the
/// addresses at which this server is reached.
pub fn find_fault(sites: &[SiteSettings], base_url: &str, listens: &[SocketAddr]) -> Option<String> {
    if sites.len() > SITES_MAX {
        return Some(format!("[[protect]] stands {} times; {SITES_MAX} is the most", sites.len()));
    }
    let own = host_of(base_url);
    for (at, site) in sites.iter().enumerate() {
        if let Some(fault) = site.fault().or_else(|| site.oidc_fault(base_url)) {
            return Some(format!("[[protect]] {}: {fault}", site.called(at)));
        }
        let fault = if shares_host(&site.host, own) {
            "host is that of http.base_url: the site needs a host of its own".to_owned()
        } else if let Some(other) = sites[..at].iter().find(|other| shares_host(&other.host, &site.host)) {
            format!("host is that of {} too: a host leads to one site", other.name)
        } else if sites[..at].iter().any(|other| other.name == site.name) {
            "name stands twice: each site has a name of its own".to_owned()
        } else if is_own(site.upstream_address(), listens) {
            "upstream is where this server itself listens (http.listen): requests would go round. Name the \
             address of the site behind it"
                .to_owned()
        } else if let Some(host) = find_own_name(site, sites, base_url, listens) {
            format!(
                "upstream is {host}, by which people reach this server: requests would go round. Name the \
                 address of the site behind it, such as https://10.0.0.7:443 with upstream_name = \"{host}\""
            )
        } else {
            continue;
        };
        return Some(format!("[[protect]] {}: {fault}", site.called(at)));
    }
    None
}

impl SiteSettings {
    /// `host:port` of the upstream.
    pub(super) fn upstream_address(&self) -> &str {
        let (_, address) = self.upstream.split_once("://").unwrap_or_default();
        address.trim_end_matches('/')
    }

    /// The name that the upstream must prove; none without TLS.
    pub(super) fn upstream_name(&self) -> Option<&str> {
        if !self.upstream.starts_with("https://") {
            return None;
        }
        let host = without_port(self.upstream_address()).trim_matches(['[', ']']);
        Some(if self.upstream_name.is_empty() { host } else { &self.upstream_name })
    }

    /// What people call it.
    pub(super) fn shown(&self) -> &str {
        if self.title.is_empty() { &self.host } else { &self.title }
    }

    fn called(&self, at: usize) -> String {
        if self.name.is_empty() { format!("number {}", at + 1) } else { self.name.clone() }
    }

    /// What contradicts itself within one site.
    fn fault(&self) -> Option<String> {
        self.address_fault()
            .or_else(|| self.seats_fault())
            .or_else(|| self.header_fault())
            .or_else(|| self.bypass_fault())
            .or_else(|| self.limits.fault())
    }

    fn address_fault(&self) -> Option<String> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.name.is_empty() || self.name.len() > SITE_BYTES_MAX || !self.name.bytes().all(is_name) {
            return Some(format!(
                "name is \"{}\"; it must be 1 to {SITE_BYTES_MAX} of a to z, 0 to 9 and -",
                self.name
            ));
        }
        if self.name == oidc::BACK {
            return Some(format!("name is \"{}\", which is an address of the gate's own", oidc::BACK));
        }
        if self.title.chars().count() > TITLE_CHARS_MAX {
            return Some(format!("title is longer than {TITLE_CHARS_MAX} characters"));
        }
        if !is_authority(&self.host) {
            return Some(format!("host is \"{}\"; it must be a host such as ent.example.fr", self.host));
        }
        let has_scheme = ["http://", "https://"].iter().any(|scheme| self.upstream.starts_with(scheme));
        let address = self.upstream_address();
        let has_port = address
            .parse::<Authority>()
            .is_ok_and(|authority| authority.port_u16().is_some_and(|port| port > 0));
        if !has_scheme || !is_authority(address) || !has_port {
            return Some(format!(
                "upstream is \"{}\"; it must be an address such as http://10.0.0.7:8080, with a port and without a path",
                self.upstream
            ));
        }
        match self.upstream_name() {
            None if !self.upstream_name.is_empty() || !self.upstream_ca.as_os_str().is_empty() => {
                Some("upstream_name and upstream_ca are for an upstream with https://".into())
            }
            Some(name) if ServerName::try_from(name).is_err() => Some(format!(
                "upstream_name is \"{name}\"; it must be a name such as ent.example.fr, or an IP address"
            )),
            _ => None,
        }
    }

    fn seats_fault(&self) -> Option<String> {
        let sentence = if self.seats == 0 || self.school_seats == 0 {
            "seats and school_seats must be 1 or more: nobody would ever come in"
        } else if self.school_seats > self.seats && self.school_seats != SCHOOL_SEATS {
            "school_seats is above seats"
        } else if !(SESSION_S_MIN..=SESSION_S_MAX).contains(&self.session_s) {
            return Some(format!(
                "session_s is {}; it must be {SESSION_S_MIN} to {SESSION_S_MAX}",
                self.session_s
            ));
        } else if let Some(lane) = self.find_lane_twice() {
            let lane = format!("{lane:?}").to_lowercase();
            return Some(format!("lanes has \"{lane}\" twice: name each lane once"));
        } else if self.lanes.is_empty() {
            "lanes is empty: nobody would ever come in"
        } else if self.identity == Identity::Stranger && self.lanes != [Lane::Strangers] {
            "with identity = \"stranger\" nobody is known: lanes must be [\"strangers\"]"
        } else if self.identity != Identity::Stranger && self.lanes.contains(&Lane::Strangers) {
            "nobody comes as a stranger unless identity = \"stranger\": take \"strangers\" out of lanes"
        } else if self.strangers_per_second == 0 {
            "strangers_per_second is 0: no stranger could come"
        } else {
            return None;
        };
        Some(sentence.into())
    }

    fn find_lane_twice(&self) -> Option<Lane> {
        let mut lanes = self.lanes.iter().enumerate();
        lanes.find(|(at, lane)| self.lanes[..*at].contains(lane)).map(|(_, lane)| *lane)
    }

    fn oidc_fault(&self, base_url: &str) -> Option<String> {
        match (self.identity, &self.oidc) {
            (Identity::Oidc, Some(oidc)) => oidc.fault(&self.lanes, base_url),
            (Identity::Oidc, None) => {
                Some("identity = \"oidc\" needs [protect.oidc], which says of whom".into())
            }
            (_, Some(_)) => Some("[protect.oidc] is for identity = \"oidc\"".into()),
            (_, None) => None,
        }
    }

    fn header_fault(&self) -> Option<String> {
        for (setting, name) in [("pass_header", &self.pass_header), ("revoke_header", &self.revoke_header)] {
            if name.is_empty() {
                continue;
            }
            let is_taken = HOP_BY_HOP.iter().chain(&TAKEN).any(|taken| taken.eq_ignore_ascii_case(name));
            let is_ours = name.to_ascii_lowercase().starts_with("x-forwarded-") || name.contains('_');
            if HeaderName::from_bytes(name.as_bytes()).is_err() || is_taken || is_ours {
                return Some(format!("{setting} is \"{name}\", which no header of yours may be called"));
            }
        }
        if self.pass_header.is_empty() != self.pass_secret.is_empty() {
            return Some("pass_header and pass_secret go together: set both, or neither".into());
        }
        if !self.pass_header.is_empty() && self.pass_header.eq_ignore_ascii_case(&self.revoke_header) {
            return Some("revoke_header is pass_header: one is asked, the other answered".into());
        }
        if self.pass_secret == SECRET_OF_THE_EXAMPLE {
            return Some("pass_secret is that of the example, which everybody knows".into());
        }
        if !self.pass_secret.is_empty() && self.pass_secret.len() < SECRET_BYTES_MIN {
            return Some(format!("pass_secret is shorter than {SECRET_BYTES_MIN} bytes"));
        }
        None
    }

    fn bypass_fault(&self) -> Option<String> {
        let fault = |prefix: &String| match prefix.as_str() {
            "/" => Some(
                "bypass has \"/\": nobody would ever wait, leave the site without a gate then".to_owned(),
            ),
            one if !one.starts_with('/') || !one.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some(format!("bypass has \"{one}\"; it must be the beginning of a path, such as /static/"))
            }
            one if one.starts_with(OWN_PATH) => {
                Some(format!("bypass has \"{one}\", which is the gate's own"))
            }
            one if !is_plain(one) || one.contains(['?', '#']) => Some(format!(
                "bypass has \"{one}\"; no path with //, /., \\, ;, %, ? or # is let by: write it plainly, such as \
                 /static/"
            )),
            _ => None,
        };
        if self.bypass.len() > BYPASS_MAX {
            return Some(format!("bypass has more than {BYPASS_MAX} paths"));
        }
        self.bypass.iter().find_map(fault)
    }
}

impl SiteLimits {
    fn fault(&self) -> Option<String> {
        let least = [
            ("answer_head_bytes_max", self.answer_head_bytes_max as u64, 1_024),
            ("connect_ms", self.connect_ms, 10),
            ("first_byte_ms", self.first_byte_ms, 10),
            ("stall_ms", self.stall_ms, 10),
            ("websocket_idle_ms", self.websocket_idle_ms, 10),
            ("connections_max", self.connections_max as u64, 1),
        ];
        let (name, value, least) = least.into_iter().find(|(_, value, least)| value < least)?;
        Some(format!("limits.{name} is {value}; it must be {least} or more"))
    }
}

/// Whether a host that a client named is this one: a host without a port stands for all of them.
pub(super) fn is_host(setting: &str, named: &[u8]) -> bool {
    if setting.as_bytes().eq_ignore_ascii_case(named) {
        return true;
    }
    let Some(host) = named.get(..setting.len()) else { return false };
    let rest = &named[setting.len()..];
    let is_port = rest.first() == Some(&b':') && rest[1..].iter().all(u8::is_ascii_digit);
    is_port && without_port(setting) == setting && host.eq_ignore_ascii_case(setting.as_bytes())
}

fn shares_host(one: &str, other: &str) -> bool {
    is_host(one, other.as_bytes()) || is_host(other, one.as_bytes())
}

fn is_authority(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    text.bytes().all(is_plain)
        && text.parse::<Authority>().is_ok_and(|authority| !authority.host().is_empty())
}

/// No dots, encodings or slashes by which one path becomes another.
pub(super) fn is_plain(path: &str) -> bool {
    !["/.", "//", "\\", ";", "%"].iter().any(|odd| path.contains(odd))
}

fn host_of(base_url: &str) -> &str {
    base_url.split_once("://").map_or(base_url, |(_, host)| host)
}

fn without_port(host: &str) -> &str {
    split_port(host).0
}

fn split_port(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port.parse().ok()),
        _ => (host, None),
    }
}

/// Whether this server listens at an address.
fn is_own(upstream: &str, listens: &[SocketAddr]) -> bool {
    let (host, port) = split_port(upstream);
    let mut own = listens.iter().filter(|own| Some(own.port()) == port).map(SocketAddr::ip);
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => {
            own.any(|own| own == ip || (own.is_unspecified() && (ip.is_loopback() || ip.is_unspecified())))
        }
        Err(_) => {
            host.eq_ignore_ascii_case("localhost") && own.any(|own| own.is_unspecified() || own.is_loopback())
        }
    }
}

/// The name in an upstream's address under which people reach this server, at a port where
/// they do: our own host's, or that of a site that we protect.
fn find_own_name<'a>(
    site: &'a SiteSettings,
    sites: &[SiteSettings],
    base_url: &str,
    listens: &[SocketAddr],
) -> Option<&'a str> {
    let (name, port) = split_port(site.upstream_address());
    let scheme_port = if base_url.starts_with("https://") { 443 } else { 80 };
    let own_ports = listens.iter().map(SocketAddr::port).chain([scheme_port]);
    let mut hosts = sites.iter().map(|site| site.host.as_str()).chain([host_of(base_url)]).map(split_port);
    let is_port = own_ports.chain(hosts.clone().filter_map(|(_, port)| port)).any(|own| Some(own) == port);
    (is_port && hosts.any(|(own, _)| own.eq_ignore_ascii_case(name))).then_some(name)
}

/// Sites before which one gate stands.
const SITES_MAX: usize = 64;

/// Paths of one site that need no seat: each request is compared with all of them.
const BYPASS_MAX: usize = 64;

/// Characters of what people call a site: it stands in a heading on a phone.
const TITLE_CHARS_MAX: usize = 60;

/// A session shorter than a minute is no visit.
const SESSION_S_MIN: u32 = 60;

/// A session longer than a day is no quota.
const SESSION_S_MAX: u32 = 86_400;

/// Seats of one school at a site that says nothing of it.
const SCHOOL_SEATS: u32 = 500;

/// Stands in the example, for somebody to replace it.
const SECRET_OF_THE_EXAMPLE: &str = "replace me by thirty-two random bytes";

/// Bytes of the key of HMAC-SHA256.
const SECRET_BYTES_MIN: usize = 32;

/// Headers that mean something else already.
const TAKEN: [&str; 14] = [
    "host",
    "cookie",
    "set-cookie",
    "content-length",
    "content-type",
    "content-encoding",
    "authorization",
    "location",
    "date",
    "via",
    "forwarded",
    "expect",
    "origin",
    "referer",
];
