//! The baselines: seats given to persons, whoever else of their lesson is in.
//!
//! Everybody has the top quality, as in April 2021. Without a gate a system
//! beyond its capacity holds no lesson at all while it is.

use std::collections::VecDeque;

use admission::{Ladder, Level};

use super::Stage;
use crate::measure::Measure;
use crate::policy::Policy;
use crate::random::Random;
use crate::scenario::SECONDS;

struct Door {
    policy: Policy,
    inside: u64,
    queue: VecDeque<u32>,
    pool: Vec<u32>,
    /// People who try again, by second.
    wheel: Vec<Vec<u32>>,
    random: Random,
    /// Attackers who hold a seat, by the second in which they leave it.
    leaving: Vec<u64>,
    /// Overloaded within the last five minutes: what had begun has broken down.
    overloaded_until: usize,
}

/// An attacker holds a seat for a session of ten minutes.
const SESSION_S: usize = 600;

/// In a queue, somebody who is nobody.
const ATTACKER: u32 = u32::MAX;

/// A system that was overloaded needs so long until its lessons work again.
const RECOVERY_S: usize = 60;

pub(super) fn play(stage: &Stage<'_>, policy: Policy, measure: &mut Measure, progress: &mut dyn FnMut(f64)) {
    let cost = Ladder::CLASS.cost(Level::Cameras) as f64;
    let mut door = Door {
        policy,
        inside: 0,
        queue: VecDeque::new(),
        pool: Vec::new(),
        wheel: vec![Vec::new(); SECONDS + 1],
        random: Random::new(stage.scenario.seed, 0x5ea7),
        leaving: vec![0; SECONDS + 1],
        overloaded_until: 0,
    };
    let (mut next, mut before) = (0, stage.budget);
    for second in 0..SECONDS {
        let budget = stage.budget_at(second);
        let seats = (budget / cost) as u64;
        if budget != before {
            before = budget;
            measure.capacity_changes();
        }
        for lesson in &stage.agenda.ends[second] {
            door.inside -= u64::from(measure.end(*lesson));
        }
        for person in std::mem::take(&mut door.wheel[second]) {
            measure.polls += 1;
            door.ask(stage, measure, second, person, seats);
        }
        while next < stage.morning.people() && stage.morning.came_at(next) <= second {
            measure.arrive(stage.morning.lesson_of(next), stage.morning.is_lead(next));
            door.ask(stage, measure, second, next, seats);
            next += 1;
        }
        door.handle_attack(second, stage.attackers_at(second), seats);
        door.serve(stage, measure, second, seats);
        if door.inside > seats {
            door.overloaded_until = second + RECOVERY_S;
        }
        let is_overloaded = second < door.overloaded_until;
        for lesson in &stage.agenda.looks[second] {
            measure.look(*lesson, is_overloaded);
        }
        let is_anyone_waiting = !door.queue.is_empty() || !door.pool.is_empty() || door.inside >= seats;
        measure.second(second, (door.inside as f64 * cost, budget), is_anyone_waiting, is_overloaded);
        if second.is_multiple_of(60) {
            progress(second as f64 / SECONDS as f64);
        }
    }
}

impl Door {
    /// Somebody asks to come in, for the first time or again.
    fn ask(&mut self, stage: &Stage<'_>, measure: &mut Measure, second: usize, person: u32, seats: u64) {
        let came_at = stage.morning.came_at(person);
        if second == came_at && !(self.policy == Policy::None || self.inside < seats) {
            measure.waited += 1;
        }
        match self.policy {
            Policy::None => self.enter(stage, measure, second, person),
            Policy::Fifo => self.queue.push_back(person),
            Policy::Random => self.pool.push(person),
            _ if self.inside < seats => self.enter(stage, measure, second, person),
            _ => {
                measure.refusals += 1;
                self.try_again(stage, second, person);
            }
        }
    }

    /// A gate that gives seats to whoever asks gives them to attackers too.
    fn handle_attack(&mut self, second: usize, attackers: u64, seats: u64) {
        self.inside -= std::mem::take(&mut self.leaving[second]);
        match self.policy {
            Policy::Fifo => self.queue.extend((0..attackers).map(|_| ATTACKER)),
            Policy::Random => self.pool.extend((0..attackers).map(|_| ATTACKER)),
            Policy::None => self.seat_attackers(second, attackers),
            _ => self.seat_attackers(second, attackers.min(seats.saturating_sub(self.inside))),
        }
    }

    fn seat_attackers(&mut self, second: usize, attackers: u64) {
        self.inside += attackers;
        if let Some(leaving) = self.leaving.get_mut(second + SESSION_S) {
            *leaving += attackers;
        }
    }

    fn try_again(&mut self, stage: &Stage<'_>, second: usize, person: u32) {
        if stage.is_gone(second, person) {
            return;
        }
        let habits = stage.scenario.habits(person);
        let wait = stage.scenario.retry_after_s(habits, || self.random.unit());
        let due = second + (wait as usize).max(1);
        if due < SECONDS {
            self.wheel[due].push(person);
        }
    }

    /// Free seats go to whoever waits.
    fn serve(&mut self, stage: &Stage<'_>, measure: &mut Measure, second: usize, seats: u64) {
        while self.inside < seats {
            let person = match self.policy {
                Policy::Fifo => self.queue.pop_front(),
                Policy::Random if !self.pool.is_empty() => {
                    let at = self.random.below(u32::try_from(self.pool.len()).unwrap_or(u32::MAX));
                    Some(self.pool.swap_remove(at as usize))
                }
                _ => None,
            };
            let Some(person) = person else { return };
            if person == ATTACKER {
                self.seat_attackers(second, 1);
                continue;
            }
            let came_at = stage.morning.came_at(person);
            measure.polls += ((second - came_at) as f64 / stage.scenario.poll_every_s()) as u64;
            if !stage.is_gone(second, person) {
                self.enter(stage, measure, second, person);
            }
        }
    }

    fn enter(&mut self, stage: &Stage<'_>, measure: &mut Measure, second: usize, person: u32) {
        let lesson = stage.morning.lesson_of(person);
        if second as u32 >= stage.morning.lessons[lesson as usize].end {
            return;
        }
        let came_at = stage.morning.came_at(person);
        measure.enter(lesson, stage.morning.is_lead(person), second - came_at);
        self.inside += 1;
    }
}
