//! The page of a slot and what is done to it, through the real router.

use base::SlotId;
use base::clock::MINUTE_MS;
use lesson::Status;
use store::params;

use crate::testing::*;

const FREE: &str = "103";

/// A third teacher, who is free at nine.
async fn school() -> TestSchool {
    let school = TestSchool::new().await;
    school
        .run(
            "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, lang, created_at) \
             VALUES (103, $1, 'teacher', 'Nadia', 'Haddad', NULL, NULL, 0, NULL, $2)",
            params![SCHOOL, NOW],
        )
        .await;
    school
}

async fn substitute(school: &TestSchool, slot: SlotId) -> i64 {
    school.number("SELECT COALESCE(substitute, 0) FROM slot WHERE id = $1", &params![slot]).await
}

async fn is_cancelled(school: &TestSchool, slot: SlotId) -> bool {
    school
        .number("SELECT count(*) FROM slot WHERE id = $1 AND cancelled_at IS NOT NULL", &params![slot])
        .await
        == 1
}

#[tokio::test]
async fn the_staff_reads_the_facts() {
    let school = school().await;
    school.set_status(LESSON_NOW, Status::Open { present: 2, is_paused: false });
    for who in [TEACHER, TEACHER_OTHER, OFFICER, HEAD, DIGITAL_LEAD] {
        let reply = school.get(who, "/slot/1001").await;
        let text = reply.text();
        assert!(text.contains("lundi 16 novembre, 8:00 – 8:55 Mathématiques 6e A"), "{text}");
        assert!(
            text.contains("Classe ouverte, 2 personnes Enseignant Claire Moreau Classe 6e A, 2 élèves Salle"),
            "{text}"
        );
        let may_change = [OFFICER, HEAD].contains(&who);
        assert_eq!(reply.body.contains("/slot/1001/substitute"), may_change, "{who}");
        assert!(!reply.body.contains("/slot/1001/cancel"), "it has begun");
        assert_eq!(reply.body.contains("href=\"/lesson/1001\""), who == TEACHER, "{who}");
        assert_eq!(reply.body.contains("href=\"/rollcall/1001\""), may_change || who == TEACHER, "{who}");
    }
    assert_eq!(school.get(HEAD, "/slot/99").await.status, 404);
    assert_eq!(school.get(HEAD, "/slot/x").await.status, 404);
    for who in [PUPIL, GUARDIAN, OPERATOR] {
        assert_eq!(school.get(who, "/slot/1001").await.status, 403);
    }
}

#[tokio::test]
async fn a_slot_of_another_school_is_not_there() {
    let school = school().await;
    let other = params![2, "0750002B", "Autre", "Europe/Paris"];
    school.run("INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)", other).await;
    school.run("UPDATE slot SET school = 2 WHERE id = $1", params![LESSON_NEXT]).await;
    assert_eq!(school.get(HEAD, "/slot/1002").await.status, 404);
    for act in ["cancel", "restore"] {
        assert_eq!(school.post(HEAD, &format!("/slot/1002/{act}"), &[]).await.status, 404);
    }
    let set = [("substitute", FREE), ("was", "")];
    assert_eq!(school.post(HEAD, "/slot/1002/substitute", &set).await.status, 404);
    assert_eq!(
        (substitute(&school, LESSON_NEXT).await, is_cancelled(&school, LESSON_NEXT).await),
        (0, false)
    );
}

#[tokio::test]
async fn a_substitute_is_set_and_cleared() {
    let school = school().await;
    for who in [OFFICER, HEAD] {
        let set = [("substitute", FREE), ("was", "")];
        let reply = school.post(who, "/slot/1002/substitute", &set).await;
        assert_eq!((reply.status.as_u16(), reply.location()), (303, "/slot/1002?said=substitute-set"));
        assert_eq!(substitute(&school, LESSON_NEXT).await, 103);
        // Sent twice: done once.
        let again = school.post(who, "/slot/1002/substitute", &set).await;
        assert_eq!(again.location(), "/slot/1002?said=substitute-set");
        let text = school.get(who, "/slot/1002?said=substitute-set").await.text();
        assert!(
            text.contains("Le remplacement est enregistré.") && text.contains("Remplacement Nadia Haddad"),
            "{text}"
        );

        let clear = [("substitute", ""), ("was", FREE)];
        let reply = school.post(who, "/slot/1002/substitute", &clear).await;
        assert_eq!(reply.location(), "/slot/1002?said=substitute-cleared");
        assert_eq!(substitute(&school, LESSON_NEXT).await, 0);
    }
}

#[tokio::test]
async fn only_a_free_teacher_of_the_school_replaces() {
    let school = school().await;
    let page = school.get(HEAD, "/slot/1001").await.body;
    assert!(page.contains(">Nadia Haddad</option>"), "{page}");
    assert!(!page.contains(">Karim Benali</option>") && !page.contains(">Claire Moreau</option>"), "{page}");
    for (person, status, sentence) in [
        ("102", 409, "Cet enseignant a déjà un cours à cette heure."),
        ("101", 409, "C'est déjà l'enseignant de ce cours."),
        ("201", 422, "Cette personne n'enseigne pas dans l'établissement."),
        ("402", 422, "Cette personne n'enseigne pas dans l'établissement."),
        ("999", 422, "Cette personne n'enseigne pas dans l'établissement."),
        ("x", 400, "Ce formulaire est arrivé incomplet"),
    ] {
        let reply = school.post(HEAD, "/slot/1001/substitute", &[("substitute", person), ("was", "")]).await;
        assert_eq!(reply.status, status, "{person}");
        assert!(reply.text().contains(sentence), "{person}: {}", reply.text());
        assert_eq!(substitute(&school, LESSON_NOW).await, 0);
    }
    // A lesson that is cancelled, and one that only touches, leave him free.
    assert_eq!(
        school.post(HEAD, "/slot/1002/substitute", &[("substitute", "102"), ("was", "")]).await.status,
        303
    );
    school.run("UPDATE slot SET cancelled_at = $1 WHERE id = $2", params![NOW, LESSON_OTHER]).await;
    assert_eq!(
        school.post(HEAD, "/slot/1001/substitute", &[("substitute", "102"), ("was", "")]).await.status,
        303
    );
}

#[tokio::test]
async fn a_change_from_an_old_page_is_refused() {
    let school = school().await;
    school.run("UPDATE slot SET substitute = $1 WHERE id = $2", params![TEACHER_OTHER, LESSON_NEXT]).await;
    let reply = school.post(HEAD, "/slot/1002/substitute", &[("substitute", FREE), ("was", "")]).await;
    assert_eq!(reply.status, 409);
    assert!(reply.text().contains("Quelqu'un a changé cela entre-temps"), "{}", reply.text());
    assert_eq!(substitute(&school, LESSON_NEXT).await, TEACHER_OTHER.0);
}

#[tokio::test]
async fn a_slot_is_cancelled_and_restored() {
    let school = school().await;
    assert!(school.get(HEAD, "/slot/1002").await.body.contains("/slot/1002/cancel"));
    for _ in 0..2 {
        let reply = school.post(OFFICER, "/slot/1002/cancel", &[]).await;
        assert_eq!(reply.location(), "/slot/1002?said=slot-cancelled");
        assert!(is_cancelled(&school, LESSON_NEXT).await);
    }
    let page = school.get(HEAD, "/slot/1002").await;
    assert!(page.body.contains("/slot/1002/restore") && !page.body.contains("/slot/1002/substitute"));
    for _ in 0..2 {
        assert_eq!(
            school.post(HEAD, "/slot/1002/restore", &[]).await.location(),
            "/slot/1002?said=slot-restored"
        );
        assert!(!is_cancelled(&school, LESSON_NEXT).await);
    }
}

#[tokio::test]
async fn a_lesson_that_has_begun_stays() {
    let school = school().await;
    let reply = school.post(HEAD, "/slot/1001/cancel", &[]).await;
    assert_eq!(reply.status, 409);
    assert!(reply.text().contains("Ce cours a déjà commencé"), "{}", reply.text());
    school.context.clock.advance_ms(45 * MINUTE_MS);
    school.set_status(LESSON_NEXT, Status::Open { present: 1, is_paused: false });
    assert_eq!(school.post(HEAD, "/slot/1002/cancel", &[]).await.status, 409);
    assert!(!is_cancelled(&school, LESSON_NOW).await && !is_cancelled(&school, LESSON_NEXT).await);
}

#[tokio::test]
async fn what_is_over_stays_as_it_was() {
    let school = school().await;
    school.run("UPDATE slot SET cancelled_at = $1 WHERE id = $2", params![NOW, LESSON_NEXT]).await;
    school.context.clock.advance_ms(300 * MINUTE_MS);
    assert_eq!(school.post(HEAD, "/slot/1002/restore", &[]).await.status, 409);
    let set = [("substitute", FREE), ("was", "")];
    assert_eq!(school.post(HEAD, "/slot/1001/substitute", &set).await.status, 409);
    assert_eq!(school.post(HEAD, "/slot/1002/substitute", &set).await.status, 409);
    assert!(is_cancelled(&school, LESSON_NEXT).await);
}

#[tokio::test]
async fn a_slot_does_not_come_back_over_another() {
    let school = school().await;
    school.run("UPDATE slot SET cancelled_at = $1 WHERE id = $2", params![NOW, LESSON_NEXT]).await;
    let other =
        "UPDATE slot SET starts_at = starts_at + $1, ends_at = ends_at + $1, teacher = 101 WHERE id = $2";
    school.run(other, params![70 * MINUTE_MS, LESSON_OTHER]).await;
    let reply = school.post(HEAD, "/slot/1002/restore", &[]).await;
    assert_eq!(reply.status, 409);
    assert!(reply.text().contains("a un autre cours à cette heure"), "{}", reply.text());
    assert!(is_cancelled(&school, LESSON_NEXT).await);
}

#[tokio::test]
async fn others_change_nothing() {
    let school = school().await;
    for who in [PUPIL, GUARDIAN, TEACHER, DIGITAL_LEAD, OPERATOR] {
        for act in ["substitute", "cancel", "restore"] {
            let reply =
                school.post(who, &format!("/slot/1002/{act}"), &[("substitute", FREE), ("was", "")]).await;
            assert_eq!(reply.status, 403, "{act}");
        }
    }
    assert_eq!(school.post_as_stranger("/slot/1002/cancel", &[]).await.status, 401);
    assert_eq!(
        (substitute(&school, LESSON_NEXT).await, is_cancelled(&school, LESSON_NEXT).await),
        (0, false)
    );
}

#[tokio::test]
async fn names_are_text_never_markup() {
    let school = school().await;
    let evil = "<script>alert(1)</script>";
    for sql in [
        "UPDATE subject SET name = $1",
        "UPDATE class_group SET name = $1",
        "UPDATE person SET family_name = $1",
        "UPDATE slot SET room_name = $1",
    ] {
        school.run(sql, params![evil]).await;
    }
    let reply = school.get(HEAD, "/slot/1002").await;
    assert!(!reply.body.contains("<script>"), "{}", reply.body);
}
