//! Roll calls of every role, through the real router.

use base::clock::{DAY_MS, MINUTE_MS};
use base::{PersonId, SlotId, Time};
use lesson::Status;
use store::{FromRow, Row, params};

use crate::testing::*;

const EIGHT: Time = Time(NOW.0 - 5 * MINUTE_MS);

/// Léa came at 8:00 and stayed, Tom came at 8:09; it is 9:00 and the lesson is over.
async fn held() -> TestSchool {
    let school = TestSchool::new().await;
    for (seq, minute, body) in [
        (1, 0, r#"{"t":"opened","by":101}"#),
        (2, 0, r#"{"t":"entered","person":201}"#),
        (3, 9, r#"{"t":"entered","person":202}"#),
        (4, 10, r#"{"t":"said","from":202,"key":1,"thread":null,"text":"{\"t\":\"ended\",\"by\":null}"}"#),
        (5, 55, r#"{"t":"ended","by":101}"#),
    ] {
        log(&school, LESSON_NOW, seq, EIGHT + minute * MINUTE_MS, body).await;
    }
    school.set_status(LESSON_NOW, Status::Ended);
    school.context.clock.advance_ms(55 * MINUTE_MS);
    school
}

async fn log(school: &TestSchool, slot: SlotId, seq: i64, at: Time, body: &str) {
    school
        .run(
            "INSERT INTO lesson_event (slot, seq, at, body) VALUES ($1, $2, $3, $4)",
            params![slot, seq, at, body],
        )
        .await;
}

/// An entry: pupil, mark, by whom, still right.
#[derive(Debug, PartialEq, Eq)]
struct Stored(i64, String, i64, bool);

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Stored, store::Error> {
        let mark = format!("{}:{}", row.text(1)?, row.int(2)?);
        Ok(Stored(row.int(0)?, mark, row.opt_int(3)?.unwrap_or(0), row.opt_int(4)?.is_none()))
    }
}

fn stored(pupil: i64, mark: &str, by: i64, is_right: bool) -> Stored {
    Stored(pupil, mark.into(), by, is_right)
}

async fn entries(school: &TestSchool) -> Vec<Stored> {
    let sql = "SELECT pupil, status, minutes, made_by, wrong_at FROM roll_entry \
               ORDER BY pupil, made_at, COALESCE(wrong_at, 9007199254740991)";
    school.context.store.rows(sql, &[]).await.unwrap()
}

async fn version(school: &TestSchool) -> i64 {
    school.number("SELECT version FROM roll_call WHERE slot = $1", &params![LESSON_NOW]).await
}

async fn validated_by(school: &TestSchool) -> i64 {
    school
        .number("SELECT COALESCE(validated_by, 0) FROM roll_call WHERE slot = $1", &params![LESSON_NOW])
        .await
}

/// The form of a page, with some fields changed, as a browser would send it.
fn form(page: &Reply, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for tag in page.body.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
        let attribute =
            |name: &str| Some(tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.to_owned());
        let (Some(name), Some(value)) = (attribute("name"), attribute("value")) else { continue };
        let is_roll = name == "version" || name.contains('-');
        if is_roll && (!tag.contains("radio") || tag.contains(" checked")) {
            fields.push((name, value));
        }
    }
    for (name, value) in changes {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => (*value).clone_into(&mut field.1),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    fields
}

async fn send(school: &TestSchool, who: PersonId, act: &str, fields: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    school.context.clock.advance_ms(MINUTE_MS);
    school.post(who, &format!("/rollcall/1001/{act}"), &fields).await
}

#[tokio::test]
async fn the_lesson_proposes_and_nothing_is_stored() {
    let school = held().await;
    let reply = school.get(TEACHER, "/rollcall/1001").await;
    let text = reply.text();
    assert!(
        text.contains("Appel 6e A Mathématiques , lundi 16 novembre, 8:00 – 8:55 · Claire Moreau"),
        "{text}"
    );
    assert!(text.contains("À valider Voici la présence que le cours a relevée."), "{text}");
    assert!(text.contains("1 présent 1 retard"), "{text}");
    assert!(text.contains("Martin Léa en classe de 8:00 à 8:55"), "{text}");
    assert!(text.contains("Nguyen Tom en classe de 8:09 à 8:55"), "{text}");
    assert!(reply.body.contains("name=\"shown-202\" value=\"late:9\""), "{}", reply.body);
    assert!(
        reply.body.contains("formaction=\"/rollcall/1001/validate\">Valider l&#39;appel</button>"),
        "{}",
        reply.body
    );
    assert_eq!((entries(&school).await, version(&school).await), (vec![], 0));
}

#[tokio::test]
async fn one_button_validates() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    let reply = send(&school, TEACHER, "validate", &form(&page, &[])).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/rollcall/1001?said=roll-validated"));
    let expected = [stored(201, "present:0", 0, true), stored(202, "late:9", 0, true)];
    assert_eq!(entries(&school).await, expected);
    assert_eq!((version(&school).await, validated_by(&school).await), (1, TEACHER.0));

    let page = school.get(TEACHER, "/rollcall/1001?said=roll-validated").await;
    assert!(page.text().contains("L'appel est validé."), "{}", page.text());
    assert!(page.text().contains("Validé par Claire Moreau, lundi 16 novembre à 9:01"), "{}", page.text());
    assert!(!page.body.contains("/validate"), "{}", page.body);
}

#[tokio::test]
async fn a_form_sent_twice_writes_once() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    for (act, change) in [("correct", ("mark-202", "absent")), ("validate", ("mark-201", "absent"))] {
        let page = if act == "correct" { &page } else { &school.get(TEACHER, "/rollcall/1001").await };
        let fields = form(page, &[change]);
        let first = send(&school, TEACHER, act, &fields).await;
        let (rows, version_now) = (entries(&school).await, version(&school).await);
        let second = send(&school, TEACHER, act, &fields).await;
        assert_eq!((first.status, second.status.as_u16()), (second.status, 303), "{act}");
        assert_eq!((entries(&school).await, version(&school).await), (rows, version_now), "{act}");
    }
    assert_eq!(version(&school).await, 2);
}

#[tokio::test]
async fn a_correction_marks_wrong_and_adds() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    let reply =
        send(&school, TEACHER, "correct", &form(&page, &[("mark-202", "left_early"), ("minutes-202", "12")]))
            .await;
    assert_eq!(reply.location(), "/rollcall/1001?said=roll-corrected");
    let first = [
        stored(201, "present:0", 0, true),
        stored(202, "late:9", 0, false),
        stored(202, "left_early:12", TEACHER.0, true),
    ];
    assert_eq!(entries(&school).await, first);
    assert_eq!(validated_by(&school).await, 0);

    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(
        page.text().contains(
            "1 correction (Nguyen Tom) 9:01, Claire Moreau : en retard de 9 min → parti 12 min avant la fin"
        ),
        "{}",
        page.text()
    );
    send(&school, TEACHER, "validate", &form(&page, &[])).await;

    let page = school.get(OFFICER, "/rollcall/1001").await;
    let reply = send(&school, OFFICER, "correct", &form(&page, &[("mark-202", "absent")])).await;
    assert_eq!(reply.status, 303);
    assert_eq!(
        entries(&school).await[2..],
        [stored(202, "left_early:12", TEACHER.0, false), stored(202, "absent:0", OFFICER.0, true),]
    );
    assert_eq!(validated_by(&school).await, TEACHER.0, "she still is who validated");
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.text().contains("Paul Girard : parti 12 min avant la fin → absent"), "{}", page.text());
}

#[tokio::test]
async fn minutes_that_are_none_change_nothing() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    for minutes in ["-3", "0", "56", "dix", "", "1e1"] {
        for act in ["correct", "validate"] {
            let fields =
                form(&page, &[("mark-202", "late"), ("minutes-202", minutes), ("mark-201", "absent")]);
            let reply = send(&school, TEACHER, act, &fields).await;
            assert_eq!(reply.status, 422, "{minutes}");
            assert!(reply.text().contains("Un nombre entier de minutes, de 1 à 55."), "{}", reply.text());
            assert!(reply.body.contains("<a href=\"#pupil-202\">"), "{}", reply.body);
            assert!(reply.body.contains("name=\"mark-201\" value=\"absent\" checked"), "{}", reply.body);
            assert!(
                reply.body.contains(&format!("name=\"minutes-202\" value=\"{minutes}\"")),
                "{}",
                reply.body
            );
        }
    }
    assert_eq!((entries(&school).await, version(&school).await), (vec![], 0));
}

#[tokio::test]
async fn two_tabs_are_told_and_keep_what_was_typed() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    send(&school, OFFICER, "correct", &form(&page, &[("mark-202", "absent")])).await;
    let before = entries(&school).await;

    let reply =
        send(&school, TEACHER, "correct", &form(&page, &[("mark-202", "present"), ("mark-201", "absent")]))
            .await;
    assert_eq!(reply.status, 409);
    let text = reply.text();
    assert!(text.contains("Cet appel a changé depuis que vous avez ouvert la page."), "{text}");
    assert!(text.contains("L'appel dit maintenant : absent."), "{text}");
    assert!(reply.body.contains("name=\"mark-202\" value=\"present\" checked"), "{}", reply.body);
    assert!(reply.body.contains("name=\"back\" value=\"/rollcall/1001\""), "{}", reply.body);
    assert_eq!(entries(&school).await, before);

    let reply = send(&school, TEACHER, "validate", &form(&page, &[])).await;
    assert_eq!(reply.status, 409, "nobody signs what they have not seen");
    // What the conflict page carries is up to date: the same again goes through.
    let reply = send(&school, TEACHER, "validate", &form(&reply, &[("mark-201", "absent")])).await;
    assert_eq!(reply.status, 303);
    let right: Vec<Stored> = entries(&school).await.into_iter().filter(|entry| entry.3).collect();
    assert_eq!(right, [stored(201, "absent:0", TEACHER.0, true), stored(202, "absent:0", OFFICER.0, true)]);
}

#[tokio::test]
async fn until_it_is_validated_latecomers_still_count() {
    let school = TestSchool::new().await;
    log(&school, LESSON_NOW, 1, EIGHT, r#"{"t":"opened","by":101}"#).await;
    school.set_status(LESSON_NOW, Status::Open { present: 1, is_paused: false });
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(
        page.text().contains("Le cours n'est pas terminé, cette présence est provisoire."),
        "{}",
        page.text()
    );
    send(&school, TEACHER, "correct", &form(&page, &[("mark-201", "present")])).await;

    log(&school, LESSON_NOW, 2, EIGHT + 12 * MINUTE_MS, r#"{"t":"entered","person":202}"#).await;
    school.context.clock.advance_ms(10 * MINUTE_MS);
    let old = form(&page, &[("version", "1"), ("shown-201", "present:0"), ("mark-201", "present")]);
    assert_eq!(send(&school, TEACHER, "validate", &old).await.status, 409, "Tom came since");
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.body.contains("name=\"shown-202\" value=\"late:12\""), "{}", page.body);
    assert_eq!(send(&school, TEACHER, "validate", &form(&page, &[])).await.status, 303);
    assert_eq!(
        entries(&school).await,
        [
            stored(201, "absent:0", 0, false),
            stored(201, "present:0", TEACHER.0, true),
            stored(202, "absent:0", 0, false),
            stored(202, "late:12", 0, true),
        ]
    );
}

#[tokio::test]
async fn an_empty_roll_call_is_recorded() {
    let school = held().await;
    school.run("DELETE FROM lesson_event WHERE seq BETWEEN 2 AND 4", params![]).await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.text().contains("aucun présent 2 absents"), "{}", page.text());
    send(&school, TEACHER, "validate", &form(&page, &[])).await;
    assert_eq!(entries(&school).await, [stored(201, "absent:0", 0, true), stored(202, "absent:0", 0, true)]);

    let school = held().await;
    school.run("DELETE FROM member", params![]).await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.text().contains("Cette classe n'a pas d'élève."), "{}", page.text());
    assert_eq!(send(&school, TEACHER, "validate", &form(&page, &[])).await.status, 303);
    assert_eq!((entries(&school).await, version(&school).await), (vec![], 1));
}

#[tokio::test]
async fn a_pupil_who_left_the_group_keeps_the_entries() {
    let school = held().await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    send(&school, TEACHER, "validate", &form(&page, &[])).await;
    school.run("DELETE FROM member WHERE person = $1", params![PUPIL_B]).await;
    school.run("INSERT INTO member (group_id, person) VALUES ($1, $2)", params![CLASS, PUPIL_OTHER]).await;
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.text().contains("Nguyen Tom") && page.text().contains("Dubois Inès"), "{}", page.text());
}

#[tokio::test]
async fn everybody_has_their_rights() {
    let school = held().await;
    let fields = form(&school.get(TEACHER, "/rollcall/1001").await, &[("mark-202", "absent")]);
    for (who, read, correct, validate) in [
        (TEACHER_OTHER, 403, 403, 403),
        (PUPIL, 403, 403, 403),
        (GUARDIAN, 403, 403, 403),
        (DIGITAL_LEAD, 403, 403, 403),
        (OPERATOR, 403, 403, 403),
        (HEAD, 200, 403, 403),
        (OFFICER, 200, 303, 403),
    ] {
        let validated = send(&school, who, "validate", &fields).await;
        let corrected = send(&school, who, "correct", &fields).await;
        let shown = school.get(who, "/rollcall/1001").await;
        let statuses = (shown.status.as_u16(), corrected.status.as_u16(), validated.status.as_u16());
        assert_eq!(statuses, (read, correct, validate), "{who}");
        if read != 200 {
            assert!(!shown.text().contains("Nguyen"), "{}", shown.text());
        }
        assert_eq!(
            shown.body.contains("<form method=\"post\" action=\"/rollcall/1001/correct\""),
            correct == 303
        );
    }
    assert_eq!(school.post_as_stranger("/rollcall/1001/validate", &[]).await.status, 401);
    assert_eq!(school.get_as_stranger("/rollcall/1001").await.location(), "/sign-in?next=/rollcall/1001");
    assert_eq!(validated_by(&school).await, 0);
    let refused = school.get(TEACHER_OTHER, "/rollcall/1001").await;
    assert!(refused.text().contains("Cet appel est celui d'un autre enseignant."), "{}", refused.text());
}

#[tokio::test]
async fn a_substitute_takes_the_roll() {
    let school = held().await;
    school.run("UPDATE slot SET substitute = $1 WHERE id = $2", params![TEACHER_OTHER, LESSON_NOW]).await;
    let page = school.get(TEACHER_OTHER, "/rollcall/1001").await;
    assert_eq!(send(&school, TEACHER_OTHER, "validate", &form(&page, &[])).await.status, 303);
    assert_eq!(validated_by(&school).await, TEACHER_OTHER.0);
}

#[tokio::test]
async fn reading_with_power_is_written_down() {
    let school = held().await;
    let logged = |who: PersonId| {
        let params = params![who, LESSON_NOW];
        let school = &school;
        async move {
            school.number("SELECT count(*) FROM access_log WHERE person = $1 AND subject = $2", &params).await
        }
    };
    for who in [TEACHER, OFFICER, HEAD] {
        school.get(who, "/rollcall/1001").await;
        school.get(who, "/rollcalls").await;
    }
    assert_eq!((logged(TEACHER).await, logged(OFFICER).await, logged(HEAD).await), (0, 1, 1));
    let page = school.get(OFFICER, "/rollcall/1001").await;
    send(&school, OFFICER, "correct", &form(&page, &[("mark-202", "absent")])).await;
    let corrections = "SELECT count(*) FROM access_log WHERE action = 'rollcall.correct' AND person = $1";
    assert_eq!(school.number(corrections, &params![OFFICER]).await, 1);
}

#[tokio::test]
async fn there_is_no_roll_call_before_the_lesson_or_without_it() {
    let school = TestSchool::new().await;
    let page = school.get(TEACHER, "/rollcall/1002").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("L'appel commencera avec le cours."), "{}", page.text());
    let fields = [("version", "0"), ("mark-201", "absent")];
    for act in ["correct", "validate"] {
        assert_eq!(school.post(TEACHER, &format!("/rollcall/1002/{act}"), &fields).await.status, 409);
    }
    school.run("UPDATE slot SET cancelled_at = $1", params![NOW]).await;
    assert!(school.get(TEACHER, "/rollcall/1001").await.text().contains("Ce cours est annulé"));
    assert_eq!(school.post(TEACHER, "/rollcall/1001/validate", &fields).await.status, 409);
    assert_eq!((entries(&school).await, version(&school).await), (vec![], 0));
    assert_eq!(school.get(TEACHER, "/rollcall/77").await.status, 404);
}

#[tokio::test]
async fn a_class_that_was_never_opened_is_not_signed_by_accident() {
    let school = TestSchool::new().await;
    school.context.clock.advance_ms(DAY_MS);
    let page = school.get(TEACHER, "/rollcall/1001").await;
    assert!(page.text().contains("La classe n'a pas été ouverte ici"), "{}", page.text());
    let listed = school.get(TEACHER, "/rollcalls?day=2026-11-16").await;
    assert!(listed.text().contains("Aucun appel ce jour-là"), "{}", listed.text());
}

#[tokio::test]
async fn forms_of_no_page_are_refused() {
    let school = held().await;
    for fields in [
        vec![],
        vec![("version", "x")],
        vec![("version", "0"), ("mark-201", "king")],
        vec![("version", "0"), ("drop", "1")],
    ] {
        let reply = school.post(TEACHER, "/rollcall/1001/validate", &fields).await;
        assert_eq!(reply.status, 400, "{fields:?}");
    }
    let stranger = [("version", "0"), ("mark-203", "present")];
    assert_eq!(school.post(TEACHER, "/rollcall/1001/correct", &stranger).await.status, 409);
    assert_eq!((entries(&school).await, version(&school).await), (vec![], 0));
}

#[tokio::test]
async fn the_list_shows_what_waits_and_what_a_day_left() {
    let school = held().await;
    let text = school.get(TEACHER, "/rollcalls").await.text();
    assert!(
        text.contains("Appels À valider 6e A, Mathématiques lundi 16 novembre, 8:00 Valider l'appel"),
        "{text}"
    );
    assert!(!school.get(TEACHER_OTHER, "/rollcalls").await.text().contains("Mathématiques"));
    let page = school.get(TEACHER, "/rollcall/1001").await;
    send(&school, TEACHER, "validate", &form(&page, &[("mark-201", "absent")])).await;
    for who in [TEACHER, OFFICER, HEAD] {
        let text = school.get(who, "/rollcalls").await.text();
        assert!(!text.contains("Valider l'appel") && text.contains("1 absent 1 retard Validé"), "{text}");
        assert_eq!(text.contains("Claire Moreau 1 absent"), who != TEACHER, "{text}");
        let other = school.get(who, "/rollcalls?day=2026-11-15").await;
        assert!(other.text().contains("dimanche 15 novembre") && other.body.contains("day=2026-11-16"));
        assert_eq!(school.get(who, "/rollcalls?day=demain").await.status, 400);
    }
    school.set_status(LESSON_OTHER, Status::Open { present: 2, is_paused: false });
    log(&school, LESSON_OTHER, 1, EIGHT, r#"{"t":"opened","by":102}"#).await;
    assert!(
        school
            .get(HEAD, "/rollcalls")
            .await
            .text()
            .contains("5e B, Histoire-géographie Karim Benali Cours en ce moment")
    );
}

#[tokio::test]
async fn names_are_text_never_markup() {
    let school = held().await;
    let evil = "<script>alert(1)</script>";
    for sql in [
        "UPDATE person SET family_name = $1",
        "UPDATE subject SET name = $1",
        "UPDATE class_group SET name = $1",
    ] {
        school.run(sql, params![evil]).await;
    }
    for path in ["/rollcall/1001", "/rollcalls"] {
        let reply = school.get(TEACHER, path).await;
        assert!(reply.status == 200 && !reply.body.contains("<script>"), "{}", reply.body);
    }
}
