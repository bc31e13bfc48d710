use std::io::{Read as _, Write as _};

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    COOKIE, ORIGIN, SET_COOKIE,
};
use axum::http::{Method, Request};
use store::params;

use super::assets;
use crate::testing::*;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let school = TestSchool::new().await;
    for reply in [
        school.get_as_stranger("/sign-in").await,
        school.get_as_stranger("/account").await,
        school.get(PUPIL, "/account").await,
        school.get(PUPIL, "/nowhere").await,
        school.get_as_stranger(assets::PREAU_CSS).await,
    ] {
        let policy = reply.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["referrer-policy"], "same-origin");
        if !reply.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/css")) {
            assert_eq!(reply.headers[CACHE_CONTROL], "no-store");
        }
    }
}

#[tokio::test]
async fn no_page_holds_inline_scripts_styles_or_addresses_of_others() {
    let school = TestSchool::new().await;
    for reply in [
        school.get_as_stranger("/sign-in").await,
        school.get(PUPIL, "/account").await,
        school.post(PUPIL, "/account/link", &[]).await,
        school.get(HEAD, "/people").await,
        school.get(HEAD, &format!("/people?list=group-{CLASS}")).await,
        school.post(HEAD, "/people/cards", &[("list", &format!("group-{CLASS}"))]).await,
        school.get(HEAD, "/nowhere").await,
    ] {
        assert!(reply.body.starts_with("<!doctype html>"), "{}", reply.body);
        for banned in [" style=", "<style", "javascript:", " onclick", " onload", "https://", "src=\"http"] {
            assert!(!reply.body.contains(banned), "{banned} in {}", reply.body);
        }
        for script in reply.body.split("<script").skip(1) {
            assert!(script.contains("src=\"/assets/"), "{script}");
        }
    }
}

#[tokio::test]
async fn writes_that_another_site_started_change_nothing() {
    let school = TestSchool::new().await;
    let post = |name, value| {
        let request =
            Request::builder().method(Method::POST).uri("/sign-out").header("host", "localhost:8080");
        request.header(COOKIE, school.cookie(PUPIL)).header(name, value).body(Body::empty())
    };
    for request in [
        post("sec-fetch-site", "cross-site"),
        post("sec-fetch-site", "same-site"),
        post("origin", "https://evil.example"),
        post("origin", "null"),
    ] {
        let reply = school.send(request).await;
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("partie d'un autre site"), "{}", reply.text());
    }
    assert_eq!(school.get(PUPIL, "/account").await.status, 200);
    assert_eq!(school.send(post(ORIGIN.as_str(), "http://localhost:8080")).await.status, 303);
}

#[tokio::test]
async fn forms_too_large_or_malformed_get_a_page() {
    let school = TestSchool::new().await;
    let large = "x".repeat(crate::limits::BODY_BYTES_MAX + 1);
    let reply = school.post_as_stranger("/sign-in", &[("login", &large)]).await;
    assert_eq!(reply.status, 413);
    assert!(reply.text().contains("trop grand"));
    let reply = school.post_as_stranger("/sign-in", &[("nothing", "expected")]).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("arrivé incomplet"));
    let reply = school.post(PUPIL, "/account", &[]).await;
    assert_eq!(reply.status, 405);
    assert!(reply.text().contains("Cette adresse ne s'ouvre pas ainsi"));
}

#[tokio::test]
async fn the_language_is_the_choice_then_the_browsers_then_french() {
    let school = TestSchool::new().await;
    for (cookie, wanted, lang) in [
        ("", "", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("lang=fr", "en-GB,en;q=0.9", "fr"),
        ("lang=en", "fr", "en"),
        ("lang=xx", "de,en;q=0.1", "en"),
    ] {
        let request = school.request(Method::GET, "/sign-in", None);
        let request = request.header(COOKIE, cookie).header(ACCEPT_LANGUAGE, wanted);
        let reply = school.send(request.body(Body::empty())).await;
        assert!(reply.body.contains(&format!("<html lang=\"{lang}\">")), "{cookie} {wanted}");
    }
    let fields = [("lang", "en"), ("back", "/sign-in?next=/account")];
    let reply = school.post_as_stranger("/language", &fields).await;
    assert_eq!((reply.location(), reply.cookie("lang")), ("/sign-in?next=/account", Some("en")));
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_of_plain_http_where_there_is_tls() {
    let school = TestSchool::new().await;
    let mut context = school.context.clone();
    let reply = school.post(PUPIL, "/sign-out", &[]).await;
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap();
    assert_eq!(cookie, "card=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    context.settings.secure_cookies = true;
    let over_tls = school.with(context);
    let reply = over_tls.post_as_stranger("/language", &[("lang", "en")]).await;
    assert!(reply.headers[SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
    assert!(reply.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_forged_expired_or_foreign_card_is_no_card() {
    let school = TestSchool::new().await;
    let genuine = school.cookie(PUPIL);
    let tampered = format!("{}A", &genuine[..genuine.len() - 1]);
    for cookie in [tampered.as_str(), "card=", "card=x", "card", "guest=x; card=é"] {
        let request = school.request(Method::GET, "/account", None).header(COOKIE, cookie);
        let reply = school.send(request.body(Body::empty())).await;
        assert!(reply.status == 303 || cookie == genuine, "{cookie}");
    }
    school.context.clock.advance_ms(base::limits::CARD_LIFE_MS + 1);
    assert_eq!(school.get(PUPIL, "/account").await.status, 303);
}

#[tokio::test]
async fn the_header_shows_the_school_the_person_and_the_ways_of_their_role() {
    let school = TestSchool::new().await;
    let pupil = school.get(PUPIL, "/account").await;
    assert!(
        pupil.text().contains("Collège Louise-Michel") && pupil.text().contains("Léa Martin · élève")
            || pupil.text().contains("Léa Martin élève")
    );
    assert!(pupil.body.contains("href=\"/account\" aria-current=\"page\""));
    assert!(!pupil.body.contains("href=\"/people\""));
    assert!(school.get(HEAD, "/account").await.body.contains("href=\"/people\""));
}

#[tokio::test]
async fn what_was_said_comes_from_the_list_only() {
    let school = TestSchool::new().await;
    assert!(school.get(PUPIL, "/account?said=password-changed").await.text().contains("est changé"));
    let reply = school.get(PUPIL, "/account?said=%3Cb%3Eanything").await;
    assert!(!reply.body.contains("role=\"status\""));
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_smaller_when_the_browser_takes_brotli() {
    let school = TestSchool::new().await;
    let plain = school.get_as_stranger(assets::PREAU_CSS).await;
    assert_eq!(plain.headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(plain.headers[CONTENT_TYPE], "text/css; charset=utf-8");
    let request = Request::builder().uri(assets::PREAU_CSS).header(ACCEPT_ENCODING, "gzip, br;q=0.9");
    let brotli = school.send(request.body(Body::empty())).await;
    assert_eq!(brotli.headers[CONTENT_ENCODING], "br");
    let request = Request::builder().uri(assets::PREAU_CSS).header(ACCEPT_ENCODING, "br;q=0");
    let refused = school.send(request.body(Body::empty())).await;
    assert!(!refused.headers.contains_key(CONTENT_ENCODING));
    let old = school.get_as_stranger("/assets/000000000000/preau.css").await;
    assert_eq!((old.status.as_u16(), &old.headers[CACHE_CONTROL]), (200, &"no-cache".parse().unwrap()));
    assert_eq!(school.get_as_stranger("/assets/000000000000/../Cargo.toml").await.status, 404);
    assert_eq!(assets::url("preau.css").as_deref(), Some(assets::PREAU_CSS));
}

#[tokio::test]
async fn every_page_with_all_that_it_loads_is_light() {
    let school = TestSchool::new().await;
    for number in 0..40 {
        school
            .run(
                "INSERT INTO person (id, school, role, given_name, family_name, card_epoch, created_at) \
                 VALUES ($1, $2, 'pupil', 'Marie-Amélie', 'Desrochers-Lanthier', 0, $3)",
                params![5_000 + number, SCHOOL, NOW],
            )
            .await;
        let member = params![CLASS, 5_000 + number];
        school.run("INSERT INTO member (group_id, person) VALUES ($1, $2)", member).await;
    }
    let list = format!("group-{CLASS}");
    for (name, reply) in [
        ("sign in", school.get_as_stranger("/sign-in").await),
        ("account", school.get(PUPIL, "/account").await),
        ("link", school.post(PUPIL, "/account/link", &[]).await),
        ("groups", school.get(HEAD, "/people").await),
        ("list", school.get(HEAD, &format!("/people?list={list}")).await),
        ("sheet of 42", school.post(HEAD, "/people/cards", &[("list", &list)]).await),
    ] {
        let bytes = weight(&reply.body);
        assert!(bytes <= 30_000, "{name}: {bytes} bytes");
    }
}

#[tokio::test]
async fn pages_go_out_compressed_except_when_another_site_leads_to_them() {
    let school = TestSchool::new().await;
    for (site, is_compressed) in
        [("none", true), ("same-origin", true), ("cross-site", false), ("same-site", false)]
    {
        let request = Request::builder().uri("/sign-in").header("sec-fetch-site", site);
        let response =
            school.respond(request.header(ACCEPT_ENCODING, "gzip, deflate, br").body(Body::empty())).await;
        assert_eq!(response.headers().contains_key(CONTENT_ENCODING), is_compressed, "{site}");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let mut page = Vec::new();
        if is_compressed {
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut page).unwrap();
        } else {
            page = body.to_vec();
        }
        assert!(page.starts_with(b"<!doctype html>") && page.ends_with(b"</html>"), "{site}");
    }
}

/// Bytes of a page and of the assets that it names, compressed.
fn weight(page: &str) -> usize {
    let named =
        page.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()?.rsplit('/').next());
    let mut names: Vec<&str> = named.collect();
    names.sort_unstable();
    names.dedup();
    let assets: usize = names.iter().map(|name| assets::find(name).unwrap().brotli.len()).sum();
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), super::compress::effort(page.len()));
    writer.write_all(page.as_bytes()).unwrap();
    assets + writer.finish().unwrap().len()
}

#[tokio::test]
async fn a_fault_of_ours_shows_a_number_and_nothing_else() {
    let school = TestSchool::new().await;
    school.run("ALTER TABLE school RENAME TO lost", []).await;
    let reply = school.get(PUPIL, "/account").await;
    assert_eq!(reply.status, 500);
    let text = reply.text();
    assert!(text.contains("Nous avons fait une erreur") && text.contains("numéro d'incident"), "{text}");
    assert!(!text.contains("no such table"));
}
