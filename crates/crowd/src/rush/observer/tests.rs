//! The observer is told of small mornings, and what it makes of them is looked at.

use sim::Profile;

use super::super::unheld::Missing;
use super::*;

/// One lesson; its teacher and twenty pupils or so.
fn morning() -> (Scenario, Morning) {
    let scenario = Scenario { pupils: 20, hours: 1, ..Scenario::of(Profile::P0) };
    let morning = Morning::draw(&scenario);
    assert_eq!(morning.lessons.len(), 1);
    assert!((0..morning.people()).any(|person| morning.is_lead(person)));
    (scenario, morning)
}

struct Played {
    scenario: Scenario,
    morning: Morning,
    observer: Observer,
}

impl Played {
    fn new(policy: Policy) -> Played {
        let (scenario, morning) = morning();
        let observer = Observer::new(&morning, policy, 1e6, 64.0);
        Played { scenario, morning, observer }
    }

    fn pupils(&self) -> Vec<u32> {
        (0..self.morning.people()).filter(|person| !self.morning.is_lead(*person)).collect()
    }

    fn lead(&self) -> u32 {
        (0..self.morning.people()).find(|person| self.morning.is_lead(*person)).unwrap()
    }

    fn everybody_comes(&mut self) {
        (0..self.morning.people()).for_each(|one| self.observer.come(&self.morning, one, 10.0));
    }

    fn enter(&mut self, people: &[u32]) {
        people.iter().for_each(|person| self.observer.enter(&self.morning, *person, 12.0));
    }

    fn look(&mut self) {
        self.observer.look(&self.morning, 0, LOOK);
    }

    fn leave(&mut self, person: u32) {
        self.observer.leave(&self.morning, person);
    }

    fn outcome(self, policy: Policy) -> Outcome {
        self.end(policy).0
    }

    fn end(self, policy: Policy) -> (Outcome, Requests, Unheld) {
        self.observer.outcome(&self.scenario, &self.morning, policy, (30.0, 900.0))
    }
}

const OURS: Policy = Policy::LessonQuality;

/// The second of the look.
const LOOK: f64 = 30.0;

#[test]
fn a_lesson_is_held_with_its_teacher_and_nine_of_ten_of_those_who_came() {
    for (absent, with_lead, held) in [(0, true, 1), (1, true, 1), (3, true, 0), (0, false, 0)] {
        let mut played = Played::new(OURS);
        played.everybody_comes();
        let pupils = played.pupils();
        assert!((11..=20).contains(&pupils.len()), "{}", pupils.len());
        played.enter(&pupils[absent..]);
        if with_lead {
            played.enter(&[played.lead()]);
        }
        played.look();
        let outcome = played.outcome(OURS);
        assert_eq!((outcome.lessons_demanded, outcome.lessons_held), (1, held), "{absent} {with_lead}");
    }
}

#[test]
fn who_comes_after_the_look_or_leaves_before_the_end_changes_it_as_told() {
    let mut played = Played::new(OURS);
    played.everybody_comes();
    let pupils = played.pupils();
    played.enter(&pupils);
    played.look();
    played.enter(&[played.lead()]);
    assert_eq!(played.outcome(OURS).lessons_held, 0, "the teacher came in after the look");

    let mut played = Played::new(OURS);
    played.everybody_comes();
    played.enter(&pupils);
    played.enter(&[played.lead()]);
    played.look();
    played.leave(played.lead());
    played.leave(played.lead());
    assert_eq!(played.outcome(OURS).lessons_held, 0, "the teacher did not stay");

    let mut played = Played::new(OURS);
    played.everybody_comes();
    played.enter(&pupils);
    played.enter(&[played.lead()]);
    played.look();
    played.leave(played.lead());
    played.enter(&[played.lead()]);
    assert_eq!(played.outcome(OURS).lessons_held, 1, "a line that broke and came back");
}

#[test]
fn coming_in_twice_counts_once_and_waits_are_told() {
    let mut played = Played::new(OURS);
    played.everybody_comes();
    let (pupils, lead) = (played.pupils(), played.lead());
    played.observer.ask(pupils[0], Asked::Refused);
    played.observer.ask(pupils[0], Asked::Frontier);
    played.observer.ask(pupils[0], Asked::Served);
    played.observer.ask(lead, Asked::Served);
    for _ in 0..3 {
        played.enter(&pupils);
        played.enter(&[lead]);
    }
    played.look();
    let (outcome, requests, _) = played.end(OURS);
    assert_eq!((outcome.wholeness, outcome.wait_s_p95, outcome.refusals), (1.0, 2, 1));
    assert_eq!(outcome.polls, 2.0, "of the one who waited");
    assert_eq!(requests, Requests { served: 2, refused: 1, frontier: 1, ..Requests::default() });
}

#[test]
fn lines_of_news_are_counted_while_they_are_kept_and_are_no_polls() {
    let mut played = Played::new(OURS);
    played.everybody_comes();
    played.observer.ask(played.pupils()[0], Asked::Refused);
    played.observer.keep_line();
    played.observer.keep_line();
    played.observer.hear(200);
    played.observer.end_line();
    played.observer.keep_line();
    played.observer.hear(503);
    played.look();
    let (outcome, requests, _) = played.end(OURS);
    assert_eq!(requests, Requests { refused: 1, news: 1, no_line: 1, lines_most: 2, ..Requests::default() });
    assert_eq!(outcome.polls, 0.0);
}

#[test]
fn a_seat_at_a_foreign_gate_is_no_lesson() {
    let mut played = Played::new(Policy::Quota2021);
    played.everybody_comes();
    for pupil in played.pupils() {
        played.observer.seat(&played.morning, pupil, 11.0);
    }
    assert_eq!(played.observer.people().0, played.pupils().len());
    played.look();
    let outcome = played.outcome(Policy::Quota2021);
    assert_eq!(outcome.lessons_held, 0);
    assert!(outcome.wholeness > 0.9, "in, as the simulator counts it: {}", outcome.wholeness);
}

#[test]
fn a_lesson_that_is_not_held_says_what_it_lacked_and_where_they_were() {
    let mut played = Played::new(OURS);
    played.everybody_comes();
    let pupils = played.pupils();
    played.enter(&pupils[5..]);
    // Page after page, the last one counts.
    played.observer.ask(pupils[0], Asked::Failed);
    played.observer.ask(pupils[0], Asked::Refused);
    played.observer.ask(pupils[0], Asked::Frontier);
    played.observer.ask(pupils[1], Asked::Refused);
    played.observer.ask(pupils[1], Asked::Served);
    played.observer.ask(pupils[2], Asked::Failed);
    // A socket that broke before it said anything, one that said goodbye, one that was lost.
    played.leave(pupils[3]);
    played.leave(pupils[4]);
    played.observer.send_away(pupils[4]);
    played.leave(pupils[5]);
    played.look();
    let (outcome, _, unheld) = played.end(OURS);
    let missing = Missing {
        people: 7,
        // The teacher, and the one with a page.
        on_the_way: 2,
        at_gate: 1,
        unanswered: 2,
        sent_away: 1,
        line_gone: 1,
        just_came: 0,
    };
    assert_eq!((outcome.lessons_held, unheld.lessons()), (0, 1));
    assert_eq!(unheld, Unheld { without_teacher: 1, missing, ..Unheld::default() });
}

#[test]
fn who_came_too_late_for_the_look_is_told_apart() {
    let mut played = Played::new(OURS);
    let (pupils, lead) = (played.pupils(), played.lead());
    for (person, second) in pupils.iter().zip([28.5, 27.9, 29.9]) {
        played.observer.come(&played.morning, *person, second);
    }
    played.observer.come(&played.morning, lead, 10.0);
    played.enter(&[lead]);
    played.look();
    played.observer.come(&played.morning, pupils[3], 30.5);
    let (_, _, unheld) = played.end(OURS);
    let missing = Missing { people: 3, on_the_way: 3, just_came: 2, ..Missing::default() };
    assert_eq!(unheld, Unheld { too_few_pupils: 1, missing, ..Unheld::default() });
}

#[test]
fn a_lesson_lost_after_the_look_lacks_those_who_had_come_by_then() {
    let mut played = Played::new(OURS);
    let (pupils, lead) = (played.pupils(), played.lead());
    let (late, early) = pupils.split_last().unwrap();
    for person in early.iter().chain([&lead]) {
        played.observer.come(&played.morning, *person, 10.0);
    }
    played.enter(early);
    played.enter(&[lead]);
    played.look();
    played.observer.come(&played.morning, *late, 31.0);
    played.leave(lead);
    let (outcome, _, unheld) = played.end(OURS);
    let missing = Missing { people: 1, line_gone: 1, ..Missing::default() };
    assert_eq!(outcome.lessons_held, 0);
    assert_eq!(unheld, Unheld { lost_later: 1, missing, ..Unheld::default() });
}

#[test]
fn nothing_is_told_of_lessons_that_were_held_or_that_nobody_taught() {
    let mut played = Played::new(OURS);
    played.everybody_comes();
    played.enter(&played.pupils());
    played.enter(&[played.lead()]);
    played.look();
    assert_eq!(played.end(OURS).2, Unheld::default());

    let mut played = Played::new(OURS);
    for pupil in played.pupils() {
        played.observer.come(&played.morning, pupil, 10.0);
    }
    played.look();
    let (outcome, _, unheld) = played.end(OURS);
    assert_eq!((outcome.lessons_demanded, unheld), (0, Unheld::default()));
}
