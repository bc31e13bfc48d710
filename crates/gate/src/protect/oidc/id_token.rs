//! The check of an ID token (OpenID Connect Core 1.0, 3.1.3.7), stricter where
//! the standard leaves a choice: asymmetric signatures only, one audience, a
//! nonce always, and issued after the person set out.

use base::Time;
use base::clock::SECOND_MS;
use jsonwebtoken::{AlgorithmFamily, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::provider::Known;

/// What a token says of somebody.
pub(super) type Claims = Map<String, Value>;

/// What a token must say to be for us, now, and from this errand.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) begun_at: Time,
    pub(super) now: Time,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It names a key that is not known, which may be a new one.
    UnknownKey,
    /// What is wrong with it.
    Because(&'static str),
}

/// Checks a token; what it says, if it may be believed.
pub(super) fn check(token: &str, known: &Known, expected: &Expected<'_>) -> Result<Claims, Refused> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Refused::Because("it is larger than is taken"));
    }
    // An algorithm that is none ("none") is no algorithm of the crate.
    let header = decode_header(token).map_err(|_| Refused::Because("its head is not readable"))?;
    if header.alg.family() == AlgorithmFamily::Hmac {
        return Err(Refused::Because("it is signed with a shared secret"));
    }
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err(Refused::Because("its head wants what we do not know"));
    }
    let mut fitting = known.keys.iter().filter(|key| {
        let is_named = header.kid.is_none() || key.id == header.kid;
        let is_for = key.algorithm.is_none_or(|algorithm| algorithm == header.alg.into());
        is_named && is_for && key.key.family() == header.alg.family()
    });
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[expected.client_id]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // By our clock, below.
    validation.validate_exp = false;
    let Some(first) = fitting.next() else { return Err(Refused::UnknownKey) };
    let mut checked = decode::<Claims>(token, &first.key, &validation);
    // Without a name the key may be any of them.
    for other in fitting {
        if checked.is_err() {
            checked = decode(token, &other.key, &validation);
        }
    }
    let claims = checked.map_err(|error| Refused::Because(in_words(&error)))?.claims;
    match find_fault(&claims, expected) {
        Some(fault) => Err(Refused::Because(fault)),
        None => Ok(claims),
    }
}

fn find_fault(claims: &Claims, expected: &Expected<'_>) -> Option<&'static str> {
    let second = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = expected.now.0 as f64 / SECOND_MS as f64;
    let begun = expected.begun_at.0 as f64 / SECOND_MS as f64;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_for_one = match claims.get("aud") {
        Some(Value::Array(all)) => all.len() == 1,
        _ => true,
    };
    if second("exp").is_none_or(|exp| exp + SKEW_S <= now) {
        Some("it has expired")
    } else if second("iat").is_none_or(|iat| iat > now + SKEW_S || iat + SKEW_S < begun) {
        Some("it was not made while somebody waited for it")
    } else if claims.contains_key("nbf") && second("nbf").is_none_or(|nbf| nbf > now + SKEW_S) {
        Some("it is not valid yet")
    } else if text("nonce") != Some(expected.nonce) {
        Some("it is of another sign-in")
    } else if !is_for_one || text("azp").is_some_and(|azp| azp != expected.client_id) {
        Some("it is for others too")
    } else if text("sub").is_none_or(|sub| sub.is_empty() || sub.len() > SUBJECT_BYTES_MAX) {
        Some("it names nobody")
    } else {
        None
    }
}

fn in_words(error: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => "its signature does not hold",
        ErrorKind::InvalidIssuer => "it is another issuer's",
        ErrorKind::InvalidAudience => "it is for somebody else",
        ErrorKind::MissingRequiredClaim(_) => "it does not say what it must",
        _ => "it is not readable",
    }
}

/// How far the provider's clock and ours may be apart.
const SKEW_S: f64 = 60.0;

/// Bytes of a token: with the names of a hundred groups it is some kilobytes.
const TOKEN_BYTES_MAX: usize = 65_536;

/// Bytes of a subject, by the standard.
const SUBJECT_BYTES_MAX: usize = 255;
