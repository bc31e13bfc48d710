//! What an operator says of an OpenID Connect provider, and what of it cannot be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use admission::Lane;
use base::Role;
use serde::{Deserialize, Serialize};

use super::http::is_safe;

/// The `[protect.oidc]` of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    /// Who vouches for people: the address that its tokens name.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// The secret that it shares with us; or the file that holds it.
    pub client_secret: String,
    /// File with that secret, instead of it.
    pub client_secret_file: PathBuf,
    /// What is asked for; `openid` among it.
    pub scopes: Vec<String>,
    /// PEM file of authorities that may vouch for the provider's certificate,
    /// beside those of the machine; empty: none.
    pub ca: PathBuf,
    /// The claim that names somebody's school.
    pub school_claim: String,
    /// The schools that may come, as that claim names them; empty: any.
    pub schools: Vec<String>,
    /// The claim that names somebody's role; empty: everybody has `default_role`.
    pub role_claim: String,
    /// What its values stand for; the lane follows from the role.
    pub roles: BTreeMap<String, Role>,
    /// The role of whoever has none of those; none: they do not come in.
    pub default_role: Option<Role>,
    /// How much the provider may take of us.
    pub limits: OidcLimits,
}

/// What asking the provider may take; times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcLimits {
    /// People who sign in at the same moment, each a connection to the provider;
    /// one more comes again by themself in some seconds, with nothing lost.
    pub exchanges_max: usize,
    /// How long all questions to the provider for one person may take.
    pub exchange_ms: u64,
    /// Bytes of one answer of the provider. Its keys are the longest, some 10 kB.
    pub answer_bytes_max: usize,
}

impl Default for OidcSettings {
    fn default() -> OidcSettings {
        OidcSettings {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            client_secret_file: PathBuf::new(),
            scopes: vec!["openid".into()],
            ca: PathBuf::new(),
            school_claim: String::new(),
            schools: Vec::new(),
            role_claim: String::new(),
            roles: BTreeMap::new(),
            default_role: None,
            limits: OidcLimits::default(),
        }
    }
}

impl Default for OidcLimits {
    fn default() -> OidcLimits {
        OidcLimits { exchanges_max: 64, exchange_ms: 10_000, answer_bytes_max: 262_144 }
    }
}

impl OidcSettings {
    /// What cannot be, in one sentence; `lanes` are the site's.
    pub(in crate::protect) fn fault(&self, lanes: &[Lane], base_url: &str) -> Option<String> {
        self.provider_fault(base_url)
            .or_else(|| self.people_fault(lanes))
            .or_else(|| self.limits.fault())
            .map(|fault| format!("oidc.{fault}"))
    }

    fn provider_fault(&self, base_url: &str) -> Option<String> {
        if !is_safe(&self.issuer) || self.issuer.contains(['?', '#']) {
            return Some(format!(
                "issuer is \"{}\"; it must be an https:// address (http:// on this machine only)",
                self.issuer
            ));
        }
        if !is_safe(base_url) {
            return Some("issuer sends people back to http.base_url, which must be https:// for that".into());
        }
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.client_id.is_empty() || !is_plain(&self.client_id) {
            return Some("client_id is what the provider calls you, without spaces".into());
        }
        if self.client_secret.is_empty() == self.client_secret_file.as_os_str().is_empty() {
            return Some("client_secret or client_secret_file: set one of them".into());
        }
        if !self.scopes.iter().any(|scope| scope == "openid") || !self.scopes.iter().all(|one| is_plain(one))
        {
            return Some("scopes must have \"openid\", and no spaces in any".into());
        }
        None
    }

    fn people_fault(&self, lanes: &[Lane]) -> Option<String> {
        let comes = |role: &Role| lanes.contains(&Lane::of(Some(*role)));
        let mut named = self.roles.values().chain(&self.default_role);
        let sentence = if self.school_claim.is_empty() {
            "school_claim is empty: nobody's school would be known"
        } else if self.role_claim.is_empty() != self.roles.is_empty() {
            "role_claim and roles go together: set both, or neither"
        } else if self.role_claim.is_empty() && self.default_role.is_none() {
            "role_claim and default_role are not set: nobody would ever come in"
        } else if named.clone().any(|role| *role == Role::Operator) {
            "roles make somebody \"operator\", which only a card of ours does"
        } else if !named.any(comes) {
            "roles lead to no lane that lanes lets in: nobody would ever come in"
        } else if self.schools.len() > SCHOOLS_MAX || self.roles.len() > ROLES_MAX {
            return Some(format!("schools has more than {SCHOOLS_MAX}, or roles more than {ROLES_MAX}"));
        } else {
            return None;
        };
        Some(sentence.into())
    }
}

impl OidcLimits {
    fn fault(&self) -> Option<String> {
        let least = [
            ("exchanges_max", self.exchanges_max as u64, 1),
            ("exchange_ms", self.exchange_ms, 10),
            ("answer_bytes_max", self.answer_bytes_max as u64, 1_024),
        ];
        let (name, value, least) = least.into_iter().find(|(_, value, least)| value < least)?;
        Some(format!("limits.{name} is {value}; it must be {least} or more"))
    }
}

/// Schools that a site may name: more than a country has.
const SCHOOLS_MAX: usize = 100_000;

/// Values of a role claim: directories know some dozens.
const ROLES_MAX: usize = 1_000;
