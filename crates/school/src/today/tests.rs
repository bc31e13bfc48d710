//! The day's page of every role, through the real router.

use base::clock::{DAY_MS, MINUTE_MS};
use base::{PersonId, SlotId};
use lesson::Status;
use store::params;

use crate::testing::*;

const BUTTON_OPEN: &str = "Ouvrir la classe";
const BUTTON_JOIN: &str = "Rejoindre le cours";

async fn text(school: &TestSchool, who: PersonId) -> String {
    let reply = school.get(who, "/").await;
    assert_eq!(reply.status, 200);
    reply.text()
}

async fn add_slot(school: &TestSchool, slot: i64, starts_at: base::Time, teacher: PersonId) {
    school
        .run(
            "INSERT INTO slot (id, school, group_id, subject, teacher, substitute, room_name, starts_at, ends_at, cancelled_at) \
             VALUES ($1, $2, $3, 23, $4, NULL, 'Salle 7', $5, $6, NULL)",
            params![SlotId(slot), SCHOOL, CLASS, teacher, starts_at, starts_at + 55 * MINUTE_MS],
        )
        .await;
}

async fn add_event(school: &TestSchool, slot: SlotId, seq: i64, body: &str) {
    school
        .run(
            "INSERT INTO lesson_event (slot, seq, at, body) VALUES ($1, $2, $3, $4)",
            params![slot, seq, NOW, body],
        )
        .await;
}

#[tokio::test]
async fn a_teacher_opens_the_lesson_of_now() {
    let school = TestSchool::new().await;
    let reply = school.get(TEACHER, "/").await;
    let text = reply.text();
    assert!(reply.body.contains("<h1>Aujourd&#39;hui</h1>"), "{}", reply.body);
    for part in ["Lundi 16 novembre", "En ce moment 8:00 – 8:55", "Mathématiques", "6e A", "Salle 12"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("L'heure a sonné : vos élèves vous attendent."), "{text}");
    assert!(
        reply
            .body
            .contains("<form action=\"/lesson/1001\"><button class=\"button big\">Ouvrir la classe</button>")
    );
    assert!(text.contains("La suite de la journée 9:00 – 9:55 Français"), "{text}");
    assert!(!text.contains("Histoire-géographie"), "another teacher's lesson: {text}");

    school.set_status(LESSON_NOW, Status::Open { present: 3, is_paused: false });
    let text = self::text(&school, TEACHER).await;
    assert!(text.contains("La classe est ouverte : 3 personnes y sont déjà."), "{text}");
    assert!(text.contains("Revenir en classe") && !text.contains(BUTTON_OPEN), "{text}");
}

#[tokio::test]
async fn a_pupil_joins_when_the_lobby_opens_and_until_the_end() {
    for (minutes, status, sentence, joins) in [
        (-26, Status::NotOpen, "Vous pourrez entrer à partir de 7:40.", false),
        (-25, Status::NotOpen, "la classe s'ouvre à 8:00", true),
        (0, Status::NotOpen, "Claire Moreau va ouvrir la classe.", true),
        (
            0,
            Status::Open { present: 1, is_paused: false },
            "La classe est ouverte : 1 personne y est déjà.",
            true,
        ),
        (0, Status::Open { present: 0, is_paused: false }, "personne n'y est encore", true),
        (51, Status::Open { present: 9, is_paused: false }, "La classe est ouverte : 9 personnes", true),
    ] {
        let school = TestSchool::new().await;
        school.run("DELETE FROM slot WHERE id <> $1", params![LESSON_NOW]).await;
        // The mock clock only goes forward: the lesson moves instead.
        let moved = params![-minutes * MINUTE_MS];
        school.run("UPDATE slot SET starts_at = starts_at + $1, ends_at = ends_at + $1", moved).await;
        school.set_status(LESSON_NOW, status);
        let text = text(&school, PUPIL).await;
        let hour_moved = sentence.replace("7:40", "8:06").replace("8:00", "8:25");
        assert!(text.contains(&hour_moved), "{minutes}: {text}");
        assert_eq!(text.contains(BUTTON_JOIN), joins, "{minutes}: {text}");
        assert!(!text.contains(BUTTON_OPEN));
    }
}

#[tokio::test]
async fn a_lesson_that_ended_is_over_and_the_next_one_comes() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, Status::Ended);
    let text = text(&school, PUPIL).await;
    assert!(text.contains("Prochain cours 9:00 – 9:55 Français"), "{text}");
    assert!(text.contains("Vous pourrez entrer à partir de 8:40."), "{text}");
    assert!(!text.contains(BUTTON_JOIN), "{text}");
    assert!(text.contains("Plus tôt aujourd'hui (1) 8:00 – 8:55 Mathématiques"), "{text}");
}

#[tokio::test]
async fn a_lesson_that_overruns_stays_beside_the_new_one() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, Status::Open { present: 20, is_paused: false });
    school.context.clock.advance_ms(57 * MINUTE_MS);
    let reply = school.get(PUPIL, "/").await;
    let text = reply.text();
    assert!(text.contains("En ce moment 9:00 – 9:55 Français"), "{text}");
    assert_eq!(text.matches(BUTTON_JOIN).count(), 1, "{text}");
    assert!(reply.body.contains("<a href=\"/lesson/1001\">Y aller"), "{}", reply.body);
}

#[tokio::test]
async fn cancelled_and_replaced_lessons_say_so() {
    let school = TestSchool::new().await;
    school.run("UPDATE slot SET cancelled_at = $1 WHERE id = $2", params![NOW, LESSON_NOW]).await;
    school.run("UPDATE slot SET substitute = $1 WHERE id = $2", params![TEACHER_OTHER, LESSON_NEXT]).await;
    let pupil = school.get(PUPIL, "/").await;
    assert!(pupil.body.contains("<s class=\"day-subject\">Mathématiques</s>"), "{}", pupil.body);
    assert!(pupil.text().contains("Annulé"));
    assert!(pupil.text().contains("Remplacement : Karim Benali"));
    assert!(!pupil.text().contains(BUTTON_JOIN));

    let replaced = text(&school, TEACHER).await;
    assert!(replaced.contains("Plus de cours aujourd'hui"), "{replaced}");
    assert!(replaced.contains("Remplacement : Karim Benali"), "{replaced}");

    school.set_status(LESSON_OTHER, Status::Ended);
    let substitute = text(&school, TEACHER_OTHER).await;
    assert!(substitute.contains("Vous remplacez Claire Moreau"), "{substitute}");
    assert!(substitute.contains("Prochain cours 9:00"), "{substitute}");
}

#[tokio::test]
async fn roll_calls_wait_for_whoever_held_the_lesson() {
    let school = TestSchool::new().await;
    add_event(&school, LESSON_NOW, 1, r#"{"t":"opened","by":101}"#).await;
    add_event(&school, LESSON_OTHER, 1, r#"{"t":"arrived","person":203}"#).await;
    assert!(!text(&school, TEACHER).await.contains("Valider l'appel"), "the lesson is still on");

    school.set_status(LESSON_NOW, Status::Ended);
    school.set_status(LESSON_OTHER, Status::Ended);
    let reply = school.get(TEACHER, "/").await;
    assert!(
        reply.text().contains("Valider l'appel : 6e A, Mathématiques, lundi 16 novembre"),
        "{}",
        reply.text()
    );
    assert!(reply.body.contains("href=\"/rollcall/1001\""));
    assert!(!text(&school, TEACHER_OTHER).await.contains("Valider l'appel"), "that class was never opened");
    for who in [HEAD, OFFICER] {
        let text = text(&school, who).await;
        assert!(text.contains("Un appel des sept derniers jours n'est pas validé."), "{text}");
        assert!(text.contains("6e A, Mathématiques lundi 16 novembre, 8:00 · Claire Moreau"), "{text}");
    }

    school
        .run(
            "INSERT INTO roll_call (slot, version, validated_by, validated_at) VALUES ($1, 1, $2, $3)",
            params![LESSON_NOW, TEACHER, NOW],
        )
        .await;
    assert!(!text(&school, TEACHER).await.contains("Valider l'appel"));
    assert!(text(&school, HEAD).await.contains("Tous les appels des sept derniers jours sont validés."));
}

#[tokio::test]
async fn a_guardian_sees_where_the_child_should_be_and_no_door() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, Status::Open { present: 3, is_paused: false });
    let reply = school.get(GUARDIAN, "/").await;
    let text = reply.text();
    assert!(text.contains("Léa Voir sa semaine (Léa) En ce moment 8:00 – 8:55 Mathématiques"), "{text}");
    assert!(text.contains("Léa a cours en ce moment. La classe est ouverte."), "{text}");
    assert!(reply.body.contains("href=\"/timetable?pupil=201\""), "{}", reply.body);
    assert!(!reply.body.contains("/lesson/"), "{}", reply.body);
    assert!(!text.contains("Inès") && !text.contains("Tom"), "{text}");

    school.run("DELETE FROM guardian_of", &[] as &[store::Value]).await;
    assert!(self::text(&school, GUARDIAN).await.contains("Aucun élève n'est rattaché à votre compte."));
}

#[tokio::test]
async fn a_teacher_who_has_gone_out_is_seen_from_outside() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_NOW, Status::Open { present: 3, is_paused: true });
    let guardian = text(&school, GUARDIAN).await;
    let expected = "Léa a cours en ce moment. La classe est ouverte, mais le professeur s'est absenté.";
    assert!(guardian.contains(expected), "{guardian}");
    let head = text(&school, HEAD).await;
    assert!(head.contains("Salle 12 Sans professeur pour l'instant 3 personnes"), "{head}");
    let slot = school.get(HEAD, "/slot/1001").await.text();
    assert!(slot.contains("Classe ouverte, sans professeur pour l'instant, 3 personnes"), "{slot}");
}

#[tokio::test]
async fn each_child_has_their_own_day() {
    let school = TestSchool::new().await;
    school
        .run("INSERT INTO guardian_of (guardian, pupil) VALUES ($1, $2)", params![GUARDIAN, PUPIL_OTHER])
        .await;
    let text = text(&school, GUARDIAN).await;
    let (ines, lea) = text.split_once(" Léa Voir sa semaine").unwrap();
    assert!(
        ines.contains("Inès Voir sa semaine (Inès) En ce moment 8:00 – 8:55 Histoire-géographie"),
        "{text}"
    );
    assert!(!ines.contains("Mathématiques") && lea.contains("Mathématiques"), "{text}");
}

#[tokio::test]
async fn the_school_sees_what_is_held() {
    let school = TestSchool::new().await;
    school.set_status(LESSON_OTHER, Status::Open { present: 21, is_paused: false });
    for who in [HEAD, OFFICER] {
        let reply = school.get(who, "/").await;
        let text = reply.text();
        assert!(text.contains("2 cours sont prévus, une classe est ouverte."), "{text}");
        assert!(text.contains("6e A, Mathématiques Claire Moreau Salle 12 Pas encore ouverte"), "{text}");
        assert!(
            text.contains("5e B, Histoire-géographie Karim Benali Salle 12 Classe ouverte 21 personnes"),
            "{text}"
        );
        assert!(reply.body.contains("href=\"/slot/1001\"") && !reply.body.contains("/lesson/"));
    }
    school.context.clock.advance_ms(40 * MINUTE_MS);
    let text = text(&school, HEAD).await;
    assert!(text.contains("Dans les minutes qui viennent 9:00 – 9:55 6e A, Français"), "{text}");
}

#[tokio::test]
async fn those_without_lessons_have_a_calm_page() {
    let school = TestSchool::new().await;
    let lead = school.get(DIGITAL_LEAD, "/").await;
    assert!(lead.body.contains("href=\"/people\"") && lead.text().contains("Cartes et comptes"));
    assert!(text(&school, OPERATOR).await.contains("Tout est calme"));
}

#[tokio::test]
async fn free_days_say_when_it_goes_on() {
    let school = TestSchool::new().await;
    school.context.clock.advance_ms(5 * DAY_MS);
    let after = text(&school, PUPIL).await;
    assert!(after.contains("Samedi 21 novembre"), "{after}");
    assert!(after.contains("Pas de cours aujourd'hui"), "{after}");
    assert!(after.contains("Aucun cours n'est prévu dans les trois semaines qui viennent."), "{after}");

    add_slot(&school, 1_010, NOW + 7 * DAY_MS, TEACHER).await;
    for who in [PUPIL, TEACHER, GUARDIAN] {
        let text = text(&school, who).await;
        assert!(text.contains("Prochain cours : lundi 23 novembre à 8:05, Histoire-géographie."), "{text}");
        assert!(text.contains("Lundi 23 novembre 8:05"), "{text}");
    }
    school.context.clock.advance_ms(DAY_MS);
    assert!(text(&school, PUPIL).await.contains("Demain, lundi 23 novembre 8:05"));
    assert!(text(&school, HEAD).await.contains("Aucun cours en ce moment"));
}

#[tokio::test]
async fn names_are_text_never_markup() {
    let school = TestSchool::new().await;
    let evil = "<script>alert(1)</script>";
    school.run("UPDATE subject SET name = $1", params![evil]).await;
    school.run("UPDATE person SET family_name = $1", params![evil]).await;
    school.run("UPDATE slot SET room_name = $1", params!["x".repeat(10_000)]).await;
    for who in EVERYBODY {
        let reply = school.get(who, "/").await;
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("<script>"), "{}", reply.body);
        assert!(reply.body.len() < 20_000, "{}", reply.body.len());
    }
}

#[tokio::test]
async fn the_page_is_english_for_those_who_read_it() {
    let school = TestSchool::new().await;
    let request = school.request(axum::http::Method::GET, "/", Some(TEACHER)).header("accept-language", "en");
    let reply = school.send(request.body(axum::body::Body::empty())).await;
    let text = reply.text();
    assert!(text.contains("Today Monday 16 November Now 8:00 – 8:55"), "{text}");
    assert!(text.contains("Open the class"), "{text}");
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in() {
    let school = TestSchool::new().await;
    let reply = school.get_as_stranger("/").await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/sign-in"));
}
