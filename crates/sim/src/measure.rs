//! What is measured of a morning, each number with one definition.

use serde::Serialize;

use crate::policy::Policy;
use crate::scenario::SECONDS;
use crate::school::Morning;

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
    /// Weighted Jain index over schools of the share of their lessons that was held; 0 when none was.
    pub jain: f64,
    /// The largest excess of what was spent over what there was, as a share of the whole capacity.
    /// Nobody is sent away when the capacity falls: those who were in then, at the floor, do not count.
    pub overshoot: f64,
    /// Mean share of the capacity unused while somebody waited.
    pub idle_seats: f64,
    /// Requests to ask again, per person who waited.
    pub polls: f64,
    /// Requests answered with a refusal.
    pub refusals: u64,
    /// Lessons that had been given a later time and then opened.
    pub lessons_promised: u64,
    /// |opened − promised| of those, 95 of 100, in seconds; 0 when there is none.
    pub promise_error_s_p95: u32,
    /// Lessons between their bell and their end whose teacher and at least one pupil have come, every 30 seconds.
    pub demanded_over_time: Vec<u32>,
    /// Of those, lessons being held: the same test as for `lessons_held`, at that moment.
    pub held_over_time: Vec<u32>,
}

/// Collects while a morning is played, in simulated time or for real. A lesson
/// is a place in [`Morning::lessons`]; times are seconds of the morning.
pub struct Measure {
    pub(crate) inside: Vec<u32>,
    pub(crate) arrived: Vec<u32>,
    pub(crate) lead_in: Vec<bool>,
    lead_came: Vec<bool>,
    /// Seconds of the bell and of the end, by lesson.
    hours: Vec<(u32, u32)>,
    looked_at: Vec<Look>,
    waits: Vec<u64>,
    promise_errors: Vec<u64>,
    /// Requests answered with a refusal.
    pub refusals: u64,
    /// Requests to ask again.
    pub polls: u64,
    /// People who were not let in at once.
    pub waited: u64,
    present: u64,
    /// Of them, people who were in when the capacity last changed.
    inherited: u64,
    capacity: f64,
    floor_cost: f64,
    overshoot: f64,
    idle: f64,
    idle_seconds: u64,
    demanded_over_time: Vec<u32>,
    held_over_time: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Look {
    is_demanded: bool,
    is_held: bool,
    came: u32,
    inside: u32,
}

impl Measure {
    /// `capacity` is what there is on a day without changes, `floor_cost` what one person
    /// costs at the least, both in kbit/s.
    pub fn new(morning: &Morning, capacity: f64, floor_cost: f64) -> Measure {
        let lessons = morning.lessons.len();
        Measure {
            inside: vec![0; lessons],
            arrived: vec![0; lessons],
            lead_in: vec![false; lessons],
            lead_came: vec![false; lessons],
            hours: morning.lessons.iter().map(|lesson| (lesson.bell, lesson.end)).collect(),
            looked_at: vec![Look::default(); lessons],
            waits: vec![0; SECONDS + 1],
            promise_errors: vec![0; SECONDS + 1],
            refusals: 0,
            polls: 0,
            waited: 0,
            present: 0,
            inherited: 0,
            capacity,
            floor_cost,
            overshoot: 0.0,
            idle: 0.0,
            idle_seconds: 0,
            demanded_over_time: Vec::new(),
            held_over_time: Vec::new(),
        }
    }

    /// Somebody of a lesson comes.
    pub fn arrive(&mut self, lesson: u32, is_lead: bool) {
        self.arrived[lesson as usize] += 1;
        self.lead_came[lesson as usize] |= is_lead;
    }

    /// Somebody is in, so long after they came.
    pub fn enter(&mut self, lesson: u32, is_lead: bool, wait_s: usize) {
        self.inside[lesson as usize] += 1;
        self.lead_in[lesson as usize] |= is_lead;
        self.waits[wait_s.min(SECONDS)] += 1;
        self.present += 1;
    }

    /// Somebody who was in is not any more.
    pub fn leave(&mut self, lesson: u32, is_lead: bool) {
        let at = lesson as usize;
        self.inside[at] = self.inside[at].saturating_sub(1);
        self.lead_in[at] &= !is_lead;
        self.present = self.present.saturating_sub(1);
    }

    /// There is more or less than a moment ago.
    pub(crate) fn capacity_changes(&mut self) {
        self.inherited = self.present;
    }

    pub(crate) fn promise_error(&mut self, seconds: usize) {
        self.promise_errors[seconds.min(SECONDS)] += 1;
    }

    /// The hour of a lesson is over; returns how many leave.
    pub(crate) fn end(&mut self, lesson: u32) -> u32 {
        self.lead_in[lesson as usize] = false;
        let people = std::mem::take(&mut self.inside[lesson as usize]);
        self.present -= u64::from(people);
        self.inherited = self.inherited.min(self.present);
        people
    }

    /// Five minutes after the bell.
    pub fn look(&mut self, lesson: u32, is_overloaded: bool) {
        let at = lesson as usize;
        let (came, inside) = (self.arrived[at], self.inside[at]);
        let is_demanded = self.lead_came[at] && came >= 2;
        self.looked_at[at] =
            Look { is_demanded, is_held: is_demanded && self.is_whole(at) && !is_overloaded, came, inside };
    }

    /// Of a lesson that was looked at: it did not stay.
    pub fn lose(&mut self, lesson: u32) {
        self.looked_at[lesson as usize].is_held = false;
    }

    /// A second is over: `load` is what was spent and what there was, in kbit/s.
    pub fn second(&mut self, second: usize, load: (f64, f64), is_anyone_waiting: bool, is_overloaded: bool) {
        let (spent, budget) = load;
        let allowed = budget.max(self.inherited as f64 * self.floor_cost);
        self.overshoot = self.overshoot.max((spent - allowed) / self.capacity);
        if is_anyone_waiting {
            self.idle += (1.0 - spent / budget.max(1.0)).max(0.0);
            self.idle_seconds += 1;
        }
        if second.is_multiple_of(POINT_EVERY_S) {
            let now = u32::try_from(second).unwrap_or(u32::MAX);
            let (mut demanded, mut held) = (0, 0);
            for (at, (bell, end)) in self.hours.iter().enumerate() {
                if (*bell..*end).contains(&now) && self.lead_came[at] && self.arrived[at] >= 2 {
                    demanded += 1;
                    held += u32::from(!is_overloaded && self.is_whole(at));
                }
            }
            self.demanded_over_time.push(demanded);
            self.held_over_time.push(held);
        }
    }

    /// Whether the teacher and at least 90 % of the pupils who have come are in.
    pub fn is_whole(&self, at: usize) -> bool {
        // The teacher is one of those inside; pupils are counted without her.
        self.lead_in[at] && (self.inside[at] - 1) * 10 >= (self.arrived[at] - 1) * 9
    }

    /// The numbers; `seats` are those at the top quality and at the floor.
    pub fn outcome(self, policy: Policy, overload: f64, morning: &Morning, seats: (f64, f64)) -> Outcome {
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
            lessons_promised: self.promise_errors.iter().sum(),
            promise_error_s_p95: percentile(&self.promise_errors, 0.95),
            demanded_over_time: self.demanded_over_time,
            held_over_time: self.held_over_time,
        }
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
        if squares > 0.0 { sum * sum / (weight * squares) } else { 0.0 }
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
