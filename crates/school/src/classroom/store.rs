//! The lesson behind a class page, and its guest links, of which only a hash is kept.

use base::{Entropy, GroupId, PersonId, SchoolId, SlotId, Time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::{Batch, Error, FromRow, Row, Store, params};

use super::rules;
use crate::planned::{PLANNED_COLUMNS, Planned, planned_columns, planned_joins};

store::statements! {
    /// A lesson of one school, with that school's name and time zone.
    FIND_LESSON = concat!("SELECT ", planned_columns!(), ", school.name, school.time_zone FROM slot", planned_joins!(),
        "JOIN school ON school.id = slot.school WHERE slot.id = $1 AND slot.school = $2");
    /// Whether somebody is in a group.
    IS_ENROLLED = "SELECT 1 FROM member WHERE group_id = $1 AND person = $2";
    /// When the live guest link of a lesson runs out.
    FIND_LIVE_LINK = "SELECT expires_at FROM guest_link WHERE slot = $1 AND revoked_at IS NULL AND expires_at > $2";
    /// The lesson that a live guest link opens.
    FIND_LESSON_BY_LINK = concat!("SELECT ", planned_columns!(), ", school.name, school.time_zone FROM guest_link \
        JOIN slot ON slot.id = guest_link.slot", planned_joins!(), "JOIN school ON school.id = slot.school \
        WHERE guest_link.secret_hash = $1 AND guest_link.revoked_at IS NULL AND guest_link.expires_at > $2");
    /// Revokes the guest links of a lesson.
    REVOKE_LINKS = "UPDATE guest_link SET revoked_at = $1 WHERE slot = $2 AND revoked_at IS NULL";
    /// A fresh guest link.
    INSERT_LINK = "INSERT INTO guest_link (id, slot, secret_hash, made_by, created_at, expires_at, revoked_at) \
        VALUES ($1, $2, $3, $4, $5, $6, NULL)";
}

/// A lesson as its class page needs it.
#[derive(Debug)]
pub(super) struct Found {
    pub planned: Planned,
    pub school_name: String,
    pub time_zone: String,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Found, Error> {
        Ok(Found {
            planned: Planned::from_row(row)?,
            school_name: row.text(PLANNED_COLUMNS)?,
            time_zone: row.text(PLANNED_COLUMNS + 1)?,
        })
    }
}

/// The lesson of a slot, if it is of this school.
pub(super) async fn find_lesson(
    store: &Store,
    slot: SlotId,
    school: SchoolId,
) -> Result<Option<Found>, Error> {
    store.row(FIND_LESSON, &params![slot, school]).await
}

/// The lesson that a guest link opens at `now`.
pub(super) async fn find_lesson_by_link(
    store: &Store,
    secret: &str,
    now: Time,
) -> Result<Option<Found>, Error> {
    store.row(FIND_LESSON_BY_LINK, &params![hash(secret), now]).await
}

/// Whether `person` is a member of `group`.
pub(super) async fn is_enrolled(store: &Store, group: GroupId, person: PersonId) -> Result<bool, Error> {
    Ok(store.row::<i64>(IS_ENROLLED, &params![group, person]).await?.is_some())
}

/// When the live guest link of a lesson runs out, if there is one.
pub(super) async fn find_live_link(store: &Store, slot: SlotId, now: Time) -> Result<Option<Time>, Error> {
    store.row(FIND_LIVE_LINK, &params![slot, now]).await
}

/// Makes the guest link of a lesson and revokes older ones; gives its secret.
pub(super) async fn make_link(
    store: &Store,
    entropy: &Entropy,
    planned: &Planned,
    made_by: PersonId,
    now: Time,
) -> Result<String, Error> {
    let secret = URL_SAFE_NO_PAD.encode(entropy.bytes::<16>());
    let until = rules::guests_until(planned);
    let link = params![entropy.id(), planned.slot, hash(&secret), made_by, now, until];
    let mut batch = Batch::new();
    batch.run(REVOKE_LINKS, params![now, planned.slot]).expect(1, INSERT_LINK, link);
    store.apply(batch).await?;
    Ok(secret)
}

/// Revokes the guest links of a lesson.
pub(super) async fn revoke_links(store: &Store, slot: SlotId, now: Time) -> Result<(), Error> {
    let mut batch = Batch::new();
    batch.run(REVOKE_LINKS, params![now, slot]);
    store.apply(batch).await
}

fn hash(secret: &str) -> Vec<u8> {
    blake3::hash(secret.as_bytes()).as_bytes().to_vec()
}
