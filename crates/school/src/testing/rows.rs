//! The rows of the test school.

use base::clock::MINUTE_MS;
use base::{DeviceId, GroupId, PersonId, Role, SlotId};
use store::{Batch, params};

use super::{
    CLASS, CLASS_OTHER, DIGITAL_LEAD, GUARDIAN, HEAD, LESSON_NEXT, LESSON_NOW, LESSON_OTHER, NOW, OFFICER,
    OPERATOR, PUPIL, PUPIL_B, PUPIL_OTHER, SCHOOL, TEACHER, TEACHER_OTHER,
};

const PEOPLE: [(PersonId, Role, &str, &str, Option<&str>); 10] = [
    (TEACHER, Role::Teacher, "Claire", "Moreau", Some("claire.moreau")),
    (TEACHER_OTHER, Role::Teacher, "Karim", "Benali", Some("karim.benali")),
    (PUPIL, Role::Pupil, "Léa", "Martin", Some("lea.martin")),
    (PUPIL_B, Role::Pupil, "Tom", "Nguyen", None),
    (PUPIL_OTHER, Role::Pupil, "Inès", "Dubois", None),
    (GUARDIAN, Role::Guardian, "Sophie", "Martin", None),
    (OFFICER, Role::SchoolLifeOfficer, "Paul", "Girard", None),
    (HEAD, Role::Head, "Anne", "Lefèvre", Some("anne.lefevre")),
    (DIGITAL_LEAD, Role::DigitalLead, "Marc", "Petit", None),
    (OPERATOR, Role::Operator, "Alex", "Roche", None),
];

pub(super) fn role(person: PersonId) -> Role {
    let found = PEOPLE.iter().find(|(id, ..)| *id == person);
    found.map(|(_, role, ..)| *role).expect("a person of the test school")
}

pub(super) fn device(person: PersonId) -> DeviceId {
    DeviceId(person.0 + 10_000)
}

pub(super) fn all() -> Batch {
    let mut batch = Batch::new();
    let school = params![SCHOOL, "0750001A", "Collège Louise-Michel", "Europe/Paris"];
    batch.run("INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)", school);
    for (id, role, given, family, login) in PEOPLE {
        batch.run(
            "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, lang, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, NULL, $7)",
            params![id, SCHOOL, role.word(), given, family, login, NOW],
        );
        batch.run(
            "INSERT INTO device (id, person, label, created_at, revoked_at) VALUES ($1, $2, 'Firefox sur Linux', $3, NULL)",
            params![device(id), id, NOW],
        );
    }
    let guardian = params![GUARDIAN, PUPIL];
    batch.run("INSERT INTO guardian_of (guardian, pupil) VALUES ($1, $2)", guardian);
    groups(&mut batch);
    slots(&mut batch);
    batch
}

fn groups(batch: &mut Batch) {
    for (id, name) in [(CLASS, "6e A"), (CLASS_OTHER, "5e B")] {
        let group = params![id, SCHOOL, name];
        batch.run("INSERT INTO class_group (id, school, name) VALUES ($1, $2, $3)", group);
    }
    for (group, person) in [(CLASS, PUPIL), (CLASS, PUPIL_B), (CLASS_OTHER, PUPIL_OTHER)] {
        batch.run("INSERT INTO member (group_id, person) VALUES ($1, $2)", params![group, person]);
    }
}

fn slots(batch: &mut Batch) {
    for (id, name, hue) in
        [(21, "Mathématiques", 210), (22, "Français", 20), (23, "Histoire-géographie", 130)]
    {
        let subject = params![id, SCHOOL, name, hue];
        batch.run("INSERT INTO subject (id, school, name, hue) VALUES ($1, $2, $3, $4)", subject);
    }
    let eight = NOW - 5 * MINUTE_MS;
    let slots: [(SlotId, GroupId, i64, PersonId, i64); 3] = [
        (LESSON_NOW, CLASS, 21, TEACHER, 0),
        (LESSON_NEXT, CLASS, 22, TEACHER, 60),
        (LESSON_OTHER, CLASS_OTHER, 23, TEACHER_OTHER, 0),
    ];
    for (id, group, subject, teacher, after_minutes) in slots {
        let starts_at = eight + after_minutes * MINUTE_MS;
        let ends_at = starts_at + 55 * MINUTE_MS;
        batch.run(
            "INSERT INTO slot (id, school, group_id, subject, teacher, substitute, room_name, starts_at, ends_at, cancelled_at) \
             VALUES ($1, $2, $3, $4, $5, NULL, 'Salle 12', $6, $7, NULL)",
            params![id, SCHOOL, group, subject, teacher, starts_at, ends_at],
        );
    }
}
