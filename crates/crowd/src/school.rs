//! A school for a crowd: lessons whose bell rang five minutes ago, each with a
//! group of its own, and the cards of all who are in them.

use base::clock::MINUTE_MS;
use base::token::Keyring;
use base::{Card, Clock, DeviceId, Entropy, GroupId, PersonId, Role, SchoolId, SlotId, SubjectId, Time};
use store::{Batch, Store, params};

use crate::plan::{Impairment, Part, Person};
use crate::{Error, VOICES_MAX};

store::statements! {
    /// The school.
    INSERT_SCHOOL = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)";
    /// One person.
    INSERT_PERSON = "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, \
                     lang, created_at) VALUES ($1, $2, $3, $4, $5, NULL, NULL, 0, NULL, $6)";
    /// One group.
    INSERT_GROUP = "INSERT INTO class_group (id, school, name) VALUES ($1, $2, $3)";
    /// One pupil of a group.
    INSERT_MEMBER = "INSERT INTO member (group_id, person) VALUES ($1, $2)";
    /// The subject.
    INSERT_SUBJECT = "INSERT INTO subject (id, school, name, hue) VALUES ($1, $2, $3, $4)";
    /// One lesson.
    INSERT_SLOT = "INSERT INTO slot (id, school, group_id, subject, teacher, substitute, room_name, starts_at, \
                   ends_at, cancelled_at) VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, NULL)";
}

/// How large a school is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Lessons, all of them on.
    pub lessons: usize,
    /// Pupils in each.
    pub pupils: usize,
    /// Of those, how many speak all the time; at most [`VOICES_MAX`].
    pub voices: usize,
}

/// Writes the school into an empty store and makes everybody's card, with the
/// signing key that the server of this store uses. Lessons come in the order of
/// their slots, each with its teacher first.
///
/// # Errors
/// [`Error::Plan`] for too many voices, [`Error::Store`] when nothing was written.
pub async fn write(store: &Store, clock: &Clock, size: Size) -> Result<Vec<Person>, Error> {
    if size.voices > VOICES_MAX.min(size.pupils) {
        return Err(Error::Plan(format!("{} voices are more than fit", size.voices)));
    }
    let keys = school::load_keys(store, clock, &Entropy::system()).await?;
    let mut desk = Desk { keys, now: clock.now(), batch: Batch::new(), people: Vec::new() };
    let row = params![SCHOOL, "0750000C", "Collège de la foule", "Europe/Paris"];
    desk.batch.run(INSERT_SCHOOL, row);
    desk.batch.run(INSERT_SUBJECT, params![SubjectId(1), SCHOOL, "Mathématiques", 200]);
    for number in 0..size.lessons {
        desk.add_lesson(i64::try_from(number).unwrap_or(0), size);
    }
    store.apply(desk.batch).await?;
    Ok(desk.people)
}

struct Desk {
    keys: Keyring,
    now: Time,
    batch: Batch,
    people: Vec<Person>,
}

impl Desk {
    fn add_lesson(&mut self, number: i64, size: Size) {
        let (group, slot) = (GroupId(1 + number), SlotId(1 + number));
        let first = (1 + number) * PEOPLE_EACH;
        self.batch.run(INSERT_GROUP, params![group, SCHOOL, format!("Classe {}", 1 + number)]);
        self.add_person(PersonId(first), Role::Teacher, (slot, Part::Teacher));
        for nth in 0..size.pupils {
            let pupil = PersonId(first + 1 + i64::try_from(nth).unwrap_or(0));
            let part = if nth < size.voices { Part::Voice } else { Part::Pupil };
            self.add_person(pupil, Role::Pupil, (slot, part));
            self.batch.run(INSERT_MEMBER, params![group, pupil]);
        }
        let (from, to) = (self.now - 5 * MINUTE_MS, self.now + 55 * MINUTE_MS);
        let row = params![slot, SCHOOL, group, SubjectId(1), PersonId(first), "B12", from, to];
        self.batch.run(INSERT_SLOT, row);
    }

    fn add_person(&mut self, id: PersonId, role: Role, (slot, part): (SlotId, Part)) {
        let (given, family) = (format!("Camille {id}"), "Foule");
        self.batch.run(INSERT_PERSON, params![id, SCHOOL, role.word(), given, family, self.now]);
        let card =
            Card { person: id, school: SCHOOL, device: DeviceId(id.0), role, epoch: 0, issued_at: self.now };
        let card = card.seal(&self.keys);
        let impairment = Impairment::default();
        self.people.push(Person { slot, part, card, only_listens: false, impairment });
    }
}

const SCHOOL: SchoolId = SchoolId(1);

/// Ids kept for the people of one lesson.
const PEOPLE_EACH: i64 = 1_000;
