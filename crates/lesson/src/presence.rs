//! The roll call that a lesson's log proposes: who was there, from when to when.
//!
//! Pure and derived: nothing of it is stored until the teacher corrects or
//! validates it. Waiting in the lobby counts as being there, because a pupil is
//! not late when the teacher is.

use base::clock::MINUTE_MS;
use base::{PersonId, Time};

use crate::event::{Entry, Event};
use crate::plan::Plan;

/// A pupil seen later than this after the start is late.
pub const LATE_AFTER_MS: i64 = 5 * MINUTE_MS;

/// A pupil last seen more than this before the end left early.
pub const LEFT_EARLY_BEFORE_MS: i64 = 5 * MINUTE_MS;

/// What the log says of one pupil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// The pupil.
    pub person: PersonId,
    /// Present, late, absent, left early.
    pub mark: Mark,
    /// First moment in the lobby or in the class.
    pub first_seen_at: Option<Time>,
    /// Last moment in the class; none while they are still there.
    pub last_seen_at: Option<Time>,
}

/// An entry of the roll call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// There.
    Present,
    /// There, after some minutes.
    Late {
        /// Whole minutes after the start.
        minutes: u32,
    },
    /// Never in the class.
    Absent,
    /// There, and gone some minutes before the end.
    LeftEarly {
        /// Whole minutes before the end.
        minutes: u32,
    },
}

impl Mark {
    /// The word and the minutes that the database keeps.
    pub fn word(self) -> (&'static str, u32) {
        match self {
            Mark::Present => ("present", 0),
            Mark::Late { minutes } => ("late", minutes),
            Mark::Absent => ("absent", 0),
            Mark::LeftEarly { minutes } => ("left_early", minutes),
        }
    }

    /// The mark of a word and minutes in the database.
    pub fn from_word(word: &str, minutes: u32) -> Option<Mark> {
        match word {
            "present" => Some(Mark::Present),
            "late" => Some(Mark::Late { minutes }),
            "absent" => Some(Mark::Absent),
            "left_early" => Some(Mark::LeftEarly { minutes }),
            _ => None,
        }
    }
}

/// The attendance of every pupil on the roster, as the log shows it at `now`.
pub fn attendance(plan: &Plan, log: &[Entry], now: Time) -> Vec<Attendance> {
    let ended_at = log.iter().rev().find_map(|entry| match entry.event {
        Event::Ended { .. } => Some(entry.at),
        _ => None,
    });
    plan.pupils.iter().map(|pupil| attendance_of(plan, log, pupil.person, ended_at, now)).collect()
}

fn attendance_of(
    plan: &Plan,
    log: &[Entry],
    pupil: PersonId,
    ended_at: Option<Time>,
    now: Time,
) -> Attendance {
    let mut seen = Seen::default();
    for entry in log {
        seen.take(pupil, entry);
    }
    let last_seen_at = seen.left_at;
    let Some(entered_at) = seen.entered_at else {
        return Attendance { person: pupil, mark: Mark::Absent, first_seen_at: seen.first_at, last_seen_at };
    };
    let first_at = seen.first_at.unwrap_or(entered_at);
    // The lesson may be opened after the bell: nobody is late before that.
    let start = plan.starts_at.max(seen.opened_at.unwrap_or(plan.starts_at));
    let end = ended_at.unwrap_or(now).min(plan.ends_at);
    let mark = if first_at.since_ms(start) > LATE_AFTER_MS {
        Mark::Late { minutes: minutes(first_at.since_ms(plan.starts_at)) }
    } else {
        match seen.left_at {
            Some(left_at) if end.since_ms(left_at) > LEFT_EARLY_BEFORE_MS => {
                Mark::LeftEarly { minutes: minutes(end.since_ms(left_at)) }
            }
            _ => Mark::Present,
        }
    };
    Attendance { person: pupil, mark, first_seen_at: Some(first_at), last_seen_at }
}

#[derive(Default)]
struct Seen {
    opened_at: Option<Time>,
    first_at: Option<Time>,
    entered_at: Option<Time>,
    left_at: Option<Time>,
    is_inside: bool,
}

impl Seen {
    fn take(&mut self, pupil: PersonId, entry: &Entry) {
        match entry.event {
            Event::Opened { .. } => {
                self.opened_at.get_or_insert(entry.at);
            }
            Event::Arrived { person } if person == pupil => {
                self.first_at.get_or_insert(entry.at);
            }
            // Came and went before the bell: seen from when they stayed.
            Event::Withdrew { person } if person == pupil && self.entered_at.is_none() => {
                self.first_at = None
            }
            Event::Entered { person } if person == pupil => {
                self.first_at.get_or_insert(entry.at);
                self.entered_at.get_or_insert(entry.at);
                self.is_inside = true;
                self.left_at = None;
            }
            Event::Away { person, .. } | Event::Removed { person, .. } if person == pupil => {
                self.step_out(entry.at);
            }
            Event::Recovered | Event::Ended { .. } => self.step_out(entry.at),
            _ => {}
        }
    }

    fn step_out(&mut self, at: Time) {
        if self.is_inside {
            self.is_inside = false;
            self.left_at = Some(at);
        }
    }
}

fn minutes(ms: i64) -> u32 {
    u32::try_from(ms / MINUTE_MS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use base::SlotId;

    use super::*;
    use crate::plan::Enrolled;

    const PUPIL: PersonId = PersonId(2);

    fn plan() -> Plan {
        let named = |id, name: &str| Enrolled { person: PersonId(id), name: name.into() };
        Plan {
            slot: SlotId(1),
            starts_at: Time(0),
            ends_at: Time(55 * MINUTE_MS),
            is_cancelled: false,
            leads: vec![named(1, "Mme Roy")],
            pupils: vec![named(2, "Léa")],
        }
    }

    fn mark(events: &[(i64, Event)]) -> Mark {
        let log: Vec<Entry> = (1..)
            .zip(events)
            .map(|(seq, (minute, event))| Entry { seq, at: Time(minute * MINUTE_MS), event: event.clone() })
            .collect();
        attendance(&plan(), &log, Time(55 * MINUTE_MS))[0].mark
    }

    #[test]
    fn the_log_becomes_a_mark() {
        let opened = |at| (at, Event::Opened { by: PersonId(1) });
        let arrived = |at| (at, Event::Arrived { person: PUPIL });
        let entered = |at| (at, Event::Entered { person: PUPIL });
        let away = |at| (at, Event::Away { person: PUPIL, left: true });
        let withdrew = |at| (at, Event::Withdrew { person: PUPIL });
        let ended = |at| (at, Event::Ended { by: None });
        for (why, events, expected) in [
            ("nobody came", vec![], Mark::Absent),
            ("in the lobby only", vec![arrived(0), opened(1), ended(55)], Mark::Absent),
            ("on time", vec![opened(0), entered(4), ended(55)], Mark::Present),
            ("late", vec![opened(0), entered(9), ended(55)], Mark::Late { minutes: 9 }),
            ("the teacher was late", vec![arrived(1), opened(15), entered(15), ended(55)], Mark::Present),
            (
                "late after a late teacher",
                vec![opened(15), entered(22), ended(55)],
                Mark::Late { minutes: 22 },
            ),
            (
                "gave up, came back late",
                vec![arrived(-5), withdrew(-4), opened(0), entered(20)],
                Mark::Late { minutes: 20 },
            ),
            ("left early", vec![opened(0), entered(0), away(30), ended(55)], Mark::LeftEarly { minutes: 25 }),
            ("ended early by the teacher", vec![opened(0), entered(0), ended(40)], Mark::Present),
            (
                "left and came back",
                vec![opened(0), entered(0), away(10), entered(12), ended(55)],
                Mark::Present,
            ),
            (
                "a restart is nobody's leaving",
                vec![opened(0), entered(0), (30, Event::Recovered), entered(30), ended(55)],
                Mark::Present,
            ),
            ("overrun", vec![opened(0), entered(0), away(56), ended(70)], Mark::Present),
        ] {
            assert_eq!(mark(&events), expected, "{why}");
        }
    }
}
