//! Typed reads of one row, by position.

use base::{DeviceId, GroupId, PersonId, SchoolId, SlotId, SubjectId, Time};

use crate::{Error, Id};

/// One row of an answer, valid while it is being read.
pub struct Row<'a> {
    pub(crate) inner: &'a rusqlite::Row<'a>,
}

/// What one row is turned into.
pub trait FromRow: Sized {
    /// Reads the row; [`Error::Other`] when a column is of another type.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

/// What one column is turned into.
pub trait FromColumn: Sized {
    /// Reads the column at `index`, counted from 0.
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self, Error>;
}

impl Row<'_> {
    /// A `BIGINT`.
    pub fn int(&self, index: usize) -> Result<i64, Error> {
        self.column(index)
    }

    /// A `TEXT`.
    pub fn text(&self, index: usize) -> Result<String, Error> {
        self.column(index)
    }

    /// A `BLOB`.
    pub fn blob(&self, index: usize) -> Result<Vec<u8>, Error> {
        self.column(index)
    }

    /// A `BIGINT` that may be NULL.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>, Error> {
        self.column(index)
    }

    /// A `TEXT` that may be NULL.
    pub fn opt_text(&self, index: usize) -> Result<Option<String>, Error> {
        self.column(index)
    }

    /// A `BLOB` that may be NULL.
    pub fn opt_blob(&self, index: usize) -> Result<Option<Vec<u8>>, Error> {
        self.column(index)
    }

    /// A `BIGINT` that is 0 or not.
    pub fn bool(&self, index: usize) -> Result<bool, Error> {
        self.int(index).map(|number| number != 0)
    }

    /// A time.
    pub fn time(&self, index: usize) -> Result<Time, Error> {
        self.int(index).map(Time)
    }

    /// A time that may be NULL.
    pub fn opt_time(&self, index: usize) -> Result<Option<Time>, Error> {
        Ok(self.opt_int(index)?.map(Time))
    }

    /// An id.
    pub fn id<T: Id>(&self, index: usize) -> Result<T, Error> {
        self.int(index).map(T::from_raw)
    }

    /// An id that may be NULL.
    pub fn opt_id<T: Id>(&self, index: usize) -> Result<Option<T>, Error> {
        Ok(self.opt_int(index)?.map(T::from_raw))
    }

    fn column<T: rusqlite::types::FromSql>(&self, index: usize) -> Result<T, Error> {
        self.inner.get(index).map_err(|error| Error::Other(format!("column {index}: {error}")))
    }
}

macro_rules! columns {
    ($($name:ty => $read:ident),+ $(,)?) => {$(
        impl FromColumn for $name {
            fn from_column(row: &Row<'_>, index: usize) -> Result<Self, Error> {
                row.$read(index)
            }
        }

        impl FromRow for $name {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                row.$read(0)
            }
        }
    )+};
}

columns! {
    i64 => int,
    bool => bool,
    String => text,
    Vec<u8> => blob,
    Time => time,
    Option<i64> => opt_int,
    Option<String> => opt_text,
    Option<Vec<u8>> => opt_blob,
    Option<Time> => opt_time,
    PersonId => id,
    SchoolId => id,
    DeviceId => id,
    GroupId => id,
    SubjectId => id,
    SlotId => id,
    Option<PersonId> => opt_id,
    Option<GroupId> => opt_id,
    Option<SlotId> => opt_id,
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))+) => {$(
        impl<$($name: FromColumn),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                Ok(($($name::from_column(row, $index)?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
