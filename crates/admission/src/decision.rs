//! The decision: lessons by rank while the floor has room, people by lesson,
//! levels by what is left.
//!
//! `handle_*` takes an input and the time. A person's verdict is a look-up and a
//! comparison; the thinking is done for lessons, once a second. Invariant: after
//! each call `spent <= budget`, and an admitted lesson stays admitted.

use std::collections::{BTreeSet, HashMap};

use base::limits::OVERRUN_MS;
use base::{SlotId, Time};

use crate::arrivals::ArrivalCurve;
use crate::calendar::Calendar;
use crate::desk::Desk;
use crate::frontier::Frontier;
use crate::ladder::{Ladder, Level};
use crate::ledger::{Expected, Ledger};
use crate::limits::{
    AGED_AFTER_MS, BACKFILL_MAX, MOMENT_MS, OPENS_BEFORE_MS, REVIEW_EVERY_MS, WORTH_OPENING_MS,
};
use crate::rank::{Rank, Seed};
use crate::solver::Solver;
use crate::timetable::{Planned, ranked};

/// What a decision is made with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The rungs and their costs.
    pub ladder: Ladder,
    /// The key of the day's permutation.
    pub seed: Seed,
    /// kbit/s of egress at the start.
    pub budget_kbit_s: u64,
}

/// Somebody with a lesson comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Their lesson.
    pub slot: SlotId,
    /// They lead it.
    pub is_lead: bool,
}

/// The answer to somebody who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In, on this rung, with a pass until then.
    Enter {
        /// The lesson's rung now.
        level: Level,
        /// The end of the pass.
        until: Time,
    },
    /// The lesson waits.
    Wait {
        /// When it opens; none: not promised within its hour.
        opens_at: Option<Time>,
    },
    /// No.
    Refuse(Refusal),
}

/// Why somebody is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No such lesson in the timetable.
    UnknownLesson,
    /// Its hour is over.
    Over,
}

/// The sums that everything else follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// kbit/s that may be spent.
    pub budget: u64,
    /// kbit/s of everybody present, at the levels in force.
    pub spent: u64,
    /// People present.
    pub present: u64,
    /// Lessons admitted and not over.
    pub admitted: usize,
    /// Lessons that wait.
    pub waiting: usize,
}

/// One lesson, for the control room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LessonView {
    /// When it was admitted.
    pub admitted_at: Option<Time>,
    /// What was promised while it waited.
    pub promised_at: Option<Time>,
    /// Its rung now.
    pub level: Level,
    /// People present.
    pub present: u32,
}

/// Who may enter now.
#[derive(Clone, Debug)]
pub struct Admission {
    settings: Settings,
    budget: u64,
    lessons: Vec<Row>,
    index: HashMap<SlotId, u32>,
    /// Lessons to come, the next one last.
    agenda: Vec<u32>,
    queue: BTreeSet<(Time, Rank, u32)>,
    /// Lessons with arrivals to expect.
    reviewed: Vec<u32>,
    /// Admitted lessons by the end of their hour.
    running: BTreeSet<(Time, u32)>,
    ledger: Ledger,
    solver: Solver,
    calendar: Calendar,
    curve: ArrivalCurve,
    spent: u64,
    review_at: Time,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    planned: Planned,
    rank: Rank,
    stage: Stage,
    present: u32,
    came: u32,
    still_comes: f64,
    expected: Expected,
    promised_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Planned,
    Waiting { since: Time },
    Admitted { at: Time },
    Over,
}

impl Admission {
    /// Nobody is in, nothing is planned.
    pub fn new(settings: Settings, now: Time) -> Admission {
        Admission {
            settings,
            budget: settings.budget_kbit_s,
            lessons: Vec::new(),
            index: HashMap::new(),
            agenda: Vec::new(),
            queue: BTreeSet::new(),
            reviewed: Vec::new(),
            running: BTreeSet::new(),
            ledger: Ledger::new(),
            solver: Solver::new(&settings.ladder),
            calendar: Calendar::new(now),
            curve: ArrivalCurve::default(),
            spent: 0,
            review_at: now,
        }
    }

    /// Adds lessons of the timetable; a slot that is known already stays as it is.
    pub fn plan(&mut self, lessons: Vec<Planned>) {
        let new = lessons.into_iter().filter(|one| !self.index.contains_key(&one.slot)).collect();
        for (planned, rank) in ranked(new, self.lessons.len(), &self.settings.seed) {
            let Ok(at) = u32::try_from(self.lessons.len()) else { return };
            if self.index.insert(planned.slot, at).is_some() {
                continue;
            }
            self.lessons.push(Row {
                planned,
                rank,
                stage: Stage::Planned,
                present: 0,
                came: 0,
                still_comes: 1.0,
                expected: Expected::default(),
                promised_at: None,
            });
            self.agenda.push(at);
        }
        let lessons = &self.lessons;
        self.agenda.sort_by_key(|at| {
            let row = &lessons[*at as usize];
            std::cmp::Reverse((row.planned.starts_at, row.rank, *at))
        });
    }

    /// The operator or the measure says how much there is.
    pub fn handle_budget(&mut self, now: Time, kbit_s: u64) {
        self.budget = kbit_s;
        self.solve(now);
    }

    /// Somebody with a lesson comes.
    pub fn handle_arrival(&mut self, now: Time, arrival: Arrival) -> Verdict {
        let Some(at) = self.index.get(&arrival.slot).copied() else {
            return Verdict::Refuse(Refusal::UnknownLesson);
        };
        let row = self.lessons[at as usize];
        match row.stage {
            Stage::Over => Verdict::Refuse(Refusal::Over),
            Stage::Planned => Verdict::Wait { opens_at: Some(row.planned.starts_at - OPENS_BEFORE_MS) },
            Stage::Waiting { .. } => Verdict::Wait { opens_at: row.promised_at },
            Stage::Admitted { .. } => self.enter(now, at),
        }
    }

    /// People of a lesson have gone.
    pub fn handle_leave(&mut self, slot: SlotId, people: u32) {
        let Some(at) = self.index.get(&slot).copied() else { return };
        let setting = self.solver.setting();
        let row = &mut self.lessons[at as usize];
        let people = people.min(row.present);
        row.present -= people;
        let bucket = row.rank.bucket();
        self.ledger.leave(bucket, people);
        self.spent -= u64::from(people) * self.settings.ladder.cost(setting.level(bucket));
    }

    /// The clock; call it every second.
    pub fn handle_time(&mut self, now: Time) {
        self.calendar.handle_time(now);
        self.end_lessons(now);
        self.open_agenda(now);
        if now >= self.review_at {
            self.review(now);
            self.review_at = now + REVIEW_EVERY_MS;
        }
        self.run_queue(now);
        self.solve(now);
    }

    /// The sums.
    pub fn totals(&self) -> Totals {
        Totals {
            budget: self.budget,
            spent: self.spent,
            present: self.ledger.present_total(),
            admitted: self.running.len(),
            waiting: self.queue.len(),
        }
    }

    /// One lesson.
    pub fn find_lesson(&self, slot: SlotId) -> Option<LessonView> {
        let row = self.lessons[*self.index.get(&slot)? as usize];
        Some(LessonView {
            admitted_at: if let Stage::Admitted { at } = row.stage { Some(at) } else { None },
            promised_at: row.promised_at,
            level: self.solver.setting().level(row.rank.bucket()),
            present: row.present,
        })
    }

    /// How arrivals are measured to be.
    pub fn curve(&self) -> &ArrivalCurve {
        &self.curve
    }

    /// What everybody may know.
    pub fn frontier(&self, now: Time, desk: &Desk) -> Frontier {
        let setting = self.solver.setting();
        let waiting = self.queue.iter().map(|(_, _, at)| {
            let row = &self.lessons[*at as usize];
            (row.planned.slot, row.promised_at)
        });
        Frontier {
            at: now,
            base: setting.base,
            threshold: setting.threshold,
            waiting: waiting.collect(),
            lanes: desk.frontier(),
        }
    }

    /// A person of an admitted lesson. Only when everything is at the floor and
    /// more came than anybody foresaw do they wait, for a moment.
    fn enter(&mut self, now: Time, at: u32) -> Verdict {
        let bucket = self.lessons[at as usize].rank.bucket();
        if self.spent + self.cost_at(bucket) > self.budget {
            self.solve(now);
            if self.spent + self.cost_at(bucket) > self.budget {
                return Verdict::Wait { opens_at: Some(now + MOMENT_MS) };
            }
        }
        let row = &mut self.lessons[at as usize];
        row.present += 1;
        row.came = row.came.max(row.present);
        let absent = row.planned.enrolled.saturating_sub(row.came);
        let after = Expected::of(absent, row.still_comes);
        self.ledger.expect(bucket, row.expected, after);
        row.expected = after;
        let (starts_at, ends_at) = (row.planned.starts_at, row.planned.ends_at);
        self.ledger.enter(bucket);
        let level = self.solver.setting().level(bucket);
        self.spent += self.settings.ladder.cost(level);
        self.curve.note_arrival(now, starts_at);
        Verdict::Enter { level, until: ends_at + OVERRUN_MS }
    }

    fn cost_at(&self, bucket: usize) -> u64 {
        self.settings.ladder.cost(self.solver.setting().level(bucket))
    }

    /// Seats at the floor.
    fn seats(&self) -> f64 {
        self.budget as f64 / self.settings.ladder.floor_cost() as f64
    }

    fn open_agenda(&mut self, now: Time) {
        while let Some(at) = self.agenda.last().copied() {
            let row = &mut self.lessons[at as usize];
            if row.planned.starts_at - OPENS_BEFORE_MS > now {
                return;
            }
            self.agenda.pop();
            if now >= row.planned.ends_at {
                row.stage = Stage::Over;
                continue;
            }
            row.stage = Stage::Waiting { since: now };
            self.queue.insert((row.planned.starts_at, row.rank, at));
        }
    }

    /// Whoever fits comes in, in order; smaller ones behind a head that does not
    /// fit, until the head is old.
    fn run_queue(&mut self, now: Time) {
        let seats = self.seats();
        let mut admitted = Vec::new();
        let mut hopeless = Vec::new();
        let mut looked_at = 0;
        let mut committed = self.ledger.committed();
        for (starts_at, rank, at) in &self.queue {
            let row = &self.lessons[*at as usize];
            if row.planned.ends_at - WORTH_OPENING_MS <= now {
                hopeless.push((*starts_at, *rank, *at));
                continue;
            }
            let people = self.expected_people(row, now);
            if committed + people <= seats {
                committed += people;
                admitted.push((*starts_at, *rank, *at));
                continue;
            }
            let is_aged =
                matches!(row.stage, Stage::Waiting { since } if now.since_ms(since) > AGED_AFTER_MS);
            looked_at += 1;
            if (looked_at == 1 && is_aged && row.planned.starts_at <= now) || looked_at > BACKFILL_MAX {
                break;
            }
        }
        for key in hopeless {
            self.queue.remove(&key);
            self.lessons[key.2 as usize].stage = Stage::Over;
        }
        for key in admitted {
            self.queue.remove(&key);
            self.admit(now, key.2);
        }
        self.promise(now, seats);
    }

    fn admit(&mut self, now: Time, at: u32) {
        let people = self.expected_people(&self.lessons[at as usize], now);
        let still_comes = self.curve.still_comes(now, self.lessons[at as usize].planned.starts_at.max(now));
        let row = &mut self.lessons[at as usize];
        row.stage = Stage::Admitted { at: now };
        row.still_comes = still_comes;
        row.expected = Expected::of(row.planned.enrolled, still_comes);
        self.ledger.expect(row.rank.bucket(), Expected::default(), row.expected);
        if row.promised_at.is_none() {
            self.calendar.occupy(now, row.planned.ends_at, people);
        }
        self.running.insert((row.planned.ends_at, at));
        self.reviewed.push(at);
    }

    /// A clock time for each lesson that waits and has none yet.
    fn promise(&mut self, now: Time, seats: f64) {
        let waiting: Vec<u32> = self.queue.iter().map(|(_, _, at)| *at).collect();
        for at in waiting {
            let row = self.lessons[at as usize];
            let is_new = matches!(row.stage, Stage::Waiting { since } if since == now);
            if row.promised_at.is_some() || !is_new {
                continue;
            }
            let people = self.expected_people(&row, now);
            let latest = row.planned.ends_at - WORTH_OPENING_MS;
            let span = (now, latest, row.planned.ends_at);
            if let Some(opening) = self.calendar.find_opening(span, people, seats) {
                self.calendar.occupy(opening, row.planned.ends_at, people);
                self.lessons[at as usize].promised_at = Some(opening);
            }
        }
    }

    fn expected_people(&self, row: &Row, now: Time) -> f64 {
        // A lesson that opens after its bell finds its people waiting at the door.
        let bell = row.planned.starts_at.max(now);
        f64::from(row.planned.enrolled) * self.curve.still_comes(now, bell)
    }

    /// Looks again at how many still come: the seats of absentees return.
    fn review(&mut self, now: Time) {
        self.curve.settle();
        let mut reviewed = std::mem::take(&mut self.reviewed);
        reviewed.retain(|at| {
            let row = &mut self.lessons[*at as usize];
            let Stage::Admitted { at: admitted_at } = row.stage else { return false };
            let bell = row.planned.starts_at.max(admitted_at);
            row.still_comes = self.curve.still_comes(now, bell);
            let absent = row.planned.enrolled.saturating_sub(row.came);
            let after = Expected::of(absent, row.still_comes);
            self.ledger.expect(row.rank.bucket(), row.expected, after);
            row.expected = after;
            let is_settled = now.since_ms(bell) > SETTLED_AFTER_MS;
            if is_settled {
                self.curve.note_lesson(row.came, row.planned.enrolled);
            }
            !is_settled
        });
        self.reviewed = reviewed;
    }

    /// Lessons whose hour is over and in which nobody is any more.
    fn end_lessons(&mut self, now: Time) {
        let due: Vec<(Time, u32)> = self.running.iter().copied().take_while(|(end, _)| *end <= now).collect();
        for (end, at) in due {
            let row = &mut self.lessons[at as usize];
            if row.present == 0 {
                row.stage = Stage::Over;
                self.ledger.expect(row.rank.bucket(), row.expected, Expected::default());
                row.expected = Expected::default();
                self.running.remove(&(end, at));
            }
        }
    }

    fn solve(&mut self, now: Time) {
        if self.solver.solve(now, &self.settings.ladder, &self.ledger, self.budget) {
            self.spent = self.ledger.present_cost(&self.settings.ladder, self.solver.setting());
        }
    }
}

/// Ten minutes after its bell a lesson's absentees are absent.
const SETTLED_AFTER_MS: i64 = 600_000;
