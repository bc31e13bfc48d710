//! A small provider of identities over a real socket, which keeps to the standard
//! unless a test tells it to lie. Called by the tests of signing in.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};
use aws_lc_rs::{hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::site::NOW;

pub const CLIENT: &str = "preau";
pub const SECRET: &str = "s:cret";

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    Es256,
    Rs256,
    /// By a key that the provider does not show, under the name of one that it shows.
    ByAnother,
    /// Not at all: `alg` is `none`.
    Not,
    /// HS256, with what everybody knows, the public key.
    WithPublicKey,
    /// Well, and then changed.
    Changed,
}

/// What a provider does.
pub struct Script {
    /// Claims that stand over those of an honest token; null takes one away.
    pub claims: Value,
    pub signed: Signed,
    /// The name of the key in tokens, and of the key that is shown.
    pub kid: (String, String),
    /// What `/userinfo` says, if anything.
    pub userinfo: Option<Value>,
    /// The whole answer of the token endpoint, in place of an honest one.
    pub token_answer: Option<String>,
    /// Before an answer of the token endpoint somebody must say so.
    pub is_held: bool,
    /// Keys are followed by so many bytes.
    pub padding: usize,
    /// Nothing is answered.
    pub is_away: bool,
}

pub struct Provider {
    pub address: SocketAddr,
    pub script: Arc<Mutex<Script>>,
    /// Says that a held answer may go.
    pub go: Arc<Notify>,
    asked: Arc<Mutex<Vec<String>>>,
    codes: Arc<Mutex<HashMap<String, Sent>>>,
    keys: Arc<Keys>,
}

/// What the authorization request of a code said.
struct Sent {
    fields: HashMap<String, String>,
    is_spent: bool,
}

struct Keys {
    ec: EcdsaKeyPair,
    other: EcdsaKeyPair,
    rsa: rsa::KeyPair,
    rsa_signing: aws_lc_rs::signature::RsaKeyPair,
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ec = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let made = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let pkcs8 = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&made).unwrap();
        let rsa_signing = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let script = Script {
            claims: json!({}),
            signed: Signed::Es256,
            kid: ("one".into(), "one".into()),
            userinfo: None,
            token_answer: None,
            is_held: false,
            padding: 0,
            is_away: false,
        };
        let provider = Provider {
            address,
            script: Arc::new(Mutex::new(script)),
            go: Arc::default(),
            asked: Arc::default(),
            codes: Arc::default(),
            keys: Arc::new(Keys { ec: ec(), other: ec(), rsa: made, rsa_signing }),
        };
        let shared = Arc::new(provider.share());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        provider
    }

    fn share(&self) -> Provider {
        Provider {
            address: self.address,
            script: Arc::clone(&self.script),
            go: Arc::clone(&self.go),
            asked: Arc::clone(&self.asked),
            codes: Arc::clone(&self.codes),
            keys: Arc::clone(&self.keys),
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what it does.
    pub fn play(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }

    /// Somebody signs in, who was sent here with this address: the code that they get.
    pub fn sign_in(&self, address: &str) -> String {
        let (at, query) = address.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", self.issuer()));
        let fields: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((fields["response_type"].as_str(), fields["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(fields["code_challenge_method"], "S256");
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), Sent { fields, is_spent: false });
        code
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some((head, body)) = read(&mut stream).await else { return };
        let path = head.split(' ').nth(1).unwrap().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        if self.script.lock().unwrap().is_away {
            return;
        }
        let answer = match path.as_str() {
            "/.well-known/openid-configuration" => said(200, &self.metadata()),
            "/jwks" => said(200, &self.key_set()),
            "/token" => {
                let is_held = self.script.lock().unwrap().is_held;
                if is_held {
                    self.go.notified().await;
                }
                let instead = self.script.lock().unwrap().token_answer.clone();
                instead.unwrap_or_else(|| self.token(&head, &body))
            }
            "/userinfo" => match self.script.lock().unwrap().userinfo.clone() {
                Some(info) if head.contains("Bearer access") || head.contains("bearer access") => {
                    said(200, &info)
                }
                _ => said(401, &json!({})),
            },
            _ => said(404, &json!({})),
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    fn metadata(&self) -> Value {
        let issuer = self.issuer();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/jwks"),
        })
    }

    fn key_set(&self) -> Value {
        let script = self.script.lock().unwrap();
        let point = self.keys.ec.public_key().as_ref();
        // RSAPublicKey of 2048 bits: 30 82 .. .. 02 82 01 01 00 (256 bytes) 02 03 (3 bytes).
        let rsa = self.keys.rsa.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [
            {"kty": "unheard of", "kid": "zero"},
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": script.kid.1,
             "x": encode(&point[1..33]), "y": encode(&point[33..65])},
            {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "rsa",
             "n": encode(&rsa[9..265]), "e": encode(&rsa[267..270])},
            {"kty": "oct", "kid": "shared", "k": encode(b"a secret that everybody reads here")},
        ], "padding": "x".repeat(script.padding)})
    }

    /// What it gives for a code, to whoever may have it.
    fn token(&self, head: &str, body: &str) -> String {
        let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let basic = STANDARD.encode(format!("{CLIENT}:s%3Acret"));
        if !head
            .to_ascii_lowercase()
            .contains(&format!("authorization: basic {}", basic.to_ascii_lowercase()))
        {
            return said(401, &json!({"error": "invalid_client"}));
        }
        let mut codes = self.codes.lock().unwrap();
        let Some(sent) = codes.get_mut(form.get("code").map_or("", String::as_str)) else {
            return said(400, &json!({"error": "invalid_grant"}));
        };
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
        let fits =
            challenge == sent.fields["code_challenge"] && form["redirect_uri"] == sent.fields["redirect_uri"];
        if std::mem::replace(&mut sent.is_spent, true) || !fits {
            return said(400, &json!({"error": "invalid_grant"}));
        }
        let now = NOW.0 / 1_000;
        let mut claims = json!({
            "iss": self.issuer(), "aud": CLIENT, "sub": "7", "nonce": sent.fields["nonce"],
            "iat": now, "exp": now + 300, "uai": "0750001A", "profile": "ENS",
        });
        let script = self.script.lock().unwrap();
        for (name, value) in script.claims.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let token = self.sign(&claims, script.signed, &script.kid.0);
        said(200, &json!({"id_token": token, "access_token": "access", "token_type": "Bearer"}))
    }

    fn sign(&self, claims: &Value, signed: Signed, kid: &str) -> String {
        let (alg, kid) = match signed {
            Signed::Rs256 => ("RS256", "rsa"),
            Signed::Not => ("none", kid),
            Signed::WithPublicKey => ("HS256", kid),
            _ => ("ES256", kid),
        };
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&json!({"alg": alg, "typ": "JWT", "kid": kid})), encode(claims));
        let random = SystemRandom::new();
        let ec = |key: &EcdsaKeyPair| key.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec();
        let signature = match signed {
            Signed::Es256 => ec(&self.keys.ec),
            Signed::ByAnother => ec(&self.keys.other),
            Signed::Changed => {
                let mut signature = ec(&self.keys.ec);
                signature[20] ^= 1;
                signature
            }
            Signed::Rs256 => {
                let mut signature = vec![0; 256];
                let key = &self.keys.rsa_signing;
                key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
                signature
            }
            Signed::Not => Vec::new(),
            Signed::WithPublicKey => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.keys.ec.public_key().as_ref());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn said(status: u16, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut text = String::new();
    let mut bytes = [0; 4_096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut bytes).await {
            Ok(count @ 1..) => text.push_str(&String::from_utf8_lossy(&bytes[..count])),
            _ => return None,
        }
    }
}
