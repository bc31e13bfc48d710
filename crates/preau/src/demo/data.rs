//! What the demonstration writes into the store and reads back.

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base::{Entropy, PersonId, SlotId, Time};
use store::{Batch, Error, FromRow, Row, Store, params};

use super::calendar::{Calendar, Change, Slot, TIME_ZONE, known_from};
use super::plan::{Person, Plan};

store::statements! {
    /// Every school of the folder.
    ALL_SCHOOLS = "SELECT id FROM school";
    /// Their names.
    ALL_SCHOOL_NAMES = "SELECT name FROM school";
    /// The school.
    INSERT_SCHOOL = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)";
    /// One person.
    INSERT_PERSON = "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, \
                     lang, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, NULL, $8)";
    /// Who is whose guardian.
    INSERT_GUARDIAN = "INSERT INTO guardian_of (guardian, pupil) VALUES ($1, $2)";
    /// One group.
    INSERT_GROUP = "INSERT INTO class_group (id, school, name) VALUES ($1, $2, $3)";
    /// One pupil of a group.
    INSERT_MEMBER = "INSERT INTO member (group_id, person) VALUES ($1, $2)";
    /// One subject.
    INSERT_SUBJECT = "INSERT INTO subject (id, school, name, hue) VALUES ($1, $2, $3, $4)";
    /// One dated slot.
    INSERT_SLOT = "INSERT INTO slot (id, school, group_id, subject, teacher, substitute, room_name, starts_at, \
                   ends_at, cancelled_at) VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, NULL)";
    /// Takes a slot back, if nobody touched it meanwhile.
    DELETE_SLOT = "DELETE FROM slot WHERE id = $1 AND substitute IS NULL AND cancelled_at IS NULL \
                   AND NOT EXISTS (SELECT 1 FROM lesson_event WHERE lesson_event.slot = slot.id) \
                   AND NOT EXISTS (SELECT 1 FROM roll_call WHERE roll_call.slot = slot.id) \
                   AND NOT EXISTS (SELECT 1 FROM roll_entry WHERE roll_entry.slot = slot.id) \
                   AND NOT EXISTS (SELECT 1 FROM guest_link WHERE guest_link.slot = slot.id)";
    /// The slots from a moment on, and whether somebody touched each.
    SLOTS_SINCE = "SELECT id, group_id, subject, teacher, substitute, room_name, starts_at, ends_at, \
                   CASE WHEN substitute IS NOT NULL OR cancelled_at IS NOT NULL \
                     OR EXISTS (SELECT 1 FROM lesson_event WHERE lesson_event.slot = slot.id) \
                     OR EXISTS (SELECT 1 FROM roll_call WHERE roll_call.slot = slot.id) \
                     OR EXISTS (SELECT 1 FROM roll_entry WHERE roll_entry.slot = slot.id) \
                     OR EXISTS (SELECT 1 FROM guest_link WHERE guest_link.slot = slot.id) \
                   THEN 1 ELSE 0 END \
                   FROM slot WHERE school = $1 AND starts_at > $2";
    /// Drops the demonstration's links that no longer open.
    DELETE_OLD_LINKS = "DELETE FROM card_link WHERE reusable = 1 AND expires_at < $1";
}

/// What a data folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No school.
    Nothing,
    /// This demonstration.
    Demo,
    /// A real school, or the demonstration of another version.
    Another,
}

/// Looks whose data the folder holds.
pub(super) async fn look(store: &Store, plan: &Plan) -> Result<Found, Error> {
    let schools: Vec<i64> = store.rows(ALL_SCHOOLS, &[]).await?;
    Ok(match schools[..] {
        [] => Found::Nothing,
        [id] if id == plan.school.0 => Found::Demo,
        _ => Found::Another,
    })
}

/// Whether every school in the folder is the demonstration, of whatever version.
pub(super) async fn is_only_demo(store: &Store) -> Result<bool, Error> {
    let names: Vec<String> = store.rows(ALL_SCHOOL_NAMES, &[]).await?;
    Ok(names.iter().all(|name| name == super::SCHOOL_NAME))
}

/// Writes the whole school, or nothing of it.
pub(super) async fn insert_school(
    store: &Store,
    plan: &Plan,
    now: Time,
    entropy: &Entropy,
) -> Result<(), Error> {
    let mut batch = Batch::new();
    batch.run(INSERT_SCHOOL, params![plan.school, &plan.code, super::SCHOOL_NAME, TIME_ZONE]);
    for person in &plan.people {
        insert_person(&mut batch, plan, person, now, entropy)?;
    }
    for (guardian, pupil) in &plan.guardians {
        batch.run(INSERT_GUARDIAN, params![*guardian, *pupil]);
    }
    for group in &plan.groups {
        batch.run(INSERT_GROUP, params![group.id, plan.school, &group.name]);
        for pupil in &group.pupils {
            batch.run(INSERT_MEMBER, params![group.id, *pupil]);
        }
    }
    for subject in &plan.subjects {
        batch.run(INSERT_SUBJECT, params![subject.id, plan.school, subject.name, subject.hue]);
    }
    store.apply(batch).await
}

/// The slots around `now`.
pub(super) async fn load_calendar(store: &Store, plan: &Plan, now: Time) -> Result<Calendar, Error> {
    let from = known_from(now);
    let slots = store.rows(SLOTS_SINCE, &params![plan.school, from]).await?;
    Ok(Calendar { slots })
}

/// Writes what changed in the calendar, or nothing of it.
pub(super) async fn write(store: &Store, plan: &Plan, change: &Change) -> Result<(), Error> {
    let mut batch = Batch::new();
    for id in &change.remove {
        batch.expect(1, DELETE_SLOT, params![*id]);
    }
    for slot in &change.add {
        let Slot { id, group, subject, teacher, room_name, starts_at, ends_at, .. } = slot;
        let row = params![*id, plan.school, *group, *subject, *teacher, room_name, *starts_at, *ends_at];
        batch.run(INSERT_SLOT, row);
    }
    store.apply(batch).await
}

/// Drops the links of earlier starts that no longer open.
pub(super) fn drop_old_links(batch: &mut Batch, now: Time) {
    batch.run(DELETE_OLD_LINKS, params![now]);
}

impl FromRow for Slot {
    fn from_row(row: &Row<'_>) -> Result<Slot, Error> {
        Ok(Slot {
            id: row.id::<SlotId>(0)?,
            group: row.id(1)?,
            subject: row.id(2)?,
            teacher: row.id(3)?,
            substitute: row.opt_id::<PersonId>(4)?,
            room_name: row.text(5)?,
            starts_at: row.time(6)?,
            ends_at: row.time(7)?,
            is_touched: row.bool(8)?,
        })
    }
}

fn insert_person(
    batch: &mut Batch,
    plan: &Plan,
    person: &Person,
    now: Time,
    entropy: &Entropy,
) -> Result<(), Error> {
    let password = person.login.is_some().then(|| hash(entropy)).transpose()?;
    let Person { id, role, given_name, family_name, login } = person;
    let row = params![*id, plan.school, role.word(), given_name, family_name, login.clone(), password, now];
    batch.run(INSERT_PERSON, row);
    Ok(())
}

/// The hash of the one published password. Its cost protects nothing, so it is
/// a small one and the demonstration starts at once.
fn hash(entropy: &Entropy) -> Result<String, Error> {
    let other = |error: &dyn std::fmt::Display| Error::Other(error.to_string());
    let cost = Params::new(2_048, 1, 1, None).map_err(|error| other(&error))?;
    let salt = SaltString::encode_b64(&entropy.bytes::<16>()).map_err(|error| other(&error))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
        .hash_password(super::PASSWORD.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| other(&error))
}
