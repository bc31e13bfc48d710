//! People whom a provider of identities knows: the way there and back, and
//! everything on it that somebody could forge, replay, mix up or hold up.

#![allow(clippy::unwrap_used)]

mod provider;
mod site;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gate::{Identity, Limits, OidcLimits, OidcSettings, SiteSettings};
use provider::{CLIENT, Provider, SECRET, Signed};
use serde_json::{Value, json};
use site::{Gate, SITE, Upstream, cookies, header};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn settings(upstream: &Upstream, provider: &Provider) -> SiteSettings {
    SiteSettings {
        identity: Identity::Oidc,
        pass_header: "X-Pass".into(),
        pass_secret: "a secret of thirty-two bytes, at least".into(),
        oidc: Some(OidcSettings {
            issuer: provider.issuer(),
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            school_claim: "uai".into(),
            schools: vec!["0750001A".into()],
            role_claim: "profile".into(),
            roles: BTreeMap::from([("ENS".to_owned(), Role::Teacher), ("ELV".to_owned(), Role::Pupil)]),
            ..OidcSettings::default()
        }),
        ..site::settings(upstream)
    }
}

/// A gate that has read its provider, and both others.
async fn all() -> (Gate, Provider, Upstream) {
    all_with(|_| {}).await
}

async fn all_with(change: impl FnOnce(&mut SiteSettings)) -> (Gate, Provider, Upstream) {
    let (upstream, provider) = (Upstream::saying(HELLO).await, Provider::start().await);
    let mut settings = settings(&upstream, &provider);
    change(&mut settings);
    let gate = Gate::start(settings).await;
    read(&gate).await;
    (gate, provider, upstream)
}

/// Lets the gate read its provider.
async fn read(gate: &Gate) {
    gate.at(0);
    for _ in 0..200 {
        if ours(gate, "/enter/ent?n=0000000000000001&to=/", "").await.starts_with("HTTP/1.1 303") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the provider was not read");
}

/// A GET at our own host.
async fn ours(gate: &Gate, path: &str, cookies: &str) -> String {
    gate.exchange(format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Language: en\r\nCookie: {cookies}\r\n\r\n"
    ))
    .await
}

/// Somebody on the way: the cookies at the site and at our host, and the address at the provider.
struct Out {
    at_site: String,
    at_ours: String,
    address: String,
}

impl Out {
    async fn set(gate: &Gate, path: &str) -> Out {
        let first = gate.get(path, "").await;
        let at_site = cookies(&first);
        let to_us = header(&first, "location").unwrap().to_owned();
        let path = to_us.strip_prefix(&format!("http://localhost:{}", gate.address.port())).unwrap();
        let sent = ours(gate, path, "").await;
        assert!(sent.starts_with("HTTP/1.1 303"), "{sent}");
        assert!(sent.contains("; SameSite=Lax; Path=/enter/; Max-Age=900; HttpOnly"), "{sent}");
        Out { at_site, at_ours: cookies(&sent), address: header(&sent, "location").unwrap().to_owned() }
    }

    fn state(&self) -> String {
        let query = self.address.split_once('?').unwrap().1;
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state").unwrap().1.into_owned()
    }

    fn back(&self, code: &str) -> String {
        format!("/enter/back?state={}&code={code}", self.state())
    }

    /// Signs in and comes back; what our host answers.
    async fn come_back(&self, gate: &Gate, provider: &Provider) -> String {
        ours(gate, &self.back(&provider.sign_in(&self.address)), &self.at_ours).await
    }

    /// From our host's answer into the site; what the upstream heard of them.
    async fn enter(&self, gate: &Gate, upstream: &Upstream, answer: &str) -> Value {
        let to = header(answer, "location").unwrap_or_else(|| panic!("{answer}"));
        let path = to.strip_prefix(&format!("http://{SITE}:{}", gate.address.port())).unwrap();
        let arrived = gate.get(path, &self.at_site).await;
        let visit = cookies(&arrived);
        assert!(visit.starts_with("preau_visit="), "{arrived}");
        let inside = gate.get(header(&arrived, "location").unwrap(), &visit).await;
        assert!(inside.ends_with("hello"), "{inside}");
        let heard = upstream.text();
        let pass = heard.rsplit("x-pass: ").next().unwrap().split("\r\n").next().unwrap();
        let body = URL_SAFE_NO_PAD.decode(pass.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

#[tokio::test]
async fn whoever_signs_in_there_comes_in_here_and_is_the_same_each_time() {
    let (gate, provider, upstream) = all().await;
    let mut passes = Vec::new();
    for (signed, claims) in [
        (Signed::Es256, json!({})),
        (Signed::Rs256, json!({"profile": "ELV"})),
        (Signed::Es256, json!({"sub": "8", "aud": [CLIENT], "azp": CLIENT})),
    ] {
        provider.play(|script| (script.signed, script.claims) = (signed, claims));
        let out = Out::set(&gate, "/cours?id=1&x=2").await;
        let answer = out.come_back(&gate, &provider).await;
        assert!(answer.contains("errand_ent=; ") && answer.contains("Max-Age=0"), "{answer}");
        passes.push(out.enter(&gate, &upstream, &answer).await);
    }
    assert!(upstream.text().contains("GET /cours?id=1&x=2 HTTP/1.1\r\n"));
    assert_eq!((&passes[0]["role"], &passes[1]["role"]), (&json!("teacher"), &json!("pupil")));
    assert_eq!(passes[0]["sub"], passes[1]["sub"], "one person, twice");
    assert_ne!(passes[0]["sub"], passes[2]["sub"]);
    assert_eq!(passes[0]["school"], passes[2]["school"]);
    assert!(!upstream.text().contains("errand") && !upstream.text().contains("0750001A"));
}

#[tokio::test]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    let (gate, provider, upstream) = all().await;
    let now = site::NOW.0 / 1_000;
    for (what, signed, claims) in [
        ("another sign-in's", Signed::Es256, json!({"nonce": "another"})),
        ("no nonce", Signed::Es256, json!({"nonce": null})),
        ("somebody else's", Signed::Es256, json!({"aud": "another"})),
        ("others' too", Signed::Es256, json!({"aud": [CLIENT, "another"]})),
        ("made for another", Signed::Es256, json!({"azp": "another"})),
        ("no audience", Signed::Es256, json!({"aud": null})),
        ("another issuer", Signed::Es256, json!({"iss": "https://evil.example"})),
        ("no issuer", Signed::Es256, json!({"iss": null})),
        ("expired", Signed::Es256, json!({"exp": now - 61})),
        ("no end", Signed::Es256, json!({"exp": null})),
        ("an end that is no number", Signed::Es256, json!({"exp": "never"})),
        ("of tomorrow", Signed::Es256, json!({"iat": now + 61})),
        ("of yesterday", Signed::Es256, json!({"iat": now - 86_400})),
        ("not yet valid", Signed::Es256, json!({"nbf": now + 61})),
        ("nobody's", Signed::Es256, json!({"sub": ""})),
        ("no subject", Signed::Es256, json!({"sub": null})),
        ("changed", Signed::Changed, json!({})),
        ("signed by another key", Signed::ByAnother, json!({})),
        ("not signed", Signed::Not, json!({})),
        ("signed with the public key", Signed::WithPublicKey, json!({})),
    ] {
        provider.play(|script| (script.signed, script.claims) = (signed, claims));
        let out = Out::set(&gate, "/").await;
        let answer = out.come_back(&gate, &provider).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{what}: {answer}");
        assert!(
            answer.contains("This sign-in cannot be accepted") && answer.contains("L’ENT"),
            "{what}: {answer}"
        );
        assert!(header(&answer, "location").is_none() && !answer.contains("pass="), "{what}: {answer}");
    }
    assert_eq!(provider.count("/jwks"), 1, "none of them was worth asking for keys");
    assert!(upstream.text().is_empty());
}

#[tokio::test]
async fn people_without_a_school_or_a_role_of_ours_are_told() {
    let (gate, provider, _upstream) = all().await;
    for (claims, said) in [
        (json!({"uai": "0690001B"}), "Your school is not known here"),
        (json!({"uai": 7}), "Your school is not known here"),
        (json!({"profile": "operator"}), "Your role is not known here"),
    ] {
        provider.play(|script| script.claims = claims);
        let answer = Out::set(&gate, "/a").await.come_back(&gate, &provider).await;
        let start = format!("<a href=\"http://{SITE}:{}/a\">Start again</a>", gate.address.port());
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(said), "{answer}");
        assert!(answer.contains(&start), "{answer}");
    }
}

#[tokio::test]
async fn what_the_token_does_not_say_the_user_info_may_of_the_same_person() {
    let (gate, provider, upstream) = all().await;
    provider.play(|script| {
        script.claims = json!({"uai": null, "profile": null});
        script.userinfo =
            Some(json!({"sub": "7", "uai": ["0750001A"], "profile": ["x", "ELV"], "iss": "evil"}));
    });
    let out = Out::set(&gate, "/").await;
    let answer = out.come_back(&gate, &provider).await;
    assert_eq!(out.enter(&gate, &upstream, &answer).await["role"], json!("pupil"));
    provider.play(|script| script.userinfo = Some(json!({"sub": "8", "uai": "0750001A", "profile": "ENS"})));
    let answer = Out::set(&gate, "/").await.come_back(&gate, &provider).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("cannot be accepted"), "{answer}");
}

#[tokio::test]
async fn keys_are_read_anew_once_for_a_name_that_is_not_known() {
    let (gate, provider, upstream) = all().await;
    gate.at(5_000);
    provider.play(|script| script.kid = ("two".into(), "two".into()));
    let out = Out::set(&gate, "/").await;
    let answer = out.come_back(&gate, &provider).await;
    out.enter(&gate, &upstream, &answer).await;
    assert_eq!(provider.count("/jwks"), 2);
    provider.play(|script| script.kid = ("nowhere".into(), "two".into()));
    for _ in 0..5 {
        let answer = Out::set(&gate, "/").await.come_back(&gate, &provider).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert_eq!(provider.count("/jwks"), 2, "it was asked a moment ago");
    gate.at(5_000);
    for _ in 0..5 {
        let answer = Out::set(&gate, "/").await.come_back(&gate, &provider).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert_eq!(provider.count("/jwks"), 3);
}

#[tokio::test]
async fn a_provider_that_is_away_or_too_long_is_waited_for() {
    let (upstream, provider) = (Upstream::saying(HELLO).await, Provider::start().await);
    provider.play(|script| script.is_away = true);
    let gate = Gate::start(settings(&upstream, &provider)).await;
    let ask = async || ours(&gate, "/enter/ent?n=0000000000000001&to=/", "").await;
    let asked = async |times| {
        while provider.count("/.well-known/openid-configuration") < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    gate.at(0);
    asked(1).await;
    let answer = ask().await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("does not answer"), "{answer}");
    assert!(
        header(&answer, "refresh") == header(&answer, "retry-after") && answer.contains("refresh: "),
        "{answer}"
    );
    provider.play(|script| (script.is_away, script.padding) = (false, 300_000));
    gate.at(5_000);
    asked(2).await;
    while provider.count("/jwks") < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(ask().await.starts_with("HTTP/1.1 502"), "too long a list of keys is none");
    provider.play(|script| script.padding = 0);
    gate.at(5_000);
    for _ in 0..200 {
        if ask().await.starts_with("HTTP/1.1 303") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // From here on it may be away, and only whoever brings a code notices.
    provider.play(|script| script.is_away = true);
    gate.at(4_000_000);
    let out = Out::set(&gate, "/").await;
    let answer = out.come_back(&gate, &provider).await;
    assert!(answer.starts_with("HTTP/1.1 502") && header(&answer, "refresh").is_some(), "{answer}");
    assert!(!answer.contains("Max-Age=0"), "the errand goes on: {answer}");
}

#[tokio::test]
async fn so_many_at_once_ask_and_the_others_come_again_with_the_same_code() {
    let (gate, provider, upstream) = all_with(|site| {
        let limits = OidcLimits { exchanges_max: 1, exchange_ms: 30_000, ..OidcLimits::default() };
        site.oidc.as_mut().unwrap().limits = limits;
    })
    .await;
    provider.play(|script| script.is_held = true);
    let gate = Arc::new(gate);
    let (one, other) = (Out::set(&gate, "/one").await, Out::set(&gate, "/other").await);
    let (path, at_ours) = (one.back(&provider.sign_in(&one.address)), one.at_ours.clone());
    let held = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move { ours(&gate, &path, &at_ours).await }
    });
    while provider.count("/token") < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let code = provider.sign_in(&other.address);
    let busy = ours(&gate, &other.back(&code), &other.at_ours).await;
    assert!(busy.starts_with("HTTP/1.1 503") && busy.contains("Many people are signing in"), "{busy}");
    assert!(header(&busy, "refresh").is_some() && !busy.contains("Max-Age=0"), "{busy}");
    provider.play(|script| script.is_held = false);
    provider.go.notify_one();
    let answer = held.await.unwrap();
    one.enter(&gate, &upstream, &answer).await;
    let answer = ours(&gate, &other.back(&code), &other.at_ours).await;
    other.enter(&gate, &upstream, &answer).await;
}

#[tokio::test]
async fn a_provider_that_is_slow_or_lies_is_nobodys_hang() {
    let (gate, provider, _upstream) = all_with(|site| {
        site.oidc.as_mut().unwrap().limits = OidcLimits { exchange_ms: 300, ..OidcLimits::default() };
    })
    .await;
    provider.play(|script| script.is_held = true);
    let answer = Out::set(&gate, "/").await.come_back(&gate, &provider).await;
    assert!(answer.starts_with("HTTP/1.1 504") && header(&answer, "refresh").is_some(), "{answer}");
    provider.play(|script| script.is_held = false);
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n{}", "x".repeat(400_000));
    let tail = "Content-Length: 2\r\n\r\n{}";
    for lie in [
        format!("HTTP/1.1 302 Found\r\nLocation: http://{}/userinfo\r\n{tail}", provider.address),
        format!("HTTP/1.1 500 Oh\r\n{tail}"),
        format!("HTTP/1.1 200 OK\r\n{tail}"),
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot json!".into(),
        "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"id".into(),
        "SSH-2.0-OpenSSH_9.9\r\n".into(),
        long,
    ] {
        provider.play(|script| script.token_answer = Some(lie.clone()));
        let answer = Out::set(&gate, "/").await.come_back(&gate, &provider).await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{lie:.60}: {answer}");
    }
    assert_eq!(provider.count("/userinfo"), 0, "a redirect is not followed");
}

#[tokio::test]
async fn who_comes_late_twice_or_from_another_device_starts_again() {
    let (gate, provider, upstream) = all().await;
    let late =
        |answer: &str| answer.starts_with("HTTP/1.1 400") && answer.contains("Signing in did not work out");
    let (mine, theirs) = (Out::set(&gate, "/").await, Out::set(&gate, "/").await);
    let code = provider.sign_in(&mine.address);
    // An attacker's link on somebody's device: without an errand, or with their own.
    for at_ours in ["", &theirs.at_ours, "errand_ent=", "errand_ent=x~eA", "errand_ent=~"] {
        let answer = ours(&gate, &mine.back(&code), at_ours).await;
        assert!(late(&answer) && !answer.contains("pass="), "{at_ours}: {answer}");
    }
    let odd = [
        "/enter/back",
        "/enter/back?state=ent",
        "/enter/back?state=&code=x",
        "/enter/back?state=moodle.x&code=x",
    ];
    for path in odd {
        assert!(late(&ours(&gate, path, &mine.at_ours).await), "{path}");
    }
    let twice = format!("{}&code=other", mine.back(&code));
    assert!(late(&ours(&gate, &twice, &mine.at_ours).await));
    let head = format!(
        "HEAD {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {}\r\n\r\n",
        mine.back(&code),
        mine.at_ours
    );
    assert!(gate.exchange(head).await.starts_with("HTTP/1.1 405"), "a look does not spend the code");
    assert_eq!(provider.count("/token"), 0, "none of it cost the provider anything");
    let answer = ours(&gate, &mine.back(&code), &mine.at_ours).await;
    mine.enter(&gate, &upstream, &answer).await;
    assert!(late(&ours(&gate, &mine.back(&code), &mine.at_ours).await), "a code is spent once");
    let other = Out::set(&gate, "/").await;
    let stolen = ours(&gate, &other.back(&code), &other.at_ours).await;
    assert!(late(&stolen), "and by nobody else: {stolen}");
    gate.at(901_000);
    assert!(late(&theirs.come_back(&gate, &provider).await));
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_told_and_an_answer_of_another_one_is_not_spent() {
    let (gate, provider, _upstream) = all().await;
    let out = Out::set(&gate, "/").await;
    for (fields, status, said) in [
        ("error=access_denied", "403", "Signing in was refused"),
        ("error=temporarily_unavailable", "502", "does not answer"),
        ("code=x&iss=https%3A%2F%2Fevil.example", "403", "cannot be accepted"),
    ] {
        let path = format!("/enter/back?state={}&{fields}", out.state());
        let answer = ours(&gate, &path, &out.at_ours).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(said), "{answer}");
        let site = format!("; url=http://{SITE}:{}/", gate.address.port());
        let goes_on = header(&answer, "refresh").is_some_and(|refresh| refresh.ends_with(&site));
        assert_eq!(goes_on, status == "502", "such an answer will never do: {answer}");
    }
    let path = format!("/enter/back?state={}&error=access_denied", out.state());
    let french = gate
        .exchange(format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {}\r\n\r\n",
            out.at_ours
        ))
        .await;
    assert!(french.contains("La connexion a été refusée"), "{french}");
    assert_eq!(provider.count("/token"), 0);
}

#[tokio::test]
async fn two_sites_are_not_mixed_up() {
    let (upstream, provider) = (Upstream::saying(HELLO).await, Provider::start().await);
    let ent = settings(&upstream, &provider);
    let moodle = SiteSettings { name: "moodle".into(), host: "moodle.localhost".into(), ..ent.clone() };
    let card = SiteSettings {
        name: "card".into(),
        host: "card.localhost".into(),
        identity: Identity::Card,
        oidc: None,
        ..ent.clone()
    };
    let gate = Gate::start_all(vec![ent, moodle, card], Limits::default()).await;
    read(&gate).await;
    let out = Out::set(&gate, "/").await;
    let code = provider.sign_in(&out.address);
    let errand = out.at_ours.strip_prefix("errand_ent=").unwrap();
    let state = out.state().replacen("ent.", "moodle.", 1);
    for cookie in [format!("errand_moodle={errand}"), out.at_ours.clone()] {
        let answer = ours(&gate, &format!("/enter/back?state={state}&code={code}"), &cookie).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let answer = ours(&gate, &format!("/enter/back?state=card.x&code={code}"), &out.at_ours).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    // Our own card is not asked for, and says nothing, where a provider is.
    let card = gate.card(7, Role::Teacher).seal(&gate.keys);
    let answer = ours(&gate, "/enter/ent?n=0000000000000001&to=/", &format!("card={card}")).await;
    assert!(header(&answer, "location").unwrap().starts_with(&provider.issuer()), "{answer}");
    // And the introduction to one is none to the other.
    let answer = ours(&gate, &out.back(&code), &out.at_ours).await;
    let path = header(&answer, "location").unwrap().split_once("/.preau/").unwrap().1;
    let elsewhere = format!(
        "GET /.preau/{path} HTTP/1.1\r\nHost: moodle.localhost\r\nConnection: close\r\nCookie: {}\r\n\r\n",
        out.at_site
    );
    assert!(cookies(&gate.exchange(elsewhere).await).is_empty());
    out.enter(&gate, &upstream, &answer).await;
}

#[tokio::test]
async fn nobody_is_led_anywhere_but_to_the_provider_and_the_site() {
    let (gate, provider, upstream) = all().await;
    for to in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "@evil.example", "/.preau/come"]
    {
        let sent = ours(&gate, &format!("/enter/ent?n=0000000000000001&to={to}"), "").await;
        assert!(header(&sent, "location").unwrap().starts_with(&provider.issuer()), "{sent}");
        let errand = cookies(&sent);
        let to = URL_SAFE_NO_PAD.decode(errand.split_once('~').unwrap().1).unwrap();
        assert_eq!(to, b"/", "{errand}");
    }
    // What somebody writes into their own cookie leads no further.
    let out = Out::set(&gate, "/").await;
    let (errand, _) = out.at_ours.split_once('~').unwrap();
    let cookie = format!("{errand}~{}", URL_SAFE_NO_PAD.encode("@evil.example"));
    let refused = format!("/enter/back?state={}&error=access_denied", out.state());
    let answer = ours(&gate, &refused, &cookie).await;
    assert!(answer.starts_with("HTTP/1.1 403") && !answer.contains("evil"), "{answer}");
    let answer = ours(&gate, &out.back(&provider.sign_in(&out.address)), &cookie).await;
    assert!(header(&answer, "location").unwrap().ends_with("&to=%2F"), "{answer}");
    out.enter(&gate, &upstream, &answer).await;
}

#[tokio::test]
async fn a_second_tab_does_not_undo_the_first() {
    let (gate, provider, upstream) = all().await;
    let first = Out::set(&gate, "/one").await;
    let again = gate.get("/two", &first.at_site).await;
    let path = header(&again, "location")
        .unwrap()
        .split_once(&gate.address.port().to_string())
        .unwrap()
        .1
        .to_owned();
    let sent = ours(&gate, &path, &first.at_ours).await;
    let second = Out {
        at_site: first.at_site.clone(),
        at_ours: cookies(&sent),
        address: header(&sent, "location").unwrap().to_owned(),
    };
    assert_eq!(first.state(), second.state());
    let code = provider.sign_in(&first.address);
    let answer = ours(&gate, &first.back(&code), &second.at_ours).await;
    first.enter(&gate, &upstream, &answer).await;
}

#[tokio::test]
async fn the_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let from = |file: PathBuf| {
        move |site: &mut SiteSettings| {
            let oidc = site.oidc.as_mut().unwrap();
            (oidc.client_secret, oidc.client_secret_file) = (String::new(), file);
        }
    };
    let (gate, provider, upstream) = all_with(from(file)).await;
    let out = Out::set(&gate, "/").await;
    let answer = out.come_back(&gate, &provider).await;
    out.enter(&gate, &upstream, &answer).await;
    for (file, why) in [(folder.path().join("none"), "No such file"), (folder.path().into(), "directory")] {
        let mut site = settings(&upstream, &provider);
        from(file)(&mut site);
        let said = gate::read_files(vec![site]).err().unwrap().to_string();
        assert!(
            said.starts_with("[[protect]] ent: oidc.client_secret_file: ") && said.contains(why),
            "{said}"
        );
    }
}
