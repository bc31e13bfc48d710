//! What the door counts. Each number has one definition: the text given here.

use admission::{Admission, Level};
use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

pub(super) struct Counts {
    pub(super) served: Counter,
    pub(super) lessons_wait: Counter,
    pub(super) desk_waits: Counter,
    pub(super) strangers_shed: Counter,
    pub(super) polls: Counter,
    budget: Gauge,
    spent: Gauge,
    present: Gauge,
    lessons_admitted: Gauge,
    lessons_waiting: Gauge,
    pub(super) desk_inside: Gauge,
    held: [Gauge; 4],
}

impl Counts {
    pub(super) fn new() -> Counts {
        describe_counter!(
            "preau_door_requests_total",
            "Requests by what the door made of them: served by the application, lesson (told that the lesson waits), desk (told to wait for the desk), stranger (told to come back), poll (the frontier was given)."
        );
        describe_gauge!("preau_budget_kbit_s", "What all lessons together may send now, in kbit/s.");
        describe_gauge!(
            "preau_spent_kbit_s",
            "What everybody who is in a lesson costs at the levels in force, in kbit/s."
        );
        describe_gauge!("preau_people_in_lessons", "People who are in a lesson now.");
        describe_gauge!(
            "preau_lessons_admitted",
            "Lessons that have their seats and whose hour is not over."
        );
        describe_gauge!(
            "preau_lessons_waiting",
            "Lessons whose time has come or is near and that wait for seats."
        );
        describe_gauge!("preau_desk_sessions", "Sessions at the desk that are not over.");
        describe_gauge!("preau_lessons_held", "Lessons in which somebody is, by level.");
        let answered = |answer: &'static str| counter!("preau_door_requests_total", "answer" => answer);
        let held = Level::ALL.map(|level| {
            let name = match level {
                Level::Voice => "voice",
                Level::Screen => "screen",
                Level::Teacher => "teacher",
                Level::Cameras => "cameras",
            };
            gauge!("preau_lessons_held", "level" => name)
        });
        Counts {
            served: answered("served"),
            lessons_wait: answered("lesson"),
            desk_waits: answered("desk"),
            strangers_shed: answered("stranger"),
            polls: answered("poll"),
            budget: gauge!("preau_budget_kbit_s"),
            spent: gauge!("preau_spent_kbit_s"),
            present: gauge!("preau_people_in_lessons"),
            lessons_admitted: gauge!("preau_lessons_admitted"),
            lessons_waiting: gauge!("preau_lessons_waiting"),
            desk_inside: gauge!("preau_desk_sessions"),
            held,
        }
    }

    /// Takes the sums of this second.
    pub(super) fn gauge(&self, admission: &Admission) {
        let totals = admission.totals();
        self.budget.set(totals.budget as f64);
        self.spent.set(totals.spent as f64);
        self.present.set(totals.present as f64);
        self.lessons_admitted.set(totals.admitted as f64);
        self.lessons_waiting.set(totals.waiting as f64);
        for (gauge, held) in self.held.iter().zip(admission.held_by_level()) {
            gauge.set(held as f64);
        }
    }
}
