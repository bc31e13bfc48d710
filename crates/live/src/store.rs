//! What the live class reads and writes: the plan of a lesson, and its log.

use std::collections::BTreeSet;

use base::clock::HOUR_MS;
use base::{GroupId, PersonId, SlotId, Time};
use lesson::{Enrolled, Entry, Event, Lesson, Plan, Status};
use store::{Batch, Error, FromRow, Row, Store, params};

use crate::link::Loaded;

store::statements! {
    /// A slot by its id.
    FIND_SLOT = "SELECT teacher, substitute, group_id, starts_at, ends_at, cancelled_at FROM slot WHERE id = $1";
    /// The teacher and the substitute of a slot.
    LIST_LEADS = "SELECT id, given_name, family_name FROM person WHERE id = $1 OR id = $2";
    /// The pupils of a group.
    LIST_PUPILS = "SELECT p.id, p.given_name, p.family_name FROM member m JOIN person p ON p.id = m.person \
        WHERE m.group_id = $1 AND p.role = 'pupil' ORDER BY p.family_name, p.given_name";
    /// The log of a lesson.
    LIST_LOG = "SELECT seq, at, body FROM lesson_event WHERE slot = $1 ORDER BY seq";
    /// One more entry of a log.
    APPEND_LOG = "INSERT INTO lesson_event (slot, seq, at, body) VALUES ($1, $2, $3, $4)";
    /// Lessons whose slot is near.
    LIST_RECENT = "SELECT DISTINCT s.id FROM slot s JOIN lesson_event e ON e.slot = s.id AND e.seq = 1 \
        WHERE s.ends_at > $1 AND s.starts_at < $2";
    /// A guest link that opens the lesson now.
    FIND_GUEST_LINK = "SELECT id FROM guest_link WHERE slot = $1 AND revoked_at IS NULL AND expires_at > $2";
}

struct SlotRow {
    teacher: PersonId,
    substitute: Option<PersonId>,
    group: GroupId,
    starts_at: Time,
    ends_at: Time,
    is_cancelled: bool,
}

impl FromRow for SlotRow {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(SlotRow {
            teacher: row.id(0)?,
            substitute: row.opt_id(1)?,
            group: row.id(2)?,
            starts_at: row.time(3)?,
            ends_at: row.time(4)?,
            is_cancelled: row.opt_time(5)?.is_some(),
        })
    }
}

struct EnrolledRow(Enrolled);

impl FromRow for EnrolledRow {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (given, family) = (row.text(1)?, row.text(2)?);
        Ok(EnrolledRow(Enrolled { person: row.id(0)?, name: format!("{given} {family}") }))
    }
}

/// The plan of a lesson, or `None` when there is no such slot.
pub(crate) async fn find_plan(store: &Store, slot: SlotId) -> Result<Option<Plan>, Error> {
    let Some(row) = store.row::<SlotRow>(FIND_SLOT, &params![slot]).await? else { return Ok(None) };
    let leads: Vec<EnrolledRow> =
        store.rows(LIST_LEADS, &params![row.teacher, row.substitute.unwrap_or(row.teacher)]).await?;
    let pupils: Vec<EnrolledRow> = store.rows(LIST_PUPILS, &params![row.group]).await?;
    Ok(Some(Plan {
        slot,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        is_cancelled: row.is_cancelled,
        leads: leads.into_iter().map(|row| row.0).collect(),
        pupils: pupils.into_iter().map(|row| row.0).collect(),
    }))
}

/// The log of a lesson, in order.
pub(crate) async fn load_log(store: &Store, slot: SlotId) -> Result<Vec<Entry>, Error> {
    let rows: Vec<(i64, Time, String)> = store.rows(LIST_LOG, &params![slot]).await?;
    rows.into_iter()
        .map(|(seq, at, body)| {
            let event: Event = serde_json::from_str(&body)
                .map_err(|error| Error::Other(format!("entry {seq} of lesson {slot}: {error}")))?;
            Ok(Entry { seq: seq.unsigned_abs(), at, event })
        })
        .collect()
}

/// All that the store knows of a lesson.
pub(crate) async fn find_lesson(store: &Store, slot: SlotId) -> Result<Option<Loaded>, Error> {
    let Some(plan) = find_plan(store, slot).await? else { return Ok(None) };
    Ok(Some(Loaded { plan, log: load_log(store, slot).await? }))
}

/// The statuses of the lessons that may be held now, for the pages after a restart.
pub(crate) async fn statuses(store: &Store, now: Time) -> Result<Vec<(SlotId, Status)>, Error> {
    let near: Vec<SlotId> = store.rows(LIST_RECENT, &params![now - 12 * HOUR_MS, now + HOUR_MS]).await?;
    let mut statuses = Vec::new();
    for slot in near.into_iter().collect::<BTreeSet<_>>() {
        if let Some(Loaded { plan, log }) = find_lesson(store, slot).await? {
            statuses.push((slot, Lesson::recover(plan, &log, now).status()));
        }
    }
    Ok(statuses)
}

/// Whether a guest link opens the lesson at `now`.
pub(crate) async fn are_guests_welcome(store: &Store, slot: SlotId, now: Time) -> Result<bool, Error> {
    Ok(store.row::<i64>(FIND_GUEST_LINK, &params![slot, now]).await?.is_some())
}

/// The batch that appends entries to a log.
pub(crate) fn append<'a>(slot: SlotId, entries: impl Iterator<Item = &'a Entry>) -> Batch {
    let mut batch = Batch::new();
    for entry in entries {
        // Events are our own plain data: they always serialise.
        let body = serde_json::to_string(&entry.event).unwrap_or_default();
        let seq = i64::try_from(entry.seq).unwrap_or(i64::MAX);
        batch.expect(1, APPEND_LOG, params![slot, seq, entry.at, body]);
    }
    batch
}
