//! The laws of the design that concern admission, over random mornings.

use std::collections::BTreeMap;

use admission::{Admission, Arrival, Ladder, Level, Planned, Seed, Settings, Verdict};
use base::clock::MINUTE_MS;
use base::{SchoolId, SlotId, Time};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Morning {
    seed: u64,
    lessons: Vec<(i64, i64, u32, u32)>,
    seats: u64,
    top_only: bool,
    show_permille: u32,
    dips: Vec<(i64, u64)>,
}

fn mornings() -> impl Strategy<Value = Morning> {
    let lesson = (0i64..6, prop::sample::select(vec![0i64, 5, 10, 30]), 1u32..60, 20u32..60);
    (
        any::<u64>(),
        prop::collection::vec(lesson, 1..60),
        1u64..2_000,
        any::<bool>(),
        500u32..=1_000,
        prop::collection::vec((0i64..60, 1u64..2_000), 0..3),
    )
        .prop_map(|(seed, lessons, seats, top_only, show_permille, dips)| Morning {
            seed,
            lessons,
            seats,
            top_only,
            show_permille,
            dips,
        })
}

/// Everything that an onlooker sees of a morning, second by second.
struct Played {
    trace: Vec<u64>,
    overshoot: u64,
    evicted: usize,
    admitted: BTreeMap<SlotId, Time>,
    broken_promises: usize,
}

fn play(morning: &Morning) -> Played {
    let ladder = if morning.top_only { Ladder::TOP_ONLY } else { Ladder::CLASS };
    let budget = morning.seats * ladder.floor_cost();
    let bell = Time(8 * 60 * MINUTE_MS);
    let start = bell - 15 * MINUTE_MS;
    let settings = Settings { ladder, seed: Seed::of(morning.seed), budget_kbit_s: budget };
    let mut admission = Admission::new(settings, start);
    let planned: Vec<Planned> = morning
        .lessons
        .iter()
        .enumerate()
        .map(|(n, (school, offset, enrolled, length))| Planned {
            slot: SlotId(n as i64 + 1),
            school: SchoolId(*school),
            starts_at: bell + offset * MINUTE_MS,
            ends_at: bell + (offset + i64::from(*length)) * MINUTE_MS,
            enrolled: *enrolled,
        })
        .collect();
    admission.plan(planned.clone());
    let mut people: Vec<(Time, SlotId, bool)> = Vec::new();
    for one in &planned {
        for n in 0..one.enrolled {
            let draw =
                u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ morning.seed ^ one.slot.0.unsigned_abs();
            let draw = draw.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20;
            if draw % 1_000 < u64::from(morning.show_permille) {
                let offset = i64::try_from(draw / 1_000 % 420).unwrap() - 240;
                people.push((one.starts_at + offset * 1_000, one.slot, true));
            }
        }
    }
    people.sort();
    let mut present: BTreeMap<SlotId, u32> = BTreeMap::new();
    let mut waiting: Vec<(Time, SlotId, bool)> = Vec::new();
    let mut played =
        Played { trace: Vec::new(), overshoot: 0, evicted: 0, admitted: BTreeMap::new(), broken_promises: 0 };
    let mut promised: BTreeMap<SlotId, Time> = BTreeMap::new();
    let mut limit = budget;
    let mut next = 0;
    for second in 0..90 * 60 {
        let now = start + second * 1_000;
        for (minute, seats) in &morning.dips {
            // A dip of the budget to no less than what the floor holds now.
            if second == minute * 60 {
                let floor = admission.totals().present * ladder.floor_cost();
                limit = (seats * ladder.floor_cost()).max(floor);
                admission.handle_budget(now, limit);
            }
        }
        admission.handle_time(now);
        for one in &planned {
            if one.ends_at == now
                && let Some(people) = present.remove(&one.slot)
            {
                admission.handle_leave(one.slot, people);
            }
        }
        while next < people.len() && people[next].0 <= now {
            waiting.push(people[next]);
            next += 1;
        }
        waiting.retain_mut(|(came_at, slot, is_first)| {
            let is_retry = (now.0 - came_at.0) % 5_000 < 1_000;
            if !is_retry {
                return true;
            }
            match admission.handle_arrival(
                now,
                Arrival { slot: *slot, is_lead: true, is_first: std::mem::take(is_first) },
            ) {
                Verdict::Enter { .. } => {
                    *present.entry(*slot).or_default() += 1;
                    played.admitted.entry(*slot).or_insert(now);
                    false
                }
                Verdict::Wait { opens_at } => {
                    if let Some(opens_at) = opens_at
                        && opens_at > now + 30_000
                    {
                        promised.entry(*slot).or_insert(opens_at);
                    }
                    true
                }
                Verdict::Lobby => true,
                Verdict::Refuse(_) => false,
            }
        });
        played.evicted += present
            .keys()
            .filter(|slot| admission.find_lesson(**slot).is_none_or(|view| view.admitted_at.is_none()))
            .count();
        let totals = admission.totals();
        played.overshoot = played.overshoot.max(totals.spent.saturating_sub(limit));
        let inside: u64 = present.values().map(|people| u64::from(*people)).sum();
        assert_eq!(inside, totals.present, "the books are right");
        let counted: u64 = present
            .iter()
            .map(|(slot, people)| {
                let level = admission.find_lesson(*slot).map_or(Level::Voice, |view| view.level);
                u64::from(*people) * ladder.cost(level)
            })
            .sum();
        assert_eq!(counted, totals.spent, "the cost is right");
        played.trace.extend([totals.spent, totals.present, totals.admitted as u64, totals.waiting as u64]);
    }
    for (slot, promise) in &promised {
        if played.admitted.get(slot).is_some_and(|at| at.since_ms(*promise) > 30_000) {
            played.broken_promises += 1;
        }
    }
    played
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_budget_holds_and_nobody_is_evicted(morning in mornings()) {
        let played = play(&morning);
        prop_assert_eq!(played.overshoot, 0);
        prop_assert_eq!(played.evicted, 0);
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes(morning in mornings()) {
        prop_assert_eq!(play(&morning).trace, play(&morning).trace);
    }
}

/// Levels: every school gets its share of the better rung, and nobody flaps.
#[test]
fn the_better_rung_is_shared_evenly_among_schools() {
    let bell = Time(8 * 60 * MINUTE_MS);
    let ladder = Ladder::CLASS;
    let people = 200 * 20 * 30u64;
    let budget = people * (ladder.cost(Level::Screen) + ladder.cost(Level::Teacher)) / 2;
    let settings = Settings { ladder, seed: Seed::of(1), budget_kbit_s: budget };
    let mut admission = Admission::new(settings, bell - 600_000);
    let lessons: Vec<Planned> = (0..200 * 20)
        .map(|n| Planned {
            slot: SlotId(n + 1),
            school: SchoolId(n % 200),
            starts_at: bell,
            ends_at: bell + 55 * MINUTE_MS,
            enrolled: 30,
        })
        .collect();
    admission.plan(lessons.clone());
    for second in -600..600 {
        let now = bell + second * 1_000;
        admission.handle_time(now);
        if (-200..100).contains(&second) {
            for lesson in &lessons {
                if (lesson.slot.0 + second).rem_euclid(10) == 0 {
                    admission
                        .handle_arrival(now, Arrival { slot: lesson.slot, is_lead: true, is_first: true });
                }
            }
        }
    }
    let mut by_school = [0.0; 200];
    for lesson in &lessons {
        let level = admission.find_lesson(lesson.slot).unwrap().level;
        assert!(matches!(level, Level::Screen | Level::Teacher), "{level:?}");
        by_school[usize::try_from(lesson.school.0).unwrap()] += f64::from(u8::from(level == Level::Teacher));
    }
    let sum: f64 = by_school.iter().sum();
    let squares: f64 = by_school.iter().map(|x| x * x).sum();
    let jain = sum * sum / (200.0 * squares);
    assert!(jain >= 0.98, "{jain}");
    assert!(sum > 0.4 * 4_000.0, "the budget is used: {sum}");
}

/// At ten times the capacity whole lessons come in, and those are whole.
#[test]
fn lessons_come_in_whole_or_wait() {
    let morning = Morning {
        seed: 9,
        lessons: (0..100).map(|n| (n % 5, 0, 30, 55)).collect(),
        seats: 300,
        top_only: true,
        show_permille: 920,
        dips: vec![],
    };
    let played = play(&morning);
    assert!(played.admitted.len() >= 9, "{}", played.admitted.len());
    assert!(played.admitted.len() <= 12);
    assert_eq!(played.broken_promises, 0);
}

#[test]
fn a_timetable_with_nonsense_in_it_does_no_harm() {
    let settings = Settings { ladder: Ladder::CLASS, seed: Seed::of(2), budget_kbit_s: 10_000 };
    let mut admission = Admission::new(settings, Time(0));
    let lesson = |slot, starts, ends, enrolled| Planned {
        slot: SlotId(slot),
        school: SchoolId(1),
        starts_at: Time(starts),
        ends_at: Time(ends),
        enrolled,
    };
    admission.plan(vec![
        lesson(1, 600_000, 0, 30),
        lesson(2, 0, 600_000, 0),
        lesson(3, i64::MIN, i64::MAX, 30),
        lesson(4, 600_000, 4_000_000, u32::MAX),
        lesson(5, 600_000, 4_000_000, 30),
        lesson(5, 700_000, 4_000_000, 30),
    ]);
    for second in 0..4_000 {
        admission.handle_time(Time(second * 1_000));
    }
    assert_eq!(
        admission.handle_arrival(Time(700_000), Arrival { slot: SlotId(1), is_lead: true, is_first: true }),
        Verdict::Refuse(admission::Refusal::UnknownLesson)
    );
    assert!(admission.totals().spent <= 10_000);
}
