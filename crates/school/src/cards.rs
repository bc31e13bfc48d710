//! Putting a card on a device, and voiding cards.
//!
//! Used by `sign_in`, `account` and `people`. Invariant: a card goes out only
//! after its device is durably written down, under the epoch that its person
//! still has; whoever is revoked in the database is revoked in memory too.

use base::limits::CARD_LIFE_MS;
use base::revoked::Revoked;
use base::{Card, DeviceId, Lang, PersonId, Role, SchoolId, Time};
use store::{Batch, Error, FromRow, Row, Store, params};

use crate::card_links::SPEND_LINKS;
use crate::context::{App, Context};
use crate::limits::DEVICES_MAX;

store::statements! {
    /// Still of that epoch.
    EXPECT_EPOCH = "SELECT 1 FROM person WHERE id = $1 AND card_epoch = $2";
    /// A device with a card.
    INSERT_DEVICE = "INSERT INTO device (id, person, label, created_at, revoked_at) VALUES ($1, $2, $3, $4, NULL)";
    /// Devices of a person that carry a card, newest first.
    LIST_DEVICES = "SELECT id, label, created_at FROM device \
                    WHERE person = $1 AND revoked_at IS NULL AND created_at > $2 ORDER BY created_at DESC, id";
    /// Revokes one device of a person.
    REVOKE_DEVICE = "UPDATE device SET revoked_at = $1 WHERE id = $2 AND person = $3 AND revoked_at IS NULL";
    /// Revokes all devices of a person.
    REVOKE_DEVICES = "UPDATE device SET revoked_at = $1 WHERE person = $2 AND revoked_at IS NULL";
    /// Voids every card of a person.
    RAISE_EPOCH = "UPDATE person SET card_epoch = card_epoch + 1 WHERE id = $1 AND card_epoch = $2";
    /// The epoch of a person's cards.
    FIND_EPOCH = "SELECT card_epoch FROM person WHERE id = $1";
    /// All epochs that void something.
    LIST_EPOCHS = "SELECT id, card_epoch FROM person WHERE card_epoch > 0";
    /// Devices that were revoked and are not forgotten yet.
    LIST_REVOKED_DEVICES = "SELECT id FROM device WHERE revoked_at IS NOT NULL";
    /// Forgets the devices of a person whose card is out of time anyway.
    DELETE_OLD_DEVICES = "DELETE FROM device WHERE person = $1 AND created_at < $2";
}

/// Somebody who is about to get a card, as the database knows them.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub person: PersonId,
    pub school: SchoolId,
    pub role: Role,
    pub epoch: u32,
    pub lang: Option<Lang>,
}

/// A device that carries a card.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub id: DeviceId,
    pub label: String,
    pub created_at: Time,
}

impl Holder {
    /// Reads `id, school, role, card_epoch, lang` from the column `first` on.
    pub(crate) fn from_columns(row: &Row<'_>, first: usize) -> Result<Holder, Error> {
        Ok(Holder {
            person: row.id(first)?,
            school: row.id(first + 1)?,
            role: role(&row.text(first + 2)?)?,
            epoch: u32::try_from(row.int(first + 3)?).map_err(|error| Error::Other(error.to_string()))?,
            lang: row.opt_text(first + 4)?.as_deref().and_then(Lang::from_tag),
        })
    }
}

impl FromRow for Device {
    fn from_row(row: &Row<'_>) -> Result<Device, Error> {
        Ok(Device { id: row.id(0)?, label: row.text(1)?, created_at: row.time(2)? })
    }
}

/// The role of a word in the database.
pub(crate) fn role(word: &str) -> Result<Role, Error> {
    Role::from_word(word).ok_or_else(|| Error::Other(format!("there is no role {word}")))
}

/// Writes a new device of `holder` down with whatever else is in `batch`, and
/// gives its card. The device's former card, `replaced`, is void from then on.
pub(crate) async fn issue(
    app: &App,
    holder: &Holder,
    label: String,
    replaced: Option<Card>,
    mut batch: Batch,
) -> Result<Card, Error> {
    let now = app.clock.now();
    let device = DeviceId(app.entropy.id());
    let mut revoked: Vec<(DeviceId, PersonId)> =
        replaced.into_iter().map(|card| (card.device, card.person)).collect();
    let devices = devices(app, holder.person).await?;
    let beyond = devices.into_iter().skip(DEVICES_MAX - 1);
    revoked.extend(beyond.map(|device| (device.id, holder.person)));
    batch.expect_row(EXPECT_EPOCH, params![holder.person, holder.epoch]);
    batch.run(DELETE_OLD_DEVICES, params![holder.person, now - CARD_LIFE_MS]);
    batch.expect(1, INSERT_DEVICE, params![device, holder.person, label, now]);
    for (old, person) in &revoked {
        batch.run(REVOKE_DEVICE, params![now, *old, *person]);
    }
    app.store.apply(batch).await?;
    for (old, _) in revoked {
        app.revoked.revoke_device(old);
    }
    Ok(Card {
        person: holder.person,
        school: holder.school,
        device,
        role: holder.role,
        epoch: holder.epoch,
        issued_at: now,
    })
}

/// Devices of `person` that carry a card, newest first.
pub(crate) async fn devices(context: &Context, person: PersonId) -> Result<Vec<Device>, Error> {
    let oldest = context.clock.now() - CARD_LIFE_MS;
    context.store.rows(LIST_DEVICES, &params![person, oldest]).await
}

/// Voids the card of one device of `person`; `false` when it carries none.
pub(crate) async fn revoke_device(
    context: &Context,
    person: PersonId,
    device: DeviceId,
) -> Result<bool, Error> {
    let mut batch = Batch::new();
    batch.expect(1, REVOKE_DEVICE, params![context.clock.now(), device, person]);
    match context.store.apply(batch).await {
        Ok(()) => context.revoked.revoke_device(device),
        Err(Error::Conflict) => return Ok(false),
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Voids every card and every one-time link of `person`, with whatever else is
/// in `batch`.
pub(crate) async fn revoke_all(context: &Context, person: PersonId, mut batch: Batch) -> Result<(), Error> {
    let now = context.clock.now();
    let epoch: Option<i64> = context.store.row(FIND_EPOCH, &params![person]).await?;
    let Some(epoch) = epoch.and_then(|epoch| u32::try_from(epoch).ok()) else { return Ok(()) };
    batch.expect(1, RAISE_EPOCH, params![person, epoch]);
    batch.run(REVOKE_DEVICES, params![now, person]);
    batch.run(SPEND_LINKS, params![now, person]);
    context.store.apply(batch).await?;
    context.revoked.set_epoch(person, epoch + 1);
    Ok(())
}

/// Reads the table of revocations.
pub async fn load_revoked(store: &Store) -> Result<Revoked, Error> {
    let revoked = Revoked::new();
    let epochs: Vec<(PersonId, i64)> = store.rows(LIST_EPOCHS, &[]).await?;
    for (person, epoch) in epochs {
        revoked.set_epoch(person, u32::try_from(epoch).unwrap_or(u32::MAX));
    }
    let devices: Vec<DeviceId> = store.rows(LIST_REVOKED_DEVICES, &[]).await?;
    devices.into_iter().for_each(|device| revoked.revoke_device(device));
    Ok(revoked)
}
