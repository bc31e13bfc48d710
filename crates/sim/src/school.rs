//! The people and the timetable of a morning, drawn from the seed.
//!
//! Two hours of lessons: at eight and at nine, give or take the bells of each
//! school. Kept flat and small: twelve million people must fit.

use admission::Planned;
use base::clock::{MINUTE_MS, SECOND_MS};
use base::{SchoolId, SlotId, Time};

use crate::random::Random;
use crate::scenario::{SECONDS, START_MS, Scenario};

/// A lesson with those who come to it.
#[derive(Clone, Debug)]
pub(crate) struct Lesson {
    pub(crate) school: u32,
    /// Second of the morning of the bell, and of the end of the hour.
    pub(crate) bell: u32,
    pub(crate) end: u32,
    pub(crate) enrolled: u32,
    /// The first of its people in [`Morning::came_at`], and how many there are.
    pub(crate) first: u32,
    pub(crate) came: u32,
}

/// Everybody who comes.
pub(crate) struct Morning {
    pub(crate) lessons: Vec<Lesson>,
    /// Second of arrival of each person; the teacher first in each lesson, if she comes.
    pub(crate) came_at: Vec<u16>,
    /// The lesson of each person.
    pub(crate) lesson_of: Vec<u32>,
    /// People in order of arrival.
    pub(crate) arrivals: Vec<u32>,
    pub(crate) schools: u32,
}

/// Bells of a school, minutes after the full hour, and how many of a hundred ring then.
const BELLS: [(i64, u32); 5] = [(0, 55), (5, 15), (-5, 10), (10, 10), (30, 10)];

impl Morning {
    pub(crate) fn draw(scenario: &Scenario) -> Morning {
        let mut morning = Morning {
            lessons: Vec::new(),
            came_at: Vec::new(),
            lesson_of: Vec::new(),
            arrivals: Vec::new(),
            schools: scenario.schools,
        };
        for school in 0..scenario.schools {
            let share = |n: u32| u64::from(scenario.pupils) * u64::from(n) / u64::from(scenario.schools);
            let pupils = u32::try_from(share(school + 1) - share(school)).unwrap_or(0);
            morning.draw_school(scenario, school, pupils);
        }
        morning.sort_arrivals();
        morning
    }

    /// The timetable as admission is told it.
    pub(crate) fn timetable(&self) -> Vec<Planned> {
        (1..)
            .zip(&self.lessons)
            .map(|(slot, lesson)| Planned {
                slot: SlotId(slot),
                school: SchoolId(i64::from(lesson.school) + 1),
                starts_at: at(lesson.bell),
                ends_at: at(lesson.end),
                enrolled: lesson.enrolled,
            })
            .collect()
    }

    /// People with a lesson at the fullest time, if all came in: the demand.
    pub(crate) fn peak_people(&self) -> u64 {
        let mut change = vec![0i64; SECONDS + 1];
        for lesson in &self.lessons {
            change[lesson.bell as usize] += i64::from(lesson.came);
            change[lesson.end as usize] -= i64::from(lesson.came);
        }
        let mut now = 0;
        let peak = change.into_iter().map(|people| {
            now += people;
            now
        });
        peak.max().unwrap_or(0).unsigned_abs().max(1)
    }

    fn draw_school(&mut self, scenario: &Scenario, school: u32, pupils: u32) {
        let mut random = Random::new(scenario.seed, u64::from(school) + 1);
        let bell_min = draw_bell(&mut random);
        let mut classes = Vec::new();
        let mut left = pupils;
        while left > 0 {
            let size = (22 + random.below(14)).min(left);
            classes.push(size);
            left -= size;
        }
        for hour in [8, 9] {
            let start_s = (hour * 60 + bell_min) * 60 - START_MS / SECOND_MS;
            if start_s + LAST_BELL_BEFORE_END_S > SECONDS as i64 {
                continue;
            }
            for pupils in &classes {
                self.draw_lesson(scenario, &mut random, school, *pupils, start_s);
            }
        }
    }

    fn draw_lesson(
        &mut self,
        scenario: &Scenario,
        random: &mut Random,
        school: u32,
        pupils: u32,
        start: i64,
    ) {
        let at = u32::try_from(self.lessons.len()).unwrap_or(u32::MAX);
        let first = u32::try_from(self.came_at.len()).unwrap_or(u32::MAX);
        let late_s = scenario.late_bell_min * 60.0;
        for person in 0..=pupils {
            let is_teacher = person == 0;
            // Nineteen teachers of twenty are there; a lesson without one is nobody's fault here.
            let shows = if is_teacher { 0.98 } else { scenario.present };
            if random.unit() >= shows {
                if is_teacher {
                    // Her place is kept so that the first person of a lesson is always its teacher.
                    self.came_at.push(u16::MAX);
                    self.lesson_of.push(at);
                }
                continue;
            }
            let (mean, spread) = if is_teacher {
                (scenario.teachers_mean_s, 120.0)
            } else {
                (scenario.pupils_mean_s, scenario.pupils_spread_s)
            };
            let offset = mean + spread * random.normal() + late_s;
            let second = (start as f64 + offset).clamp(0.0, (SECONDS - 1) as f64);
            self.came_at.push(second as u16);
            self.lesson_of.push(at);
        }
        let people = u32::try_from(self.came_at.len()).unwrap_or(u32::MAX) - first;
        self.lessons.push(Lesson {
            school,
            bell: u32::try_from(start).unwrap_or(0),
            end: u32::try_from(start + 55 * 60).unwrap_or(0).min(SECONDS as u32),
            enrolled: pupils + 1,
            first,
            came: people,
        });
    }

    fn sort_arrivals(&mut self) {
        let mut count = vec![0u32; SECONDS + 1];
        for second in &self.came_at {
            if let Some(slot) = count.get_mut(*second as usize + 1) {
                *slot += 1;
            }
        }
        for second in 1..count.len() {
            count[second] += count[second - 1];
        }
        let total = self.came_at.iter().filter(|second| **second != u16::MAX).count();
        self.arrivals = vec![0; total];
        for (person, second) in (0u32..).zip(&self.came_at) {
            if *second != u16::MAX {
                let place = &mut count[*second as usize];
                self.arrivals[*place as usize] = person;
                *place += 1;
            }
        }
    }
}

/// A lesson whose first ten minutes are not within the morning is not played.
const LAST_BELL_BEFORE_END_S: i64 = 600;

/// The time of a second of the morning.
pub(crate) fn at(second: u32) -> Time {
    Time(START_MS + i64::from(second) * SECOND_MS)
}

fn draw_bell(random: &mut Random) -> i64 {
    let mut draw = random.below(100);
    for (minutes, weight) in BELLS {
        if draw < weight {
            return minutes;
        }
        draw -= weight;
    }
    0
}

/// Minutes of the day when the morning begins; kept beside [`at`] for reports.
pub(crate) fn clock(second: usize) -> String {
    let minutes = START_MS / MINUTE_MS + second as i64 / 60;
    format!("{} h {:02}", minutes / 60, minutes % 60)
}
