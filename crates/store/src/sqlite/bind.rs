//! Binds `$N` parameters, and turns SQLite's errors into ours.
//!
//! To SQLite `$2` is a name, numbered by first appearance; here it is the
//! second value, wherever it stands in the text.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, Statement, ffi};

use crate::{Error, Value};

/// Binds the values; the statement must use each one.
pub(super) fn params(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), Error> {
    let count = statement.parameter_count();
    if count != values.len() {
        return Err(Error::Other(format!("{} values for {count} parameters", values.len())));
    }
    for index in 1..=count {
        let value = values.get(number(statement, index)? - 1).ok_or_else(gap)?;
        statement.raw_bind_parameter(index, value).map_err(error)?;
    }
    Ok(())
}

/// Checks that the parameters are `$1` to `$N` without a gap.
pub(super) fn check(statement: &Statement<'_>) -> Result<(), Error> {
    let count = statement.parameter_count();
    for index in 1..=count {
        if number(statement, index)? > count {
            return Err(gap());
        }
    }
    Ok(())
}

/// What an error of SQLite means to the caller.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn error(error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, _) = &error else {
        return Error::Other(error.to_string());
    };
    match failure.code {
        ErrorCode::ConstraintViolation => match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::Conflict,
            _ => Error::Other(error.to_string()),
        },
        ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory => Error::Unavailable(error.to_string()),
        _ => Error::Other(error.to_string()),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn number(statement: &Statement<'_>, index: usize) -> Result<usize, Error> {
    statement
        .parameter_name(index)
        .and_then(|name| name.strip_prefix('$')?.parse().ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| Error::Other("parameters are $1, $2 and so on".into()))
}

fn gap() -> Error {
    Error::Other("the parameters have a gap".into())
}
