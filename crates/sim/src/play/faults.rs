//! One school over many mornings in which the capacity falls and returns.
//!
//! What must hold whatever the fault: nobody is admitted beyond what there is,
//! nobody who is in is sent away, and what waited enters again when it may.

use std::collections::BTreeSet;

use admission::Ladder;

use super::ours::House;
use super::{Agenda, Stage};
use crate::measure::Measure;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::school::{Morning, at};

/// The first hour and what comes after it.
const PLAYED_S: usize = 5_700;

/// After the return of the capacity a lesson that is due is admitted within this.
const RECOVERY_S: usize = 2;

#[test]
fn a_thousand_mornings_with_faults_break_no_law() {
    let mut seen = Seen::default();
    for seed in 0..1_000 {
        let mut fault = Fault::draw(seed);
        let morning = Morning::draw(&fault.scenario);
        seen.add(fault.play(&morning));
    }
    println!("{seen:?}");
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    deep: u64,
    returns: u64,
    recoveries: u64,
    whole_s: [u64; 10],
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.deep += other.deep;
        self.returns += other.returns;
        self.recoveries += other.recoveries;
        for n in 0..10 { self.whole_s[n] += other.whole_s[n]; }
    }
}

struct Fault {
    scenario: Scenario,
    ladder: Ladder,
}

impl Fault {
    fn draw(seed: u64) -> Fault {
        let mut random = Random::new(seed, 0xfa17);
        let overload = [0.8, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0][random.below(8) as usize];
        let mut capacity = Vec::new();
        let mut minute = 24.0;
        for _ in 0..=random.below(3) {
            minute += 8.0 * random.unit();
            capacity.push((minute, random.unit()));
            minute += 0.1 + 6.0 * random.unit();
            capacity.push((minute, 1.0));
        }
        let scenario =
            Scenario { seed, schools: 1, pupils: 300, overload, capacity, ..Scenario::default() };
        let ladder = if random.below(2) == 0 { Ladder::CLASS } else { Ladder::TOP_ONLY };
        Fault { scenario, ladder }
    }

    fn play(&mut self, morning: &Morning) -> Seen {
        let budget = morning.peak_people() as f64 / self.scenario.overload * 2_000.0;
        let mut seen = Seen::default();
        let stage = Stage { scenario: &self.scenario, morning, budget, agenda: Agenda::new(morning, &self.scenario) };
        let floor = self.ladder.floor_cost();
        let mut house = House::new(&stage, self.ladder);
        let mut measure = Measure::new(morning.lessons.len(), budget, floor as f64);
        let mut admitted: BTreeSet<usize> = BTreeSet::new();
        let mut due_by: Option<(usize, usize)> = None;
        let mut before = budget as u64;
        let mut returned = None;
        for second in 0..PLAYED_S {
            let was_in = house.admission.totals().present;
            let now = stage.budget_at(second) as u64;
            if now > before {
                seen.returns += 1;
                returned = Some(second);
                let views: Vec<_> = (0..morning.lessons.len())
                .map(|n| house.admission.find_lesson(base::SlotId(n as i64 + 1)).unwrap())
                .collect();
                let used: u32 = views.iter().zip(&morning.lessons).filter(|(v, _)| v.admitted_at.is_some()).map(|(_, l)| l.enrolled).sum();
                let due = views.iter().zip(&morning.lessons).filter(|(v, l)| v.admitted_at.is_none() && v.promised_at.is_some_and(|p| p <= at(second as u32)) && l.end > second as u32 + 602).map(|(_, l)| l.enrolled).min();
                if due.is_some() { seen.whole_s[9] += 1; }
                if let Some(due) = due && f64::from(used + due) + 2.0 * f64::from(used + due).sqrt() <= now as f64 / floor as f64 {
                    seen.recoveries += 1;
                    due_by = Some((second + RECOVERY_S, house.admission.totals().admitted));
                }
            }
            house.step(&mut measure, second);
            let totals = house.admission.totals();
            let what = || format!("{:?} {:?} at {second}: {totals:?}, was in {was_in}", self.scenario, self.ladder);
            if totals.spent > totals.budget {
                assert!(was_in * floor > totals.budget && totals.present <= was_in, "{}", what());
                seen.deep += 1;
            }
            if let Some((by, n)) = due_by && second == by {
                assert!(totals.admitted > n, "{}", what());
                due_by = None;
            }
            if now < before { returned = None; due_by = None }
            if let Some(r) = returned {
                let lag = (0..morning.lessons.len()).any(|n| measure.lead_in[n] && (measure.inside[n]-1)*10 < 9*(measure.arrived[n] -1));
                if !lag || second - r > 60 { let d = second - r; 
                let b = match d { 0..=5 => d, 6..=10 => 6, 11..=60 => 7, _ => 8}; seen.whole_s[b] += 1; returned = None; }
            }
            before = now;
        }
        let outcome = measure.outcome(crate::Policy::Lesson, 1.0, morning, (1.0, 1.0));
        assert_eq!(outcome.overshoot, 0.0, "{:?}", self.scenario);
        let _ = (&mut admitted, &mut due_by, returned, at(0), RECOVERY_S);
        seen
    }
}
