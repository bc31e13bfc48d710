//! The journal of levers, and the names of what they are about.

use admission::{Hand, Lever};
use base::{SchoolId, SlotId, Time};
use store::{Error, FromRow, Row, Store};

use crate::web::short;

store::statements! {
    /// A line of the journal.
    INSERT_ENTRY = "INSERT INTO lever (id, at, person, lever, undoing, about, why, is_done) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The last lines, the latest first.
    LIST_ENTRIES = "SELECT lever.id, lever.at, person.given_name, person.family_name, lever.lever, \
                    lever.undoing, lever.about, lever.why, lever.is_done \
                    FROM lever JOIN person ON person.id = lever.person \
                    ORDER BY lever.at DESC, lever.id DESC LIMIT $1";
    /// One line.
    FIND_ENTRY = "SELECT lever.id, lever.at, person.given_name, person.family_name, lever.lever, \
                  lever.undoing, lever.about, lever.why, lever.is_done \
                  FROM lever JOIN person ON person.id = lever.person WHERE lever.id = $1";
    /// What was done, in its order.
    LIST_DONE = "SELECT lever FROM lever WHERE is_done = 1 ORDER BY at, id";
    /// The time of the last line; 0: there is none.
    FIND_LAST_TIME = "SELECT coalesce(max(at), 0) FROM lever";
    /// Lines since a time.
    COUNT_SINCE = "SELECT count(*) FROM lever WHERE at >= $1";
    /// Every school.
    LIST_SCHOOLS = "SELECT id, name FROM school ORDER BY name, id LIMIT $1";
    /// The name of a school.
    FIND_SCHOOL = "SELECT name FROM school WHERE id = $1";
    /// What a lesson is called.
    FIND_LESSON = "SELECT slot.id, subject.name, class_group.name, school.name, slot.starts_at FROM slot \
                   JOIN subject ON subject.id = slot.subject JOIN class_group ON class_group.id = slot.group_id \
                   JOIN school ON school.id = slot.school WHERE slot.id = $1";
}

/// A line of the journal.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) at: Time,
    pub(super) who: String,
    lever: String,
    pub(super) undoing: String,
    pub(super) about: String,
    pub(super) why: String,
    /// It changed something; else everything was so already.
    pub(super) is_done: bool,
}

impl Entry {
    /// What was pulled; `None` for a lever of a later version.
    pub(super) fn lever(&self) -> Option<Lever> {
        serde_json::from_str(&self.lever).ok()
    }

    /// What brings back what it replaced. `None` where nothing was replaced, or
    /// another lever has taken its place since: that one is not to be undone by this line.
    pub(super) fn find_undoing(&self, hand: &Hand) -> Option<Lever> {
        let is_in_force = self.lever().is_some_and(|lever| !hand.clone().pull(&lever));
        let undoing: Option<Lever> = serde_json::from_str(&self.undoing).ok();
        undoing.filter(|undoing| self.is_done && is_in_force && hand.clone().pull(undoing))
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Entry, Error> {
        Ok(Entry {
            id: row.int(0)?,
            at: row.time(1)?,
            who: short(&format!("{} {}", row.text(2)?, row.text(3)?)).into_owned(),
            lever: row.text(4)?,
            undoing: row.text(5)?,
            about: row.text(6)?,
            why: row.text(7)?,
            is_done: row.bool(8)?,
        })
    }
}

/// A school, to choose.
pub(super) struct School {
    pub(super) id: SchoolId,
    pub(super) name: String,
}

impl FromRow for School {
    fn from_row(row: &Row<'_>) -> Result<School, Error> {
        Ok(School { id: row.id(0)?, name: short(&row.text(1)?).into_owned() })
    }
}

/// A lesson by its names.
pub(super) struct Lesson {
    pub(super) slot: SlotId,
    subject: String,
    group: String,
    school: String,
    pub(super) starts_at: Time,
}

impl Lesson {
    /// Subject, group and school.
    pub(super) fn name(&self) -> String {
        format!("{}, {}, {}", short(&self.subject), short(&self.group), short(&self.school))
    }
}

impl FromRow for Lesson {
    fn from_row(row: &Row<'_>) -> Result<Lesson, Error> {
        Ok(Lesson {
            slot: row.id(0)?,
            subject: row.text(1)?,
            group: row.text(2)?,
            school: row.text(3)?,
            starts_at: row.time(4)?,
        })
    }
}

/// The levers that were pulled, in their order: what is in force after a restart.
/// One that this version does not know is left out.
///
/// # Errors
/// When the journal cannot be read.
pub async fn levers_in_force(store: &Store) -> Result<Vec<Lever>, Error> {
    let written: Vec<String> = store.rows(LIST_DONE, &[]).await?;
    Ok(written.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}
