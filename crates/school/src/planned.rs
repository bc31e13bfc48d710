//! A timetable slot as pages show it: what, with whom, where, when, and where
//! it stands now.
//!
//! Shared by the slices that speak of slots. Where a slot stands follows from
//! its hours, its cancellation and the live class's word, nothing else. Who may
//! see or change a slot is not decided here.

use std::borrow::Cow;

use base::limits::{LOBBY_OPENS_BEFORE_MS, OVERRUN_MS};
use base::{GroupId, PersonId, SchoolId, SlotId, Time};
use lesson::Status;
use store::{Error, FromRow, Row, Store, params};

use crate::context::LiveStatus;
use crate::web::{hue_class, short};

store::statements! {
    /// The lessons of all schools that start between two times, with how many people each has.
    LIST_OF_DAY = "SELECT slot.id, slot.school, slot.starts_at, slot.ends_at, \
                   (SELECT count(*) FROM member WHERE member.group_id = slot.group_id) FROM slot \
                   WHERE slot.starts_at >= $1 AND slot.starts_at < $2 AND slot.cancelled_at IS NULL ORDER BY slot.id";
}

/// A lesson as the door plans it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LessonOfDay {
    /// The slot.
    pub slot: SlotId,
    /// Its school.
    pub school: SchoolId,
    /// The bell.
    pub starts_at: Time,
    /// The end of the hour.
    pub ends_at: Time,
    /// The teacher and those enrolled.
    pub enrolled: u32,
}

impl FromRow for LessonOfDay {
    fn from_row(row: &Row<'_>) -> Result<LessonOfDay, Error> {
        let pupils = u32::try_from(row.int(4)?).unwrap_or(u32::MAX);
        Ok(LessonOfDay {
            slot: row.id(0)?,
            school: row.id(1)?,
            starts_at: row.time(2)?,
            ends_at: row.time(3)?,
            enrolled: pupils.saturating_add(1),
        })
    }
}

/// The lessons of all schools that start between two times and are not cancelled.
pub async fn lessons_between(store: &Store, from: Time, until: Time) -> Result<Vec<LessonOfDay>, Error> {
    store.rows(LIST_OF_DAY, &params![from, until]).await
}

/// One slot.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub slot: SlotId,
    pub subject: String,
    pub hue: i64,
    pub group: GroupId,
    pub group_name: String,
    pub room_name: String,
    pub starts_at: Time,
    pub ends_at: Time,
    pub is_cancelled: bool,
    pub teacher: Named,
    pub substitute: Option<Named>,
}

/// Somebody with the name that pages show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub person: PersonId,
    pub name: String,
}

/// Where a slot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub phase: Phase,
    /// People inside, while the class is open.
    pub present: Option<usize>,
    /// It is open, and its teacher has gone out.
    pub is_paused: bool,
}

/// The ages of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Will not be held.
    Cancelled,
    /// Its lobby is not open yet.
    Later,
    /// Its lobby is open, the bell has not rung.
    Lobby,
    /// Its hour is on.
    Now,
    /// Its hour is over, and it may still be held for a while.
    Overrun,
    /// Ended by its teacher or by the clock.
    Over,
}

/// The columns that a [`Planned`] is read from, in their order.
macro_rules! planned_columns {
    () => {
        "slot.id, subject.name, subject.hue, class_group.id, class_group.name, slot.room_name, slot.starts_at, \
         slot.ends_at, slot.cancelled_at, teacher.id, teacher.given_name, teacher.family_name, substitute.id, \
         substitute.given_name, substitute.family_name "
    };
}
pub(crate) use planned_columns;

/// What joins those columns to `slot`.
macro_rules! planned_joins {
    () => {
        " JOIN subject ON subject.id = slot.subject JOIN class_group ON class_group.id = slot.group_id \
         JOIN person AS teacher ON teacher.id = slot.teacher \
         LEFT JOIN person AS substitute ON substitute.id = slot.substitute "
    };
}
pub(crate) use planned_joins;

/// Lessons on one page at most: the busiest week of a person or a group fits
/// many times, and so does a bell of the largest school. In the text of the
/// statement, because SQLite plans one anew each time its `LIMIT` is bound.
macro_rules! lessons_max {
    () => {
        " LIMIT 400"
    };
}
pub(crate) use lessons_max;

/// Pupils of one guardian on one page at most.
macro_rules! children_max {
    () => {
        " LIMIT 20"
    };
}
pub(crate) use children_max;

/// Columns that a [`Planned`] takes: others of the same row come after them.
pub(crate) const PLANNED_COLUMNS: usize = 15;

impl Planned {
    /// Who holds it: the substitute where there is one.
    pub fn lead(&self) -> &Named {
        self.substitute.as_ref().unwrap_or(&self.teacher)
    }

    /// Whether `person` is its teacher or its substitute: either may hold it.
    pub fn is_led_by(&self, person: PersonId) -> bool {
        self.teacher.person == person || self.lead().person == person
    }

    /// The class of the subject's colour.
    pub fn hue_class(&self) -> &'static str {
        hue_class(self.hue)
    }

    /// How long it lasts.
    pub fn length_ms(&self) -> i64 {
        self.ends_at.since_ms(self.starts_at).max(0)
    }

    /// Where it stands at `now`.
    pub fn standing(&self, now: Time, live: &LiveStatus) -> Standing {
        if self.is_cancelled
            || now >= self.ends_at + OVERRUN_MS
            || now < self.starts_at - LOBBY_OPENS_BEFORE_MS
        {
            // No class is held at such a time: the live class need not be asked.
            return self.standing_with(now, Status::NotOpen);
        }
        self.standing_with(now, live(self.slot))
    }

    /// Where it stands at `now` when the live class says `status`.
    pub fn standing_with(&self, now: Time, status: Status) -> Standing {
        let phase = if self.is_cancelled {
            Phase::Cancelled
        } else if status == Status::Ended || now >= self.ends_at + OVERRUN_MS {
            Phase::Over
        } else if now >= self.ends_at {
            Phase::Overrun
        } else if now >= self.starts_at {
            Phase::Now
        } else if now >= self.starts_at - LOBBY_OPENS_BEFORE_MS {
            Phase::Lobby
        } else {
            Phase::Later
        };
        match status {
            Status::Open { present, is_paused } if !matches!(phase, Phase::Cancelled | Phase::Over) => {
                Standing { phase, present: Some(present), is_paused }
            }
            _ => Standing { phase, present: None, is_paused: false },
        }
    }
}

impl Standing {
    /// Whether the class is open.
    pub fn is_open(self) -> bool {
        self.present.is_some()
    }

    /// Whether those enrolled may come: to the lobby, or into the class.
    pub fn may_join(self) -> bool {
        matches!(self.phase, Phase::Lobby | Phase::Now | Phase::Overrun)
    }

    /// Whether it is held, or should be.
    pub fn is_on(self) -> bool {
        self.phase == Phase::Now || self.is_open()
    }

    /// Whether there is anything to call the roll of.
    pub fn has_begun(self) -> bool {
        self.is_open() || matches!(self.phase, Phase::Now | Phase::Overrun | Phase::Over)
    }
}

impl Named {
    /// Somebody, from columns that may all be NULL: id, given name, family name.
    pub fn find_in(row: &Row<'_>, first: usize) -> Result<Option<Named>, Error> {
        let Some(person) = row.opt_id(first)? else { return Ok(None) };
        let (given, family) = (row.text(first + 1)?, row.text(first + 2)?);
        Ok(Some(Named { person, name: Named::full_name(&given, &family) }))
    }

    /// The name that pages show.
    pub fn full_name(given: &str, family: &str) -> String {
        let (given, family) = (short(given), short(family));
        let mut name = String::with_capacity(given.len() + 1 + family.len());
        name.push_str(&given);
        name.push(' ');
        name.push_str(&family);
        name
    }
}

impl FromRow for Planned {
    fn from_row(row: &Row<'_>) -> Result<Planned, Error> {
        let teacher =
            Named::find_in(row, 9)?.ok_or_else(|| Error::Other("a slot without a teacher".into()))?;
        Ok(Planned {
            slot: row.id(0)?,
            subject: shortened(row.text(1)?),
            hue: row.int(2)?,
            group: row.id(3)?,
            group_name: shortened(row.text(4)?),
            room_name: shortened(row.text(5)?),
            starts_at: row.time(6)?,
            ends_at: row.time(7)?,
            is_cancelled: row.opt_time(8)?.is_some(),
            teacher,
            substitute: Named::find_in(row, 12)?,
        })
    }
}

fn shortened(name: String) -> String {
    match short(&name) {
        Cow::Borrowed(_) => name,
        Cow::Owned(cut) => cut,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use base::clock::MINUTE_MS;

    use super::*;

    /// A slot of 55 minutes that starts so many minutes after the epoch.
    pub(crate) fn planned(slot: i64, starts_minute: i64) -> Planned {
        let starts_at = Time(starts_minute * MINUTE_MS);
        Planned {
            slot: SlotId(slot),
            subject: "Mathématiques".into(),
            hue: 210,
            group: GroupId(11),
            group_name: "6e A".into(),
            room_name: "Salle 12".into(),
            starts_at,
            ends_at: starts_at + 55 * MINUTE_MS,
            is_cancelled: false,
            teacher: Named { person: PersonId(101), name: "Claire Moreau".into() },
            substitute: None,
        }
    }

    #[test]
    fn a_slot_grows_old() {
        let open = Status::Open { present: 12, is_paused: false };
        for (minute, status, phase, is_open) in [
            (39, Status::NotOpen, Phase::Later, false),
            (40, Status::NotOpen, Phase::Lobby, false),
            (59, open, Phase::Lobby, true),
            (60, Status::NotOpen, Phase::Now, false),
            (80, open, Phase::Now, true),
            (80, Status::Ended, Phase::Over, false),
            (115, open, Phase::Overrun, true),
            (115, Status::NotOpen, Phase::Overrun, false),
            (144, open, Phase::Overrun, true),
            (145, open, Phase::Over, false),
        ] {
            let standing = planned(1, 60).standing_with(Time(minute * MINUTE_MS), status);
            assert_eq!((standing.phase, standing.is_open()), (phase, is_open), "{minute} {status:?}");
        }
    }

    #[test]
    fn a_cancelled_slot_is_never_held() {
        let cancelled = Planned { is_cancelled: true, ..planned(1, 60) };
        for minute in [0, 50, 70, 120, 200] {
            let standing = cancelled
                .standing_with(Time(minute * MINUTE_MS), Status::Open { present: 1, is_paused: false });
            assert_eq!(standing, Standing { phase: Phase::Cancelled, present: None, is_paused: false });
            assert!(!standing.may_join() && !standing.is_on() && !standing.has_begun());
        }
    }

    #[test]
    fn teacher_and_substitute_both_lead() {
        let karim = Named { person: PersonId(102), name: "Karim Benali".into() };
        let slot = Planned { substitute: Some(karim), ..planned(1, 60) };
        assert_eq!(slot.lead().name, "Karim Benali");
        assert!(slot.is_led_by(PersonId(101)) && slot.is_led_by(PersonId(102)));
        assert!(!slot.is_led_by(PersonId(103)));
    }
}
