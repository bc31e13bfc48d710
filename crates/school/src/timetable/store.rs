//! What a week reads: its lessons, and whose weeks can be chosen.

use crate::planned::{children_max, lessons_max, planned_columns, planned_joins};

store::statements! {
    /// The lessons of a pupil between two times.
    LIST_OF_PUPIL = concat!("SELECT ", planned_columns!(), "FROM member JOIN slot ON slot.group_id = member.group_id",
                     planned_joins!(), "WHERE member.person = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                     ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// The lessons of a teacher between two times, and those where they replace somebody.
    LIST_OF_TEACHER = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                       "WHERE (slot.teacher = $1 OR slot.substitute = $1) AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                       ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// The lessons of a group between two times.
    LIST_OF_GROUP = concat!("SELECT ", planned_columns!(), "FROM slot", planned_joins!(),
                     "WHERE slot.group_id = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3 \
                     ORDER BY slot.starts_at, slot.id", lessons_max!());
    /// The pupils of a guardian.
    LIST_CHILDREN = concat!("SELECT person.id, person.given_name, person.family_name FROM guardian_of \
                     JOIN person ON person.id = guardian_of.pupil \
                     WHERE guardian_of.guardian = $1 ORDER BY person.given_name, person.id", children_max!());
    /// The groups of a school.
    LIST_GROUPS = "SELECT id, name FROM class_group WHERE school = $1 ORDER BY name, id LIMIT $2";
    /// The teachers of a school.
    LIST_TEACHERS = "SELECT id, given_name, family_name FROM person WHERE school = $1 AND role = 'teacher' \
                     ORDER BY family_name, given_name, id LIMIT $2";
}
