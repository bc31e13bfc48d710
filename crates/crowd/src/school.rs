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
    let mut register = Register::open(store, clock).await?;
    register.add_school(SCHOOL, "Collège de la foule");
    let now = clock.now();
    let hour = (now - 5 * MINUTE_MS, now + 55 * MINUTE_MS);
    let mut people = Vec::new();
    for number in 0..size.lessons {
        let slot = SlotId(1 + i64::try_from(number).unwrap_or(0));
        let cards = register.add_lesson(SCHOOL, slot, hour, size.pupils);
        for (nth, card) in cards.into_iter().enumerate() {
            let part = match nth {
                0 => Part::Teacher,
                nth if nth <= size.voices => Part::Voice,
                _ => Part::Pupil,
            };
            people.push(Person { slot, part, card, only_listens: false, impairment: Impairment::default() });
        }
    }
    register.write(store).await?;
    Ok(people)
}

/// Schools on their way into a store, and the cards of their people.
pub(crate) struct Register {
    keys: Keyring,
    now: Time,
    batch: Batch,
}

impl Register {
    /// With the signing key that the server of this store uses.
    pub(crate) async fn open(store: &Store, clock: &Clock) -> Result<Register, Error> {
        let keys = school::load_keys(store, clock, &Entropy::system()).await?;
        Ok(Register { keys, now: clock.now(), batch: Batch::new() })
    }

    pub(crate) fn add_school(&mut self, school: SchoolId, name: &str) {
        let row = params![school, format!("{:07}C", 750_000 + school.0 - 1), name, "Europe/Paris"];
        self.batch.run(INSERT_SCHOOL, row);
        self.batch.run(INSERT_SUBJECT, params![SubjectId(school.0), school, "Mathématiques", 200]);
    }

    /// A lesson with a group of its own; the cards of its teacher and then its pupils.
    pub(crate) fn add_lesson(
        &mut self,
        school: SchoolId,
        slot: SlotId,
        (from, to): (Time, Time),
        pupils: usize,
    ) -> Vec<String> {
        let group = GroupId(slot.0);
        let teacher = PersonId(slot.0 * PEOPLE_EACH);
        self.batch.run(INSERT_GROUP, params![group, school, format!("Classe {slot}")]);
        let mut cards = vec![self.add_person(school, teacher, Role::Teacher)];
        for nth in 1..=pupils {
            let pupil = PersonId(teacher.0 + i64::try_from(nth).unwrap_or(0));
            cards.push(self.add_person(school, pupil, Role::Pupil));
            self.batch.run(INSERT_MEMBER, params![group, pupil]);
        }
        let subject = SubjectId(school.0);
        let row = params![slot, school, group, subject, teacher, "B12", from, to];
        self.batch.run(INSERT_SLOT, row);
        cards
    }

    /// The card of the operator.
    pub(crate) fn add_operator(&mut self, school: SchoolId) -> String {
        self.add_person(school, PersonId(PEOPLE_EACH - 1), Role::Operator)
    }

    fn add_person(&mut self, school: SchoolId, id: PersonId, role: Role) -> String {
        let (given, family) = match role {
            Role::Operator => ("Camille".to_owned(), "Régie"),
            _ => (format!("Camille {id}"), "Foule"),
        };
        self.batch.run(INSERT_PERSON, params![id, school, role.word(), given, family, self.now]);
        let card = Card { person: id, school, device: DeviceId(id.0), role, epoch: 0, issued_at: self.now };
        card.seal(&self.keys)
    }

    /// All of it, or nothing.
    pub(crate) async fn write(self, store: &Store) -> Result<(), Error> {
        Ok(store.apply(self.batch).await?)
    }
}

const SCHOOL: SchoolId = SchoolId(1);

/// Ids kept for the people of one lesson; the first lesson's begin here.
const PEOPLE_EACH: i64 = 1_000;
