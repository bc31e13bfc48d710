//! Brings the schema up to date, one numbered migration after the other, each
//! in a transaction of its own. A database ahead of the program is refused.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::folder::{APPLICATION_ID, refused};
use crate::OpenError;

/// Every migration, in order; the number of one is its place, from 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("first_landing", include_str!("../../migrations/sqlite/0001_first_landing.sql")),
    ("slot_by_start", include_str!("../../migrations/sqlite/0002_slot_by_start.sql")),
    ("lever", include_str!("../../migrations/sqlite/0003_lever.sql")),
];

/// Applies the migrations that the database has not seen.
pub(super) fn run(folder: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let sql = |error: rusqlite::Error| refused(folder, &error);
    let Some(done) = done(connection).map_err(sql)? else {
        return Err(OpenError::NotOurs { folder: folder.to_owned() });
    };
    check(folder, done)?;
    for ((name, text), version) in MIGRATIONS.iter().zip(1..).filter(|(_, version)| *version > done) {
        let transaction = connection.transaction().map_err(sql)?;
        apply(&transaction, version, name, text).map_err(sql)?;
        transaction.commit().map_err(sql)?;
    }
    // The version must stand in the file itself, where a look without opening finds it.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sql)
}

/// Refuses a schema newer than the newest migration.
pub(super) fn check(folder: &Path, found: i64) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { folder: folder.to_owned(), found, known });
    }
    Ok(())
}

/// Whether a schema is this program's own.
pub(super) fn is_newest(found: i64) -> bool {
    i64::try_from(MIGRATIONS.len()) == Ok(found)
}

/// The number of the last migration applied, 0 in a new database; `None` when
/// somebody else's tables are there.
fn done(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !connection.table_exists(None, "schema_version")? {
        let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0))?;
        return Ok((tables == 0).then_some(0));
    }
    connection
        .query_row("SELECT COALESCE(MAX(version), 0) FROM schema_version", [], |row| row.get(0))
        .map(Some)
}

fn apply(transaction: &Transaction<'_>, version: i64, name: &str, text: &str) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    )?;
    transaction.execute_batch(text)?;
    transaction.execute("INSERT INTO schema_version (version, name) VALUES (?1, ?2)", (version, name))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)
}
