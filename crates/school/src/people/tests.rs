use base::PersonId;
use store::params;

use crate::testing::*;

const LOGGED: &str = "SELECT count(*) FROM access_log WHERE action = $1 AND person = $2";

fn links(reply: &Reply) -> Vec<String> {
    let shown = reply.body.split("http://localhost:8080/card/").skip(1);
    shown.map(|rest| format!("/card/{}", rest.split('<').next().unwrap_or_default())).collect()
}

#[tokio::test]
async fn groups_and_their_people() {
    let school = TestSchool::new().await;
    let groups = school.get(DIGITAL_LEAD, "/people").await.text();
    assert!(groups.contains("6e A") && groups.contains("2 personnes"), "{groups}");
    let people = school.get(DIGITAL_LEAD, &format!("/people?list=group-{CLASS}")).await.text();
    assert!(people.contains("Martin Léa") && people.contains("Nguyen Tom") && !people.contains("Dubois"));
    let guardians = school.get(HEAD, &format!("/people?list=guardians-{CLASS}")).await.text();
    assert!(guardians.contains("Martin Sophie") && guardians.contains("pour Martin Léa"), "{guardians}");
    assert_eq!(school.number(LOGGED, &params!["people.list", DIGITAL_LEAD]).await, 1);
    for list in ["group-999", "nobody", "group-", "pupil"] {
        assert_eq!(school.get(HEAD, &format!("/people?list={list}")).await.status, 404, "{list}");
    }
}

#[tokio::test]
async fn the_group_of_another_school_is_not_found() {
    let school = TestSchool::new().await;
    school
        .run("INSERT INTO school (id, code, name, time_zone) VALUES (2, 'X', 'Autre', 'Europe/Paris')", [])
        .await;
    school.run("INSERT INTO class_group (id, school, name) VALUES (50, 2, '3e Z')", []).await;
    school.run("UPDATE person SET school = 2 WHERE id = $1", params![PUPIL_OTHER]).await;
    assert_eq!(school.get(HEAD, "/people?list=group-50").await.status, 404);
    assert_eq!(school.post(HEAD, "/people/cards", &[("list", "group-50")]).await.status, 404);
    let revoke = format!("/people/{PUPIL_OTHER}/revoke");
    assert_eq!(school.post(HEAD, &revoke, &[("back", "/people")]).await.status, 404);
    let list = school.get(HEAD, &format!("/people?list=group-{CLASS_OTHER}")).await.text();
    assert!(!list.contains("Dubois"));
}

#[tokio::test]
async fn a_printed_sheet_brings_everybody_in_once_and_voids_the_sheet_before() {
    let school = TestSchool::new().await;
    let list = format!("group-{CLASS}");
    let first = school.post(DIGITAL_LEAD, "/people/cards", &[("list", &list)]).await;
    let sheet = school.post(DIGITAL_LEAD, "/people/cards", &[("list", &list)]).await;
    assert_eq!(sheet.body.matches("<svg class=\"qr\"").count(), 2);
    assert!(sheet.text().contains("avant le 30 novembre 2026"), "{}", sheet.text());
    assert_eq!(school.number(LOGGED, &params!["people.print_cards", DIGITAL_LEAD]).await, 4);
    assert_eq!(school.get_as_stranger(&links(&first)[0]).await.status, 410);
    for link in links(&sheet) {
        assert_eq!(school.get_as_stranger(&link).await.status, 303);
        assert_eq!(school.get_as_stranger(&link).await.status, 410);
    }
}

#[tokio::test]
async fn nobody_gets_a_link_into_a_role_as_high_as_their_own() {
    let school = TestSchool::new().await;
    for (who, list, may) in [
        (DIGITAL_LEAD, "teacher", true),
        (DIGITAL_LEAD, "digital_lead", false),
        (DIGITAL_LEAD, "head", false),
        (HEAD, "digital_lead", true),
        (HEAD, "head", false),
    ] {
        let reply = school.post(who, "/people/cards", &[("list", list)]).await;
        assert_eq!(reply.status, if may { 200 } else { 403 }, "{list}");
        assert_eq!(links(&reply).is_empty(), !may);
    }
    // A head who is a member of a group gets no link from its sheet either.
    school.run("INSERT INTO member (group_id, person) VALUES ($1, $2)", params![CLASS, HEAD]).await;
    let sheet = school.post(DIGITAL_LEAD, "/people/cards", &[("list", &format!("group-{CLASS}"))]).await;
    assert_eq!(links(&sheet).len(), 2);
    assert!(!sheet.text().contains("Lefèvre"));
}

#[tokio::test]
async fn revoking_signs_somebody_out_and_is_logged() {
    let school = TestSchool::new().await;
    let revoke = |person: PersonId| format!("/people/{person}/revoke");
    let reply = school.post(DIGITAL_LEAD, &revoke(PUPIL), &[("back", "/people?list=group-11")]).await;
    assert_eq!(reply.location(), "/people?list=group-11&said=cards-revoked");
    assert!(
        school.get(DIGITAL_LEAD, reply.location()).await.text().contains("retirées de tous ses appareils")
    );
    assert_eq!(school.get(PUPIL, "/account").await.status, 303);
    assert_eq!(school.number(LOGGED, &params!["people.revoke", DIGITAL_LEAD]).await, 1);
    let refused = school.post(DIGITAL_LEAD, &revoke(HEAD), &[("back", "/people")]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(school.get(HEAD, "/account").await.status, 200);
    assert_eq!(school.number(LOGGED, &params!["people.revoke", DIGITAL_LEAD]).await, 1);
    assert_eq!(school.post(HEAD, "/people/999/revoke", &[("back", "/")]).await.status, 404);
}

#[tokio::test]
async fn hostile_names_stay_text_and_are_cut() {
    let school = TestSchool::new().await;
    let name = format!("<img src=x onerror=alert(1)>{}", "é".repeat(10_000));
    school.run("UPDATE person SET family_name = $1 WHERE id = $2", params![name, PUPIL]).await;
    for path in [format!("/people?list=group-{CLASS}"), format!("/people?list=guardians-{CLASS}")] {
        let page = school.get(HEAD, &path).await;
        assert!(!page.body.contains("<img"));
        assert!(page.text().contains('…'));
        assert!(page.body.len() < 20_000, "{}", page.body.len());
    }
    assert!(school.get(PUPIL, "/account").await.body.len() < 20_000);
}

#[tokio::test]
async fn a_sheet_that_is_reloaded_is_not_printed_anew() {
    let school = TestSchool::new().await;
    let list = format!("group-{CLASS}");
    let fields = [("list", list.as_str()), ("once", "77")];
    assert_eq!(school.post(DIGITAL_LEAD, "/people/cards", &fields).await.status, 200);
    let again = school.post(DIGITAL_LEAD, "/people/cards", &fields).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("déjà"), "{}", again.body);
    let another = [("list", list.as_str()), ("once", "78")];
    assert_eq!(school.post(DIGITAL_LEAD, "/people/cards", &another).await.status, 200);
}
