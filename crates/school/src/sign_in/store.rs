//! What signing in reads and writes, beside the card itself.

use base::{PersonId, Time};
use store::{Error, FromRow, Row};

use super::rules::Terms;
use crate::cards::Holder;
use crate::web::short;

store::statements! {
    /// Who signs in by a login, and the hash of their password.
    FIND_BY_LOGIN = "SELECT id, school, role, card_epoch, lang, password FROM person WHERE login = $1";
    /// A card link and whose card it is.
    FIND_LINK = "SELECT card_link.id, card_link.reusable, card_link.expires_at, card_link.spent_at, \
                 person.id, person.school, person.role, person.card_epoch, person.lang, \
                 person.given_name, person.family_name \
                 FROM card_link JOIN person ON person.id = card_link.person WHERE card_link.secret_hash = $1";
    /// Spends a one-time link: of two devices at once, one wins.
    SPEND_LINK = "UPDATE card_link SET spent_at = $1 WHERE id = $2 AND spent_at IS NULL AND reusable = 0";
}

/// Who has a login.
pub(super) struct Account {
    pub holder: Holder,
    pub password: Option<String>,
}

/// A card link as it was found.
pub(super) struct Link {
    pub id: i64,
    pub terms: Terms,
    pub holder: Holder,
    pub name: String,
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Account, Error> {
        Ok(Account { holder: Holder::from_columns(row, 0)?, password: row.opt_text(5)? })
    }
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Link, Error> {
        let spent_at: Option<Time> = row.opt_time(3)?;
        let person: PersonId = row.id(4)?;
        Ok(Link {
            id: row.int(0)?,
            terms: Terms {
                person,
                is_reusable: row.bool(1)?,
                expires_at: row.time(2)?,
                is_spent: spent_at.is_some(),
            },
            holder: Holder::from_columns(row, 4)?,
            name: short(&format!("{} {}", row.text(9)?, row.text(10)?)).into_owned(),
        })
    }
}
