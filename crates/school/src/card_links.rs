//! Card links: an address, or the QR code of one, that puts a person's card on
//! the device that opens it. The database keeps only the hash of the secret.
//!
//! Made by the account page, the printable sheets and the demonstration school;
//! opened by `sign_in`.

use base::{Entropy, PersonId, Time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::{Batch, params};

/// A link to make.
#[derive(Clone, Copy, Debug)]
pub struct CardLink {
    /// Whose card it puts on a device.
    pub person: PersonId,
    /// Who makes it; `None` for the program itself.
    pub made_by: Option<PersonId>,
    /// When it is made.
    pub created_at: Time,
    /// The last moment at which it opens.
    pub expires_at: Time,
    /// Opens any number of times (demonstration) instead of once.
    pub reusable: bool,
}

store::statements! {
    /// A fresh link.
    INSERT_LINK = "INSERT INTO card_link (id, secret_hash, person, made_by, created_at, expires_at, reusable, spent_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
    /// Voids the one-time links of a person that one maker made.
    SPEND_LINKS_MADE_BY = "UPDATE card_link SET spent_at = $1 \
                           WHERE person = $2 AND made_by = $3 AND spent_at IS NULL AND reusable = 0";
    /// Voids all one-time links of a person.
    SPEND_LINKS = "UPDATE card_link SET spent_at = $1 WHERE person = $2 AND spent_at IS NULL AND reusable = 0";
    /// Drops the links of a person that nobody will ask about any more.
    DELETE_DEAD_LINKS = "DELETE FROM card_link WHERE person = $1 AND expires_at < $2";
}

/// Adds `link` to `batch` and gives its path on the site: `/card/` and a
/// 128-bit secret, known to nobody else once the batch is applied.
pub fn add(batch: &mut Batch, entropy: &Entropy, link: &CardLink) -> String {
    let secret = URL_SAFE_NO_PAD.encode(entropy.bytes::<16>());
    batch.expect(
        1,
        INSERT_LINK,
        params![
            entropy.id(),
            secret_hash(&secret),
            link.person,
            link.made_by,
            link.created_at,
            link.expires_at,
            link.reusable,
        ],
    );
    format!("/card/{secret}")
}

/// How the database knows a secret.
pub(crate) fn secret_hash(secret: &str) -> Vec<u8> {
    blake3::hash(secret.as_bytes()).as_bytes().to_vec()
}
