use std::sync::Arc;
use std::sync::atomic::Ordering;

use admission::limits::UNASKED_AFTER_MS;
use admission::{Lane, Lever, Message, SiteFault, SiteHealth};
use axum::body::Body;
use axum::http::Method;
use base::SlotId;
use http_body_util::BodyExt;

use super::store::levers_in_force;
use crate::testing::{HEAD, LESSON_NEXT, NOW, OPERATOR, SCHOOL, TEACHER, TestGate, TestSchool};

/// A school whose gate the test can look at.
async fn regie() -> (TestSchool, Arc<TestGate>) {
    let school = TestSchool::new().await;
    let gate = Arc::new(TestGate::default());
    let mut context = school.context.clone();
    context.gate = gate.clone();
    (school.with(context), gate)
}

async fn pull(school: &TestSchool, lever: &str, value: &str) -> String {
    let fields = [("lever", lever), ("value", value), ("why", "panne à Lyon")];
    let reply = school.post(OPERATOR, "/regie/lever", &fields).await;
    format!("{} {}", reply.status.as_u16(), reply.location())
}

#[tokio::test]
async fn the_page_shows_what_the_gate_does() {
    let (school, _) = regie().await;
    let text = school.get(OPERATOR, "/regie").await.text();
    for words in [
        "Des cours attendent des places",
        "Cours en cours 6",
        "Personnes en cours 1 234",
        "Débit des cours 124 / 1 000 Mbit/s",
        "Limité par le plafond de la configuration",
        "Leur cours attend 5",
        "Sans carte, quand leur part est prise 7",
        "Ceux dont quelqu'un est à la porte, et qui n'ont pas encore leurs places. Français, 6e A, Collège",
        "Aucun levier n'est actionné",
        "Personne n'a encore actionné de levier",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[tokio::test]
async fn a_lever_is_written_down_pulled_and_undone() {
    let (school, gate) = regie().await;
    assert_eq!(pull(&school, "ceiling", "40").await, "303 /regie?said=lever-pulled");
    assert_eq!(gate.hand.lock().unwrap().ceiling_kbit_s, Some(40_000));
    let page = school.get(OPERATOR, "/regie").await;
    let text = page.text();
    assert!(text.contains("Plafond à 40 Mbit/s"), "{text}");
    assert!(text.contains("panne à Lyon"), "{text}");
    let undo = page.body.split("action=\"/regie/undo/").nth(1).and_then(|rest| rest.split('"').next());
    let undo = format!("/regie/undo/{}", undo.unwrap());
    assert_eq!(school.post(OPERATOR, &undo, &[]).await.location(), "/regie?said=lever-pulled");
    assert_eq!(gate.hand.lock().unwrap().ceiling_kbit_s, None);
    assert_eq!(school.post(OPERATOR, &undo, &[]).await.location(), "/regie?said=lever-already");
    let lines = school.number("SELECT count(*) FROM lever", &[]).await;
    assert_eq!(lines, 3, "and that somebody wanted it is written down");
    let text = school.get(OPERATOR, "/regie").await.text();
    assert!(text.contains("Plafond de la configuration rien à changer"), "{text}");
    assert!(text.contains("annulation sans effet"), "{text}");
    assert_eq!(levers_in_force(&school.context.store).await.unwrap().len(), 2, "what was done, and undone");
}

#[tokio::test]
async fn a_line_that_another_lever_replaced_undoes_nothing() {
    let (school, gate) = regie().await;
    pull(&school, "ceiling", "300").await;
    let page = school.get(OPERATOR, "/regie").await.body;
    let first = page.split("action=\"/regie/undo/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    pull(&school, "ceiling", "40").await;
    let page = school.get(OPERATOR, "/regie").await.body;
    assert!(!page.contains(&format!("/regie/undo/{first}")), "{page}");
    assert_eq!(page.matches("action=\"/regie/undo/").count(), 1);
    let late = school.post(OPERATOR, &format!("/regie/undo/{first}"), &[]).await;
    assert_eq!(late.location(), "/regie?said=lever-already");
    assert_eq!(gate.hand.lock().unwrap().ceiling_kbit_s, Some(40_000));
    let text = school.get(OPERATOR, "/regie").await.text();
    assert!(text.contains("Annuler Plafond à 40 Mbit/s (retour à : Plafond à 300 Mbit/s)"), "{text}");
    assert!(text.contains("Revenir à la configuration Plafond à 40 Mbit/s"), "{text}");
}

#[tokio::test]
async fn a_lever_pulled_twice_changes_nothing_the_second_time() {
    let (school, gate) = regie().await;
    assert_eq!(pull(&school, "pause", "").await, "303 /regie?said=lever-pulled");
    assert_eq!(pull(&school, "pause", "").await, "303 /regie?said=lever-already");
    assert!(gate.hand.lock().unwrap().is_paused);
    assert!(school.get(OPERATOR, "/regie").await.text().contains("rien à changer"));
}

#[tokio::test]
async fn nonsense_is_refused_and_changes_nothing() {
    let (school, gate) = regie().await;
    for (lever, value, status) in [
        ("ceiling", "0", "422 "),
        ("ceiling", "beaucoup", "422 "),
        ("explode", "", "422 "),
        ("lane", "kings", "422 "),
        ("school", "999", "404 "),
        ("lesson", "999", "404 "),
    ] {
        assert_eq!(pull(&school, lever, value).await, status, "{lever} {value}");
    }
    assert_eq!(school.post(OPERATOR, "/regie/lever", &[]).await.status, 422);
    let no_reason = [("lever", "pause"), ("why", " ")];
    assert_eq!(school.post(OPERATOR, "/regie/lever", &no_reason).await.status, 422);
    let no_text = [("lever", "message"), ("fr", ""), ("why", "une raison")];
    assert_eq!(school.post(OPERATOR, "/regie/lever", &no_text).await.status, 422);
    assert_eq!(school.post(OPERATOR, "/regie/undo/77", &[]).await.status, 404);
    for who in [TEACHER, HEAD] {
        let fields = [("lever", "pause"), ("why", "une raison")];
        assert_eq!(school.post(who, "/regie/lever", &fields).await.status, 403);
    }
    assert_eq!(*gate.hand.lock().unwrap(), admission::Hand::default());
    assert_eq!(school.number("SELECT count(*) FROM lever", &[]).await, 0);
}

#[tokio::test]
async fn a_script_that_went_wild_is_stopped() {
    let (school, _) = regie().await;
    let most = crate::limits::LEVERS_A_MINUTE_MAX;
    for number in 0..most {
        assert_eq!(pull(&school, "ceiling", &(1 + number).to_string()).await, "303 /regie?said=lever-pulled");
    }
    assert_eq!(pull(&school, "ceiling", "7").await, "503 ");
    school.context.clock.advance_ms(60_001);
    assert_eq!(pull(&school, "ceiling", "7").await, "303 /regie?said=lever-pulled");
}

#[tokio::test]
async fn what_was_pulled_is_in_force_after_a_restart() {
    let (school, gate) = regie().await;
    pull(&school, "pause", "").await;
    pull(&school, "school", &SCHOOL.to_string()).await;
    pull(&school, "lesson", &LESSON_NEXT.to_string()).await;
    pull(&school, "lane", "guardians").await;
    pull(&school, "pause-off", "").await;
    let fields = [("lever", "message"), ("fr", "Retour à 9 h <b>"), ("why", "une raison")];
    school.post(OPERATOR, "/regie/lever", &fields).await;
    let levers = levers_in_force(&school.context.store).await.unwrap();
    let mut hand = admission::Hand::default();
    levers.iter().for_each(|lever| assert!(hand.pull(lever)));
    assert_eq!(hand, *gate.hand.lock().unwrap());
    assert!(!hand.is_paused && hand.prefers(SlotId(0), SCHOOL) && hand.lane == Some(Lane::Guardians));
    let said = "Retour à 9 h <b>".to_owned();
    assert_eq!(hand.message, Some(Message { fr: said.clone(), en: said }));
    assert!(school.get(OPERATOR, "/regie").await.body.contains("Retour à 9 h &#60;b&#62;"));
}

#[tokio::test]
async fn an_open_page_hears_of_each_second_and_of_each_lever() {
    let (school, gate) = regie().await;
    gate.is_open.store(true, Ordering::Relaxed);
    let request = school.request(Method::GET, "/regie/events", Some(OPERATOR)).body(Body::empty());
    let mut body = school.respond(request).await.into_body();
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        heard.push(text.lines().next().unwrap().to_owned());
        if heard.len() == 3 {
            pull(&school, "freeze", "").await;
        }
    }
    assert_eq!(heard, ["picture", "hand", "picture", "picture", "hand"].map(|name| format!("event: {name}")));
    gate.is_open.store(false, Ordering::Relaxed);
    assert!(body.frame().await.is_none(), "a server that stops lets the page go");
    assert!(gate.hand.lock().unwrap().is_frozen);
}

#[tokio::test]
async fn a_protected_site_has_levers_of_its_own() {
    let (school, gate) = regie().await;
    let text = school.get(OPERATOR, "/regie").await.text();
    assert!(text.contains("L'ENT ent.example.fr Sessions ouvertes 321 Places 500"), "{text}");
    let pull = async |lever: &str, site: &str, value: &str| {
        let fields = [("lever", lever), ("site", site), ("value", value), ("why", "une raison")];
        school.post(OPERATOR, "/regie/lever", &fields).await.status.as_u16()
    };
    assert_eq!(pull("site-seats", "ent", "50").await, 303);
    assert_eq!(pull("site-pause", "ent", "").await, 303);
    assert_eq!(pull("site-pause", "moodle", "").await, 404);
    assert_eq!(pull("site-seats", "ent", "none").await, 422);
    let now = gate.hand.lock().unwrap().site("ent");
    assert_eq!((now.seats, now.is_paused), (Some(50), true));
    let page = school.get(OPERATOR, "/regie").await;
    let in_force = page.body.split("id=\"in-force\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(
        in_force.contains("L&#39;ENT\u{a0}: nombre de places à 50") && !in_force.contains(">ent"),
        "{in_force}"
    );
    let text = page.text();
    assert!(text.contains("L'ENT : nombre de places à 50") && text.contains("L'ENT : pause"), "{text}");
    assert_eq!(pull("site-pause-off", "ent", "ent").await, 303);
    assert!(!gate.hand.lock().unwrap().site("ent").is_paused);
    // Of a site that the configuration no longer has, what is in force can be lifted, once.
    gate.hand.lock().unwrap().pull(&Lever::SitePause("moodle".into(), true));
    assert_eq!(pull("site-pause", "moodle", "").await, 404);
    assert_eq!(pull("site-pause-off", "moodle", "").await, 303);
    assert_eq!(pull("site-pause-off", "moodle", "").await, 404);
}

#[tokio::test]
async fn a_lever_that_is_refused_comes_back_in_its_form_with_what_was_typed() {
    let (school, gate) = regie().await;
    let send = async |fields: &[(&str, &str)]| school.post(OPERATOR, "/regie/lever", fields).await;
    let part = |page: &str, from: &str, to: &str| {
        let rest = page.split_once(from).unwrap_or_else(|| panic!("no {from}: {page}")).1;
        rest.split(to).next().unwrap().to_owned()
    };
    let both = send(&[("lever", "ceiling"), ("value", "0"), ("why", "  a ")]).await;
    assert_eq!(both.status, 422);
    assert_eq!(both.body.matches("class=\"lever\" name=\"lever\" open").count(), 1, "{}", both.body);
    let ceiling = part(&both.body, "<input id=\"ceiling\"", "</div>");
    for words in [
        "value=\"0\"",
        "aria-invalid=\"true\" aria-describedby=\"fault-ceiling-value\" autofocus",
        "id=\"fault-ceiling-value\" role=\"alert\">Le plafond est un nombre entier de Mbit/s",
    ] {
        assert!(ceiling.contains(words), "{words}: {ceiling}");
    }
    let why = part(&both.body, "<input id=\"why-ceiling\"", "</div>");
    assert!(why.contains("value=\"  a \"") && why.contains("Dites pourquoi"), "{why}");
    assert!(why.contains("aria-describedby=\"fault-ceiling-why\">"), "the focus is at the first: {why}");
    assert_eq!(both.body.matches("aria-invalid").count(), 2, "no other form is marked");
    assert_eq!(both.body.matches("autofocus").count(), 1);
    assert!(both.body.contains("name=\"back\" value=\"/regie\""), "the other language has an address");

    let long = "e".repeat(crate::limits::MESSAGE_CHARS_MAX + 1);
    let message = send(&[("lever", "message"), ("fr", "À <b>9 h"), ("en", &long), ("why", "un essai")]).await;
    assert_eq!(message.status, 422);
    assert!(part(&message.body, "<textarea id=\"fr\"", "</textarea>").ends_with(">À &#60;b&#62;9 h"));
    assert!(part(&message.body, "<textarea id=\"en\"", "</div>").contains("fault-message-en"));
    assert!(message.body.contains("value=\"un essai\""));

    let lane = send(&[("lever", "lane"), ("value", "guardians"), ("why", "")]).await;
    assert!(lane.body.contains("<option value=\"guardians\" selected>"), "{}", lane.body);
    for (lever, field, id) in [("school", "value", "school"), ("site-pause", "site", "site")] {
        let gone = send(&[("lever", lever), (field, "999"), ("why", "un essai")]).await;
        assert_eq!(gone.status, 404, "{lever}");
        assert!(part(&gone.body, &format!("<select id=\"{id}\""), ">").contains(" autofocus"), "{lever}");
    }
    // What has no form on the page is said above them all.
    for (lever, status) in [("lesson", 404), ("explode", 422), ("pause-off", 422)] {
        let why = if status == 404 { "parce que" } else { "" };
        let told = send(&[("lever", lever), ("value", "999"), ("why", why)]).await;
        assert_eq!(told.status, status, "{lever}");
        let words =
            part(&told.body, "<p class=\"banner bad\" role=\"alert\" tabindex=\"-1\" autofocus>", "</p>");
        assert!(words.contains("Rien n&#39;a été changé"), "{lever}: {words}");
        assert_eq!(told.body.matches("aria-invalid").count(), 0, "{lever}");
    }
    assert_eq!(*gate.hand.lock().unwrap(), admission::Hand::default());
    assert_eq!(school.number("SELECT count(*) FROM lever", &[]).await, 0);
}

#[tokio::test]
async fn a_site_that_fails_is_told_with_since_when_and_why() {
    let (school, gate) = regie().await;
    let failing = SiteHealth {
        failing_since: Some(NOW),
        faults_in_row: 12,
        answers_since: None,
        asked_at: NOW,
        faults_in_minute: 12,
        reason: Some(SiteFault::CertificateExpired),
    };
    *gate.site.lock().unwrap() = failing.clone();
    let text = school.get(OPERATOR, "/regie").await.text();
    for words in [
        "L'ENT ent.example.fr ne répond pas Le site ne donne aucune bonne réponse depuis 8:05 : son \
         certificat a expiré. 12 demandes ont échoué",
        "Demandes échouées 2 … dont pendant la dernière minute 12",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    school.context.clock.advance_ms(UNASKED_AFTER_MS + 1);
    let text = school.get(OPERATOR, "/regie").await.text();
    assert!(text.contains("L'ENT ent.example.fr Le site n'a pas été redemandé depuis 8:05"), "{text}");
    *gate.site.lock().unwrap() = SiteHealth { failing_since: None, ..failing };
    let text = school.get(OPERATOR, "/regie").await.text();
    assert!(text.contains("L'ENT ent.example.fr Le site répond, mais pas toujours."), "{text}");
}

#[tokio::test]
async fn a_long_message_is_shown_in_part_and_is_there_in_full() {
    let (school, _) = regie().await;
    let long = format!("{}La fin.", "Le gymnase est fermé. ".repeat(6));
    for (fr, count) in [("Retour à 9 h", 0), (long.as_str(), 2)] {
        let fields = [("lever", "message"), ("fr", fr), ("why", "une raison")];
        assert_eq!(school.post(OPERATOR, "/regie/lever", &fields).await.status, 303);
        let page = school.get(OPERATOR, "/regie").await;
        assert_eq!(page.body.matches("<details class=\"long\">").count(), count, "in force, and the journal");
        assert!(page.text().contains(fr.trim()), "{}", page.text());
    }
}

#[tokio::test]
async fn the_address_of_a_form_that_came_back_leads_to_the_page() {
    let (school, _) = regie().await;
    assert_eq!(school.get(OPERATOR, "/regie/lever").await.location(), "/regie");
}
