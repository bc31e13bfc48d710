//! Counts what happens in a morning that is played for real, by the
//! definitions of the simulator's own [`Measure`].
//!
//! A lesson is held when its teacher and at least 90 % of the pupils who came
//! are in it at the look, and are still in it at the end. The simulator gives
//! the seats of a foreign gate to whoever is past it; so does the measure here,
//! but what counts as held is the class as it really was. Pure: it is told the second.

use sim::{Measure, Morning, Outcome, Policy, Scenario};

/// Everybody's place in the morning, and what was counted of it.
pub(super) struct Observer {
    measure: Measure,
    people: Vec<Stage>,
    rooms: Vec<Room>,
    /// Past a foreign gate is in; past ours, in the class is.
    takes_seat_at_door: bool,
    requests: Requests,
}

/// Requests for class pages and frontiers, by what came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requests {
    /// The class page.
    pub served: u64,
    /// A page that tells to wait.
    pub refused: u64,
    /// The frontier.
    pub frontier: u64,
    /// Nothing, or nothing that is HTTP.
    pub failed: u64,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Served,
    Refused,
    Frontier,
    Failed,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stage {
    came_at: Option<f64>,
    has_waited: bool,
    has_seat: bool,
    is_inside: bool,
}

/// A class as it is.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    pupils_came: u32,
    pupils_inside: u32,
    is_lead_inside: bool,
    /// At the look: the pupils who had come, if it was held.
    held: Option<u32>,
}

impl Room {
    fn is_whole_of(&self, pupils_came: u32) -> bool {
        self.is_lead_inside && self.pupils_inside * 10 >= pupils_came * 9
    }
}

impl Observer {
    /// `capacity` and `floor_cost` are kbit/s, as [`Measure::new`] takes them.
    pub(super) fn new(morning: &Morning, policy: Policy, capacity: f64, floor_cost: f64) -> Observer {
        Observer {
            measure: Measure::new(morning, capacity, floor_cost),
            people: vec![Stage::default(); morning.people() as usize],
            rooms: vec![Room::default(); morning.lessons.len()],
            takes_seat_at_door: !matches!(policy, Policy::Lesson | Policy::LessonQuality),
            requests: Requests::default(),
        }
    }

    /// Somebody comes at a second of the morning.
    pub(super) fn come(&mut self, morning: &Morning, person: u32, second: f64) {
        let (lesson, is_lead) = (morning.lesson_of(person), morning.is_lead(person));
        self.people[person as usize].came_at = Some(second);
        self.rooms[lesson as usize].pupils_came += u32::from(!is_lead);
        self.measure.arrive(lesson, is_lead);
    }

    /// Somebody asked for something, and this came of it.
    pub(super) fn ask(&mut self, person: u32, asked: Asked) {
        let stage = &mut self.people[person as usize];
        let is_again = stage.has_waited;
        match asked {
            Asked::Served => self.requests.served += 1,
            Asked::Frontier => self.requests.frontier += 1,
            Asked::Refused => self.requests.refused += 1,
            Asked::Failed => self.requests.failed += 1,
        }
        self.measure.polls += u64::from(is_again);
        if matches!(asked, Asked::Refused | Asked::Failed) {
            self.measure.refusals += u64::from(asked == Asked::Refused);
            self.measure.waited += u64::from(!is_again);
            stage.has_waited = true;
        }
    }

    /// Somebody is past the gate: the lesson has taken their socket.
    pub(super) fn seat(&mut self, morning: &Morning, person: u32, second: f64) {
        if self.takes_seat_at_door {
            self.take_seat(morning, person, second);
        }
    }

    /// Somebody is in the class.
    pub(super) fn enter(&mut self, morning: &Morning, person: u32, second: f64) {
        self.take_seat(morning, person, second);
        let stage = &mut self.people[person as usize];
        if !std::mem::replace(&mut stage.is_inside, true) {
            let room = &mut self.rooms[morning.lesson_of(person) as usize];
            if morning.is_lead(person) {
                room.is_lead_inside = true;
            } else {
                room.pupils_inside += 1;
            }
        }
    }

    /// Somebody's socket is gone.
    pub(super) fn leave(&mut self, morning: &Morning, person: u32) {
        let stage = &mut self.people[person as usize];
        let (lesson, is_lead) = (morning.lesson_of(person), morning.is_lead(person));
        if std::mem::take(&mut stage.has_seat) {
            self.measure.leave(lesson, is_lead);
        }
        if std::mem::take(&mut stage.is_inside) {
            let room = &mut self.rooms[lesson as usize];
            if is_lead {
                room.is_lead_inside = false;
            } else {
                room.pupils_inside -= 1;
            }
        }
    }

    fn take_seat(&mut self, morning: &Morning, person: u32, second: f64) {
        let stage = &mut self.people[person as usize];
        if !std::mem::replace(&mut stage.has_seat, true) {
            let wait_s = second - stage.came_at.unwrap_or(second);
            self.measure.enter(morning.lesson_of(person), morning.is_lead(person), wait_s.max(0.0) as usize);
        }
    }

    /// Five minutes of life after its bell.
    pub(super) fn look(&mut self, lesson: u32) {
        let room = &mut self.rooms[lesson as usize];
        let is_whole = room.is_whole_of(room.pupils_came);
        room.held = is_whole.then_some(room.pupils_came);
        self.measure.look(lesson, !is_whole);
    }

    /// A second of the morning is over; `load` is what was spent and what there was, in kbit/s.
    pub(super) fn second(&mut self, second: usize, load: (f64, f64)) {
        let is_waiting = |stage: &Stage| stage.came_at.is_some() && !stage.has_seat;
        let is_anyone_waiting = self.people.iter().any(is_waiting);
        self.measure.second(second, load, is_anyone_waiting, false);
    }

    /// People who have a seat, and people who have come.
    pub(super) fn people(&self) -> (usize, usize) {
        let seated = self.people.iter().filter(|stage| stage.has_seat).count();
        (seated, self.people.iter().filter(|stage| stage.came_at.is_some()).count())
    }

    /// Lessons that are whole now, with their teacher and somebody in them.
    pub(super) fn whole_lessons(&self) -> usize {
        let is_whole = |room: &&Room| room.pupils_inside > 0 && room.is_whole_of(room.pupils_came);
        self.rooms.iter().filter(is_whole).count()
    }

    /// The end: whoever did not stay takes their lesson with them.
    pub(super) fn outcome(
        mut self,
        scenario: &Scenario,
        morning: &Morning,
        policy: Policy,
        seats: (f64, f64),
    ) -> (Outcome, Requests) {
        for (lesson, room) in (0..).zip(&self.rooms) {
            if room.held.is_some_and(|came| !room.is_whole_of(came)) {
                self.measure.lose(lesson);
            }
        }
        (self.measure.outcome(policy, scenario.overload, morning, seats), self.requests)
    }
}

#[cfg(test)]
mod tests {
    use sim::Profile;

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

        fn outcome(self, policy: Policy) -> Outcome {
            self.observer.outcome(&self.scenario, &self.morning, policy, (30.0, 900.0)).0
        }
    }

    const OURS: Policy = Policy::LessonQuality;

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
            played.observer.look(0);
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
        played.observer.look(0);
        played.enter(&[played.lead()]);
        assert_eq!(played.outcome(OURS).lessons_held, 0, "the teacher came in after the look");

        let mut played = Played::new(OURS);
        played.everybody_comes();
        played.enter(&pupils);
        played.enter(&[played.lead()]);
        played.observer.look(0);
        played.observer.leave(&played.morning, played.lead());
        played.observer.leave(&played.morning, played.lead());
        assert_eq!(played.outcome(OURS).lessons_held, 0, "the teacher did not stay");

        let mut played = Played::new(OURS);
        played.everybody_comes();
        played.enter(&pupils);
        played.enter(&[played.lead()]);
        played.observer.look(0);
        played.observer.leave(&played.morning, played.lead());
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
        played.observer.look(0);
        let (outcome, requests) =
            played.observer.outcome(&played.scenario, &played.morning, OURS, (30.0, 900.0));
        assert_eq!((outcome.wholeness, outcome.wait_s_p95, outcome.refusals), (1.0, 2, 1));
        assert_eq!(outcome.polls, 2.0, "of the one who waited");
        assert_eq!(requests, Requests { served: 2, refused: 1, frontier: 1, failed: 0 });
    }

    #[test]
    fn a_seat_at_a_foreign_gate_is_no_lesson() {
        let mut played = Played::new(Policy::Quota2021);
        played.everybody_comes();
        for pupil in played.pupils() {
            played.observer.seat(&played.morning, pupil, 11.0);
        }
        assert_eq!(played.observer.people().0, played.pupils().len());
        played.observer.look(0);
        let outcome = played.outcome(Policy::Quota2021);
        assert_eq!(outcome.lessons_held, 0);
        assert!(outcome.wholeness > 0.9, "in, as the simulator counts it: {}", outcome.wholeness);
    }
}
