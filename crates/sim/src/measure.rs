//! What is measured of a morning, each number with one definition.

use serde::Serialize;

use crate::policy::Policy;
use crate::scenario::SECONDS;
use crate::school::Morning;

/// Five minutes after the bell a lesson is looked at.
pub(crate) const LOOK_AFTER_S: u32 = 300;

/// Seconds between two points of the curve.
pub(crate) const POINT_EVERY_S: usize = 30;

/// How a morning went under a policy. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The policy.
    pub policy: Policy,
    /// Demand at the top quality over the capacity.
    pub overload: f64,
    /// Lessons whose teacher and at least one pupil had come five minutes after the bell.
    pub lessons_demanded: u64,
    /// Of those, lessons in which at that moment the teacher and at least 90 % of
    /// the pupils who had come were in, on a system that was not overloaded.
    pub lessons_held: u64,
    /// `lessons_held` / `lessons_demanded`.
    pub lessons_held_of_demand: f64,
    /// `lessons_held` / the lessons that the capacity carries at the top quality when
    /// every school has the same share: `lessons_demanded` × capacity / peak demand.
    pub lessons_held_of_capacity: f64,
    /// The same at the floor quality.
    pub lessons_held_of_floor: f64,
    /// Mean share of those who had come that was in, over lessons in which anybody was.
    pub wholeness: f64,
    /// Seconds from coming to being in, half of those who got in.
    pub wait_s_p50: u32,
    /// The same for 95 of 100.
    pub wait_s_p95: u32,
    /// Weighted Jain index over schools of the share of their lessons that was held.
    pub jain: f64,
    /// The largest excess of what was spent over what there was, as a share of it.
    pub overshoot: f64,
    /// Mean share of the capacity unused while somebody waited.
    pub idle_seats: f64,
    /// Requests to ask again, per person who waited.
    pub polls: f64,
    /// Requests answered with a refusal.
    pub refusals: u64,
    /// |opened − promised| of lessons that opened after they had been given a time: 95 of 100, seconds.
    pub promise_error_s_p95: u32,
    /// Lessons being held, every 30 seconds.
    pub held_over_time: Vec<u32>,
}

/// Collects while a morning is played.
pub(crate) struct Measure {
    pub(crate) inside: Vec<u32>,
    pub(crate) arrived: Vec<u32>,
    pub(crate) lead_in: Vec<bool>,
    lead_came: Vec<bool>,
    looked_at: Vec<Look>,
    waits: Vec<u64>,
    promise_errors: Vec<u64>,
    pub(crate) refusals: u64,
    pub(crate) polls: u64,
    pub(crate) waited: u64,
    overshoot: f64,
    idle: f64,
    idle_seconds: u64,
    curve: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Look {
    is_demanded: bool,
    is_held: bool,
    came: u32,
    inside: u32,
}

impl Measure {
    pub(crate) fn new(lessons: usize) -> Measure {
        Measure {
            inside: vec![0; lessons],
            arrived: vec![0; lessons],
            lead_in: vec![false; lessons],
            lead_came: vec![false; lessons],
            looked_at: vec![Look::default(); lessons],
            waits: vec![0; SECONDS + 1],
            promise_errors: vec![0; SECONDS + 1],
            refusals: 0,
            polls: 0,
            waited: 0,
            overshoot: 0.0,
            idle: 0.0,
            idle_seconds: 0,
            curve: Vec::new(),
        }
    }

    pub(crate) fn arrive(&mut self, lesson: u32, is_lead: bool) {
        self.arrived[lesson as usize] += 1;
        self.lead_came[lesson as usize] |= is_lead;
    }

    pub(crate) fn enter(&mut self, lesson: u32, is_lead: bool, wait_s: usize) {
        self.inside[lesson as usize] += 1;
        self.lead_in[lesson as usize] |= is_lead;
        self.waits[wait_s.min(SECONDS)] += 1;
    }

    pub(crate) fn promise_error(&mut self, seconds: usize) {
        self.promise_errors[seconds.min(SECONDS)] += 1;
    }

    /// The hour of a lesson is over; returns how many leave.
    pub(crate) fn end(&mut self, lesson: u32) -> u32 {
        self.lead_in[lesson as usize] = false;
        std::mem::take(&mut self.inside[lesson as usize])
    }

    /// Five minutes after the bell.
    pub(crate) fn look(&mut self, lesson: u32, is_overloaded: bool) {
        let at = lesson as usize;
        let (came, inside) = (self.arrived[at], self.inside[at]);
        let is_demanded = self.lead_came[at] && came >= 2;
        self.looked_at[at] =
            Look { is_demanded, is_held: is_demanded && self.is_whole(at) && !is_overloaded, came, inside };
    }

    pub(crate) fn second(
        &mut self,
        second: usize,
        load: (f64, f64),
        is_anyone_waiting: bool,
        is_overloaded: bool,
    ) {
        let (spent, budget) = load;
        self.overshoot = self.overshoot.max((spent - budget) / budget.max(1.0));
        if is_anyone_waiting {
            self.idle += (1.0 - spent / budget.max(1.0)).max(0.0);
            self.idle_seconds += 1;
        }
        if second.is_multiple_of(POINT_EVERY_S) {
            let held = if is_overloaded {
                0
            } else {
                (0..self.inside.len()).filter(|at| self.inside[*at] >= 2 && self.is_whole(*at)).count()
            };
            self.curve.push(u32::try_from(held).unwrap_or(u32::MAX));
        }
    }

    pub(crate) fn outcome(
        self,
        policy: Policy,
        overload: f64,
        morning: &Morning,
        seats: (f64, f64),
    ) -> Outcome {
        let demanded = self.looked_at.iter().filter(|look| look.is_demanded).count() as u64;
        let held = self.looked_at.iter().filter(|look| look.is_held).count() as u64;
        let touched = self.looked_at.iter().filter(|look| look.is_demanded && look.inside > 0);
        let whole: Vec<f64> = touched.map(|look| f64::from(look.inside) / f64::from(look.came)).collect();
        let share = |of: f64| if of > 0.0 { held as f64 / of } else { 1.0 };
        let peak = morning.peak_people() as f64;
        let carried = |seats: f64| demanded as f64 * (seats / peak).min(1.0);
        Outcome {
            policy,
            overload,
            lessons_demanded: demanded,
            lessons_held: held,
            lessons_held_of_demand: share(demanded as f64),
            lessons_held_of_capacity: share(carried(seats.0)),
            lessons_held_of_floor: share(carried(seats.1)),
            wholeness: if whole.is_empty() { 1.0 } else { whole.iter().sum::<f64>() / whole.len() as f64 },
            wait_s_p50: percentile(&self.waits, 0.5),
            wait_s_p95: percentile(&self.waits, 0.95),
            jain: self.jain(morning),
            overshoot: self.overshoot.max(0.0),
            idle_seats: if self.idle_seconds > 0 { self.idle / self.idle_seconds as f64 } else { 0.0 },
            polls: if self.waited > 0 { self.polls as f64 / self.waited as f64 } else { 0.0 },
            refusals: self.refusals,
            promise_error_s_p95: percentile(&self.promise_errors, 0.95),
            held_over_time: self.curve,
        }
    }

    fn is_whole(&self, at: usize) -> bool {
        // The teacher is one of those inside; pupils are counted without her.
        self.lead_in[at] && (self.inside[at] - 1) * 10 >= (self.arrived[at] - 1) * 9
    }

    fn jain(&self, morning: &Morning) -> f64 {
        let mut wanted = vec![0.0; morning.schools as usize];
        let mut held = vec![0.0; morning.schools as usize];
        for (lesson, look) in morning.lessons.iter().zip(&self.looked_at) {
            wanted[lesson.school as usize] += f64::from(u8::from(look.is_demanded));
            held[lesson.school as usize] += f64::from(u8::from(look.is_held));
        }
        let weight: f64 = wanted.iter().sum();
        let sum: f64 = held.iter().sum();
        let squares: f64 = held
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted > 0.0)
            .map(|(held, wanted)| held * held / wanted)
            .sum();
        if squares > 0.0 { sum * sum / (weight * squares) } else { 1.0 }
    }
}

fn percentile(histogram: &[u64], share: f64) -> u32 {
    let total: u64 = histogram.iter().sum();
    let rank = (total as f64 * share).ceil() as u64;
    let mut seen = 0;
    for (value, count) in histogram.iter().enumerate() {
        seen += count;
        if *count > 0 && seen >= rank {
            return u32::try_from(value).unwrap_or(u32::MAX);
        }
    }
    0
}
