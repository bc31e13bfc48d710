//! The signing keys of cards and passes, kept in the database.
//!
//! The newest key that is not retired signs; older ones that are not retired
//! are still accepted. The first start makes the first key.

use base::token::{Key, Keyring};
use base::{Clock, Entropy};
use store::{Batch, Error, Store, params};

store::statements! {
    /// Keys in use, newest first.
    LIST_KEYS = "SELECT id, secret FROM signing_key WHERE retired_at IS NULL ORDER BY created_at DESC, id DESC";
    /// A key.
    INSERT_KEY = "INSERT INTO signing_key (id, secret, created_at, retired_at) VALUES ($1, $2, $3, NULL)";
}

/// Reads the signing keys; makes the first one if there is none.
pub async fn load_keys(store: &Store, clock: &Clock, entropy: &Entropy) -> Result<Keyring, Error> {
    let mut keys = read(store).await?;
    if keys.is_empty() {
        let mut batch = Batch::new();
        batch.expect(1, INSERT_KEY, params![1, entropy.bytes::<32>(), clock.now()]);
        match store.apply(batch).await {
            // Somebody else made it at the same moment: theirs is read below.
            Ok(()) | Err(Error::Conflict) => keys = read(store).await?,
            Err(error) => return Err(error),
        }
    }
    let (current, older) = keys.split_first().ok_or_else(|| Error::Other("no signing key".into()))?;
    Ok(Keyring::new(current, older))
}

async fn read(store: &Store) -> Result<Vec<Key>, Error> {
    let rows: Vec<(i64, Vec<u8>)> = store.rows(LIST_KEYS, &[]).await?;
    rows.into_iter()
        .map(|(id, secret)| {
            let (Ok(id), Ok(secret)) = (u8::try_from(id), secret.try_into()) else {
                return Err(Error::Other(format!("signing key {id} is not one of ours")));
            };
            Ok(Key { id, secret })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Time;
    use base::{Card, DeviceId, PersonId, Role, SchoolId};

    #[tokio::test]
    async fn the_first_key_is_made_once_and_kept() {
        let store = Store::temporary().unwrap();
        let (clock, entropy) = (Clock::mock(Time(1_000)), Entropy::system());
        let first = load_keys(&store, &clock, &entropy).await.unwrap();
        let second = load_keys(&store, &clock, &entropy).await.unwrap();
        let card = Card {
            person: PersonId(1),
            school: SchoolId(1),
            device: DeviceId(1),
            role: Role::Pupil,
            epoch: 0,
            issued_at: Time(1_000),
        };
        assert_eq!(Card::open(&second, &card.seal(&first), Time(2_000)), Ok(card));
    }
}
