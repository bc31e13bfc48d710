//! The timetable as admission sees it: which lessons there are, how many are
//! enrolled, and the rank of each among its equals.

use std::collections::HashMap;

use base::{SchoolId, SlotId, Time};

use crate::limits::LESSONS_MAX;
use crate::rank::{Rank, Seed, spread};

/// A lesson of the timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The slot.
    pub slot: SlotId,
    /// Its school.
    pub school: SchoolId,
    /// The bell.
    pub starts_at: Time,
    /// The end of the hour.
    pub ends_at: Time,
    /// Teacher and pupils enrolled.
    pub enrolled: u32,
}

/// Gives each lesson its rank. Lessons that end before they begin, that nobody
/// is enrolled in, whose slot is already taken, or beyond the limit are left out.
pub(crate) fn ranked(lessons: Vec<Planned>, taken: usize, seed: &Seed) -> Vec<(Planned, Rank)> {
    let mut lessons: Vec<(Planned, Rank)> = lessons
        .into_iter()
        .filter(|one| one.ends_at > one.starts_at && one.enrolled > 0)
        .take(LESSONS_MAX.saturating_sub(taken))
        .map(|one| (one, seed.lesson(one.slot)))
        .collect();
    lessons.sort_by_key(|(one, order)| (one.school, one.starts_at, *order, one.slot));
    let mut count: HashMap<(SchoolId, Time), usize> = HashMap::new();
    for (one, _) in &lessons {
        *count.entry((one.school, one.starts_at)).or_default() += 1;
    }
    let (mut n, mut bell) = (0, 0);
    let mut before = None;
    for (one, rank) in &mut lessons {
        let key = (one.school, one.starts_at);
        if before != Some(key) {
            let is_same_school = before.is_some_and(|(school, _)| school == one.school);
            bell = if is_same_school { bell + 1 } else { 0 };
            n = 0;
        }
        before = Some(key);
        *rank = spread(seed.offset(one.school), bell, n, count[&key]);
        n += 1;
    }
    lessons
}
