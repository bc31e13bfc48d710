//! What makes a good enough password. Pure.

use base::Role;

use crate::limits::{FIELD_CHARS_MAX, PASSWORD_CHARS_MIN, STAFF_PASSWORD_CHARS_MIN};

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The present password is another one.
    CurrentWrong,
    /// Fewer characters than the role asks for.
    TooShort,
    /// More characters than any form takes.
    TooLong,
    /// The login, or nothing but one character.
    TooEasy,
    /// The two fields differ.
    NotRepeated,
}

/// Characters that a password of `role` has at least.
pub(super) fn chars_min(role: Role) -> usize {
    match role {
        Role::Pupil | Role::Guardian => PASSWORD_CHARS_MIN,
        Role::Teacher | Role::SchoolLifeOfficer | Role::Head | Role::DigitalLead | Role::Operator => {
            STAFF_PASSWORD_CHARS_MIN
        }
    }
}

/// Whether `new`, typed again as `again`, may become the password of `role`.
pub(super) fn check(new: &str, again: &str, login: &str, role: Role) -> Result<(), Fault> {
    let chars = new.chars().count();
    let mut distinct: Vec<char> = new.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if chars < chars_min(role) {
        Err(Fault::TooShort)
    } else if chars > FIELD_CHARS_MAX {
        Err(Fault::TooLong)
    } else if distinct.len() < 3 || new.to_lowercase() == login.to_lowercase() {
        Err(Fault::TooEasy)
    } else if new != again {
        Err(Fault::NotRepeated)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_by_role() {
        let long = "a b".repeat(100);
        for (new, again, role, expected) in [
            ("huit car", "huit car", Role::Pupil, Ok(())),
            ("sept ca", "sept ca", Role::Pupil, Err(Fault::TooShort)),
            ("éèàùçôîê", "éèàùçôîê", Role::Guardian, Ok(())),
            ("onze caract", "onze caract", Role::Teacher, Err(Fault::TooShort)),
            ("douze caract", "douze caract", Role::Teacher, Ok(())),
            ("douze caract", "douze caracT", Role::Head, Err(Fault::NotRepeated)),
            ("claire.moreau", "claire.moreau", Role::Teacher, Err(Fault::TooEasy)),
            ("Claire.Moreau", "Claire.Moreau", Role::Teacher, Err(Fault::TooEasy)),
            ("aaaaaaaaaaaa", "aaaaaaaaaaaa", Role::Pupil, Err(Fault::TooEasy)),
            (long.as_str(), long.as_str(), Role::Pupil, Err(Fault::TooLong)),
            ("", "", Role::Pupil, Err(Fault::TooShort)),
        ] {
            assert_eq!(check(new, again, "claire.moreau", role), expected, "{new} {role:?}");
        }
    }
}
