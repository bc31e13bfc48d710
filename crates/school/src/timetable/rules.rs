//! Whose week somebody may look at.

use base::{GroupId, PersonId, Role};

/// Whose week an address asks for; nothing: the reader's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub pupil: Option<PersonId>,
    pub group: Option<GroupId>,
    pub teacher: Option<PersonId>,
}

/// Whose week is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The reader's, a pupil.
    OwnAsPupil,
    /// The reader's, a teacher.
    OwnAsTeacher,
    /// One of the reader's pupils; none named: the first.
    Child(Option<PersonId>),
    /// A group of the reader's school; none named: the first.
    Group(Option<GroupId>),
    /// A teacher of the reader's school.
    Teacher(PersonId),
    /// The role has no week.
    Nobody,
}

/// Whose week the reader gets; `None` when it is not for them. That a child is
/// theirs and a group of their school is for the store to say.
pub(super) fn whose(role: Role, me: PersonId, asked: Asked) -> Option<Whose> {
    let is_own = |person: Option<PersonId>| person.is_none_or(|person| person == me);
    match (role, asked) {
        (Role::Pupil, Asked { pupil, group: None, teacher: None }) if is_own(pupil) => {
            Some(Whose::OwnAsPupil)
        }
        (Role::Teacher, Asked { pupil: None, group: None, teacher }) if is_own(teacher) => {
            Some(Whose::OwnAsTeacher)
        }
        (Role::Guardian, Asked { pupil, group: None, teacher: None }) => Some(Whose::Child(pupil)),
        (Role::Head | Role::SchoolLifeOfficer | Role::DigitalLead, Asked { pupil: None, group, teacher }) => {
            match (group, teacher) {
                (None, Some(teacher)) => Some(Whose::Teacher(teacher)),
                (group, None) => Some(Whose::Group(group)),
                (Some(_), Some(_)) => None,
            }
        }
        (Role::Operator, Asked { pupil: None, group: None, teacher: None }) => Some(Whose::Nobody),
        _ => None,
    }
}

/// The id that a parameter names; an empty one names nobody.
pub(super) fn id(text: Option<&str>) -> Result<Option<i64>, BadId> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => match text.parse() {
            Ok(id) if id > 0 => Ok(Some(id)),
            _ => Err(BadId),
        },
    }
}

/// A parameter that is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadId;

#[cfg(test)]
mod tests {
    use super::*;

    const ME: PersonId = PersonId(7);
    const OTHER: PersonId = PersonId(8);
    const GROUP: GroupId = GroupId(11);

    #[test]
    fn everybody_has_the_weeks_that_are_theirs() {
        let nobody = Asked::default();
        let pupil = |person| Asked { pupil: Some(person), ..nobody };
        let teacher = |person| Asked { teacher: Some(person), ..nobody };
        let group = Asked { group: Some(GROUP), ..nobody };
        let both = Asked { teacher: Some(OTHER), ..group };
        for (role, asked, expected) in [
            (Role::Pupil, nobody, Some(Whose::OwnAsPupil)),
            (Role::Pupil, pupil(ME), Some(Whose::OwnAsPupil)),
            (Role::Pupil, pupil(OTHER), None),
            (Role::Pupil, group, None),
            (Role::Pupil, teacher(OTHER), None),
            (Role::Teacher, nobody, Some(Whose::OwnAsTeacher)),
            (Role::Teacher, teacher(ME), Some(Whose::OwnAsTeacher)),
            (Role::Teacher, teacher(OTHER), None),
            (Role::Teacher, group, None),
            (Role::Teacher, pupil(ME), None),
            (Role::Guardian, nobody, Some(Whose::Child(None))),
            (Role::Guardian, pupil(OTHER), Some(Whose::Child(Some(OTHER)))),
            (Role::Guardian, group, None),
            (Role::Operator, nobody, Some(Whose::Nobody)),
            (Role::Operator, group, None),
        ] {
            assert_eq!(whose(role, ME, asked), expected, "{role:?} {asked:?}");
        }
        for role in [Role::Head, Role::SchoolLifeOfficer, Role::DigitalLead] {
            for (asked, expected) in [
                (nobody, Some(Whose::Group(None))),
                (group, Some(Whose::Group(Some(GROUP)))),
                (teacher(OTHER), Some(Whose::Teacher(OTHER))),
                (both, None),
                (pupil(OTHER), None),
            ] {
                assert_eq!(whose(role, ME, asked), expected, "{role:?} {asked:?}");
            }
        }
    }

    #[test]
    fn ids_are_positive_numbers() {
        for (text, expected) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some(" 12 "), Ok(Some(12))),
            (Some("0"), Err(BadId)),
            (Some("-1"), Err(BadId)),
            (Some("12x"), Err(BadId)),
            (Some("99999999999999999999"), Err(BadId)),
        ] {
            assert_eq!(id(text), expected, "{text:?}");
        }
    }
}
