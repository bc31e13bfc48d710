//! Who may do what with a roll call, and on which slots there is one.

use base::{PersonId, Role};

use crate::planned::{Phase, Planned, Standing};

/// What somebody may do with a roll call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    pub corrects: bool,
    pub validates: bool,
    /// Not the class's teacher: reading is written to the access log.
    pub is_logged: bool,
}

/// Why there is no roll call to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoll {
    /// The lesson has not begun.
    NotYet,
    /// The lesson is cancelled.
    Cancelled,
}

/// The rights of somebody of the slot's school; `None`: not even to read.
pub(super) fn rights(role: Role, person: PersonId, slot: &Planned) -> Option<Rights> {
    match role {
        Role::Teacher if slot.is_led_by(person) => {
            Some(Rights { corrects: true, validates: true, is_logged: false })
        }
        Role::SchoolLifeOfficer => Some(Rights { corrects: true, validates: false, is_logged: true }),
        Role::Head => Some(Rights { corrects: false, validates: false, is_logged: true }),
        _ => None,
    }
}

/// Whether there is a roll call to take.
pub(super) fn is_taken(standing: Standing) -> Result<(), NoRoll> {
    match standing.phase {
        Phase::Cancelled => Err(NoRoll::Cancelled),
        _ if standing.has_begun() => Ok(()),
        _ => Err(NoRoll::NotYet),
    }
}

#[cfg(test)]
mod tests {
    use base::Time;
    use base::clock::MINUTE_MS;
    use lesson::Status;

    use super::*;
    use crate::planned::Named;
    use crate::planned::tests::planned;

    #[test]
    fn rights_go_by_role_and_lesson() {
        let karim = Named { person: PersonId(102), name: "Karim Benali".into() };
        let slot = Planned { substitute: Some(karim), ..planned(1, 60) };
        let teaches = Some(Rights { corrects: true, validates: true, is_logged: false });
        let corrects = Some(Rights { corrects: true, validates: false, is_logged: true });
        let reads = Some(Rights { corrects: false, validates: false, is_logged: true });
        for (role, person, expected) in [
            (Role::Teacher, 101, teaches),
            (Role::Teacher, 102, teaches),
            (Role::Teacher, 103, None),
            (Role::SchoolLifeOfficer, 401, corrects),
            (Role::Head, 402, reads),
            (Role::DigitalLead, 403, None),
            (Role::Operator, 404, None),
            (Role::Pupil, 101, None),
            (Role::Guardian, 301, None),
        ] {
            assert_eq!(rights(role, PersonId(person), &slot), expected, "{role:?} {person}");
        }
    }

    #[test]
    fn a_roll_call_begins_with_the_lesson() {
        for (minute, status, expected) in [
            (50, Status::NotOpen, Err(NoRoll::NotYet)),
            (50, Status::Open { present: 1, is_paused: false }, Ok(())),
            (60, Status::NotOpen, Ok(())),
            (5_000, Status::NotOpen, Ok(())),
        ] {
            let standing = planned(1, 60).standing_with(Time(minute * MINUTE_MS), status);
            assert_eq!(is_taken(standing), expected, "{minute}");
        }
        let cancelled = Planned { is_cancelled: true, ..planned(1, 60) };
        let standing = cancelled.standing_with(Time(70 * MINUTE_MS), Status::NotOpen);
        assert_eq!(is_taken(standing), Err(NoRoll::Cancelled));
    }
}
