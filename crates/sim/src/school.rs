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
pub struct Lesson {
    /// Its school, from 0.
    pub school: u32,
    /// Second of the morning of the bell.
    pub bell: u32,
    /// Second of the morning of the end of the hour.
    pub end: u32,
    /// Its pupils and its teacher.
    pub enrolled: u32,
    /// How many come to it, the teacher with them even if she does not.
    pub came: u32,
}

/// Everybody who comes. A person is a number: their place in the order of arrival.
pub struct Morning {
    /// Every lesson, school by school.
    pub lessons: Vec<Lesson>,
    /// Schools.
    pub schools: u32,
    /// Second of arrival of each person.
    came_at: Vec<u16>,
    /// The lesson of each person, doubled; one more for who leads it.
    part: Vec<u32>,
}

/// Bells of a school, minutes after the full hour, and how many of a hundred ring then.
const BELLS: [(i64, u32); 5] = [(0, 55), (5, 15), (-5, 10), (10, 10), (30, 10)];

impl Morning {
    /// Draws the morning of a scenario: the same one for the same scenario.
    pub fn draw(scenario: &Scenario) -> Morning {
        let mut morning =
            Morning { lessons: Vec::new(), schools: scenario.schools, came_at: Vec::new(), part: Vec::new() };
        let mut drawn = Vec::new();
        for school in 0..scenario.schools {
            let share = |n: u32| u64::from(scenario.pupils) * u64::from(n) / u64::from(scenario.schools);
            let pupils = u32::try_from(share(school + 1) - share(school)).unwrap_or(0);
            morning.draw_school(scenario, school, pupils, &mut drawn);
        }
        morning.sort_arrivals(&drawn);
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
    pub fn peak_people(&self) -> u64 {
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

    /// People who come, in the order of their coming.
    pub fn people(&self) -> u32 {
        u32::try_from(self.part.len()).unwrap_or(u32::MAX)
    }

    /// Second of arrival of a person.
    pub fn came_at(&self, person: u32) -> usize {
        usize::from(self.came_at[person as usize])
    }

    /// The lesson of a person.
    pub fn lesson_of(&self, person: u32) -> u32 {
        self.part[person as usize] >> 1
    }

    /// Whether a person is the teacher of their lesson.
    pub fn is_lead(&self, person: u32) -> bool {
        self.part[person as usize] & 1 == 1
    }

    fn draw_school(&mut self, scenario: &Scenario, school: u32, pupils: u32, drawn: &mut Vec<u16>) {
        let mut random = Random::new(scenario.seed, u64::from(school) + 1);
        let bell_min = draw_bell(&mut random);
        let mut classes = Vec::new();
        let mut left = pupils;
        while left > 0 {
            let size = (22 + random.below(14)).min(left);
            classes.push(size);
            left -= size;
        }
        for hour in (8..).take(scenario.hours as usize) {
            let after_s = (bell_min * 60) as f64 / scenario.hurry;
            let start_s = hour * 3_600 + after_s.round() as i64 - START_MS / SECOND_MS;
            if start_s + LAST_BELL_BEFORE_END_S > SECONDS as i64 {
                continue;
            }
            for pupils in &classes {
                let before = drawn.len();
                draw_people(scenario, &mut random, *pupils, start_s, drawn);
                self.lessons.push(Lesson {
                    school,
                    bell: u32::try_from(start_s).unwrap_or(0),
                    end: u32::try_from(start_s + 55 * 60).unwrap_or(0).min(SECONDS as u32),
                    enrolled: pupils + 1,
                    came: u32::try_from(drawn.len() - before).unwrap_or(u32::MAX),
                });
            }
        }
    }

    /// Puts those drawn, lesson by lesson, into the order of their coming.
    fn sort_arrivals(&mut self, drawn: &[u16]) {
        let mut place = vec![0u32; SECONDS + 1];
        for second in drawn.iter().filter(|second| **second != ABSENT) {
            place[usize::from(*second) + 1] += 1;
        }
        for second in 1..place.len() {
            place[second] += place[second - 1];
        }
        let people = place[SECONDS] as usize;
        self.part = vec![0; people];
        self.came_at = vec![0; people];
        let mut rest = drawn;
        for (at, lesson) in (0u32..).zip(&self.lessons) {
            let (own, others) = rest.split_at(lesson.came as usize);
            rest = others;
            for (n, second) in own.iter().enumerate().filter(|(_, second)| **second != ABSENT) {
                let person = &mut place[usize::from(*second)];
                self.part[*person as usize] = at << 1 | u32::from(n == 0);
                self.came_at[*person as usize] = *second;
                *person += 1;
            }
        }
    }
}

/// Seconds of arrival of a lesson's people, its teacher first.
fn draw_people(scenario: &Scenario, random: &mut Random, pupils: u32, start_s: i64, drawn: &mut Vec<u16>) {
    let late_s = scenario.late_bell_min * 60.0;
    for person in 0..=pupils {
        let is_teacher = person == 0;
        let shows = if is_teacher { TEACHERS_PRESENT } else { scenario.present };
        if random.unit() >= shows {
            if is_teacher {
                drawn.push(ABSENT);
            }
            continue;
        }
        let (mean, spread) = if is_teacher {
            (scenario.teachers_mean_s, TEACHERS_SPREAD_S)
        } else {
            (scenario.pupils_mean_s, scenario.pupils_spread_s)
        };
        let offset = (mean + spread * random.normal() + late_s) / scenario.hurry;
        drawn.push((start_s as f64 + offset).clamp(0.0, (SECONDS - 1) as f64) as u16);
    }
}

/// A lesson without its teacher is nobody's fault here, and rare.
const TEACHERS_PRESENT: f64 = 0.98;

/// Standard deviation of teachers' arrivals, seconds.
const TEACHERS_SPREAD_S: f64 = 120.0;

/// A teacher who does not come: her place is kept so that the first of a lesson is always its teacher.
const ABSENT: u16 = u16::MAX;

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
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
