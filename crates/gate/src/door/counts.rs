//! What the door counts. Each number has one definition: the text given here.

use std::sync::atomic::{AtomicU64, Ordering};

use admission::{Admission, Cause, Level};
use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

pub(super) struct Counts {
    pub(super) served: Tally,
    pub(super) polls: Tally,
    refused: [Tally; 4],
    budget: Gauge,
    spent: Gauge,
    present: Gauge,
    lessons_admitted: Gauge,
    lessons_waiting: Gauge,
    pub(super) desk_inside: Gauge,
    held: [Gauge; 4],
}

/// A count for Prometheus, and the part of it that this second brought.
pub(super) struct Tally {
    total: Counter,
    second: AtomicU64,
}

impl Tally {
    fn of(answer: &'static str) -> Tally {
        Tally { total: counter!("preau_door_requests_total", "answer" => answer), second: AtomicU64::new(0) }
    }

    pub(super) fn note(&self) {
        self.total.increment(1);
        self.second.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> u64 {
        self.second.swap(0, Ordering::Relaxed)
    }
}

/// What a second brought.
pub(super) struct Passed {
    pub(super) served: u64,
    pub(super) refused: [u64; 4],
    pub(super) polls: u64,
}

impl Counts {
    pub(super) fn new() -> Counts {
        describe_counter!(
            "preau_door_requests_total",
            "Requests by what the door made of them: served by the application, lesson (told that the lesson waits), desk (told to wait for the desk), stranger (told to come back), void_card (the same, with a card that is forged or void), poll (the frontier was given)."
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
            "Lessons whose time has come or is near, that wait for seats, and for which somebody waits: people came to their door since the start and are not in yet."
        );
        describe_gauge!("preau_desk_sessions", "Sessions at the desk that are not over.");
        describe_gauge!("preau_lessons_held", "Lessons in which somebody is, by level.");
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
            served: Tally::of("served"),
            polls: Tally::of("poll"),
            refused: Cause::ALL.map(|cause| {
                Tally::of(match cause {
                    Cause::Lesson => "lesson",
                    Cause::Desk => "desk",
                    Cause::Stranger => "stranger",
                    Cause::VoidCard => "void_card",
                })
            }),
            budget: gauge!("preau_budget_kbit_s"),
            spent: gauge!("preau_spent_kbit_s"),
            present: gauge!("preau_people_in_lessons"),
            lessons_admitted: gauge!("preau_lessons_admitted"),
            lessons_waiting: gauge!("preau_lessons_waiting"),
            desk_inside: gauge!("preau_desk_sessions"),
            held,
        }
    }

    /// Somebody was not let in.
    pub(super) fn refuse(&self, cause: Cause) {
        self.refused[cause as usize].note();
    }

    /// What came since the last time.
    pub(super) fn take_second(&self) -> Passed {
        let refused = Cause::ALL.map(|cause| self.refused[cause as usize].take());
        Passed { served: self.served.take(), refused, polls: self.polls.take() }
    }

    /// Takes the sums of this second.
    pub(super) fn gauge(&self, admission: &Admission, waiting: usize) {
        let totals = admission.totals();
        self.budget.set(totals.budget as f64);
        self.spent.set(totals.spent as f64);
        self.present.set(totals.present as f64);
        self.lessons_admitted.set(totals.admitted as f64);
        self.lessons_waiting.set(waiting as f64);
        for (gauge, held) in self.held.iter().zip(admission.held_by_level()) {
            gauge.set(held as f64);
        }
    }
}
