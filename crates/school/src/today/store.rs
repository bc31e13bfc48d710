//! What the day of each role reads. One prepared statement a question.

use base::PersonId;
use store::{Error, FromRow, Row};

use crate::planned::{PLANNED_COLUMNS, Planned, children_max, lessons_max, planned_columns, planned_joins};
use crate::web::short;

store::statements! {
    /// The lessons of a pupil between two times.
    LIST_OF_PUPIL = concat!("SELECT ", planned_columns!(), "FROM member JOIN slot ON slot.group_id = member.group_id",
                     planned_joins!(), "WHERE member.person = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                     ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// The lessons of a teacher between two times, and those where they replace somebody.
    LIST_OF_TEACHER = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                       "WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                       ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// When a pupil's next lesson starts between two times.
    FIND_NEXT_OF_PUPIL = "SELECT min(slot.starts_at) FROM member JOIN slot ON slot.group_id = member.group_id \
                          WHERE member.person = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3";
    /// When a teacher's next lesson starts between two times.
    FIND_NEXT_OF_TEACHER = "SELECT min(slot.starts_at) FROM slot \
                            WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 AND slot.starts_at < $3";
    /// When the next lesson of a guardian's pupils starts between two times.
    FIND_NEXT_OF_CHILDREN = "SELECT min(slot.starts_at) FROM guardian_of \
                             JOIN member ON member.person = guardian_of.pupil JOIN slot ON slot.group_id = member.group_id \
                             WHERE guardian_of.guardian = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3";
    /// The pupils of a guardian.
    LIST_CHILDREN = concat!("SELECT person.id, person.given_name FROM guardian_of JOIN person ON person.id = guardian_of.pupil \
                     WHERE guardian_of.guardian = $1 ORDER BY person.given_name, person.id", children_max!());
    /// The lessons of a guardian's pupils between two times, each with its pupil.
    LIST_OF_CHILDREN = concat!("SELECT ", planned_columns!(), ", member.person FROM guardian_of \
                        JOIN member ON member.person = guardian_of.pupil JOIN slot ON slot.group_id = member.group_id",
                        planned_joins!(), "WHERE guardian_of.guardian = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                        ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// The lessons of a school that start between two times.
    LIST_OF_SCHOOL = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                      "WHERE slot.school = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                      ORDER BY slot.starts_at, class_group.name, slot.id", lessons_max!());
    /// Roll calls that wait for whoever held the lesson: it was opened, and nobody validated.
    LIST_WAITING_OF_TEACHER = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                      "LEFT JOIN roll_call ON roll_call.slot = slot.id \
                      WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                      AND slot.cancelled_at IS NULL AND roll_call.validated_at IS NULL \
                      AND EXISTS (SELECT 1 FROM lesson_event WHERE lesson_event.slot = slot.id \
                      AND lesson_event.body LIKE '{\"t\":\"opened\"%') ORDER BY slot.starts_at DESC, slot.id", lessons_max!());
    /// Roll calls that wait in the whole school.
    LIST_WAITING_OF_SCHOOL = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                      "LEFT JOIN roll_call ON roll_call.slot = slot.id \
                      WHERE slot.school = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                      AND slot.cancelled_at IS NULL AND roll_call.validated_at IS NULL \
                      AND EXISTS (SELECT 1 FROM lesson_event WHERE lesson_event.slot = slot.id \
                      AND lesson_event.body LIKE '{\"t\":\"opened\"%') ORDER BY slot.starts_at DESC, slot.id", lessons_max!());
}

/// A guardian's pupil.
pub(super) struct Child {
    pub person: PersonId,
    pub given_name: String,
}

/// A lesson of one of a guardian's pupils.
pub(super) struct OfChild {
    pub planned: Planned,
    pub child: PersonId,
}

impl FromRow for Child {
    fn from_row(row: &Row<'_>) -> Result<Child, Error> {
        Ok(Child { person: row.id(0)?, given_name: short(&row.text(1)?).into_owned() })
    }
}

impl FromRow for OfChild {
    fn from_row(row: &Row<'_>) -> Result<OfChild, Error> {
        Ok(OfChild { planned: Planned::from_row(row)?, child: row.id(PLANNED_COLUMNS)? })
    }
}
