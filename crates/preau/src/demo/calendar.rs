//! The dated slots of the demonstration: three weeks of the timetable, and the
//! lessons that are added so that some are always on.
//!
//! Invariant: no group and no teacher ever has two slots that overlap. It is
//! pure: it changes a list of slots and tells what changed.

use base::clock::{DAY_MS, MINUTE_MS};
use base::{Entropy, GroupId, PersonId, SlotId, SubjectId, Time};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::plan::{Course, Plan, first_eight};
use super::week::LESSON_MINUTES;

/// Lessons that run now with [`LEFT_MS_MIN`] left, and as many that begin
/// within [`SOON_MS`].
pub(super) const LESSONS_WANTED: usize = 4;

/// A lesson with less than this left is nearly over for a visitor.
pub(super) const LEFT_MS_MIN: i64 = 35 * MINUTE_MS;

/// How soon the next lessons begin.
pub(super) const SOON_MS: i64 = 10 * MINUTE_MS;

/// The time zone of the school.
pub(super) const TIME_ZONE: &str = "Europe/Paris";

const LESSON_MS: i64 = LESSON_MINUTES as i64 * MINUTE_MS;
const STEP_MS: i64 = 5 * MINUTE_MS;

/// One dated slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) id: SlotId,
    pub(super) group: GroupId,
    pub(super) subject: SubjectId,
    pub(super) teacher: PersonId,
    pub(super) substitute: Option<PersonId>,
    pub(super) room_name: String,
    pub(super) starts_at: Time,
    pub(super) ends_at: Time,
    /// Somebody opened, changed or cancelled it: it stays.
    pub(super) is_touched: bool,
}

/// The slots of the weeks around now.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    pub(super) slots: Vec<Slot>,
}

/// What the database must be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) add: Vec<Slot>,
    pub(super) remove: Vec<SlotId>,
}

/// Whether a lesson that nobody touched may make way for one that is wanted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Displace {
    /// At start-up, while nobody is connected.
    Untouched,
    /// While people are looking at the timetable.
    Nothing,
}

/// The first moment that a calendar around `now` must know.
pub(super) fn known_from(now: Time) -> Time {
    now - 16 * DAY_MS
}

impl Slot {
    fn overlaps(&self, starts_at: Time, ends_at: Time) -> bool {
        self.starts_at < ends_at && starts_at < self.ends_at
    }

    fn occupies(&self, group: GroupId, teacher: PersonId) -> bool {
        self.group == group || self.teacher == teacher || self.substitute == Some(teacher)
    }

    /// Runs now, goes on for a while, and nobody has used it yet.
    pub(super) fn is_running(&self, now: Time) -> bool {
        !self.is_touched && self.starts_at <= now && self.ends_at.since_ms(now) >= LEFT_MS_MIN
    }

    /// Begins within minutes, and nobody has used it yet.
    pub(super) fn is_next(&self, now: Time) -> bool {
        !self.is_touched && self.starts_at > now && self.starts_at.since_ms(now) <= SOON_MS
    }
}

impl Calendar {
    /// Completes the weeks around `now` and the lessons that are on; tells what
    /// is new and what made way.
    pub(super) fn ensure_running(
        &mut self,
        plan: &Plan,
        now: Time,
        entropy: &Entropy,
        displace: Displace,
    ) -> Change {
        let stored: Vec<SlotId> = self.slots.iter().map(|slot| slot.id).collect();
        self.fill(plan, now);
        let now_5 = Time(now.0 - now.0.rem_euclid(STEP_MS));
        let count = |slots: &[Slot], wanted: fn(&Slot, Time) -> bool| {
            slots.iter().filter(|slot| wanted(slot, now)).count()
        };
        for turn in count(&self.slots, Slot::is_running)..LESSONS_WANTED {
            let begun = [0, 2, 1, 2][turn % 4];
            self.add(plan, now_5 - begun * STEP_MS, now, entropy, displace);
        }
        for turn in count(&self.slots, Slot::is_next)..LESSONS_WANTED {
            let begins = [1, 2][turn % 2];
            self.add(plan, now_5 + begins * STEP_MS, now, entropy, displace);
        }
        let is_left = |id: &SlotId| self.slots.iter().any(|slot| slot.id == *id);
        Change {
            remove: stored.iter().filter(|id| !is_left(id)).copied().collect(),
            add: self.slots.iter().filter(|slot| !stored.contains(&slot.id)).cloned().collect(),
        }
    }

    /// Adds the weekly lessons of the last, this and the next week that are not
    /// there yet and that still have room.
    fn fill(&mut self, plan: &Plan, now: Time) {
        for slot in weeks(plan, now) {
            let is_known = self.slots.iter().any(|known| known.id == slot.id);
            if !is_known && self.blockers(slot.group, slot.teacher, slot.starts_at).next().is_none() {
                self.slots.push(slot);
            }
        }
    }

    /// Adds a lesson at `starts_at` for whom it costs least, if there is anyone.
    fn add(&mut self, plan: &Plan, starts_at: Time, now: Time, entropy: &Entropy, displace: Displace) {
        let first = entropy.below(plan.courses.len());
        let (before, after) = plan.courses.split_at(first);
        let cheapest = after
            .iter()
            .chain(before)
            .filter_map(|course| Some((self.cost(course, starts_at, now, displace)?, course)))
            .min_by_key(|(cost, _)| *cost);
        let Some((_, course)) = cheapest else { return };
        let gone: Vec<SlotId> =
            self.blockers(course.group, course.teacher, starts_at).map(|slot| slot.id).collect();
        self.slots.retain(|slot| !gone.contains(&slot.id));
        self.slots.push(dated(SlotId(entropy.id()), course, starts_at));
    }

    /// What displacing everything in the way of a lesson costs; `None` when
    /// something there has to stay.
    fn cost(&self, course: &Course, starts_at: Time, now: Time, displace: Displace) -> Option<usize> {
        self.blockers(course.group, course.teacher, starts_at).try_fold(0, |sum, slot| {
            let is_on = slot.starts_at <= now && now < slot.ends_at;
            if slot.is_touched || displace == Displace::Nothing || self.is_needed(slot, now) {
                return None;
            }
            let is_wanted = slot.is_running(now) || slot.is_next(now);
            // What is on makes way only when nothing else can.
            Some(
                sum + if is_on {
                    1_000
                } else if is_wanted {
                    100
                } else {
                    1
                },
            )
        })
    }

    /// Whether the slot is one of the few that must be on.
    fn is_needed(&self, slot: &Slot, now: Time) -> bool {
        [Slot::is_running, Slot::is_next].iter().any(|wanted| {
            wanted(slot, now)
                && self.slots.iter().filter(|other| wanted(other, now)).count() <= LESSONS_WANTED
        })
    }

    fn blockers(
        &self,
        group: GroupId,
        teacher: PersonId,
        starts_at: Time,
    ) -> impl Iterator<Item = &Slot> + use<'_> {
        let ends_at = starts_at + LESSON_MS;
        self.slots
            .iter()
            .filter(move |slot| slot.overlaps(starts_at, ends_at) && slot.occupies(group, teacher))
    }
}

/// The weekly lessons of the last, this and the next week, with the same ids
/// each time.
fn weeks(plan: &Plan, now: Time) -> Vec<Slot> {
    let zone = TimeZone::get(TIME_ZONE).unwrap_or(TimeZone::UTC);
    let Ok(timestamp) = Timestamp::from_millisecond(now.0) else { return Vec::new() };
    let today = timestamp.to_zoned(zone.clone()).date();
    let monday_back = i64::from(today.weekday().to_monday_zero_offset());
    let mut slots = Vec::with_capacity(3 * plan.week.len());
    for week in -1..=1_i64 {
        for (at, cell) in plan.week.iter().enumerate() {
            let days = 7 * week + cell.day as i64 - monday_back;
            let Some((date, starts_at)) = moment(&zone, today, days, cell.minute) else { continue };
            let name = format!("{} {date} {at}", plan.school);
            let id = SlotId(Entropy::seeded(first_eight(&blake3::hash(name.as_bytes()))).id());
            slots.push(dated(id, &plan.courses[cell.course], starts_at));
        }
    }
    slots
}

/// `days` from today, at this minute of the local day.
fn moment(zone: &TimeZone, today: Date, days: i64, minute: usize) -> Option<(Date, Time)> {
    let date = today.checked_add(Span::new().try_days(days).ok()?).ok()?;
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let zoned = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some((date, Time(zoned.timestamp().as_millisecond())))
}

fn dated(id: SlotId, course: &Course, starts_at: Time) -> Slot {
    Slot {
        id,
        group: course.group,
        subject: course.subject,
        teacher: course.teacher,
        substitute: None,
        room_name: course.room_name.to_owned(),
        starts_at,
        ends_at: starts_at + LESSON_MS,
        is_touched: false,
    }
}

#[cfg(test)]
mod tests;
