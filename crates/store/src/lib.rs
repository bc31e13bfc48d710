//! Reads and atomic batches of writes over one SQL database.
//!
//! Invariants: a [`Batch`] is applied whole or not at all; [`Store::apply`]
//! answers `Ok` only when the batch would survive `kill -9` or a power cut.
//! There is no interactive transaction: a change that depends on what was read
//! carries guards, and meets [`Error::Conflict`] when the data moved on.
//!
//! SQL text is portable: parameters are `$1`, `$2`…, every value is bound by the
//! program. The engine is SQLite, in `sqlite/`; no other module names it.

mod batch;
mod error;
mod limits;
mod row;
mod sqlite;
mod statements;
mod value;

pub use batch::Batch;
pub use error::{Error, OpenError};
pub use limits::{GROUP_BATCHES_MAX, READERS_KEPT_MAX, WRITE_QUEUE_BATCHES_MAX};
pub use row::{FromColumn, FromRow, Row};
pub use sqlite::{DATABASE_FILE, Store};
pub use value::{Id, Value};
