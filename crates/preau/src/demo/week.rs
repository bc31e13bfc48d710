//! Lays the lessons of a week: no group and no teacher in two places.
//!
//! Groups stand in four cohorts whose hours begin at :00, :15, :30 and :45, so
//! that the bell does not ring for everybody at once. Times here are minutes of
//! the school's local day.

use base::{Entropy, GroupId, PersonId};

use super::plan::{Course, Group};

/// Minutes that a lesson lasts.
pub(super) const LESSON_MINUTES: usize = 55;

/// One weekly lesson: which course, which day (0 is Monday), from which minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) course: usize,
    pub(super) day: usize,
    pub(super) minute: usize,
}

/// The cohort of the group at this place in the list.
pub(super) fn cohort(group: usize) -> usize {
    group % COHORT_STARTS.len()
}

/// Places every lesson of every course; the few that chance leaves without a
/// place, if any, are left out.
pub(super) fn arrange(entropy: &Entropy, groups: &[Group], courses: &[Course]) -> Vec<Cell> {
    let wanted: usize = courses.iter().map(|course| course.lessons).sum();
    let mut best = Vec::new();
    for _ in 0..TRIES_MAX {
        let week = arrange_once(entropy, groups, courses);
        if week.len() > best.len() {
            best = week;
        }
        if best.len() == wanted {
            break;
        }
    }
    best.sort_by_key(|cell| (cell.day, cell.minute, cell.course));
    best
}

/// Puts a list into a drawn order.
pub(super) fn shuffle<T>(entropy: &Entropy, list: &mut [T]) {
    for at in (1..list.len()).rev() {
        list.swap(at, entropy.below(at + 1));
    }
}

fn arrange_once(entropy: &Entropy, groups: &[Group], courses: &[Course]) -> Vec<Cell> {
    let load = |teacher: PersonId| -> usize {
        courses.iter().filter(|course| course.teacher == teacher).map(|course| course.lessons).sum()
    };
    let mut lessons: Vec<usize> =
        courses.iter().enumerate().flat_map(|(at, course)| std::iter::repeat_n(at, course.lessons)).collect();
    shuffle(entropy, &mut lessons);
    // The busiest teachers choose first.
    lessons.sort_by_key(|course| std::cmp::Reverse(load(courses[*course].teacher)));
    let mut week: Vec<Cell> = Vec::new();
    for course in lessons {
        let mut hours = hours(groups, courses[course].group);
        shuffle(entropy, &mut hours);
        let free = |(day, minute): &(usize, usize)| {
            week.iter().all(|cell| {
                let other = &courses[cell.course];
                let is_apart = cell.day != *day || cell.minute.abs_diff(*minute) >= LESSON_MINUTES;
                is_apart || (other.group != courses[course].group && other.teacher != courses[course].teacher)
            })
        };
        let same_day =
            |day: usize| week.iter().filter(|cell| cell.course == course && cell.day == day).count();
        let place = hours.into_iter().filter(free).min_by_key(|(day, _)| same_day(*day));
        if let Some((day, minute)) = place {
            week.push(Cell { course, day, minute });
        }
    }
    week
}

/// The hours at which a group may have lessons; Wednesday afternoon is free.
fn hours(groups: &[Group], group: GroupId) -> Vec<(usize, usize)> {
    let at = groups.iter().position(|known| known.id == group).unwrap_or_default();
    let (morning, afternoon) = COHORT_STARTS[cohort(at)];
    (0..5)
        .flat_map(|day| {
            let mornings = (0..4).map(move |hour| (day, morning + 60 * hour));
            let afternoons = (0..3).filter(move |_| day != 2).map(move |hour| (day, afternoon + 60 * hour));
            mornings.chain(afternoons)
        })
        .collect()
}

/// First minute of the morning and of the afternoon, by cohort: from 8:00 or a
/// quarter, half, three quarters past; lunch in two sittings.
const COHORT_STARTS: [(usize, usize); 4] = [
    (8 * 60, 14 * 60),
    (8 * 60 + 15, 14 * 60 + 15),
    (8 * 60 + 30, 13 * 60 + 30),
    (8 * 60 + 45, 13 * 60 + 45),
];

const TRIES_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use super::super::plan::Plan;
    use super::*;

    #[test]
    fn every_lesson_has_its_place_and_nobody_is_in_two() {
        for seed in 0..10 {
            let plan = Plan::new(seed);
            let wanted: usize = plan.courses.iter().map(|course| course.lessons).sum();
            assert_eq!(plan.week.len(), wanted, "seed {seed}");
            for (at, cell) in plan.week.iter().enumerate() {
                let course = &plan.courses[cell.course];
                for other in &plan.week[at + 1..] {
                    let its = &plan.courses[other.course];
                    if cell.day == other.day && cell.minute.abs_diff(other.minute) < LESSON_MINUTES {
                        assert!(course.group != its.group && course.teacher != its.teacher);
                    }
                }
            }
        }
    }
}
