//! Plays a morning second by second.
//!
//! [`ours`] drives the production core by lesson; [`seats`] plays the baselines
//! person by person. Both feed the same [`Measure`].

#[cfg(test)]
mod faults;
mod ours;
mod seats;

use admission::{Ladder, Level};

use crate::measure::{Measure, Outcome};
use crate::policy::Policy;
use crate::scenario::{SECONDS, Scenario};
use crate::school::Morning;

/// Plays a scenario under a policy. `progress` hears the share that is played.
pub fn play(scenario: &Scenario, policy: Policy, progress: &mut dyn FnMut(f64)) -> Outcome {
    let morning = Morning::draw(scenario);
    let budget = budget_of(scenario, &morning);
    let seats = budget / Ladder::CLASS.cost(Level::Cameras) as f64;
    let floor_seats = budget / Ladder::CLASS.floor_cost() as f64;
    let ladder = if policy == Policy::LessonQuality { Ladder::CLASS } else { Ladder::TOP_ONLY };
    let mut measure = Measure::new(&morning, budget, ladder.floor_cost() as f64);
    let stage = Stage { scenario, morning: &morning, budget, agenda: Agenda::new(&morning, scenario) };
    match policy {
        Policy::Lesson | Policy::LessonQuality => ours::play(&stage, ladder, &mut measure, progress),
        _ => seats::play(&stage, policy, &mut measure, progress),
    }
    measure.outcome(policy, scenario.overload, &morning, (seats, floor_seats))
}

/// kbit/s that there are on a day without changes.
fn budget_of(scenario: &Scenario, morning: &Morning) -> f64 {
    let seats = morning.peak_people() as f64 / scenario.overload;
    (seats * Ladder::CLASS.cost(Level::Cameras) as f64).max(1.0)
}

/// What is played.
struct Stage<'a> {
    scenario: &'a Scenario,
    morning: &'a Morning,
    budget: f64,
    agenda: Agenda,
}

impl Stage<'_> {
    /// kbit/s that there are at a second.
    fn budget_at(&self, second: usize) -> f64 {
        let minute = second as f64 / 60.0;
        let share =
            self.scenario.capacity.iter().rfind(|(from, _)| *from <= minute).map_or(1.0, |(_, share)| *share);
        (self.budget * share).max(1.0)
    }
}

impl Stage<'_> {
    /// Requests without a card in a second.
    fn attackers_at(&self, second: usize) -> u64 {
        let minute = second as f64 / 60.0;
        let waves = self.scenario.attack.iter().filter(|(from, until, _)| (*from..*until).contains(&minute));
        waves.map(|(.., rate)| *rate).sum::<f64>() as u64
    }

    /// Whether somebody who waits without a time has lost patience, or their hour is over.
    fn is_gone(&self, second: usize, person: u32) -> bool {
        let lesson = self.morning.lesson_of(person);
        if second as u32 >= self.morning.lessons[lesson as usize].end {
            return true;
        }
        (second - self.morning.came_at(person)) as f64 > self.scenario.habits(person).patience_s
    }
}

/// Which lessons are looked at, and which end, at each second.
struct Agenda {
    looks: Vec<Vec<u32>>,
    ends: Vec<Vec<u32>>,
}

impl Agenda {
    fn new(morning: &Morning, scenario: &Scenario) -> Agenda {
        let mut agenda = Agenda { looks: vec![Vec::new(); SECONDS + 1], ends: vec![Vec::new(); SECONDS + 1] };
        for (at, lesson) in (0u32..).zip(&morning.lessons) {
            let look = (lesson.bell + scenario.look_after_s()).min(lesson.end - 1) as usize;
            agenda.looks[look.min(SECONDS)].push(at);
            agenda.ends[(lesson.end as usize).min(SECONDS)].push(at);
        }
        agenda
    }
}
