//! The laws of the design that concern admission, over random mornings.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::collections::BTreeMap;

use admission::{Admission, Arrival, Hand, Ladder, Level, Lever, Planned, Seed, Settings, Verdict};
use base::clock::MINUTE_MS;
use base::limits::LOBBY_OPENS_BEFORE_MS;
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
    levers: Vec<(i64, Lever)>,
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
        prop::collection::vec((0i64..70, levers()), 0..6),
    )
        .prop_map(|(seed, lessons, seats, top_only, show_permille, dips, levers)| Morning {
            seed,
            lessons,
            seats,
            top_only,
            show_permille,
            dips,
            levers,
        })
}

/// What the operator may do to lessons; the ceiling comes with the dips of the budget.
fn levers() -> impl Strategy<Value = Lever> {
    prop_oneof![
        any::<bool>().prop_map(Lever::Pause),
        any::<bool>().prop_map(Lever::Drain),
        (0i64..6, any::<bool>()).prop_map(|(school, is_on)| Lever::School(SchoolId(school), is_on)),
        (1i64..60, any::<bool>()).prop_map(|(slot, is_on)| Lever::Lesson(SlotId(slot), is_on)),
        any::<bool>().prop_map(Lever::Freeze),
    ]
}

/// Everything that an onlooker sees of a morning, second by second.
struct Played {
    trace: Vec<u64>,
    overshoot: u64,
    evicted: usize,
    /// Lessons that were opened while nobody new was to enter.
    slipped_in: usize,
    admitted: BTreeMap<SlotId, Time>,
    broken_promises: usize,
}

/// Plays a morning, checking the books after every second.
fn play(morning: &Morning) -> Played {
    let mut stage = Stage::new(morning);
    for second in 0..90 * 60 {
        stage.second(second, morning);
    }
    for (slot, promise) in &stage.promised {
        if stage.played.admitted.get(slot).is_some_and(|at| at.since_ms(*promise) > 30_000) {
            stage.played.broken_promises += 1;
        }
    }
    stage.played
}

struct Stage {
    ladder: Ladder,
    limit: u64,
    admission: Admission,
    hand: Hand,
    planned: Vec<Planned>,
    /// Who comes when, the last one first; whether they ask for the first time.
    coming: Vec<(Time, SlotId, bool)>,
    waiting: Vec<(Time, SlotId, bool)>,
    present: BTreeMap<SlotId, u32>,
    promised: BTreeMap<SlotId, Time>,
    played: Played,
}

const BELL: Time = Time(8 * 60 * MINUTE_MS);
const START: Time = Time(BELL.0 - 15 * MINUTE_MS);

impl Stage {
    fn new(morning: &Morning) -> Stage {
        let ladder = if morning.top_only { Ladder::TOP_ONLY } else { Ladder::CLASS };
        let limit = morning.seats * ladder.floor_cost();
        let settings = Settings { ladder, seed: Seed::of(morning.seed), budget_kbit_s: limit };
        let mut admission = Admission::new(settings, START);
        let planned: Vec<Planned> = (1..)
            .zip(&morning.lessons)
            .map(|(slot, (school, offset, enrolled, length))| Planned {
                slot: SlotId(slot),
                school: SchoolId(*school),
                starts_at: BELL + offset * MINUTE_MS,
                ends_at: BELL + (offset + i64::from(*length)) * MINUTE_MS,
                enrolled: *enrolled,
            })
            .collect();
        admission.plan(planned.clone());
        let played = Played {
            trace: Vec::new(),
            overshoot: 0,
            evicted: 0,
            slipped_in: 0,
            admitted: BTreeMap::new(),
            broken_promises: 0,
        };
        Stage {
            ladder,
            limit,
            admission,
            hand: Hand::default(),
            coming: people(morning, &planned),
            planned,
            waiting: Vec::new(),
            present: BTreeMap::new(),
            promised: BTreeMap::new(),
            played,
        }
    }

    fn second(&mut self, second: i64, morning: &Morning) {
        let now = START + second * 1_000;
        for (minute, seats) in &morning.dips {
            // A dip of the budget to no less than what the floor holds now.
            if second == minute * 60 {
                let floor = self.admission.totals().present * self.ladder.floor_cost();
                self.limit = (seats * self.ladder.floor_cost()).max(floor);
                self.admission.handle_budget(now, self.limit);
            }
        }
        for (minute, lever) in &morning.levers {
            if second == minute * 60 {
                self.hand.pull(lever);
                self.admission.handle_hand(now, &self.hand, self.limit);
            }
        }
        let opened = |stage: &Stage| {
            let slots = stage.planned.iter().map(|one| one.slot);
            let views = slots.filter_map(|slot| stage.admission.find_lesson(slot));
            views.filter(|view| view.admitted_at == Some(now)).count()
        };
        self.admission.handle_time(now);
        if self.hand.is_shut() {
            self.played.slipped_in += opened(self);
        }
        for one in &self.planned {
            if one.ends_at == now
                && let Some(people) = self.present.remove(&one.slot)
            {
                self.admission.handle_leave(one.slot, people);
            }
        }
        while let Some(person) = self.coming.pop_if(|person| person.0 <= now) {
            self.waiting.push(person);
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain_mut(|(came_at, slot, is_first)| {
            let is_asking = (now.0 - came_at.0) % 5_000 < 1_000;
            !is_asking || self.ask(now, *slot, std::mem::take(is_first))
        });
        self.waiting = waiting;
        self.check();
    }

    /// Somebody asks; whether they still wait.
    fn ask(&mut self, now: Time, slot: SlotId, is_first: bool) -> bool {
        match self.admission.handle_arrival(now, Arrival { slot, is_lead: true, is_first }) {
            Verdict::Enter { .. } => {
                self.admission.handle_join(now, slot, true);
                *self.present.entry(slot).or_default() += 1;
                self.played.admitted.entry(slot).or_insert(now);
                false
            }
            Verdict::Wait { opens_at } => {
                if let Some(opens_at) = opens_at.filter(|opens_at| *opens_at > now + 30_000) {
                    self.promised.entry(slot).or_insert(opens_at);
                }
                true
            }
            Verdict::Lobby => true,
            Verdict::Refuse(_) => false,
        }
    }

    fn check(&mut self) {
        let level = |slot| self.admission.find_lesson(slot).map_or(Level::Voice, |view| view.level);
        self.played.evicted += self
            .present
            .keys()
            .filter(|slot| self.admission.find_lesson(**slot).is_none_or(|view| view.admitted_at.is_none()))
            .count();
        let totals = self.admission.totals();
        self.played.overshoot = self.played.overshoot.max(totals.spent.saturating_sub(self.limit));
        let inside: u64 = self.present.values().map(|people| u64::from(*people)).sum();
        assert_eq!(inside, totals.present, "the books are right");
        let counted: u64 = self
            .present
            .iter()
            .map(|(slot, people)| u64::from(*people) * self.ladder.cost(level(*slot)))
            .sum();
        assert_eq!(counted, totals.spent, "the cost is right");
        let seen = [totals.spent, totals.present, totals.admitted as u64, totals.waiting as u64];
        self.played.trace.extend(seen);
    }
}

/// Who comes to the lessons, and when; the last one first.
fn people(morning: &Morning, planned: &[Planned]) -> Vec<(Time, SlotId, bool)> {
    let mut people: Vec<(Time, SlotId, bool)> = Vec::new();
    for one in planned {
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
    people.reverse();
    people
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_budget_holds_and_nobody_is_evicted(morning in mornings()) {
        let played = play(&morning);
        prop_assert_eq!(played.overshoot, 0);
        prop_assert_eq!(played.evicted, 0);
        prop_assert_eq!(played.slipped_in, 0);
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
                    admission.handle_join(now, lesson.slot, true);
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
        levers: vec![],
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

/// A school of `lessons` with 30 people each at one bell, and seats for so many of them at the floor.
fn one_bell(lessons: i64, seats: u64) -> Admission {
    let ladder = Ladder::CLASS;
    let settings = Settings { ladder, seed: Seed::of(3), budget_kbit_s: seats * ladder.floor_cost() };
    let mut admission = Admission::new(settings, START);
    let lesson = |slot| Planned {
        slot: SlotId(slot),
        school: SchoolId(1),
        starts_at: BELL,
        ends_at: BELL + 55 * MINUTE_MS,
        enrolled: 30,
    };
    admission.plan((1..=lessons).map(lesson).collect());
    admission
}

fn lead(slot: SlotId) -> Arrival {
    Arrival { slot, is_lead: true, is_first: true }
}

#[test]
fn a_lesson_that_opens_later_has_its_minute_from_then_on() {
    let mut admission = one_bell(1, 40);
    admission.handle_budget(START, 0);
    let (slot, back) = (SlotId(1), BELL + 5 * MINUTE_MS);
    let mut second = START;
    while second < back + 50_000 {
        if second == back {
            admission.handle_budget(second, 40 * Ladder::CLASS.floor_cost());
        }
        admission.handle_time(second);
        second = second + 1_000;
    }
    assert!(admission.find_lesson(slot).unwrap().admitted_at.is_some(), "its teacher is awaited");
    admission.handle_time(back + 70_000);
    assert!(admission.find_lesson(slot).unwrap().admitted_at.is_none(), "nobody came");
    assert!(matches!(admission.handle_arrival(back + 71_000, lead(slot)), Verdict::Lobby));
    admission.handle_time(back + 72_000);
    assert!(matches!(admission.handle_arrival(back + 73_000, lead(slot)), Verdict::Enter { .. }));
}

#[test]
fn a_teacher_may_begin_early_while_the_seats_are_free() {
    let mut admission = one_bell(2, 40);
    let now = BELL - 12 * MINUTE_MS;
    admission.handle_time(now);
    assert!(matches!(admission.handle_arrival(now, lead(SlotId(1))), Verdict::Lobby));
    assert!(admission.handle_early_opening(now, SlotId(1)));
    assert!(!admission.handle_early_opening(now, SlotId(2)), "the seats are taken");
    assert!(!admission.handle_early_opening(now, SlotId(7)), "no such lesson");
    assert!(matches!(admission.handle_arrival(now, lead(SlotId(1))), Verdict::Enter { .. }));
    admission.handle_join(now, SlotId(1), true);
    for second in 0..900 {
        admission.handle_time(now + second * 1_000);
    }
    assert!(admission.find_lesson(SlotId(1)).unwrap().admitted_at.is_some(), "its own time changes nothing");
}

#[test]
fn a_lesson_goes_on_after_a_restart() {
    let mut admission = one_bell(2, 40);
    let now = BELL + 20 * MINUTE_MS;
    assert_eq!(admission.handle_join(now, SlotId(2), false), Some(Level::Cameras));
    assert_eq!(admission.totals().present, 1);
    assert!(admission.find_lesson(SlotId(2)).unwrap().admitted_at.is_some());
    assert_eq!(admission.handle_join(now, SlotId(9), false), None);
}

/// Tabs and hammering: the door never counts more people than are enrolled.
#[test]
fn asking_a_thousand_times_takes_no_seat_from_others() {
    let mut admission = one_bell(2, 70);
    for second in 0..1_020 {
        let now = START + second * 1_000;
        admission.handle_time(now);
        for _ in 0..10 {
            admission.handle_arrival(now, Arrival { slot: SlotId(1), is_lead: false, is_first: true });
        }
        admission.handle_arrival(now, Arrival { is_first: second == 0, ..lead(SlotId(2)) });
        if second == 800 {
            assert!(admission.handle_join(now, SlotId(2), true).is_some());
        }
    }
    assert!(admission.find_lesson(SlotId(2)).unwrap().admitted_at.is_some());
    assert!(admission.totals().spent <= admission.totals().budget);
}

/// Plays the hour of one bell, everybody there at once and asking every five seconds.
/// Returns the lessons that were opened, in their order.
fn open_hour(admission: &mut Admission, lessons: i64, minutes: i64) -> Vec<SlotId> {
    let mut opened = Vec::new();
    for second in 0..minutes * 60 {
        let now = START + second * 1_000;
        admission.handle_time(now);
        for slot in (1..=lessons).map(SlotId) {
            let is_first = second == 0;
            if second % 5 == 0
                && let Verdict::Enter { .. } =
                    admission.handle_arrival(now, Arrival { is_first, ..lead(slot) })
                && !opened.contains(&slot)
            {
                opened.push(slot);
                (0..30).for_each(|_| assert!(admission.handle_join(now, slot, true).is_some()));
            }
        }
    }
    opened
}

/// The hand changes, and the budget does not.
fn pull(admission: &mut Admission, now: Time, hand: &Hand) {
    let budget = admission.totals().budget;
    admission.handle_hand(now, hand, budget);
}

#[test]
fn a_lesson_that_the_operator_sends_first_opens_and_the_others_keep_their_order() {
    let plain = open_hour(&mut one_bell(8, 100), 8, 40);
    assert!((2..=4).contains(&plain.len()), "{plain:?}");
    let last = (1..=8).map(SlotId).find(|slot| !plain.contains(slot)).unwrap();
    let mut admission = one_bell(8, 100);
    let mut hand = Hand::default();
    hand.pull(&Lever::Lesson(last, true));
    pull(&mut admission, START, &hand);
    let opened = open_hour(&mut admission, 8, 40);
    assert!(opened.contains(&last), "{opened:?}");
    assert!(opened.iter().filter(|slot| **slot != last).all(|slot| plain.contains(slot)), "{opened:?}");

    let mut undone = one_bell(8, 100);
    pull(&mut undone, START, &hand);
    pull(&mut undone, START, &Hand::default());
    assert_eq!(open_hour(&mut undone, 8, 40), plain, "undone, nothing is left of it");
}

#[test]
fn in_a_pause_a_lesson_whose_lobby_is_open_waits_although_its_seats_are_booked() {
    let mut admission = one_bell(2, 1_000);
    let slots = |admission: &Admission, now| {
        admission.frontier(now, vec![]).waiting.into_iter().map(|(slot, _)| slot.0).collect::<Vec<_>>()
    };
    let early = BELL - LOBBY_OPENS_BEFORE_MS;
    assert_eq!(slots(&admission, early), [0; 0]);
    let mut hand = Hand::default();
    hand.pull(&Lever::Pause(true));
    pull(&mut admission, early, &hand);
    assert_eq!(slots(&admission, early - 1_000), [0; 0], "its lobby is not open yet");
    assert_eq!(slots(&admission, early), [1, 2]);
    pull(&mut admission, early, &Hand::default());
    assert_eq!(slots(&admission, early), [0; 0]);
}

#[test]
fn in_a_pause_a_lesson_that_has_its_seats_does_not_open_and_one_that_is_open_goes_on() {
    let mut admission = one_bell(2, 1_000);
    let (led, empty) = (SlotId(1), SlotId(2));
    let later = BELL + 1_000;
    let may_open =
        |admission: &mut Admission| [led, empty].map(|slot| admission.handle_early_opening(later, slot));
    assert_eq!(may_open(&mut admission), [true, true], "both have their seats");
    admission.handle_join(later, led, true);
    let mut hand = Hand::default();
    hand.pull(&Lever::Pause(true));
    pull(&mut admission, later, &hand);
    assert_eq!(may_open(&mut admission), [true, false]);
    assert_eq!(admission.frontier(later, vec![]).waiting, [(empty, None)]);
    assert_eq!(admission.handle_arrival(later, lead(empty)), Verdict::Wait { opens_at: None });
    assert!(matches!(admission.handle_arrival(later, lead(led)), Verdict::Enter { .. }));
    pull(&mut admission, later, &Hand::default());
    assert_eq!(may_open(&mut admission), [true, true]);
    assert_eq!(admission.frontier(later, vec![]).waiting, []);
}

#[test]
fn a_pause_opens_nothing_and_its_end_opens_everything() {
    let mut admission = one_bell(2, 1_000);
    let mut hand = Hand::default();
    hand.pull(&Lever::Pause(true));
    pull(&mut admission, START, &hand);
    assert_eq!(open_hour(&mut admission, 2, 20), []);
    assert!(!admission.handle_early_opening(START + 20 * MINUTE_MS, SlotId(1)));
    let waiting = admission.frontier(START + 20 * MINUTE_MS, vec![]).waiting;
    assert_eq!(waiting, [(SlotId(1), None), (SlotId(2), None)], "nothing is promised");
    pull(&mut admission, START + 20 * MINUTE_MS, &Hand::default());
    admission.handle_time(START + 20 * MINUTE_MS);
    assert!(admission.find_lesson(SlotId(1)).unwrap().admitted_at.is_some());
}

#[test]
fn frozen_quality_does_not_rise_and_falls_only_for_people() {
    let mut admission = one_bell(3, 90);
    let full = 90 * Ladder::CLASS.cost(Level::Cameras);
    assert_eq!(open_hour(&mut admission, 3, 20).len(), 3);
    let level = |admission: &Admission| admission.find_lesson(SlotId(1)).unwrap().level;
    assert_eq!(level(&admission), Level::Voice);
    let mut hand = Hand::default();
    hand.pull(&Lever::Freeze(true));
    let now = START + 20 * MINUTE_MS;
    pull(&mut admission, now, &hand);
    admission.handle_budget(now, full * 2);
    (0..200).for_each(|second| admission.handle_time(now + second * 1_000));
    assert_eq!(level(&admission), Level::Voice, "frozen");
    pull(&mut admission, now, &Hand::default());
    assert_eq!(level(&admission), Level::Cameras, "it is back at once");
    pull(&mut admission, now, &hand);
    admission.handle_budget(now + 2_000_000, full / 4);
    assert!(level(&admission) < Level::Cameras, "the budget holds");
    assert!(admission.totals().spent <= admission.totals().budget);
}
