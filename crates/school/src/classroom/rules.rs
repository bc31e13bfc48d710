//! Who takes which seat, until when, and what a guest may be called. Pure.

use base::limits::{LOBBY_OPENS_BEFORE_MS, NAME_BYTES_MAX, OVERRUN_MS};
use base::{PersonId, Seat, Time};

use crate::planned::{Phase, Planned};

/// Why the class can't be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not on the roster.
    NotYours,
    /// The slot is cancelled.
    Cancelled,
    /// Ended, or its time is up.
    Over,
    /// The lobby is not open yet.
    TooEarly {
        /// When it opens.
        opens_at: Time,
        /// When the bell rings.
        starts_at: Time,
    },
}

/// What is wrong with the name that a guest typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// Nothing that could be read out.
    Missing,
    /// More than [`NAME_BYTES_MAX`] bytes.
    Long,
    /// Characters that draw nothing, or that turn the text around.
    Strange,
}

/// The seat that the roster gives to `person`, at the age that the slot has now.
pub(super) fn seat(
    planned: &Planned,
    phase: Phase,
    person: PersonId,
    is_enrolled: bool,
) -> Result<Seat, Refusal> {
    let seat = match (planned.is_led_by(person), is_enrolled) {
        (true, _) => Seat::Teacher,
        (false, true) => Seat::Pupil,
        (false, false) => return Err(Refusal::NotYours),
    };
    may_enter(planned, phase).map(|()| seat)
}

/// Whether anybody enters at this age of the slot.
pub(super) fn may_enter(planned: &Planned, phase: Phase) -> Result<(), Refusal> {
    match phase {
        Phase::Cancelled => Err(Refusal::Cancelled),
        Phase::Over => Err(Refusal::Over),
        Phase::Later => Err(Refusal::TooEarly {
            opens_at: planned.starts_at - LOBBY_OPENS_BEFORE_MS,
            starts_at: planned.starts_at,
        }),
        Phase::Lobby | Phase::Now | Phase::Overrun => Ok(()),
    }
}

/// When guest links of a slot, and the passes that they give, run out.
pub(super) fn guests_until(planned: &Planned) -> Time {
    planned.ends_at + OVERRUN_MS
}

/// The name under which a guest knocks.
pub(super) fn guest_name(typed: &str) -> Result<&str, NameFault> {
    let name = typed.trim();
    if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(NameFault::Strange);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(NameFault::Long);
    }
    if name.chars().any(char::is_alphanumeric) { Ok(name) } else { Err(NameFault::Missing) }
}

/// Zero-width and direction characters: with them one name can look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use base::clock::MINUTE_MS;

    use super::*;
    use crate::planned::Named;
    use crate::planned::tests::planned;

    #[test]
    fn the_roster_gives_the_seat() {
        let substitute = Some(Named { person: PersonId(102), name: "Karim Benali".into() });
        let mut slot = planned(1, 60);
        slot.substitute = substitute;
        for (why, person, is_enrolled, expected) in [
            ("teacher", 101, false, Ok(Seat::Teacher)),
            ("substitute", 102, false, Ok(Seat::Teacher)),
            ("enrolled", 201, true, Ok(Seat::Pupil)),
            ("a teacher who is also enrolled leads", 101, true, Ok(Seat::Teacher)),
            ("anybody else", 203, false, Err(Refusal::NotYours)),
        ] {
            assert_eq!(seat(&slot, Phase::Now, PersonId(person), is_enrolled), expected, "{why}");
        }
    }

    #[test]
    fn time_and_cancellation_keep_everybody_out_alike() {
        let slot = planned(1, 60);
        let early = Refusal::TooEarly { opens_at: Time(40 * MINUTE_MS), starts_at: Time(60 * MINUTE_MS) };
        for (phase, expected) in [
            (Phase::Later, Err(early)),
            (Phase::Lobby, Ok(())),
            (Phase::Now, Ok(())),
            (Phase::Overrun, Ok(())),
            (Phase::Over, Err(Refusal::Over)),
            (Phase::Cancelled, Err(Refusal::Cancelled)),
        ] {
            assert_eq!(may_enter(&slot, phase), expected);
            for (person, is_enrolled) in [(101, false), (201, true)] {
                let entry = seat(&slot, phase, PersonId(person), is_enrolled).map(|_| ());
                assert_eq!(entry, expected, "{phase:?} {person}");
            }
            // Who is not on the roster learns nothing of the slot.
            assert_eq!(seat(&slot, phase, PersonId(9), false), Err(Refusal::NotYours));
        }
    }

    #[test]
    fn a_guest_has_a_name_that_can_be_read() {
        let long = "é".repeat(NAME_BYTES_MAX / 2);
        for (typed, expected) in [
            ("  Zoé Lefèvre \n", Ok("Zoé Lefèvre")),
            ("<b>Max</b>", Ok("<b>Max</b>")),
            ("王伟", Ok("王伟")),
            (long.as_str(), Ok(long.as_str())),
            ("", Err(NameFault::Missing)),
            (" \t ", Err(NameFault::Missing)),
            ("...", Err(NameFault::Missing)),
            ("Zoé\u{7}", Err(NameFault::Strange)),
            ("Zo\né", Err(NameFault::Strange)),
            ("Zoé\u{202e}erueit", Err(NameFault::Strange)),
            ("Z\u{200b}oé", Err(NameFault::Strange)),
            (&format!("{long}e"), Err(NameFault::Long)),
            (&"x".repeat(10_000), Err(NameFault::Long)),
        ] {
            assert_eq!(guest_name(typed), expected, "{typed:?}");
        }
    }
}
