//! What may be done to a slot, and when.

use base::{PersonId, Role, Time};

use crate::planned::{Phase, Planned, Standing};

/// Why nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its hour has begun, or the class is open.
    HasBegun,
    /// It is over.
    IsOver,
    /// It is cancelled.
    IsCancelled,
    /// The substitute would be its own teacher.
    IsItsTeacher,
}

/// What an act on a slot comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Write it.
    Write,
    /// It is so already: a form sent twice.
    IsSo,
}

/// Whether a role may change slots.
pub(super) fn may_change(role: Role) -> bool {
    matches!(role, Role::Head | Role::SchoolLifeOfficer)
}

/// Whether a role may open the roll call of a slot.
pub(super) fn may_read_roll(role: Role, person: PersonId, slot: &Planned) -> bool {
    may_change(role) || (role == Role::Teacher && slot.is_led_by(person))
}

/// Sets or clears the substitute.
pub(super) fn substitute(
    slot: &Planned,
    standing: Standing,
    wanted: Option<PersonId>,
) -> Result<Act, Refusal> {
    if slot.substitute.as_ref().map(|substitute| substitute.person) == wanted {
        return Ok(Act::IsSo);
    }
    match standing.phase {
        Phase::Cancelled => Err(Refusal::IsCancelled),
        Phase::Over => Err(Refusal::IsOver),
        _ if wanted == Some(slot.teacher.person) => Err(Refusal::IsItsTeacher),
        _ => Ok(Act::Write),
    }
}

/// Cancels a slot.
pub(super) fn cancel(standing: Standing) -> Result<Act, Refusal> {
    match standing.phase {
        Phase::Cancelled => Ok(Act::IsSo),
        Phase::Over => Err(Refusal::IsOver),
        Phase::Now | Phase::Overrun => Err(Refusal::HasBegun),
        Phase::Lobby | Phase::Later if standing.is_open() => Err(Refusal::HasBegun),
        Phase::Lobby | Phase::Later => Ok(Act::Write),
    }
}

/// Restores a cancelled slot, while there is anything left of it to hold.
pub(super) fn restore(slot: &Planned, now: Time) -> Result<Act, Refusal> {
    if !slot.is_cancelled {
        return Ok(Act::IsSo);
    }
    if now >= slot.ends_at { Err(Refusal::IsOver) } else { Ok(Act::Write) }
}

#[cfg(test)]
mod tests {
    use base::clock::MINUTE_MS;
    use lesson::Status;

    use super::*;
    use crate::planned::Named;
    use crate::planned::tests::planned;

    const OPEN: Status = Status::Open { present: 3, is_paused: false };

    #[test]
    fn a_lesson_that_has_begun_is_not_cancelled() {
        for (minute, status, expected) in [
            (0, Status::NotOpen, Ok(Act::Write)),
            (50, Status::NotOpen, Ok(Act::Write)),
            (50, OPEN, Err(Refusal::HasBegun)),
            (60, Status::NotOpen, Err(Refusal::HasBegun)),
            (80, OPEN, Err(Refusal::HasBegun)),
            (80, Status::Ended, Err(Refusal::IsOver)),
            (116, OPEN, Err(Refusal::HasBegun)),
            (200, Status::NotOpen, Err(Refusal::IsOver)),
        ] {
            let standing = planned(1, 60).standing_with(Time(minute * MINUTE_MS), status);
            assert_eq!(cancel(standing), expected, "{minute} {status:?}");
        }
        let cancelled = Planned { is_cancelled: true, ..planned(1, 60) };
        assert_eq!(cancel(cancelled.standing_with(Time(0), Status::NotOpen)), Ok(Act::IsSo));
    }

    #[test]
    fn a_slot_is_restored_while_it_can_be_held() {
        let cancelled = Planned { is_cancelled: true, ..planned(1, 60) };
        for (minute, expected) in [(0, Ok(Act::Write)), (80, Ok(Act::Write)), (115, Err(Refusal::IsOver))] {
            assert_eq!(restore(&cancelled, Time(minute * MINUTE_MS)), expected, "{minute}");
        }
        assert_eq!(restore(&planned(1, 60), Time(0)), Ok(Act::IsSo));
    }

    #[test]
    fn a_substitute_comes_before_the_end() {
        let karim = PersonId(102);
        let replaced = Planned {
            substitute: Some(Named { person: karim, name: "Karim Benali".into() }),
            ..planned(1, 60)
        };
        let cancelled = Planned { is_cancelled: true, ..planned(1, 60) };
        for (why, slot, minute, wanted, expected) in [
            ("set", planned(1, 60), 0, Some(karim), Ok(Act::Write)),
            ("set during the lesson", planned(1, 60), 80, Some(karim), Ok(Act::Write)),
            ("set twice", replaced.clone(), 0, Some(karim), Ok(Act::IsSo)),
            ("cleared", replaced, 0, None, Ok(Act::Write)),
            ("cleared twice", planned(1, 60), 0, None, Ok(Act::IsSo)),
            ("its own teacher", planned(1, 60), 0, Some(PersonId(101)), Err(Refusal::IsItsTeacher)),
            ("over", planned(1, 60), 300, Some(karim), Err(Refusal::IsOver)),
            ("cancelled", cancelled, 0, Some(karim), Err(Refusal::IsCancelled)),
        ] {
            let standing = slot.standing_with(Time(minute * MINUTE_MS), Status::NotOpen);
            assert_eq!(substitute(&slot, standing, wanted), expected, "{why}");
        }
    }

    #[test]
    fn only_those_who_look_after_the_school_change_slots() {
        for role in Role::ALL {
            let may = matches!(role, Role::Head | Role::SchoolLifeOfficer);
            assert_eq!(may_change(role), may, "{role:?}");
            let slot = planned(1, 60);
            assert_eq!(may_read_roll(role, PersonId(101), &slot), may || role == Role::Teacher, "{role:?}");
            assert_eq!(may_read_roll(role, PersonId(103), &slot), may, "{role:?}");
        }
    }
}
