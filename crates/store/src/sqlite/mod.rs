//! SQLite behind the store: a data folder with one database in WAL mode.
//!
//! Reads run inline on the caller's thread, each on a connection of its own:
//! they take microseconds and never wait for a write. Writes go through one
//! thread with group commit. A lock file keeps a second server out.

mod bind;
mod folder;
mod migrate;
mod readers;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use crate::{Batch, Error, FromRow, OpenError, Row, Value};
pub use folder::DATABASE_FILE;
use folder::Folder;
use readers::Readers;
use writer::Writer;

/// An open database. Cloning is cheap and shares it; it closes with the last clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Dropped in this order: readers, then the writer, which is the last to
/// close the database, then the lock and a temporary folder.
struct Inner {
    readers: Readers,
    writer: Writer,
    _folder: Folder,
    _temporary: Option<tempfile::TempDir>,
}

impl Store {
    /// Opens the data folder, creates it if there is none, and brings its
    /// schema up to date.
    pub fn open(folder: &Path) -> Result<Store, OpenError> {
        Store::open_with(folder, Durability::Full, None)
    }

    /// Opens a data folder for a few writes while a server of this version may serve it: SQLite lets
    /// two processes write, one after the other. Creates and changes nothing by itself.
    pub fn open_beside(folder: &Path) -> Result<Store, OpenError> {
        let beside = Folder::beside(folder)?;
        let connection = folder::connect(folder, &beside.database(), Durability::Full)?;
        Store::start(beside, connection, None)
    }

    /// A new database in a temporary folder that goes away with the last
    /// clone. It is not flushed to the disk: for tests.
    pub fn temporary() -> Result<Store, OpenError> {
        let unwritable = |error: std::io::Error| OpenError::Unwritable {
            folder: std::env::temp_dir(),
            reason: error.to_string(),
        };
        let temporary = tempfile::Builder::new().prefix("preau-").tempdir().map_err(unwritable)?;
        let path = temporary.path().to_owned();
        Store::open_with(&path, Durability::None, Some(temporary))
    }

    /// Deletes the database of a folder: only one that is ours, and that
    /// nobody serves. Other files in the folder stay.
    pub fn remove(folder: &Path) -> Result<(), OpenError> {
        folder::remove(folder)
    }

    /// Every row that the query finds.
    pub async fn rows<T: FromRow>(&self, sql: &'static str, params: &[Value]) -> Result<Vec<T>, Error> {
        self.inner.readers.with(|connection| read(connection, sql, params, usize::MAX))
    }

    /// The first row that the query finds.
    pub async fn row<T: FromRow>(&self, sql: &'static str, params: &[Value]) -> Result<Option<T>, Error> {
        self.inner.readers.with(|connection| Ok(read(connection, sql, params, 1)?.pop()))
    }

    /// Applies the batch, whole or not at all; `Ok` when it is durable.
    ///
    /// When the caller gives up waiting, the batch may still be applied.
    pub async fn apply(&self, batch: Batch) -> Result<(), Error> {
        self.inner.writer.apply(batch).await
    }

    /// Checks that a statement compiles against the schema and that its
    /// parameters are `$1` to `$N` without a gap.
    pub async fn check(&self, sql: &str) -> Result<(), Error> {
        self.inner.readers.with(|connection| bind::check(&connection.prepare(sql).map_err(bind::error)?))
    }

    /// Writes what waits, folds the journal into the database and stops
    /// writing: any clone that applies a batch after that is refused.
    pub async fn close(self) {
        self.inner.writer.close().await;
    }

    fn open_with(
        path: &Path,
        durability: Durability,
        temporary: Option<tempfile::TempDir>,
    ) -> Result<Store, OpenError> {
        let folder = Folder::lock(path)?;
        let mut connection = folder::connect(path, &folder.database(), durability)?;
        migrate::run(path, &mut connection)?;
        Store::start(folder, connection, temporary)
    }

    fn start(
        folder: Folder,
        connection: Connection,
        temporary: Option<tempfile::TempDir>,
    ) -> Result<Store, OpenError> {
        let writer = Writer::start(connection).map_err(|error| folder.unwritable(&error))?;
        let readers = Readers::new(folder.database());
        let inner = Inner { readers, writer, _folder: folder, _temporary: temporary };
        Ok(Store { inner: Arc::new(inner) })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Full,
    None,
}

fn read<T: FromRow>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    rows_max: usize,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(bind::error)?;
    bind::params(&mut statement, params)?;
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while found.len() < rows_max
        && let Some(row) = rows.next().map_err(bind::error)?
    {
        found.push(T::from_row(&Row { inner: row })?);
    }
    Ok(found)
}
