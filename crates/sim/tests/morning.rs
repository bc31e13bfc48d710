//! Mornings played whole: what ours holds, what the others hold, and that the
//! same seed gives the same bytes.

use sim::{Policy, Profile, Scenario, play, table};

fn outcome(profile: Profile, overload: f64, policy: Policy) -> sim::Outcome {
    let scenario = Scenario { overload, ..Scenario::of(profile) };
    play(&scenario, policy, &mut |_| {})
}

#[test]
fn at_ten_times_the_demand_the_lessons_take_place() {
    let ours = outcome(Profile::P1, 10.0, Policy::LessonQuality);
    println!("{}", table(std::slice::from_ref(&ours)));
    assert!(ours.lessons_held_of_floor >= 0.95, "{ours:?}");
    assert!(ours.wholeness >= 0.99, "{ours:?}");
    assert_eq!(ours.overshoot, 0.0);
    assert!(ours.jain >= 0.98);
}

#[test]
fn with_one_quality_whole_lessons_use_what_there_is() {
    for overload in [2.0, 3.0, 10.0] {
        let ours = outcome(Profile::P1, overload, Policy::Lesson);
        let quota = outcome(Profile::P1, overload, Policy::Quota2021);
        let fifo = outcome(Profile::P1, overload, Policy::Fifo);
        println!("{}", table(&[ours.clone(), quota.clone(), fifo.clone()]));
        assert!(ours.lessons_held_of_capacity >= 0.95, "{overload}: {}", ours.lessons_held_of_capacity);
        assert_eq!(ours.overshoot, 0.0);
        assert!(quota.lessons_held_of_demand < 0.25 && fifo.lessons_held_of_demand < 0.25);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for policy in Policy::ALL {
        let once = outcome(Profile::P0, 3.0, policy);
        assert_eq!(format!("{once:?}"), format!("{:?}", outcome(Profile::P0, 3.0, policy)));
    }
}

#[test]
fn where_no_lesson_is_held_nothing_is_fair() {
    let none = outcome(Profile::P0, 10.0, Policy::None);
    assert_eq!((none.lessons_held, none.jain), (0, 0.0));
    assert!(none.overshoot > 1.0, "without a gate it is beyond what there is: {}", none.overshoot);
}

#[test]
fn who_is_in_when_the_capacity_falls_is_no_overshoot_and_who_enters_then_is() {
    let played = |policy| {
        let capacity = vec![(28.0, 0.01), (75.0, 1.0)];
        play(&Scenario { overload: 1.0, capacity, ..Scenario::of(Profile::P0) }, policy, &mut |_| {})
    };
    assert_eq!(played(Policy::Lesson).overshoot, 0.0);
    assert_eq!(played(Policy::LessonQuality).overshoot, 0.0);
    assert_eq!(played(Policy::Quota2021).overshoot, 0.0);
    assert!(played(Policy::None).overshoot > 0.0);
}
