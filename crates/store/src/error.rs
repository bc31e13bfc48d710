//! What can go wrong. A row that is not there is `None`, never an error.

use std::path::PathBuf;

/// Why a read or a batch did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A guard did not hold, or a key was taken: somebody else was faster.
    /// The whole batch is undone; read again, then decide again.
    #[error("the data changed in the meantime")]
    Conflict,
    /// The database can't answer now: the disk is full or read-only, the queue
    /// of writes is full. Nothing was applied; the same batch may work later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A fault of the program or of the data: a statement that does not
    /// compile, a column of another type.
    #[error("the database refused: {0}")]
    Other(String),
}

/// Why a data folder was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer version of the program.
    #[error(
        "the data folder {} was written by a newer version of Préau (its schema is {found}, this program knows \
         {known}); start that version, or use another folder", folder.display()
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// Schema version in the folder.
        found: i64,
        /// Newest schema version of this program.
        known: i64,
    },
    /// The folder or its files can't be created or written.
    #[error(
        "the data folder {} cannot be written ({reason}); check its path, its rights and the free space",
        folder.display()
    )]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// What the system answered.
        reason: String,
    },
    /// Another process serves this folder.
    #[error(
        "the data folder {} is in use by another Préau; stop it first, or use another folder",
        folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// `preau.db` is not a whole database.
    #[error("the database in {} is damaged ({reason}); restore the folder from a backup", folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What was found.
        reason: String,
    },
    /// `preau.db` is missing or another program's.
    #[error("the folder {} does not hold a Préau database; choose another folder", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
}
