//! What the upstream is told of who comes: a JSON Web Token (RFC 7519), signed
//! with HMAC-SHA256 and the site's own secret, which any language can check.
//!
//! It says whose session it is and until when, never a name.

use aws_lc_rs::hmac;
use base::{Time, Visit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// Signs passes for one site.
pub(super) struct PassMaker {
    key: hmac::Key,
    issuer: String,
    audience: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    school: Option<String>,
    role: &'a str,
    iat: i64,
    exp: i64,
}

impl PassMaker {
    pub(super) fn new(secret: &str, issuer: &str, audience: &str) -> PassMaker {
        PassMaker {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// The pass of somebody who is in.
    pub(super) fn make(&self, visit: &Visit, now: Time) -> String {
        let (school, role) = match visit {
            Visit::Known(card) => (Some(card.school.to_string()), card.role.word()),
            Visit::Stranger(_) => (None, "stranger"),
        };
        let now_s = now.0.div_euclid(1_000);
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            // A string, so that no reader rounds it.
            sub: visit.person().to_string(),
            school,
            role,
            iat: now_s,
            exp: now_s + PASS_LIFE_S,
        };
        let body = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!("{HEAD}.{}", URL_SAFE_NO_PAD.encode(body));
        let tag = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

/// `{"alg":"HS256","typ":"JWT"}`.
const HEAD: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// A pass is of one request: clocks may differ by this, and no more.
const PASS_LIFE_S: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use base::PersonId;

    #[test]
    fn a_pass_is_a_token_that_others_read() {
        assert_eq!(URL_SAFE_NO_PAD.decode(HEAD).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
        let maker = PassMaker::new("a secret of thirty-two bytes, at least", "https://preau.fr", "ent");
        let pass = maker.make(&Visit::Stranger(PersonId(7)), Time(1_000_500));
        let (signed, tag) = pass.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret of thirty-two bytes, at least");
        hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).unwrap()).unwrap();
        let body = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = serde_json::json!({
            "iss": "https://preau.fr", "aud": "ent", "sub": "7", "role": "stranger", "iat": 1_000, "exp": 1_060
        });
        assert_eq!(claims, expected);
    }
}
