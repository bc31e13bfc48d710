use axum::body::Body;
use axum::http::Method;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, COOKIE};
use base::clock::MINUTE_MS;
use base::limits::{NAME_BYTES_MAX, PASS_LIFE_MS};
use base::{Pass, PersonId, Seat, SlotId};
use serde_json::Value;
use store::params;

use super::page::SCRIPTS;
use crate::testing::*;
use crate::web::assets;

/// The data that a class page gives to its scripts.
fn given(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let (_, rest) = reply.body.split_once(r#"<script type="application/json" id="class-data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// The pass on a class page, opened.
fn pass(school: &TestSchool, reply: &Reply) -> Pass {
    let given = given(reply);
    Pass::open(&school.context.keys, given["pass"].as_str().unwrap(), school.context.clock.now()).unwrap()
}

fn lesson(slot: SlotId) -> String {
    format!("/lesson/{slot}")
}

/// A guest link of [`LESSON_NOW`]: its path.
async fn guest_link(school: &TestSchool) -> String {
    let reply = school.post(TEACHER, "/lesson/1001/guest-link", &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let made: Value = serde_json::from_str(&reply.body).unwrap();
    made["link"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned()
}

/// Opens a page as a stranger with a guest's cookie.
async fn get_as_guest(school: &TestSchool, path: &str, cookie: &str) -> Reply {
    let request = school.request(Method::GET, path, None).header(COOKIE, format!("guest={cookie}"));
    school.send(request.body(Body::empty())).await
}

#[tokio::test]
async fn the_roster_gets_a_pass_for_its_own_device() {
    let school = TestSchool::new().await;
    for (who, seat, word) in [(TEACHER, Seat::Teacher, "teacher"), (PUPIL, Seat::Pupil, "pupil")] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        let pass = pass(&school, &reply);
        assert_eq!((pass.slot, pass.person, pass.device, pass.seat), (LESSON_NOW, who, device(who), seat));
        assert_eq!(pass.expires_at, NOW + PASS_LIFE_MS);
        let given = given(&reply);
        assert_eq!(given["seat"], word);
        assert_eq!(given["zone"], "Europe/Paris");
        assert_eq!(
            given["words"]["lost"],
            "Connexion perdue, reconnexion en cours… Ce que vous voyez date de %s."
        );
        assert_eq!(reply.text().contains("Terminer le cours"), who == TEACHER);
        for text in ["Mathématiques", "6e A", "8:00 – 8:55", "Entrer en classe", "Claire Moreau"] {
            assert!(reply.text().contains(text), "{text}");
        }
    }
}

#[tokio::test]
async fn the_page_names_nobody_of_the_class() {
    let school = TestSchool::new().await;
    for who in [TEACHER, PUPIL_B] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        assert!(!reply.body.contains("Léa") && !reply.body.contains("Martin"));
    }
    let link = guest_link(&school).await;
    let cookie = school.post_as_stranger(&link, &[("name", "Zoé")]).await.cookie("guest").unwrap().to_owned();
    let to_guest = get_as_guest(&school, &link, &cookie).await;
    for reply in [school.get_as_stranger(&link).await, to_guest] {
        assert_eq!(reply.status, 200);
        assert!(["Léa", "Martin", "Claire", "Moreau"].iter().all(|name| !reply.body.contains(name)));
    }
}

#[tokio::test]
async fn a_substitute_leads_like_the_teacher() {
    let school = TestSchool::new().await;
    school.run("UPDATE slot SET substitute = $1 WHERE id = $2", params![TEACHER_OTHER, LESSON_NOW]).await;
    for who in [TEACHER, TEACHER_OTHER] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        assert_eq!(pass(&school, &reply).seat, Seat::Teacher);
    }
}

#[tokio::test]
async fn whoever_is_not_on_the_roster_gets_no_pass() {
    let school = TestSchool::new().await;
    for who in [PUPIL_OTHER, TEACHER_OTHER, GUARDIAN, OFFICER, HEAD, DIGITAL_LEAD, OPERATOR] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        assert_eq!(reply.status, 403);
        assert!(!reply.body.contains("class-data") && !reply.body.contains("Mathématiques"));
    }
    for (who, told) in [
        (PUPIL_OTHER, "Ce cours n'est pas dans votre emploi du temps"),
        (TEACHER_OTHER, "Ce cours n'est pas dans votre emploi du temps"),
        (GUARDIAN, "Un élève y entre avec sa propre carte"),
        (OFFICER, "demandez au professeur un lien d'invitation"),
        (HEAD, "demandez au professeur un lien d'invitation"),
        (DIGITAL_LEAD, "demandez au professeur un lien d'invitation"),
        (OPERATOR, "demandez au professeur un lien d'invitation"),
    ] {
        let text = school.get(who, &lesson(LESSON_NOW)).await.text();
        assert!(text.contains(told), "{text}");
    }
    assert_eq!(school.get_as_stranger(&lesson(LESSON_NOW)).await.location(), "/sign-in?next=/lesson/1001");
    assert_eq!(school.get(PUPIL, "/lesson/999").await.status, 404);
    assert_eq!(school.get(PUPIL, "/lesson/x").await.status, 404);
}

#[tokio::test]
async fn a_lesson_of_another_school_does_not_exist() {
    let school = TestSchool::new().await;
    school
        .run("INSERT INTO school (id, code, name, time_zone) VALUES (2, 'B', 'B', 'Europe/Paris')", [])
        .await;
    school.run("UPDATE slot SET school = 2 WHERE id = $1", params![LESSON_NOW]).await;
    for who in [TEACHER, PUPIL] {
        assert_eq!(school.get(who, &lesson(LESSON_NOW)).await.status, 404);
    }
}

#[tokio::test]
async fn too_early_says_when_and_then_opens() {
    let school = TestSchool::new().await;
    let early = school.get(PUPIL, &lesson(LESSON_NEXT)).await;
    assert_eq!(early.status, 403);
    let text = early.text();
    assert!(text.contains("La salle d'attente ouvre à 8:40") && text.contains("9:00"), "{text}");
    school.context.clock.advance_ms(35 * MINUTE_MS);
    assert_eq!(pass(&school, &school.get(PUPIL, &lesson(LESSON_NEXT)).await).slot, LESSON_NEXT);
}

#[tokio::test]
async fn cancelled_over_and_ended_keep_everybody_out() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, lesson::Status::Ended);
    for who in [TEACHER, PUPIL] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        assert_eq!((reply.status.as_u16(), reply.text().contains("Ce cours est terminé")), (410, true));
    }
    school.run("UPDATE slot SET cancelled_at = 1 WHERE id = $1", params![LESSON_OTHER]).await;
    let reply = school.get(PUPIL_OTHER, &lesson(LESSON_OTHER)).await;
    assert_eq!((reply.status.as_u16(), reply.text().contains("Ce cours est annulé")), (410, true));
    // 9:00, 55 minutes, and half an hour of overrun.
    school.context.clock.advance_ms(140 * MINUTE_MS - 1);
    assert_eq!(school.get(PUPIL, &lesson(LESSON_NEXT)).await.status, 200);
    school.context.clock.advance_ms(1);
    assert_eq!(school.get(PUPIL, &lesson(LESSON_NEXT)).await.status, 410);
}

#[tokio::test]
async fn only_who_leads_makes_guest_links() {
    let school = TestSchool::new().await;
    for who in [PUPIL, TEACHER_OTHER, HEAD] {
        for path in ["/lesson/1001/guest-link", "/lesson/1001/guest-link/revoke"] {
            assert_eq!(school.post(who, path, &[]).await.status, 403);
        }
    }
    assert_eq!(school.post(TEACHER, "/lesson/999/guest-link", &[]).await.status, 404);
    assert_eq!(school.number("SELECT count(*) FROM guest_link", &[]).await, 0);
    school.set_status(LESSON_NOW, lesson::Status::Ended);
    assert_eq!(school.post(TEACHER, "/lesson/1001/guest-link", &[]).await.status, 409);
}

#[tokio::test]
async fn a_guest_link_is_replaced_revoked_and_runs_out() {
    let school = TestSchool::new().await;
    let first = guest_link(&school).await;
    assert_eq!(school.get_as_stranger(&first).await.status, 200);
    let until = given(&school.get(TEACHER, &lesson(LESSON_NOW)).await)["link_until"].as_i64();
    assert_eq!(until, Some(NOW.0 + 80 * MINUTE_MS), "the end of the lesson, and its overrun");
    assert_eq!(given(&school.get(PUPIL, &lesson(LESSON_NOW)).await)["link_until"], Value::Null);

    let second = guest_link(&school).await;
    assert_ne!(first, second);
    let dead = school.get_as_stranger(&first).await;
    assert_eq!((dead.status.as_u16(), dead.text().contains("n'est plus valable")), (410, true));
    assert_eq!(school.post(TEACHER, "/lesson/1001/guest-link/revoke", &[]).await.status, 200);
    let cookieless = school.post_as_stranger(&second, &[("name", "Zoé")]).await;
    assert_eq!((cookieless.status.as_u16(), cookieless.cookie("guest")), (410, None));

    let third = guest_link(&school).await;
    school.context.clock.advance_ms(80 * MINUTE_MS);
    assert_eq!(school.get_as_stranger(&third).await.status, 410);
    assert_eq!(school.get_as_stranger("/guest/nonsense").await.status, 410);
    let kept = school.number("SELECT count(*) FROM guest_link WHERE secret_hash = $1", &params![third]).await;
    assert_eq!(kept, 0, "the secret itself is nowhere");
}

#[tokio::test]
async fn a_guest_says_a_name_and_keeps_their_pass_over_a_reload() {
    let school = TestSchool::new().await;
    let link = guest_link(&school).await;
    assert!(school.get_as_stranger(&link).await.text().contains("Votre nom"));
    let reply = school.post_as_stranger(&link, &[("name", "  Zoé <b>Lefèvre</b> ")]).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, link.as_str()));
    let cookie = reply.cookie("guest").unwrap().to_owned();
    let header = reply.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(header.contains("HttpOnly") && header.contains(&format!("Max-Age={}", 80 * 60)), "{header}");

    let class = get_as_guest(&school, &link, &cookie).await;
    let held = pass(&school, &class);
    assert_eq!((held.seat, held.slot, held.expires_at), (Seat::Guest, LESSON_NOW, NOW + 80 * MINUTE_MS));
    assert_eq!(held.guest_name, "Zoé <b>Lefèvre</b> (invité)");
    assert_eq!(given(&class)["pass"], *cookie);
    assert!(!class.body.contains("<b>Lefèvre") && class.text().contains("Zoé <b>Lefèvre</b>"));
    assert!(!class.text().contains("Terminer le cours"));

    let again = pass(&school, &get_as_guest(&school, &link, &cookie).await);
    assert_eq!(again, held);
    let form = get_as_guest(&school, &format!("{link}?other"), &cookie).await;
    assert!(form.text().contains("Votre nom"));
    let other = school.post_as_stranger(&link, &[("name", "Zoé")]).await;
    let other = Pass::open(&school.context.keys, other.cookie("guest").unwrap(), NOW).unwrap();
    assert!(other.person != held.person && other.device != held.device);
}

#[tokio::test]
async fn a_pass_for_another_lesson_or_seat_shows_the_form() {
    let school = TestSchool::new().await;
    let link = guest_link(&school).await;
    let base = Pass {
        slot: LESSON_OTHER,
        person: PersonId(7),
        device: device(PUPIL),
        seat: Seat::Guest,
        expires_at: NOW + MINUTE_MS,
        guest_name: "Zoé".into(),
    };
    let pupils = Pass { slot: LESSON_NOW, seat: Seat::Pupil, ..base.clone() };
    let old = Pass { slot: LESSON_NOW, expires_at: NOW - 1, ..base.clone() };
    for cookie in [base, pupils, old]
        .map(|pass| pass.seal(&school.context.keys))
        .iter()
        .map(String::as_str)
        .chain(["x", ""])
    {
        let reply = get_as_guest(&school, &link, cookie).await;
        assert!(reply.text().contains("Votre nom") && !reply.body.contains("class-data"));
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_shown_comes_back_with_the_reason() {
    let school = TestSchool::new().await;
    let link = guest_link(&school).await;
    let long = "é".repeat(10_000);
    for (name, why) in [
        ("", "Écrivez votre nom"),
        (long.as_str(), "trop long"),
        ("Zo\u{202e}é", "ne peut pas afficher"),
        ("a\u{0}b", "ne peut pas afficher"),
    ] {
        let reply = school.post_as_stranger(&link, &[("name", name)]).await;
        assert_eq!((reply.status.as_u16(), reply.cookie("guest")), (422, None));
        assert!(reply.text().contains(why), "{why}: {}", reply.text());
        assert!(reply.body.len() < 10_000);
    }
    let longest = "x".repeat(NAME_BYTES_MAX);
    assert_eq!(school.post_as_stranger(&link, &[("name", &longest)]).await.status, 303);
    assert_eq!(school.post_as_stranger(&link, &[]).await.status, 422);
}

#[tokio::test]
async fn a_guest_waits_outside_like_everybody_else() {
    let school = TestSchool::new().await;
    let link = guest_link(&school).await;
    school
        .run(
            "UPDATE slot SET starts_at = $1, ends_at = $2 WHERE id = $3",
            params![NOW + 60 * MINUTE_MS, NOW + 110 * MINUTE_MS, LESSON_NOW],
        )
        .await;
    let early = school.get_as_stranger(&link).await;
    assert!(early.text().contains("La salle d'attente ouvre à 8:45"), "{}", early.text());
    school.set_status(LESSON_NOW, lesson::Status::Ended);
    school.run("UPDATE slot SET cancelled_at = 1 WHERE id = $1", params![LESSON_NOW]).await;
    let reply = school.post_as_stranger(&link, &[("name", "Zoé")]).await;
    assert_eq!((reply.status.as_u16(), reply.cookie("guest")), (410, None));
}

#[tokio::test]
async fn nothing_on_the_page_is_inline_and_markup_in_names_stays_text() {
    let school = TestSchool::new().await;
    school.run("UPDATE subject SET name = $1", params!["</script><img src=x onerror=alert(1)>"]).await;
    school.run("UPDATE person SET family_name = $1", params!["<i>&\"'"]).await;
    for who in [TEACHER, PUPIL] {
        let reply = school.get(who, &lesson(LESSON_NOW)).await;
        let policy = reply.headers.get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        for inline in
            ["<img", "<i>&", " style=", " onclick=", " onload=", "javascript:", "http://", "https://"]
        {
            assert!(!reply.body.contains(inline), "{inline}");
        }
        assert!(reply.text().contains("<img src=x onerror=alert(1)>"));
        let scripts: Vec<&str> = reply.body.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 2, "the data and the one module");
        assert!(scripts[0].starts_with(r#" type="application/json""#));
        assert!(scripts[1].starts_with(r#" type="module" src="/assets/"#));
        given(&reply);
    }
}

#[tokio::test]
async fn both_languages_are_spoken() {
    let school = TestSchool::new().await;
    let request = school.request(Method::GET, "/lesson/1001", Some(PUPIL)).header("accept-language", "en");
    let reply = school.send(request.body(Body::empty())).await;
    assert!(reply.body.contains(r#"<html lang="en">"#) && reply.text().contains("Enter the class"));
    assert_eq!(given(&reply)["words"]["lost"], "Connection lost, reconnecting… What you see is from %s.");
}

#[test]
fn every_script_is_named_up_front() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/classroom");
    let mut written: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("class-") && name.ends_with(".js"))
        .collect();
    written.sort();
    let named: Vec<&str> = SCRIPTS.iter().map(|url| url.rsplit_once('/').unwrap().1).collect();
    assert_eq!(named, written);
}

/// HTML, CSS and scripts as they go over the wire, with the longest page.
#[tokio::test]
async fn the_class_page_weighs_less_than_40_kb() {
    let school = TestSchool::new().await;
    let request =
        school.request(Method::GET, "/lesson/1001", Some(TEACHER)).header(ACCEPT_ENCODING, "gzip, br");
    let reply = school.send(request.body(Body::empty())).await;
    assert_eq!(reply.headers.get(CONTENT_ENCODING).unwrap(), "br");
    let html: usize = reply.headers.get("content-length").unwrap().to_str().unwrap().parse().unwrap();
    let names = SCRIPTS.iter().map(|url| url.rsplit_once('/').unwrap().1).chain(["class.js", "class.css"]);
    let linked: usize = names.map(|name| assets::find(name).unwrap().brotli.len()).sum();
    assert!(html + linked <= 40_000, "{html} of HTML and {linked} of scripts and style");
    println!("class page: {html} bytes of HTML, {linked} bytes of scripts and style");
}
