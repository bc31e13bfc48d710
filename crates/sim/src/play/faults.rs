//! One school over ten thousand mornings in which the capacity falls and returns.
//!
//! The laws, whatever the fault: nobody enters beyond what there is, nobody who
//! is in is sent away, and what waited enters again as soon as there is room.

use admission::Ladder;
use base::{SlotId, Time};

use super::ours::{House, OVERDUE_LOOK_S};
use super::{Agenda, Stage, budget_of};
use crate::measure::Measure;
use crate::policy::Policy;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::school::{Morning, at};

/// The first hour with its faults, and the opening of the second.
const PLAYED_S: u32 = 5_700;

/// A lesson that is due is admitted this long after the capacity returns.
const ADMITTED_AFTER_S: u32 = 2;

/// With the whole capacity, a lesson whose teacher is in is whole after this: its people look once more.
const WHOLE_AFTER_S: u32 = OVERDUE_LOOK_S as u32 + ADMITTED_AFTER_S;

#[test]
fn ten_thousand_mornings_with_faults_break_no_law() {
    let mut seen = Seen::default();
    for seed in 0..10_000 {
        let (scenario, ladder) = draw(seed);
        let morning = Morning::draw(&scenario);
        let budget = budget_of(&scenario, &morning);
        let agenda = Agenda::new(&morning, &scenario);
        watch(&Stage { scenario: &scenario, morning: &morning, budget, agenda }, ladder, &mut seen);
    }
    // The laws were put to the test, not avoided.
    assert!(seen.seconds_below_present > 100_000 && seen.dues > 800 && seen.returns > 10_000, "{seen:?}");
}

/// How often the laws had something to say.
#[derive(Debug, Default)]
struct Seen {
    seconds_below_present: u32,
    returns: u32,
    dues: u32,
}

/// A school with one to three dips, which begin around the opening of its lessons.
fn draw(seed: u64) -> (Scenario, Ladder) {
    let mut random = Random::new(seed, 0xfa17);
    let overload = [0.8, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0][random.below(8) as usize];
    let mut capacity = Vec::new();
    let mut minute = 20.0;
    for _ in 0..=random.below(3) {
        minute += 0.5 + 9.0 * random.unit();
        capacity.push((minute, random.unit()));
        minute += 0.1 + 9.0 * random.unit();
        capacity.push((minute, 1.0));
    }
    let ladder = if random.below(2) == 0 { Ladder::CLASS } else { Ladder::TOP_ONLY };
    // Nobody gives up: a lesson that people left would look torn.
    let patience_min = 240.0;
    let scenario =
        Scenario { seed, schools: 1, pupils: 300, overload, capacity, patience_min, ..Scenario::default() };
    (scenario, ladder)
}

fn watch(stage: &Stage<'_>, ladder: Ladder, seen: &mut Seen) {
    let floor_cost = ladder.floor_cost();
    let mut house = House::new(stage, ladder);
    let mut measure = Measure::new(stage.morning, stage.budget, floor_cost as f64);
    let mut torn_s = vec![0; stage.morning.lessons.len()];
    let mut due_since = None;
    for second in 0..PLAYED_S {
        let before = house.admission.totals();
        let budget = stage.budget_at(second as usize) as u64;
        if budget > before.budget {
            let is_due = is_any_due(stage, &house, second, budget / floor_cost);
            due_since = is_due.then_some(second);
            seen.returns += 1;
            seen.dues += u32::from(is_due);
        } else if budget < before.budget {
            due_since = None;
        }
        house.step(&mut measure, second as usize);
        let totals = house.admission.totals();
        if totals.spent > totals.budget {
            // Those who were in stay; nobody new came.
            assert!(before.present * floor_cost > totals.budget, "{totals:?} {:?}", stage.scenario);
            assert!(totals.present <= before.present, "{totals:?} {:?}", stage.scenario);
            seen.seconds_below_present += 1;
        }
        if let Some(since) = due_since {
            if is_any_admitted_since(stage, &house, at(since)) {
                due_since = None;
            }
            assert!(
                due_since.is_none() || second < since + ADMITTED_AFTER_S,
                "{second}: {:?}",
                stage.scenario
            );
        }
        let is_all_there = budget == stage.budget as u64;
        for (lesson, torn_s) in torn_s.iter_mut().enumerate() {
            let is_torn = measure.lead_in[lesson] && !measure.is_whole(lesson);
            *torn_s = if is_torn && is_all_there { *torn_s + 1 } else { 0 };
            assert!(*torn_s <= WHOLE_AFTER_S, "lesson {lesson} at {second}: {:?}", stage.scenario);
        }
    }
    let outcome = measure.outcome(Policy::Lesson, 1.0, stage.morning, (1.0, 1.0));
    assert_eq!(outcome.overshoot, 0.0, "{:?}", stage.scenario);
}

fn is_any_admitted_since(stage: &Stage<'_>, house: &House<'_>, since: Time) -> bool {
    let slots = (1..).map(SlotId).zip(&stage.morning.lessons).map(|(slot, _)| slot);
    let mut views = slots.filter_map(|slot| house.admission.find_lesson(slot));
    views.any(|view| view.admitted_at.is_some_and(|admitted_at| admitted_at >= since))
}

/// Whether a lesson's time has come, it is not in, and it fits for certain:
/// were all the enrolled of every lesson that is in to come, and four standard
/// deviations more, there would be seats for it.
fn is_any_due(stage: &Stage<'_>, house: &House<'_>, second: u32, seats: u64) -> bool {
    let now = at(second);
    let (mut taken, mut smallest) = (0u32, None::<u32>);
    for (slot, lesson) in (1..).map(SlotId).zip(&stage.morning.lessons) {
        let Some(view) = house.admission.find_lesson(slot) else { continue };
        let is_worth_opening = at(lesson.end).since_ms(now)
            > admission::limits::WORTH_OPENING_MS + 1_000 * i64::from(ADMITTED_AFTER_S);
        if view.admitted_at.is_some() {
            taken += lesson.enrolled;
        } else if view.promised_at.is_some_and(|promised| promised <= now) && is_worth_opening {
            smallest = Some(smallest.map_or(lesson.enrolled, |least| least.min(lesson.enrolled)));
        }
    }
    smallest.is_some_and(|enrolled| {
        let people = f64::from(taken + enrolled);
        people + admission::limits::SIGMAS * (people / 4.0).sqrt() <= seats as f64
    })
}
