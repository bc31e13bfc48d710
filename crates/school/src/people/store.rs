//! Lists of people, and the access log.

use base::{GroupId, PersonId, Role};
use store::{Error, FromRow, Row};

use crate::cards;
use crate::web::short;

store::statements! {
    /// Groups of a school with the number of their members.
    LIST_GROUPS = "SELECT class_group.id, class_group.name, count(member.person) \
                   FROM class_group LEFT JOIN member ON member.group_id = class_group.id \
                   WHERE class_group.school = $1 GROUP BY class_group.id, class_group.name ORDER BY class_group.name";
    /// One group of a school.
    FIND_GROUP = "SELECT name FROM class_group WHERE id = $1 AND school = $2";
    /// Members of a group.
    LIST_MEMBERS = "SELECT person.id, person.role, person.given_name, person.family_name, NULL, \
                    (SELECT count(*) FROM device WHERE device.person = person.id AND device.revoked_at IS NULL) \
                    FROM member JOIN person ON person.id = member.person \
                    WHERE member.group_id = $1 AND person.school = $2 \
                    ORDER BY person.family_name, person.given_name, person.id LIMIT $3";
    /// Guardians of a group's pupils, each with one of their pupils there.
    LIST_GUARDIANS = "SELECT person.id, person.role, person.given_name, person.family_name, \
                      min(pupil.family_name || ' ' || pupil.given_name), \
                      (SELECT count(*) FROM device WHERE device.person = person.id AND device.revoked_at IS NULL) \
                      FROM member JOIN person AS pupil ON pupil.id = member.person \
                      JOIN guardian_of ON guardian_of.pupil = pupil.id \
                      JOIN person ON person.id = guardian_of.guardian \
                      WHERE member.group_id = $1 AND person.school = $2 \
                      GROUP BY person.id, person.role, person.given_name, person.family_name \
                      ORDER BY min(pupil.family_name || ' ' || pupil.given_name), person.id LIMIT $3";
    /// People of a school with one role.
    LIST_BY_ROLE = "SELECT person.id, person.role, person.given_name, person.family_name, NULL, \
                    (SELECT count(*) FROM device WHERE device.person = person.id AND device.revoked_at IS NULL) \
                    FROM person WHERE person.school = $2 AND person.role = $1 \
                    ORDER BY person.family_name, person.given_name, person.id LIMIT $3";
    /// The role of somebody of a school.
    FIND_ROLE = "SELECT role FROM person WHERE id = $1 AND school = $2";
    /// A line of the access log.
    LOG_ACCESS = "INSERT INTO access_log (id, school, person, action, subject, at) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// A group, as the first page lists it.
pub(super) struct Group {
    pub id: GroupId,
    pub name: String,
    pub members: i64,
}

/// Somebody on a list.
pub(super) struct Person {
    pub id: PersonId,
    pub role: Role,
    pub given_name: String,
    pub family_name: String,
    /// For a guardian, one of their pupils.
    pub pupil: Option<String>,
    /// Devices that carry their card.
    pub devices: i64,
}

impl FromRow for Group {
    fn from_row(row: &Row<'_>) -> Result<Group, Error> {
        Ok(Group { id: row.id(0)?, name: short(&row.text(1)?).into_owned(), members: row.int(2)? })
    }
}

impl FromRow for Person {
    fn from_row(row: &Row<'_>) -> Result<Person, Error> {
        Ok(Person {
            id: row.id(0)?,
            role: cards::role(&row.text(1)?)?,
            given_name: row.text(2)?,
            family_name: row.text(3)?,
            pupil: row.opt_text(4)?.map(|name| short(&name).into_owned()),
            devices: row.int(5)?,
        })
    }
}

impl Person {
    /// Family name first, as on a list.
    pub fn listed_name(&self) -> String {
        short(&format!("{} {}", self.family_name, self.given_name)).into_owned()
    }
}
