//! The week of every role, through the real router.

use base::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use base::{PersonId, SlotId, Time};
use lesson::Status;
use store::params;

use crate::testing::*;

async fn text(school: &TestSchool, who: PersonId, path: &str) -> String {
    let reply = school.get(who, path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.text()
}

async fn add_slot(school: &TestSchool, slot: i64, starts_at: Time) {
    school
        .run(
            "INSERT INTO slot (id, school, group_id, subject, teacher, substitute, room_name, starts_at, ends_at, cancelled_at) \
             VALUES ($1, $2, $3, 23, $4, NULL, 'Salle 7', $5, $6, NULL)",
            params![SlotId(slot), SCHOOL, CLASS, TEACHER, starts_at, starts_at + 55 * MINUTE_MS],
        )
        .await;
}

#[tokio::test]
async fn a_pupil_reads_her_week() {
    let school = TestSchool::new().await;
    let reply = school.get(PUPIL, "/timetable").await;
    let text = reply.text();
    assert!(text.contains("Emploi du temps Léa Martin"), "{text}");
    assert!(text.contains("Semaine 47, du lundi 16 novembre au 22 novembre 2026"), "{text}");
    assert!(text.contains("lundi 16 novembre aujourd'hui 8:00 – 8:55 Mathématiques Salle 12 Claire Moreau En ce moment Rejoindre"), "{text}");
    assert!(text.contains("9:00 – 9:55 Français"), "{text}");
    assert!(text.contains("vendredi 20 novembre Pas de cours") && !text.contains("samedi"), "{text}");
    assert!(!text.contains("Histoire-géographie"), "{text}");
    assert!(reply.body.contains("class=\"cell hue-7 h-0 m-0 dh-0 dm-11 is-on\""), "{}", reply.body);
    assert!(reply.body.contains("href=\"/lesson/1001\"") && !reply.body.contains("/slot/"), "{}", reply.body);
    assert!(!reply.body.contains("style="), "{}", reply.body);
}

#[tokio::test]
async fn weeks_follow_one_another() {
    let school = TestSchool::new().await;
    let reply = school.get(PUPIL, "/timetable?week=2026-W48").await;
    assert!(reply.text().contains("Aucun cours cette semaine."), "{}", reply.text());
    for address in ["/timetable?week=2026-W47", "/timetable?week=2026-W49", "href=\"/timetable\""] {
        assert!(reply.body.contains(address), "{address}: {}", reply.body);
    }
    for week in ["2026-W54", "x", "2026-11-16", "%3Cscript%3E"] {
        let reply = school.get(PUPIL, &format!("/timetable?week={week}")).await;
        assert_eq!(reply.status, 400);
        assert!(reply.text().contains("Cette semaine n'existe pas"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_teacher_has_groups_in_place_of_teachers() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, Status::Open { present: 2, is_paused: false });
    let reply = school.get(TEACHER, "/timetable").await;
    let text = reply.text();
    assert!(
        text.contains("8:00 – 8:55 Mathématiques 6e A Salle 12 Classe ouverte Revenir (Mathématiques)"),
        "{text}"
    );
    assert!(reply.body.contains("href=\"/slot/1001\""), "{}", reply.body);
}

#[tokio::test]
async fn cancelled_and_replaced_lessons_say_so() {
    let school = TestSchool::new().await;
    school.run("UPDATE slot SET cancelled_at = $1 WHERE id = $2", params![NOW, LESSON_NOW]).await;
    school.run("UPDATE slot SET substitute = $1 WHERE id = $2", params![TEACHER_OTHER, LESSON_NEXT]).await;
    let pupil = school.get(PUPIL, "/timetable").await;
    assert!(pupil.body.contains("<s>Mathématiques</s>") && pupil.text().contains("Annulé"));
    assert!(pupil.text().contains("Remplacement : Karim Benali"));
    assert!(!pupil.body.contains("/lesson/"));
    let substitute = text(&school, TEACHER_OTHER, "/timetable").await;
    assert!(substitute.contains("Français 6e A Salle 12 Vous remplacez Claire Moreau"), "{substitute}");
    // Who is replaced is not called to the class.
    school.context.clock.advance_ms(50 * MINUTE_MS);
    assert!(!school.get(TEACHER, "/timetable").await.body.contains("/lesson/1002"));
    assert!(school.get(TEACHER_OTHER, "/timetable").await.body.contains("/lesson/1002"));
}

#[tokio::test]
async fn a_guardian_sees_own_children_only() {
    let school = TestSchool::new().await;
    for path in ["/timetable", "/timetable?pupil=201"] {
        let reply = school.get(GUARDIAN, path).await;
        assert!(reply.text().contains("Emploi du temps Léa Martin"), "{}", reply.text());
        assert!(!reply.body.contains("/lesson/") && !reply.body.contains("/slot/"));
    }
    for (path, status) in [
        ("/timetable?pupil=202", 404),
        ("/timetable?pupil=999", 404),
        ("/timetable?pupil=x", 404),
        ("/timetable?group=11", 403),
        ("/timetable?teacher=101", 403),
    ] {
        let reply = school.get(GUARDIAN, path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(!reply.text().contains("Mathématiques"));
    }
    school
        .run("INSERT INTO guardian_of (guardian, pupil) VALUES ($1, $2)", params![GUARDIAN, PUPIL_OTHER])
        .await;
    let both = school.get(GUARDIAN, "/timetable?pupil=203").await;
    assert!(both.text().contains("Histoire-géographie") && !both.text().contains("Mathématiques"));
    assert!(both.body.contains("pupil=201\">Léa Martin"), "{}", both.body);
}

#[tokio::test]
async fn pupils_and_teachers_see_nobody_elses() {
    let school = TestSchool::new().await;
    for (who, path) in [
        (PUPIL, "/timetable?pupil=203"),
        (PUPIL, "/timetable?group=12"),
        (TEACHER, "/timetable?teacher=102"),
        (TEACHER, "/timetable?group=12"),
        (OPERATOR, "/timetable?group=11"),
    ] {
        let reply = school.get(who, path).await;
        assert_eq!(reply.status, 403, "{path}");
        assert!(reply.text().contains("Cet emploi du temps n'est pas le vôtre."), "{}", reply.text());
    }
    assert!(text(&school, OPERATOR, "/timetable").await.contains("Aucun cours cette semaine."));
}

#[tokio::test]
async fn the_staff_chooses_a_group_or_a_teacher() {
    let school = TestSchool::new().await;
    for who in [HEAD, OFFICER, DIGITAL_LEAD] {
        let first = text(&school, who, "/timetable").await;
        assert!(first.contains("Emploi du temps 5e B") && first.contains("Histoire-géographie"), "{first}");
        let group = text(&school, who, "/timetable?week=&group=11").await;
        assert!(group.contains("Mathématiques Salle 12 Claire Moreau"), "{group}");
        let reply = school.get(who, "/timetable?teacher=102&group=").await;
        assert!(reply.text().contains("Histoire-géographie 5e B Salle 12"), "{}", reply.text());
        assert!(reply.body.contains("<option value=\"102\" selected>Karim Benali"), "{}", reply.body);
        assert!(reply.body.contains("/timetable?week=2026-W48&#38;teacher=102"), "{}", reply.body);
        for (path, status) in [
            ("/timetable?group=99", 404),
            ("/timetable?teacher=201", 404),
            ("/timetable?pupil=201", 403),
            ("/timetable?group=11&teacher=102", 403),
        ] {
            assert_eq!(school.get(who, path).await.status, status, "{path}");
        }
    }
    let other_school = params![2, "0750002B", "Autre", "Europe/Paris"];
    school.run("INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)", other_school).await;
    school.run("UPDATE class_group SET school = 2 WHERE id = $1", params![CLASS]).await;
    assert_eq!(school.get(HEAD, "/timetable?group=11").await.status, 404);
}

#[tokio::test]
async fn nights_and_weekends_fit() {
    let school = TestSchool::new().await;
    let midnight = NOW - 8 * HOUR_MS - 5 * MINUTE_MS;
    add_slot(&school, 1_010, midnight + 5 * DAY_MS + 3 * HOUR_MS).await;
    add_slot(&school, 1_011, midnight + 6 * DAY_MS + 23 * HOUR_MS + 30 * MINUTE_MS).await;
    add_slot(&school, 1_012, midnight + 7 * DAY_MS).await;
    let reply = school.get(PUPIL, "/timetable").await;
    let text = reply.text();
    assert!(text.contains("samedi 21 novembre 3:00 – 3:55 Histoire-géographie"), "{text}");
    assert!(text.contains("dimanche 22 novembre 23:30 – 0:25 Histoire-géographie"), "{text}");
    assert!(
        reply.body.contains("week days-7 hours-4") && reply.body.contains("h-3 m-6 dh-0 dm-6"),
        "{}",
        reply.body
    );
    let next = self::text(&school, PUPIL, "/timetable?week=2026-W48").await;
    assert!(next.contains("lundi 23 novembre 0:00 – 0:55"), "{next}");
}

#[tokio::test]
async fn names_are_text_never_markup() {
    let school = TestSchool::new().await;
    let evil = "<script>alert(1)</script>";
    for sql in [
        "UPDATE subject SET name = $1",
        "UPDATE class_group SET name = $1",
        "UPDATE person SET family_name = $1",
        "UPDATE slot SET room_name = $1",
    ] {
        school.run(sql, params![evil]).await;
    }
    for who in EVERYBODY {
        let reply = school.get(who, "/timetable").await;
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("<script>alert"), "{}", reply.body);
    }
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in() {
    let school = TestSchool::new().await;
    let reply = school.get_as_stranger("/timetable?week=2026-W47").await;
    assert_eq!(reply.location(), "/sign-in?next=/timetable%3Fweek%3D2026-W47");
}
