//! The data folder: its lock, its files, and the first look at a database that
//! may not be ours, which changes nothing in it.
//!
//! The version is read from fixed bytes of the file's header: opening a
//! database with SQLite would already write beside it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Durability, migrate};
use crate::OpenError;
use crate::limits::{BUSY_WAIT_MS, STATEMENTS_KEPT_MAX};

/// Marks a SQLite file as ours: "PREA".
pub(super) const APPLICATION_ID: i32 = 0x5052_4541;

/// The file in a data folder that makes it one of ours.
pub const DATABASE_FILE: &str = "preau.db";
const LOCK: &str = "preau.lock";

/// The file format of SQLite, section 1.3: magic, then big-endian fields.
const HEADER_BYTES: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// A data folder that no other process serves while this value lives, unless it is beside one.
pub(super) struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

impl Folder {
    /// Creates the folder if there is none, refuses one that is not for this
    /// program, and keeps others out of it.
    pub(super) fn lock(path: &Path) -> Result<Folder, OpenError> {
        look(path)?;
        fs::create_dir_all(path).map_err(|error| unwritable(path, &error))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(|error| unwritable(path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path: path.to_owned(), _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unwritable(path, &error)),
        }
    }

    /// A folder that is ours and up to date, whoever serves it.
    pub(super) fn beside(path: &Path) -> Result<Folder, OpenError> {
        match look(path)? {
            Some(version) if migrate::is_newest(version) => Ok(Folder { path: path.to_owned(), _lock: None }),
            // A server of another version serves it.
            Some(_) => Err(OpenError::InUse { folder: path.to_owned() }),
            None => Err(OpenError::NotOurs { folder: path.to_owned() }),
        }
    }

    pub(super) fn unwritable(&self, error: &io::Error) -> OpenError {
        unwritable(&self.path, error)
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }
}

/// The writing connection, set up to be durable.
pub(super) fn connect(
    folder: &Path,
    database: &Path,
    durability: Durability,
) -> Result<Connection, OpenError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(database, flags)?;
        connection.busy_timeout(Duration::from_millis(BUSY_WAIT_MS))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT_MAX);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let synchronous = if durability == Durability::Full { "FULL" } else { "OFF" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        Ok(connection)
    };
    open().map_err(|error| refused(folder, &error))
}

/// Deletes our files of a folder, and the folder itself when nothing else is in it.
pub(super) fn remove(path: &Path) -> Result<(), OpenError> {
    if !path.join(DATABASE_FILE).is_file() {
        return Err(OpenError::NotOurs { folder: path.to_owned() });
    }
    let folder = Folder::lock(path)?;
    for name in ["preau.db-wal", "preau.db-shm", DATABASE_FILE, LOCK] {
        match fs::remove_file(path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(path, &error)),
            _ => {}
        }
    }
    drop(folder);
    // Fails when the folder holds something else, which stays.
    let _ = fs::remove_dir(path);
    Ok(())
}

/// What an error of SQLite means while a folder is being opened.
pub(super) fn refused(folder: &Path, error: &rusqlite::Error) -> OpenError {
    let (folder, reason) = (folder.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Damaged { folder, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { folder },
        Some(_) => OpenError::Unwritable { folder, reason },
        None => OpenError::Damaged { folder, reason },
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> OpenError {
    OpenError::Unwritable { folder: folder.to_owned(), reason: error.to_string() }
}

/// Refuses a database of another program, or of a newer version of this one; gives the version
/// of one that is there.
fn look(folder: &Path) -> Result<Option<i64>, OpenError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    match File::open(folder.join(DATABASE_FILE)) {
        Ok(file) => {
            let read = file.take(HEADER_BYTES as u64).read_to_end(&mut header);
            read.map_err(|error| unwritable(folder, &error))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unwritable(folder, &error)),
    };
    if header.is_empty() {
        return Ok(None);
    }
    if header.len() < HEADER_BYTES || !header.starts_with(MAGIC) {
        let reason = "it is not a database file".to_owned();
        return Err(OpenError::Damaged { folder: folder.to_owned(), reason });
    }
    let field = |at: usize| header[at..at + 4].iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    let (application_id, version) = (field(APPLICATION_ID_AT), field(USER_VERSION_AT));
    if application_id != i64::from(APPLICATION_ID) && (application_id, version) != (0, 0) {
        return Err(OpenError::NotOurs { folder: folder.to_owned() });
    }
    migrate::check(folder, version).map(|()| Some(version))
}
