//! The two requests at our own host of somebody who shows at a provider who they
//! are: out, and back with a code.
//!
//! The first is answered at once. So is the second, unless it brings a code for an
//! errand that is on the device: only that costs a question to the provider.
//! People are led to the provider and to their site, and nowhere else.

use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use base::Errand;
use form_urlencoded::parse;
use tracing::warn;

use super::http::NoAnswer;
use super::{Brought, RelyingParty, SignInFault, Traveller, finish, site_of};
use crate::door::preferred_lang;
use crate::protect::Sites;
use crate::protect::introduce::{Wanted, lead_back, see_other};
use crate::protect::site::Site;

/// Sends somebody to the provider of a site.
pub(in crate::protect) fn send_out(
    site: &Site,
    party: &RelyingParty,
    wanted: Wanted,
    headers: &HeaderMap,
) -> Response {
    let (parts, name) = (&site.parts, site.settings.name.as_str());
    let before = Traveller::find(&parts.keys, name, headers, &parts.clock);
    let before = before.filter(|one| one.is_early(&parts.clock) && one.errand.nonce == wanted.nonce);
    let errand = before.map_or_else(
        || Errand {
            number: u128::from_le_bytes(parts.entropy.bytes()),
            nonce: wanted.nonce,
            begun_at: parts.clock.now(),
        },
        |before| before.errand,
    );
    let traveller = Traveller { errand, to: wanted.to };
    match party.begin(&parts.keys, name, &traveller.errand) {
        Ok(address) => see_other(&address, traveller.cookie(&parts.keys, name, parts.is_secure())),
        Err(fault) => show(site, party, fault, (headers, &traveller.to)),
    }
}

/// Somebody whose code is worth a question.
pub(in crate::protect) struct Back<'a> {
    site: &'a Site,
    party: &'a RelyingParty,
    traveller: Traveller,
    code: String,
}

/// Who comes back from a provider, or the answer for whoever can be told at once.
pub(in crate::protect) fn find_back<'a, B>(
    sites: &'a Sites,
    request: &Request<B>,
) -> Result<Back<'a>, Box<Response>> {
    // A code is spent once, by somebody who looks at the page.
    if request.method() != Method::GET {
        return Err(Box::new(StatusCode::METHOD_NOT_ALLOWED.into_response()));
    }
    let headers = request.headers();
    let fields = Fields::read(request.uri().query().unwrap_or_default());
    let brought = fields.brought();
    let at = sites.all.iter().find_map(|site| {
        let party = site.oidc.as_ref().filter(|_| site.settings.name == site_of(brought.state))?;
        Some((site, party))
    });
    let Some((site, party)) = at else {
        let base_url = sites.all.first().map_or("", |site| site.parts.base_url.as_str());
        let host = base_url.split_once("://").map_or("", |(_, host)| host);
        return Err(Box::new(SignInFault::Late.answer(preferred_lang(headers), host, base_url, 0)));
    };
    let (parts, name) = (&site.parts, site.settings.name.as_str());
    let traveller = Traveller::find(&parts.keys, name, headers, &parts.clock)
        .filter(|traveller| traveller.has_state(&parts.keys, name, brought.state));
    let Some(traveller) = traveller else {
        return Err(Box::new(show(site, party, SignInFault::Late, (headers, "/"))));
    };
    match party.find_code(&brought) {
        Ok(code) => Ok(Back { site, party, code: code.to_owned(), traveller }),
        Err(fault) => Err(Box::new(end(site, party, fault, (headers, &traveller.to)))),
    }
}

impl Back<'_> {
    /// Asks the provider who it is, and leads them to their site.
    pub(in crate::protect) async fn lead(self, headers: &HeaderMap) -> Response {
        let Back { site, party, traveller, code } = self;
        let parts = &site.parts;
        let asked = (&*parts.keys, &parts.entropy, &parts.clock);
        match party.identify(asked, &traveller.errand, &code).await {
            Ok(card) => {
                party.count_done();
                let wanted = Wanted { nonce: traveller.errand.nonce, to: traveller.to };
                let mut answer = lead_back(site, card, &wanted);
                finish(&mut answer, &site.settings.name, parts.is_secure());
                answer
            }
            Err(fault) => end(site, party, fault, (headers, &traveller.to)),
        }
    }
}

/// The page of a fault; unless it tries again, the errand is over.
fn end(site: &Site, party: &RelyingParty, fault: SignInFault, at: (&HeaderMap, &str)) -> Response {
    let mut answer = show(site, party, fault, at);
    if !matches!(fault, SignInFault::Busy | SignInFault::Provider(_)) {
        finish(&mut answer, &site.settings.name, site.parts.is_secure());
    }
    answer
}

/// The page of a fault, counted, and logged where an operator can do something about it.
fn show(
    site: &Site,
    party: &RelyingParty,
    fault: SignInFault,
    (headers, to): (&HeaderMap, &str),
) -> Response {
    party.count_fault(fault);
    let is_theirs = matches!(fault, SignInFault::Late | SignInFault::Refused);
    // What is not read yet is told by whoever reads it.
    let is_told = fault == SignInFault::Provider(NoAnswer::Unread);
    if !is_theirs && !is_told && site.may_warn() {
        warn!(site = site.settings.name, "somebody could not sign in: {fault}");
    }
    let start = format!("{}{to}", site.address());
    let reload_s = RELOAD_S + u32::try_from(site.parts.entropy.below(SPREAD_S)).unwrap_or(0);
    fault.answer(preferred_lang(headers), site.settings.shown(), &start, reload_s)
}

/// The fields of an address to which a provider sends people back.
#[derive(Default)]
struct Fields {
    state: String,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

impl Fields {
    /// A field that stands twice is none of them: what two readers could read differently is nothing.
    fn read(query: &str) -> Fields {
        let find = |name: &str| {
            let mut all = parse(query.as_bytes()).filter(|(key, _)| key == name);
            let first = all.next().map(|(_, value)| value.into_owned());
            first.filter(|_| all.next().is_none())
        };
        Fields {
            state: find("state").unwrap_or_default(),
            code: find("code"),
            error: find("error"),
            issuer: find("iss"),
        }
    }

    fn brought(&self) -> Brought<'_> {
        Brought {
            state: &self.state,
            code: self.code.as_deref(),
            error: self.error.as_deref(),
            issuer: self.issuer.as_deref(),
        }
    }
}

/// A page that tries again does so after this, and up to the second more: all at once would find it full.
const RELOAD_S: u32 = 3;
const SPREAD_S: usize = 6;

impl Sites {
    /// Answers whoever comes back from a provider.
    pub(crate) async fn lead(&self, request: &Request<()>) -> Response {
        match find_back(self, request) {
            Ok(back) => back.lead(request.headers()).await,
            Err(answer) => *answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_stands_twice_is_none() {
        let fields = Fields::read("state=ent.a&code=1&code=2&iss=https%3A%2F%2Fa.fr&x=y");
        assert_eq!((fields.state.as_str(), fields.code, fields.error), ("ent.a", None, None));
        assert_eq!(fields.issuer.as_deref(), Some("https://a.fr"));
        assert!(Fields::read("state=a&state=b").state.is_empty());
    }
}
