//! Values bound to the parameters of a statement.

use base::{DeviceId, GroupId, PersonId, SchoolId, SlotId, SubjectId, Time};

/// One bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A `BIGINT`: numbers, ids, times, booleans as 0 and 1.
    Int(i64),
    /// A `TEXT`.
    Text(String),
    /// A `BLOB`.
    Blob(Vec<u8>),
}

/// An id newtype, as it is bound and read.
pub trait Id: Copy {
    /// The id of a number in the database.
    fn from_raw(raw: i64) -> Self;
    /// The number in the database.
    fn raw(self) -> i64;
}

/// Builds the parameters of a statement from anything that is a [`Value`]:
/// `&params![slot, now, "name"]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

macro_rules! ids {
    ($($name:ident),+) => {$(
        impl Id for $name {
            fn from_raw(raw: i64) -> Self {
                $name(raw)
            }

            fn raw(self) -> i64 {
                self.0
            }
        }

        impl From<$name> for Value {
            fn from(id: $name) -> Value {
                Value::Int(id.0)
            }
        }
    )+};
}

ids!(PersonId, SchoolId, DeviceId, GroupId, SubjectId, SlotId);

macro_rules! small_integers {
    ($($name:ty),+) => {$(
        impl From<$name> for Value {
            fn from(number: $name) -> Value {
                Value::Int(i64::from(number))
            }
        }
    )+};
}

small_integers!(i64, i32, u32, u16, u8, bool);

impl From<Time> for Value {
    fn from(time: Time) -> Value {
        Value::Int(time.0)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
