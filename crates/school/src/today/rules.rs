//! What of a person's lessons matters now: one in front, the rest of the day
//! after it, and the next day with lessons.

use base::Time;
use base::clock::SECOND_MS;
use base::limits::{LOBBY_OPENS_BEFORE_MS, OVERRUN_MS};
use jiff::civil::Date;

use crate::planned::{Phase, Planned, Standing};

/// One lesson of somebody's day.
#[derive(Clone, Debug)]
pub(super) struct Lesson {
    pub planned: Planned,
    pub standing: Standing,
    /// The person whose day it is takes part: not a teacher who is replaced.
    pub is_mine: bool,
}

/// Somebody's day, as it stands now.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// The lesson to go to: on now, soon, or the next one today.
    pub front: Option<Lesson>,
    /// What comes after it today, in order; also what is on beside it.
    pub later: Vec<Lesson>,
    /// What is over today, in order.
    pub earlier: Vec<Lesson>,
    /// The next day with lessons.
    pub next: Option<NextDay>,
}

/// A day with lessons that is not today.
#[derive(Debug)]
pub(super) struct NextDay {
    pub date: Date,
    pub lessons: Vec<Lesson>,
}

/// Arranges lessons, given in their order, for the day that `now` is in.
pub(super) fn arrange(lessons: Vec<Lesson>, now: Time, date_of: impl Fn(Time) -> Date) -> Day {
    let today = date_of(now);
    let mut day = Day::default();
    let mut rest: Vec<Lesson> = Vec::with_capacity(lessons.len());
    for lesson in lessons {
        let date = date_of(lesson.planned.starts_at);
        if date > today {
            match &mut day.next {
                Some(next) if next.date != date => break,
                Some(next) => next.lessons.push(lesson),
                None => day.next = Some(NextDay { date, lessons: vec![lesson] }),
            }
        } else if date == today || is_still_on(&lesson) {
            rest.push(lesson);
        }
    }
    let front = (0..rest.len()).filter_map(|at| Some((rank(&rest[at])?, at))).min();
    day.front = front.map(|(_, at)| rest.remove(at));
    (day.earlier, day.later) = rest.into_iter().partition(|lesson| lesson.is_past(now));
    day
}

/// Milliseconds until a page that shows `lessons` says something else; at least `floor_ms`.
pub(super) fn next_change_ms<'a>(
    lessons: impl Iterator<Item = &'a Lesson>,
    midnight: Time,
    now: Time,
    floor_ms: i64,
) -> i64 {
    let changes = lessons.flat_map(|Lesson { planned, .. }| {
        let (starts_at, ends_at) = (planned.starts_at, planned.ends_at);
        [starts_at - LOBBY_OPENS_BEFORE_MS, starts_at, ends_at, ends_at + OVERRUN_MS]
    });
    let next = changes.chain([midnight]).filter(|at| *at > now).min();
    next.map_or(floor_ms, |at| at.since_ms(now).max(floor_ms))
}

impl Lesson {
    /// Whether a door stands open beside the lesson in front: a class that
    /// overruns, or the lobby of the next lesson.
    pub fn has_side_door(&self) -> bool {
        self.is_mine
            && self.standing.may_join()
            && (self.standing.is_open() || self.standing.phase == Phase::Lobby)
    }

    /// Whether nothing of it is to come.
    fn is_past(&self, now: Time) -> bool {
        match self.standing.phase {
            Phase::Over => true,
            Phase::Overrun | Phase::Cancelled => !self.standing.is_open() && now >= self.planned.ends_at,
            Phase::Later | Phase::Lobby | Phase::Now => false,
        }
    }
}

impl Day {
    /// Whether there is nothing on today, past or to come.
    pub fn is_free(&self) -> bool {
        self.front.is_none() && self.later.is_empty() && self.earlier.is_empty()
    }

    /// Whether the lesson in front has a button.
    pub fn is_busy(&self) -> bool {
        self.front.as_ref().is_some_and(|lesson| lesson.standing.may_join())
    }

    /// Every lesson of today.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.front.iter().chain(&self.later).chain(&self.earlier)
    }
}

/// A page asks again no sooner than this.
pub(super) const ASK_AGAIN_MS_MIN: i64 = 20 * SECOND_MS;

/// Began on another day and is not over: the night before, or a long overrun.
fn is_still_on(lesson: &Lesson) -> bool {
    lesson.standing.may_join()
}

/// How much a lesson belongs in front; lower is more. What the timetable says
/// now comes before a lesson that overruns: whoever misses the new one is late.
fn rank(lesson: &Lesson) -> Option<u8> {
    if !lesson.is_mine {
        return None;
    }
    match (lesson.standing.phase, lesson.standing.is_open()) {
        (Phase::Now, _) => Some(0),
        (Phase::Overrun, true) => Some(1),
        (Phase::Lobby, _) => Some(2),
        (Phase::Overrun, false) => Some(3),
        (Phase::Later, _) => Some(4),
        (Phase::Cancelled | Phase::Over, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use base::clock::{DAY_MS, MINUTE_MS};
    use jiff::civil::date;
    use lesson::Status;

    use super::*;
    use crate::planned::tests::planned;

    const OPEN: Status = Status::Open { present: 5, is_paused: false };

    fn date_of(time: Time) -> Date {
        let days = time.0.div_euclid(DAY_MS);
        date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()
    }

    fn lesson(slot: i64, starts_minute: i64, status: Status, now: Time) -> Lesson {
        let planned = planned(slot, starts_minute);
        let standing = planned.standing_with(now, status);
        Lesson { planned, standing, is_mine: true }
    }

    fn ids(lessons: &[Lesson]) -> Vec<i64> {
        lessons.iter().map(|lesson| lesson.planned.slot.0).collect()
    }

    #[test]
    fn one_lesson_is_in_front() {
        let quiet = Status::NotOpen;
        for (why, minute, first, second, front) in [
            ("before school", 300, quiet, quiet, Some(1)),
            ("its lobby is open", 470, quiet, quiet, Some(1)),
            ("its hour is on", 490, quiet, quiet, Some(1)),
            ("the next one's lobby is open too", 530, OPEN, quiet, Some(1)),
            ("it ended early", 530, Status::Ended, quiet, Some(2)),
            ("it overruns into the break", 537, OPEN, quiet, Some(1)),
            ("nobody held it", 537, quiet, quiet, Some(2)),
            ("it overruns into the next one", 541, OPEN, quiet, Some(2)),
            ("all is over", 700, quiet, quiet, None),
        ] {
            let now = Time(minute * MINUTE_MS);
            let lessons = vec![lesson(1, 480, first, now), lesson(2, 540, second, now)];
            let day = arrange(lessons, now, date_of);
            assert_eq!(day.front.map(|lesson| lesson.planned.slot.0), front, "{why}");
        }
    }

    #[test]
    fn the_rest_of_the_day_keeps_its_order() {
        let now = Time(610 * MINUTE_MS);
        let mut lessons: Vec<Lesson> =
            [480, 540, 600, 660, 720].iter().zip(1..).map(|(at, id)| lesson(id, *at, OPEN, now)).collect();
        lessons[3].standing.phase = Phase::Cancelled;
        let day = arrange(lessons, now, date_of);
        assert_eq!(day.front.as_ref().map(|lesson| lesson.planned.slot.0), Some(3));
        assert_eq!((ids(&day.earlier), ids(&day.later)), (vec![1], vec![2, 4, 5]));
        assert!(!day.is_free());
    }

    #[test]
    fn what_was_cancelled_or_never_held_is_past_with_its_hour() {
        let now = Time(600 * MINUTE_MS);
        let cancelled = |slot, minute| {
            let mut lesson = lesson(slot, minute, Status::NotOpen, now);
            lesson.standing.phase = Phase::Cancelled;
            lesson
        };
        let never_opened = lesson(2, 540, Status::NotOpen, now);
        let overruns = lesson(3, 541, OPEN, now);
        assert!(overruns.has_side_door() && !never_opened.has_side_door());
        let lessons =
            vec![cancelled(1, 480), never_opened, overruns, lesson(4, 600, OPEN, now), cancelled(5, 660)];
        let day = arrange(lessons, now, date_of);
        assert_eq!((ids(&day.earlier), ids(&day.later)), (vec![1, 2], vec![3, 5]));
    }

    #[test]
    fn only_the_first_day_to_come_is_shown() {
        let now = Time(600 * MINUTE_MS);
        let on = |id, day: i64, minute| lesson(id, day * 1_440 + minute, Status::NotOpen, now);
        let day = arrange(vec![on(1, 3, 480), on(2, 3, 540), on(3, 4, 480)], now, date_of);
        assert!(day.is_free());
        let next = day.next.unwrap();
        assert_eq!((next.date, ids(&next.lessons)), (date(1970, 1, 4), vec![1, 2]));
    }

    #[test]
    fn a_lesson_of_last_night_stays_while_it_is_on() {
        for (status, front) in [(OPEN, Some(1)), (Status::Ended, None)] {
            let now = Time((1_440 + 10) * MINUTE_MS);
            let day = arrange(vec![lesson(1, 1_410, status, now)], now, date_of);
            assert_eq!(day.front.as_ref().map(|lesson| lesson.planned.slot.0), front);
            assert!(day.earlier.is_empty());
        }
    }

    #[test]
    fn a_teacher_who_is_replaced_is_not_sent_there() {
        let now = Time(490 * MINUTE_MS);
        let replaced = Lesson { is_mine: false, ..lesson(1, 480, OPEN, now) };
        let day = arrange(vec![replaced, lesson(2, 600, Status::NotOpen, now)], now, date_of);
        assert_eq!(day.front.as_ref().map(|lesson| lesson.planned.slot.0), Some(2));
        assert_eq!(ids(&day.later), [1]);
    }

    #[test]
    fn the_page_knows_when_it_grows_old() {
        let midnight = Time(1_440 * MINUTE_MS);
        for (minute, expected) in [(450, 10), (470, 10), (480, 55), (540, 25), (600, 840)] {
            let now = Time(minute * MINUTE_MS);
            let day = [lesson(1, 480, Status::NotOpen, now)];
            let change = next_change_ms(day.iter(), midnight, now, 1_000);
            assert_eq!(change, expected * MINUTE_MS, "{minute}");
        }
        assert_eq!(next_change_ms([].iter(), midnight, midnight - 5, 1_000), 1_000);
    }
}
