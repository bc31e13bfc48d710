//! What the account page reads and writes, beside the devices.

use store::{Error, FromRow, Row};

store::statements! {
    /// How somebody signs in.
    FIND_ACCOUNT = "SELECT login, password FROM person WHERE id = $1";
    /// A new password, if the old one is still the one that was checked.
    SET_PASSWORD = "UPDATE person SET password = $1 WHERE id = $2 AND coalesce(password, '') = $3";
    /// The language of all devices of somebody.
    SET_LANG = "UPDATE person SET lang = $1 WHERE id = $2";
}

/// How somebody signs in.
pub(super) struct Account {
    pub login: Option<String>,
    pub password: Option<String>,
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Account, Error> {
        Ok(Account { login: row.opt_text(0)?, password: row.opt_text(1)? })
    }
}
