//! What roll calls read and write.

use std::collections::BTreeMap;

use base::{PersonId, SlotId, Time};
use lesson::presence::{Mark, attendance};
use lesson::{Enrolled, Event, Plan};
use store::{Batch, Error, FromRow, Row, Store, params};

use super::roll::{Act, Change, Entry, Line, Roll, Validated};
use crate::context::Context;
use crate::planned::{Named, PLANNED_COLUMNS, Planned, lessons_max, planned_columns, planned_joins};
use crate::web::{short, sort_key};

/// The lesson was opened, so there is a roll call to take.
macro_rules! was_opened {
    () => {
        "EXISTS (SELECT 1 FROM lesson_event WHERE lesson_event.slot = slot.id \
         AND lesson_event.body LIKE '{\"t\":\"opened\"%')"
    };
}

/// A roll call of a list: its slot, when it was validated, how many were absent and late.
macro_rules! listed {
    () => {
        concat!("SELECT ", planned_columns!(), ", roll_call.validated_at, \
         (SELECT count(*) FROM roll_entry WHERE roll_entry.slot = slot.id AND roll_entry.wrong_at IS NULL \
         AND roll_entry.status = 'absent'), \
         (SELECT count(*) FROM roll_entry WHERE roll_entry.slot = slot.id AND roll_entry.wrong_at IS NULL \
         AND roll_entry.status = 'late') \
         FROM slot", planned_joins!(), "LEFT JOIN roll_call ON roll_call.slot = slot.id ")
    };
}

store::statements! {
    /// A slot of a school.
    FIND_SLOT = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(), "WHERE slot.id = $1 AND slot.school = $2");
    /// Still not cancelled.
    EXPECT_HELD = "SELECT 1 FROM slot WHERE id = $1 AND cancelled_at IS NULL";
    /// The pupils of a group.
    LIST_PUPILS = "SELECT person.id, person.given_name, person.family_name FROM member \
                   JOIN person ON person.id = member.person WHERE member.group_id = $1 AND person.role = 'pupil' \
                   ORDER BY person.family_name, person.given_name, person.id";
    /// The log of a lesson, without what was said in it.
    LIST_LOG = "SELECT seq, at, body FROM lesson_event WHERE slot = $1 AND body NOT LIKE '{\"t\":\"said\"%' ORDER BY seq";
    /// The stored part of a roll call.
    FIND_ROLL = "SELECT roll_call.version, roll_call.validated_at, person.id, person.given_name, person.family_name \
                 FROM roll_call LEFT JOIN person ON person.id = roll_call.validated_by WHERE roll_call.slot = $1";
    /// Its entries, oldest first; of one moment, the one that was replaced first.
    LIST_ENTRIES = "SELECT roll_entry.id, roll_entry.status, roll_entry.minutes, roll_entry.made_at, roll_entry.wrong_at, \
                    pupil.id, pupil.given_name, pupil.family_name, maker.id, maker.given_name, maker.family_name \
                    FROM roll_entry JOIN person AS pupil ON pupil.id = roll_entry.pupil \
                    LEFT JOIN person AS maker ON maker.id = roll_entry.made_by WHERE roll_entry.slot = $1 \
                    ORDER BY roll_entry.made_at, COALESCE(roll_entry.wrong_at, 9007199254740991), roll_entry.id";
    /// The first write of a roll call; a second first one meets a conflict.
    INSERT_ROLL = "INSERT INTO roll_call (slot, version, validated_by, validated_at) VALUES ($1, 1, $2, $3)";
    /// A later write; whoever validated first stays the one who did.
    RAISE_ROLL = "UPDATE roll_call SET version = version + 1, validated_by = COALESCE(validated_by, $3), \
                  validated_at = COALESCE(validated_at, $4) WHERE slot = $1 AND version = $2";
    /// An entry.
    INSERT_ENTRY = "INSERT INTO roll_entry (id, slot, pupil, status, minutes, made_by, made_at, wrong_by, wrong_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Marks an entry wrong.
    MARK_WRONG = "UPDATE roll_entry SET wrong_by = $1, wrong_at = $2 WHERE id = $3 AND wrong_at IS NULL";
    /// A line of the access log.
    LOG_ACCESS = "INSERT INTO access_log (id, school, person, action, subject, at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Roll calls of a teacher between two times.
    LIST_OF_TEACHER = concat!(listed!(), "WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 \
                       AND slot.starts_at < $3 AND slot.cancelled_at IS NULL AND (roll_call.slot IS NOT NULL OR ", was_opened!(),
                       ") ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// Roll calls of a school between two times.
    LIST_OF_SCHOOL = concat!(listed!(), "WHERE slot.school = $1 AND slot.starts_at >= $2 \
                      AND slot.starts_at < $3 AND slot.cancelled_at IS NULL AND (roll_call.slot IS NOT NULL OR ", was_opened!(),
                      ") ORDER BY slot.starts_at, class_group.name, slot.id", lessons_max!());
    /// Roll calls of a teacher that nobody validated.
    LIST_WAITING_OF_TEACHER = concat!(listed!(), "WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 \
                       AND slot.starts_at < $3 AND slot.cancelled_at IS NULL AND roll_call.validated_at IS NULL \
                       AND (roll_call.slot IS NOT NULL OR ", was_opened!(), ") ORDER BY slot.starts_at DESC, slot.id", lessons_max!());
    /// Roll calls of a school that nobody validated.
    LIST_WAITING_OF_SCHOOL = concat!(listed!(), "WHERE slot.school = $1 AND slot.starts_at >= $2 \
                      AND slot.starts_at < $3 AND slot.cancelled_at IS NULL AND roll_call.validated_at IS NULL \
                      AND (roll_call.slot IS NOT NULL OR ", was_opened!(), ") ORDER BY slot.starts_at DESC, slot.id", lessons_max!());
}

/// A roll call of a list.
pub(super) struct Listed {
    pub planned: Planned,
    pub validated_at: Option<Time>,
    pub absent: i64,
    pub late: i64,
}

/// A roll call and what is known of its lesson from the log.
pub(super) struct Loaded {
    pub roll: Roll,
    pub was_opened: bool,
    pub has_ended: bool,
}

/// Puts a roll call together: roster, log, and what was stored.
pub(super) async fn load(store: &Store, planned: &Planned, now: Time) -> Result<Loaded, Error> {
    let slot = planned.slot;
    let mut pupils: Vec<Pupil> = store.rows(LIST_PUPILS, &params![planned.group]).await?;
    pupils.sort_by(|one, other| one.sort_key.cmp(&other.sort_key));
    let stored: Vec<Stored> = store.rows(LIST_ENTRIES, &params![slot]).await?;
    let log = load_log(store, slot).await?;
    let mut enrolled: Vec<Enrolled> = pupils.into_iter().map(|pupil| pupil.enrolled).collect();
    let mut entries: BTreeMap<PersonId, Vec<Entry>> = BTreeMap::new();
    for Stored { pupil, entry } in stored {
        // Who left the group since still has their entries.
        if enrolled.iter().all(|known| known.person != pupil.person) {
            enrolled.push(pupil.clone());
        }
        entries.entry(pupil.person).or_default().push(entry);
    }
    let plan = plan(planned, enrolled);
    let seen = attendance(&plan, &log, now);
    let lines = plan.pupils.into_iter().zip(seen).map(|(pupil, seen)| Line {
        entries: entries.remove(&pupil.person).unwrap_or_default(),
        name: pupil.name,
        seen,
    });
    let head: Option<Head> = store.row(FIND_ROLL, &params![slot]).await?;
    let Head { version, validated } = head.unwrap_or_default();
    Ok(Loaded {
        roll: Roll { version, validated, lines: lines.collect() },
        was_opened: log.iter().any(|entry| matches!(entry.event, Event::Opened { .. })),
        has_ended: log.iter().any(|entry| matches!(entry.event, Event::Ended { .. })),
    })
}

/// Writes what a form comes to; a conflict when somebody was faster.
pub(super) async fn write(
    context: &Context,
    slot: SlotId,
    by: PersonId,
    (version, act): (i64, Act),
    changes: &[Change],
) -> Result<(), Error> {
    let now = context.clock.now();
    let (validated_by, validated_at) = (act == Act::Validate).then_some((by, now)).unzip();
    let mut batch = Batch::new();
    batch.expect_row(EXPECT_HELD, params![slot]);
    if version == 0 {
        batch.expect(1, INSERT_ROLL, params![slot, validated_by, validated_at]);
    } else {
        batch.expect(1, RAISE_ROLL, params![slot, version, validated_by, validated_at]);
    }
    for change in changes {
        match *change {
            Change::Wrong(entry) => {
                batch.expect(1, MARK_WRONG, params![by, now, entry]);
            }
            Change::Add { pupil, mark, by_hand, is_wrong } => {
                let (id, (word, minutes)) = (context.entropy.id(), mark.word());
                let made_by = by_hand.then_some(by);
                let (wrong_by, wrong_at) = is_wrong.then_some((by, now)).unzip();
                let row = params![id, slot, pupil, word, minutes, made_by, now, wrong_by, wrong_at];
                batch.expect(1, INSERT_ENTRY, row);
            }
        }
    }
    context.store.apply(batch).await
}

struct Pupil {
    enrolled: Enrolled,
    sort_key: (String, String),
}

struct Stored {
    pupil: Enrolled,
    entry: Entry,
}

#[derive(Default)]
struct Head {
    version: i64,
    validated: Option<Validated>,
}

async fn load_log(store: &Store, slot: SlotId) -> Result<Vec<lesson::Entry>, Error> {
    let rows: Vec<(i64, Time, String)> = store.rows(LIST_LOG, &params![slot]).await?;
    rows.into_iter()
        .map(|(seq, at, body)| {
            let event = serde_json::from_str(&body)
                .map_err(|error| Error::Other(format!("entry {seq} of lesson {slot}: {error}")))?;
            Ok(lesson::Entry { seq: seq.unsigned_abs(), at, event })
        })
        .collect()
}

fn plan(planned: &Planned, pupils: Vec<Enrolled>) -> Plan {
    let lead = |named: &Named| Enrolled { person: named.person, name: named.name.clone() };
    Plan {
        slot: planned.slot,
        starts_at: planned.starts_at,
        ends_at: planned.ends_at,
        is_cancelled: planned.is_cancelled,
        leads: [Some(&planned.teacher), planned.substitute.as_ref()]
            .into_iter()
            .flatten()
            .map(lead)
            .collect(),
        pupils,
    }
}

/// Family name first, as on a list: columns `first` to `first + 2`.
fn enrolled(row: &Row<'_>, first: usize) -> Result<Enrolled, Error> {
    let (given, family) = (row.text(first + 1)?, row.text(first + 2)?);
    Ok(Enrolled { person: row.id(first)?, name: format!("{} {}", short(&family), short(&given)) })
}

impl FromRow for Pupil {
    fn from_row(row: &Row<'_>) -> Result<Pupil, Error> {
        let sort_key = (sort_key(&row.text(2)?), sort_key(&row.text(1)?));
        Ok(Pupil { enrolled: enrolled(row, 0)?, sort_key })
    }
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Stored, Error> {
        let (word, minutes) = (row.text(1)?, row.int(2)?);
        let mark = u32::try_from(minutes).ok().and_then(|minutes| Mark::from_word(&word, minutes));
        let entry = Entry {
            id: row.int(0)?,
            mark: mark.ok_or_else(|| Error::Other(format!("there is no mark {word} {minutes}")))?,
            by: Named::find_in(row, 8)?.map(|maker| maker.name),
            at: row.time(3)?,
            wrong_at: row.opt_time(4)?,
        };
        Ok(Stored { pupil: enrolled(row, 5)?, entry })
    }
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Head, Error> {
        let by = Named::find_in(row, 2)?.map(|person| person.name).unwrap_or_default();
        let validated = row.opt_time(1)?.map(|at| Validated { by, at });
        Ok(Head { version: row.int(0)?, validated })
    }
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Listed, Error> {
        Ok(Listed {
            planned: Planned::from_row(row)?,
            validated_at: row.opt_time(PLANNED_COLUMNS)?,
            absent: row.int(PLANNED_COLUMNS + 1)?,
            late: row.int(PLANNED_COLUMNS + 2)?,
        })
    }
}
