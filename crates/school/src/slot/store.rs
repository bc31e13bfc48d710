//! What a slot's page reads and writes. Guards repeat what the rules found, so
//! that of two people at once one is told.

use base::PersonId;
use store::{Error, FromRow, Row};

use crate::planned::{Named, PLANNED_COLUMNS, Planned, planned_columns, planned_joins};

/// A teacher of the slot's school is free: no other lesson at that hour, as
/// teacher or as substitute. `$1` school, `$2` slot, `$3` to `$4` its hours,
/// `$5` since when lessons may still be on.
macro_rules! free_teachers {
    () => {
        "SELECT person.id, person.given_name, person.family_name FROM person \
         WHERE person.school = $1 AND person.role = 'teacher' AND NOT EXISTS (SELECT 1 FROM slot AS other \
         WHERE other.school = $1 AND other.id <> $2 AND other.cancelled_at IS NULL AND other.starts_at >= $5 \
         AND other.starts_at < $4 AND other.ends_at > $3 \
         AND (other.teacher = person.id OR other.substitute = person.id))"
    };
}

store::statements! {
    /// A slot of a school, with the number of its pupils.
    FIND_SLOT = concat!("SELECT ", planned_columns!(), ", (SELECT count(*) FROM member JOIN person ON person.id = member.person \
                 WHERE member.group_id = slot.group_id AND person.role = 'pupil') FROM slot", planned_joins!(),
                 "WHERE slot.id = $1 AND slot.school = $2");
    /// Teachers who are free at the hours of a slot.
    LIST_FREE_TEACHERS = concat!(free_teachers!(), " ORDER BY person.family_name, person.given_name, person.id LIMIT $6");
    /// One teacher, if they are free at the hours of a slot.
    FIND_FREE_TEACHER = concat!(free_teachers!(), " AND person.id = $6");
    /// A teacher of a school.
    FIND_TEACHER = "SELECT id FROM person WHERE id = $1 AND school = $2 AND role = 'teacher'";
    /// Sets or clears the substitute, if it is still the one that the page showed; 0 is nobody.
    SET_SUBSTITUTE = "UPDATE slot SET substitute = $1 WHERE id = $2 AND school = $3 AND cancelled_at IS NULL \
                      AND COALESCE(substitute, 0) = $4";
    /// Cancels a slot that has not begun.
    CANCEL_SLOT = "UPDATE slot SET cancelled_at = $1 WHERE id = $2 AND school = $3 AND cancelled_at IS NULL AND starts_at > $1";
    /// Restores a slot that is not over.
    RESTORE_SLOT = "UPDATE slot SET cancelled_at = NULL WHERE id = $1 AND school = $2 AND cancelled_at IS NOT NULL \
                    AND ends_at > $3";
    /// Another lesson at the hours of a slot that has its group, its teacher or its substitute.
    FIND_CLASH = "SELECT other.id FROM slot JOIN slot AS other ON other.school = slot.school \
                  AND other.id <> slot.id AND other.cancelled_at IS NULL AND other.starts_at >= $2 \
                  AND other.starts_at < slot.ends_at AND other.ends_at > slot.starts_at \
                  AND (other.group_id = slot.group_id \
                  OR other.teacher = COALESCE(slot.substitute, slot.teacher) \
                  OR other.substitute = COALESCE(slot.substitute, slot.teacher)) WHERE slot.id = $1";
}

/// A slot, as its page shows it.
pub(super) struct Found {
    pub planned: Planned,
    pub pupils: i64,
}

/// A teacher who may be chosen.
pub(super) struct Free(pub Named);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Found, Error> {
        Ok(Found { planned: Planned::from_row(row)?, pupils: row.int(PLANNED_COLUMNS)? })
    }
}

impl FromRow for Free {
    fn from_row(row: &Row<'_>) -> Result<Free, Error> {
        let person: PersonId = row.id(0)?;
        Ok(Free(Named { person, name: Named::full_name(&row.text(1)?, &row.text(2)?) }))
    }
}
