//! What a request tells about who opens a link: a person or a program, and on
//! which device.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::texts::Texts;
use crate::web::Visitor;

/// Whoever opens a link or sends the sign-in form.
pub(crate) struct Opener {
    /// Their present card, and their language.
    pub visitor: Visitor,
    /// Whether a browser certainly navigates because a person wanted it to.
    pub is_by_hand: bool,
    /// Nothing but a look: `HEAD`, or a page loaded ahead of a click.
    pub is_ahead: bool,
    /// The device in words: `Chrome sur Android`.
    pub label: String,
    /// The network that they come from, as far as one household or school goes:
    /// an IPv4 address, or the first half of an IPv6 one. Empty when unknown.
    pub place: Vec<u8>,
}

impl<S: Sync> FromRequestParts<S> for Opener {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Opener, Self::Rejection> {
        let visitor = parts.extensions.get::<Visitor>().copied().unwrap_or_default();
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let is_ahead = is_ahead(&parts.method, &parts.headers);
        Ok(Opener {
            visitor,
            is_by_hand: !is_ahead && is_navigation(&parts.headers),
            is_ahead,
            label: label(visitor.texts(), agent),
            place: parts.extensions.get().map(place).unwrap_or_default(),
        })
    }
}

fn place(ConnectInfo(peer): &ConnectInfo<SocketAddr>) -> Vec<u8> {
    match peer.ip().to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

fn is_navigation(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| headers.get(name).is_some_and(|found| found.as_bytes() == value.as_bytes());
    is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document")
}

fn is_ahead(method: &Method, headers: &HeaderMap) -> bool {
    let is_prefetch = ["sec-purpose", "purpose", "x-moz", "x-purpose"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        ["prefetch", "prerender", "preview"].iter().any(|purpose| value.contains(purpose))
    });
    *method == Method::HEAD || is_prefetch
}

/// A device in words; what hides behind several names stands first.
fn label(t: Texts, agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrom", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => t.sign_in_device(browser, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => t.sign_in_device_unknown().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Lang;

    #[test]
    fn devices_in_words() {
        let t = Texts::new(Lang::Fr);
        for (agent, words) in [
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
                "Chrome sur Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
                "Edge sur Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
                "Safari sur iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox sur Linux"),
            ("curl/8.5.0", "Appareil inconnu"),
            ("", "Appareil inconnu"),
        ] {
            assert_eq!(label(t, agent), words);
        }
    }

    #[test]
    fn only_a_real_navigation_is_by_hand() {
        let headers = |pairs: &[(&'static str, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        let navigation = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert!(is_navigation(&headers(&navigation)));
        assert!(!is_navigation(&headers(&[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")])));
        assert!(!is_navigation(&headers(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")])));
        assert!(!is_navigation(&headers(&[])));
        assert!(is_ahead(&Method::GET, &headers(&[("sec-purpose", "prefetch;prerender")])));
        assert!(is_ahead(&Method::GET, &headers(&[("purpose", "preview")])));
        assert!(is_ahead(&Method::HEAD, &headers(&navigation)));
        assert!(!is_ahead(&Method::GET, &headers(&navigation)));
    }
}
