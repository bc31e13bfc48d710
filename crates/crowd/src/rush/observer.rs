//! Counts what happens in a morning that is played for real, by the
//! definitions of the simulator's own [`Measure`].
//!
//! A lesson is held when its teacher and at least 90 % of the pupils who came
//! are in it at the look, and are still in it at the end. The simulator gives
//! the seats of a foreign gate to whoever is past it; so does the measure here,
//! but what counts as held is the class as it really was. Pure: it is told the second.

#[cfg(test)]
mod tests;

use sim::{Measure, Morning, Outcome, Policy, Scenario};

use super::unheld::{Unheld, Whereabouts};

/// Everybody's place in the morning, and what was counted of it.
pub(super) struct Observer {
    measure: Measure,
    people: Vec<Stage>,
    rooms: Vec<Room>,
    /// Past a foreign gate is in; past ours, in the class is.
    takes_seat_at_door: bool,
    requests: Requests,
    /// Of news, kept now.
    lines: u32,
    unheld: Unheld,
}

/// Requests for class pages, frontiers and news, by what came back.
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
    /// News, on the line that a waiting page keeps for it; no poll, as the server holds the answer.
    pub news: u64,
    /// No news: no line was free.
    pub no_line: u64,
    /// Lines of news kept at the same time, at most.
    pub lines_most: u32,
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
    whereabouts: Whereabouts,
}

/// A class as it is.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    pupils_came: u32,
    pupils_inside: u32,
    has_lead_come: bool,
    is_lead_inside: bool,
    /// If it was demanded and whole at the look.
    held: Option<Held>,
}

/// What a lesson was at its look.
#[derive(Clone, Copy, Debug)]
struct Held {
    pupils_came: u32,
    second: f64,
}

impl Room {
    fn is_demanded(&self) -> bool {
        self.has_lead_come && self.pupils_came > 0
    }

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
            lines: 0,
            unheld: Unheld::default(),
        }
    }

    /// Somebody comes at a second of the morning.
    pub(super) fn come(&mut self, morning: &Morning, person: u32, second: f64) {
        let (lesson, is_lead) = (morning.lesson_of(person), morning.is_lead(person));
        let stage = &mut self.people[person as usize];
        stage.came_at = Some(second);
        stage.whereabouts = Whereabouts::OnTheWay;
        let room = &mut self.rooms[lesson as usize];
        room.pupils_came += u32::from(!is_lead);
        room.has_lead_come |= is_lead;
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
        stage.whereabouts = match asked {
            Asked::Served => Whereabouts::OnTheWay,
            Asked::Refused => Whereabouts::AtGate,
            Asked::Failed => Whereabouts::Unanswered,
            Asked::Frontier => stage.whereabouts,
        };
    }

    /// Somebody asks for the news, and waits for it on a line.
    pub(super) fn keep_line(&mut self) {
        self.lines += 1;
        self.requests.lines_most = self.requests.lines_most.max(self.lines);
    }

    /// Nobody waits for it on that line any more.
    pub(super) fn end_line(&mut self) {
        self.lines = self.lines.saturating_sub(1);
    }

    /// What came on a line of news was this status.
    pub(super) fn hear(&mut self, status: u16) {
        match status {
            200 => self.requests.news += 1,
            503 => self.requests.no_line += 1,
            _ => self.requests.failed += 1,
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
        if std::mem::replace(&mut stage.whereabouts, Whereabouts::Inside) != Whereabouts::Inside {
            let room = &mut self.rooms[morning.lesson_of(person) as usize];
            if morning.is_lead(person) {
                room.is_lead_inside = true;
            } else {
                room.pupils_inside += 1;
            }
        }
    }

    /// Somebody's socket is gone, or was never there.
    pub(super) fn leave(&mut self, morning: &Morning, person: u32) {
        let stage = &mut self.people[person as usize];
        let (lesson, is_lead) = (morning.lesson_of(person), morning.is_lead(person));
        if std::mem::take(&mut stage.has_seat) {
            self.measure.leave(lesson, is_lead);
        }
        let was = stage.whereabouts;
        stage.whereabouts = match was {
            Whereabouts::Inside => Whereabouts::LineGone,
            Whereabouts::OnTheWay => Whereabouts::Unanswered,
            other => other,
        };
        if was == Whereabouts::Inside {
            let room = &mut self.rooms[lesson as usize];
            if is_lead {
                room.is_lead_inside = false;
            } else {
                room.pupils_inside -= 1;
            }
        }
    }

    /// The class has said goodbye to somebody, whose socket is gone.
    pub(super) fn send_away(&mut self, person: u32) {
        self.people[person as usize].whereabouts = Whereabouts::SentAway;
    }

    fn take_seat(&mut self, morning: &Morning, person: u32, second: f64) {
        let stage = &mut self.people[person as usize];
        if !std::mem::replace(&mut stage.has_seat, true) {
            let wait_s = second - stage.came_at.unwrap_or(second);
            self.measure.enter(morning.lesson_of(person), morning.is_lead(person), wait_s.max(0.0) as usize);
        }
    }

    /// Five minutes of life after its bell.
    pub(super) fn look(&mut self, morning: &Morning, lesson: u32, second: f64) {
        let room = &mut self.rooms[lesson as usize];
        let is_whole = room.is_whole_of(room.pupils_came);
        self.measure.look(lesson, !is_whole);
        if !room.is_demanded() {
            return;
        }
        if is_whole {
            room.held = Some(Held { pupils_came: room.pupils_came, second });
            return;
        }
        if room.is_lead_inside {
            self.unheld.too_few_pupils += 1;
        } else {
            self.unheld.without_teacher += 1;
        }
        self.note_missing(morning, lesson, second);
    }

    /// Whom a lesson lacks of those who had come by its look.
    fn note_missing(&mut self, morning: &Morning, lesson: u32, look: f64) {
        let of_lesson = (0..).zip(&self.people).filter(|(person, _)| morning.lesson_of(*person) == lesson);
        for (_, stage) in of_lesson {
            if let Some(came_at) = stage.came_at.filter(|came_at| *came_at <= look) {
                self.unheld.missing.note(stage.whereabouts, look - came_at);
            }
        }
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
    ) -> (Outcome, Requests, Unheld) {
        let did_not_stay = |room: &Room| room.held.filter(|held| !room.is_whole_of(held.pupils_came));
        let lost: Vec<(u32, Held)> =
            (0..).zip(&self.rooms).filter_map(|(lesson, room)| Some((lesson, did_not_stay(room)?))).collect();
        for (lesson, held) in lost {
            self.measure.lose(lesson);
            self.unheld.lost_later += 1;
            self.note_missing(morning, lesson, held.second);
        }
        (self.measure.outcome(policy, scenario.overload, morning, seats), self.requests, self.unheld)
    }
}
