use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static PLAN: LazyLock<Plan> = LazyLock::new(|| Plan::new(super::super::SEED));

/// 1 January 2024 and 1 January 2030.
const MOMENTS: std::ops::Range<i64> = 1_704_067_200_000..1_893_456_000_000;

fn count(calendar: &Calendar, now: Time, wanted: fn(&Slot, Time) -> bool) -> usize {
    calendar.slots.iter().filter(|slot| wanted(slot, now)).count()
}

fn assert_lessons_on(calendar: &Calendar, now: Time) {
    assert!(count(calendar, now, Slot::is_running) >= LESSONS_WANTED, "running at {now:?}");
    assert!(count(calendar, now, Slot::is_next) >= LESSONS_WANTED, "next at {now:?}");
}

fn assert_nobody_twice(calendar: &Calendar) {
    let mut slots: Vec<&Slot> = calendar.slots.iter().collect();
    slots.sort_by_key(|slot| slot.starts_at);
    for (at, slot) in slots.iter().enumerate() {
        let meanwhile = slots[at + 1..].iter().take_while(|other| other.starts_at < slot.ends_at);
        for other in meanwhile {
            assert!(!slot.occupies(other.group, other.teacher), "{slot:?} and {other:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lessons_are_on_at_any_time_and_nobody_is_in_two(
        first in MOMENTS,
        again in prop::collection::vec(1..40 * MINUTE_MS * 60, 1..4),
        seed in any::<u64>(),
    ) {
        let (entropy, mut now) = (Entropy::seeded(seed), Time(first));
        let mut calendar = Calendar::default();
        let change = calendar.ensure_running(&PLAN, now, &entropy, Displace::Untouched);
        prop_assert!(change.remove.is_empty());
        prop_assert_eq!(change.add.len(), calendar.slots.len());
        assert_lessons_on(&calendar, now);
        assert_nobody_twice(&calendar);
        for later in again {
            now = now + later;
            calendar.ensure_running(&PLAN, now, &entropy, Displace::Untouched);
            assert_lessons_on(&calendar, now);
            assert_nobody_twice(&calendar);
        }
    }

    #[test]
    fn while_it_serves_it_only_adds(first in MOMENTS, minutes in 1..120_i64, seed in any::<u64>()) {
        let (entropy, mut now) = (Entropy::seeded(seed), Time(first));
        let mut calendar = Calendar::default();
        calendar.ensure_running(&PLAN, now, &entropy, Displace::Untouched);
        for _ in 0..minutes.min(30) {
            now = now + (1 + minutes / 30) * MINUTE_MS;
            let change = calendar.ensure_running(&PLAN, now, &entropy, Displace::Nothing);
            prop_assert!(change.remove.is_empty());
        }
        assert_nobody_twice(&calendar);
    }

    #[test]
    fn what_somebody_touched_stays(first in MOMENTS, later in 1..3 * 60 * MINUTE_MS, seed in any::<u64>()) {
        let entropy = Entropy::seeded(seed);
        let mut calendar = Calendar::default();
        calendar.ensure_running(&PLAN, Time(first), &entropy, Displace::Untouched);
        for slot in calendar.slots.iter_mut().filter(|slot| slot.is_running(Time(first))) {
            slot.is_touched = true;
        }
        let touched: Vec<Slot> = calendar.slots.iter().filter(|slot| slot.is_touched).cloned().collect();
        calendar.ensure_running(&PLAN, Time(first) + later, &entropy, Displace::Untouched);
        prop_assert!(touched.iter().all(|slot| calendar.slots.contains(slot)));
        assert_nobody_twice(&calendar);
    }
}

#[test]
fn a_second_start_at_once_changes_nothing() {
    let (entropy, now) = (Entropy::seeded(1), Time(1_795_000_000_000));
    let mut calendar = Calendar::default();
    calendar.ensure_running(&PLAN, now, &entropy, Displace::Untouched);
    assert_eq!(calendar.ensure_running(&PLAN, now, &entropy, Displace::Untouched), Change::default());
}

#[test]
fn a_school_day_has_its_hours_also_when_the_clocks_change() {
    // Monday 30 March 2026: summer time began the day before.
    let now = Timestamp::from_second(1_774_850_400).unwrap();
    let slots = weeks(&PLAN, Time(now.as_millisecond()));
    assert_eq!(slots.len(), 3 * PLAN.week.len());
    for slot in slots {
        let start = Timestamp::from_millisecond(slot.starts_at.0).unwrap().in_tz(TIME_ZONE).unwrap();
        assert!((8..=16).contains(&start.hour()), "{start}");
        assert_eq!(start.minute() % 15, 0);
    }
}
