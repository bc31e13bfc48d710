//! The demonstration school as a value: the same people, groups and courses
//! from the same seed, whatever the machine. It reads no clock and no database.

use std::collections::HashSet;

use base::{Entropy, GroupId, PersonId, Role, SchoolId, SubjectId};

use super::names::{self, Background};
use super::week::{self, Cell};

/// Everything about the school that does not depend on the date.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) school: SchoolId,
    /// Code UAI, with its check letter.
    pub(super) code: String,
    pub(super) people: Vec<Person>,
    /// Guardian and pupil.
    pub(super) guardians: Vec<(PersonId, PersonId)>,
    pub(super) groups: Vec<Group>,
    pub(super) subjects: Vec<Subject>,
    pub(super) courses: Vec<Course>,
    /// The week of every group.
    pub(super) week: Vec<Cell>,
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) role: Role,
    pub(super) given_name: String,
    pub(super) family_name: String,
    /// Signs in with the demonstration password.
    pub(super) login: Option<String>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) name: String,
    pub(super) pupils: Vec<PersonId>,
}

#[derive(Debug)]
pub(super) struct Subject {
    pub(super) id: SubjectId,
    pub(super) name: &'static str,
    pub(super) hue: i64,
}

/// One subject of one group: who teaches it, where, how many lessons a week.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) group: GroupId,
    pub(super) subject: SubjectId,
    pub(super) teacher: PersonId,
    pub(super) room_name: &'static str,
    pub(super) lessons: usize,
}

impl Plan {
    /// The school of a seed.
    pub(super) fn new(seed: u64) -> Plan {
        let entropy = Entropy::seeded(seed);
        let mut register = Register::new(&entropy);
        let staff = register.staff();
        let mut groups = groups(&entropy);
        let guardians = register.families(&mut groups);
        register.give_logins(&groups, &guardians);
        let subjects: Vec<Subject> = SUBJECTS
            .iter()
            .map(|(name, hue, ..)| Subject { id: SubjectId(entropy.id()), name, hue: *hue })
            .collect();
        let courses = courses(&groups, &subjects, &staff);
        let week = week::arrange(&entropy, &groups, &courses);
        let mut plan = Plan {
            school: SchoolId(0),
            code: school_code(990_123),
            people: register.people,
            guardians,
            groups,
            subjects,
            courses,
            week,
        };
        // A plan that another version draws differently is another school: its
        // data folder is then refused instead of half understood.
        let print = blake3::hash(format!("{plan:?}").as_bytes());
        plan.school = SchoolId(Entropy::seeded(first_eight(&print)).id());
        plan
    }

    /// Whose id it is.
    pub(super) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The first person of a role.
    pub(super) fn first(&self, role: Role) -> Option<&Person> {
        self.people.iter().find(|person| person.role == role)
    }
}

impl Person {
    /// Given name, then family name.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// The code UAI of a number: a letter checks its seven digits.
pub(super) fn school_code(number: usize) -> String {
    let letters = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    format!("{number:07}{}", char::from(letters[number % letters.len()]))
}

/// The first eight bytes of a hash, as a number.
pub(super) fn first_eight(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Draws people, no two of the same name.
struct Register<'a> {
    entropy: &'a Entropy,
    people: Vec<Person>,
    taken: HashSet<(String, String)>,
}

impl<'a> Register<'a> {
    fn new(entropy: &'a Entropy) -> Register<'a> {
        Register { entropy, people: Vec::new(), taken: HashSet::new() }
    }

    /// Teachers, in the order of [`SUBJECTS`]; the rest of the staff after them.
    fn staff(&mut self) -> Vec<PersonId> {
        let teachers = SUBJECTS.iter().map(|(.., rooms)| rooms.len()).sum();
        let ids = (0..teachers).map(|_| self.adult(Role::Teacher)).collect();
        for role in [Role::Head, Role::SchoolLifeOfficer, Role::DigitalLead, Role::Operator] {
            self.adult(role);
        }
        ids
    }

    /// Fills the groups with families, and tells who is whose guardian.
    fn families(&mut self, groups: &mut [Group]) -> Vec<(PersonId, PersonId)> {
        let mut places: Vec<usize> =
            (0..groups.len() * PUPILS_A_GROUP).map(|place| place % groups.len()).collect();
        week::shuffle(self.entropy, &mut places);
        let mut guardians = Vec::new();
        while !places.is_empty() {
            let background = names::background(self.entropy);
            let family = names::pick(self.entropy, background.families);
            let parents = self.parents(background, family);
            let children = [1, 1, 1, 1, 1, 1, 2, 2, 2, 3][self.entropy.below(10)];
            for group in places.split_off(places.len().saturating_sub(children)) {
                let pupil = self.add(Role::Pupil, family, |entropy| background.child(entropy));
                groups[group].pupils.push(pupil);
                guardians.extend(parents.iter().map(|parent| (*parent, pupil)));
            }
        }
        guardians
    }

    fn parents(&mut self, background: &Background, family: &'static str) -> Vec<PersonId> {
        let is_woman = self.entropy.below(4) != 0;
        let mut parents =
            vec![self.add(Role::Guardian, family, |entropy| background.adult(entropy, is_woman))];
        if self.entropy.below(4) != 0 {
            let shares_name = self.entropy.below(5) < 3;
            let name = if shares_name { family } else { names::pick(self.entropy, background.families) };
            parents.push(self.add(Role::Guardian, name, |entropy| background.adult(entropy, !is_woman)));
        }
        parents
    }

    fn adult(&mut self, role: Role) -> PersonId {
        let background = names::background(self.entropy);
        let family = names::pick(self.entropy, background.families);
        let is_woman = self.entropy.below(5) < 3;
        self.add(role, family, |entropy| background.adult(entropy, is_woman))
    }

    fn add(&mut self, role: Role, family: &str, given: impl Fn(&Entropy) -> &'static str) -> PersonId {
        let mut name = given(self.entropy).to_owned();
        // The same name again, or a second given name when the list is used up.
        for _ in 0..NAME_TRIES_MAX {
            if !self.taken.contains(&(name.clone(), family.to_owned())) {
                break;
            }
            name = given(self.entropy).to_owned();
        }
        while !self.taken.insert((name.clone(), family.to_owned())) {
            name = format!("{name}-{}", given(self.entropy));
        }
        let id = PersonId(self.entropy.id());
        let family_name = family.to_owned();
        self.people.push(Person { id, role, given_name: name, family_name, login: None });
        id
    }

    /// The staff, the first two pupils of each group and their guardians sign in
    /// with a password; everybody else with a card.
    fn give_logins(&mut self, groups: &[Group], guardians: &[(PersonId, PersonId)]) {
        let pupils: HashSet<PersonId> =
            groups.iter().flat_map(|group| group.pupils.iter().take(2).copied()).collect();
        let guardians: HashSet<PersonId> = guardians
            .iter()
            .filter(|(_, pupil)| pupils.contains(pupil))
            .map(|(guardian, _)| *guardian)
            .collect();
        let mut logins = HashSet::new();
        for person in &mut self.people {
            let may = match person.role {
                Role::Pupil => pupils.contains(&person.id),
                Role::Guardian => guardians.contains(&person.id),
                _ => true,
            };
            if may {
                let plain = format!("{}.{}", plain(&person.given_name), plain(&person.family_name));
                let numbered = (2..).map(|number| format!("{plain}{number}"));
                person.login =
                    std::iter::once(plain.clone()).chain(numbered).find(|login| logins.insert(login.clone()));
            }
        }
    }
}

/// Lower case, without accents, words joined by hyphens.
fn plain(name: &str) -> String {
    name.chars()
        .filter_map(|c| match c {
            'à' | 'â' | 'ä' => Some('a'),
            'é' | 'è' | 'ê' | 'ë' | 'É' => Some('e'),
            'î' | 'ï' => Some('i'),
            'ô' | 'ö' | 'Ö' => Some('o'),
            'ù' | 'û' | 'ü' => Some('u'),
            'ç' | 'ć' | 'č' => Some('c'),
            'ş' => Some('s'),
            ' ' | '-' => Some('-'),
            c => c.is_ascii_alphanumeric().then_some(c.to_ascii_lowercase()),
        })
        .collect()
}

fn groups(entropy: &Entropy) -> Vec<Group> {
    let names = ["6e", "5e", "4e", "3e"]
        .into_iter()
        .flat_map(|grade| ["A", "B", "C"].map(|l| format!("{grade} {l}")));
    names.map(|name| Group { id: GroupId(entropy.id()), name, pupils: Vec::new() }).collect()
}

/// Every subject of every group. The groups of one teacher stand next to each
/// other in the order of cohorts, so that few of their hours cross.
fn courses(groups: &[Group], subjects: &[Subject], teachers: &[PersonId]) -> Vec<Course> {
    let mut by_cohort: Vec<usize> = (0..groups.len()).collect();
    by_cohort.sort_by_key(|group| (week::cohort(*group), *group));
    let mut courses = Vec::new();
    let mut teachers = teachers;
    for ((_, _, lessons_by_grade, rooms), subject) in SUBJECTS.iter().zip(subjects) {
        let (own, rest) = teachers.split_at(rooms.len());
        teachers = rest;
        let taught: Vec<usize> =
            by_cohort.iter().copied().filter(|group| lessons_by_grade[group / 3] > 0).collect();
        for (at, group) in taught.iter().enumerate() {
            let turn = at * own.len() / taught.len();
            courses.push(Course {
                group: groups[*group].id,
                subject: subject.id,
                teacher: own[turn],
                room_name: rooms[turn],
                lessons: lessons_by_grade[group / 3],
            });
        }
    }
    courses
}

/// Name, hue, lessons a week in 6e, 5e, 4e and 3e, one room for each teacher.
type SubjectRow = (&'static str, i64, [usize; 4], &'static [&'static str]);

const SUBJECTS: &[SubjectRow] = &[
    ("Français", 350, [5, 4, 4, 4], &["Salle 101", "Salle 102", "Salle 103"]),
    ("Mathématiques", 220, [4, 4, 4, 4], &["Salle 104", "Salle 105", "Salle 106"]),
    ("Histoire-géographie", 35, [3, 3, 3, 3], &["Salle 201", "Salle 202", "Salle 203"]),
    ("Anglais", 260, [4, 3, 3, 3], &["Salle 204", "Salle 205", "Salle 206"]),
    ("Espagnol", 20, [0, 3, 3, 3], &["Salle 207", "Salle 208"]),
    ("SVT", 130, [2, 2, 2, 2], &["Labo 1", "Labo 2"]),
    ("Physique-chimie", 180, [1, 2, 2, 2], &["Labo 3", "Labo 4"]),
    ("Technologie", 200, [1, 2, 2, 2], &["Atelier 1", "Atelier 2"]),
    ("EPS", 95, [4, 3, 3, 3], &["Gymnase", "Stade", "Salle de danse"]),
    ("Arts plastiques", 310, [1, 1, 1, 1], &["Salle d'arts"]),
    ("Éducation musicale", 285, [1, 1, 1, 1], &["Salle de musique"]),
];

const PUPILS_A_GROUP: usize = 25;
const NAME_TRIES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_has_its_letter() {
        // Lycée Henri-IV, Paris.
        assert_eq!(school_code(750_654), "0750654D");
    }

    #[test]
    fn the_same_seed_gives_the_same_school() {
        assert_eq!(format!("{:?}", Plan::new(1)), format!("{:?}", Plan::new(1)));
        assert_ne!(Plan::new(1).school, Plan::new(2).school);
    }

    #[test]
    fn it_has_the_people_of_a_college() {
        for seed in 0..5 {
            let plan = Plan::new(seed);
            let count = |role| plan.people.iter().filter(|person| person.role == role).count();
            assert_eq!((count(Role::Pupil), count(Role::Teacher), plan.groups.len()), (300, 25, 12));
            assert!(plan.groups.iter().all(|group| group.pupils.len() == 25));
            for role in [Role::Head, Role::SchoolLifeOfficer, Role::DigitalLead, Role::Operator] {
                assert_eq!(count(role), 1);
            }
            let mut of_pupil = std::collections::HashMap::<PersonId, usize>::new();
            for (_, pupil) in &plan.guardians {
                *of_pupil.entry(*pupil).or_default() += 1;
            }
            assert_eq!(of_pupil.len(), 300);
            assert!(of_pupil.values().all(|guardians| (1..=2).contains(guardians)));
            assert!(count(Role::Guardian) < plan.guardians.len(), "siblings share guardians");
        }
    }

    #[test]
    fn ids_names_and_logins_are_nobody_elses() {
        let plan = Plan::new(3);
        let ids: HashSet<_> = plan.people.iter().map(|person| person.id).collect();
        let full: HashSet<_> = plan.people.iter().map(Person::name).collect();
        let logins: Vec<_> = plan.people.iter().filter_map(|person| person.login.as_deref()).collect();
        assert_eq!((ids.len(), full.len()), (plan.people.len(), plan.people.len()));
        assert_eq!(logins.iter().collect::<HashSet<_>>().len(), logins.len());
        for login in logins {
            assert!(
                login.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c)),
                "{login}"
            );
        }
    }
}
