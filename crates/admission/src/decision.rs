//! The decision: lessons by rank while the floor has room, people by lesson,
//! levels by what is left.
//!
//! The timetable is known the night before: [`Admission::plan`] books the seats
//! of the day by rank, whatever the hour of the bell, so that no school gains by
//! ringing first. During the morning seats of absentees come back and go to
//! lessons that wait. A person's verdict is a look-up and a comparison.
//! Invariant: after each call `spent <= budget`; an admitted lesson stays admitted.

mod opening;
mod priority;

use std::collections::{BTreeSet, HashMap};

use base::limits::{LOBBY_OPENS_BEFORE_MS, OVERRUN_MS};
use base::{SlotId, Time};

use crate::arrivals::ArrivalCurve;
use crate::calendar::Calendar;
use crate::frontier::{Frontier, LaneFrontier};
use crate::hand::Hand;
use crate::ladder::{Ladder, Level};
use crate::ledger::{Expected, Ledger};
use crate::limits::{MOMENT_MS, OPENS_BEFORE_MS, REVIEW_EVERY_MS, SIGMAS, WORTH_OPENING_MS};
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
    /// They ask for the first time: later they show the ticket that they were given.
    pub is_first: bool,
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
    /// The lesson has seats, and its time has not come or its teacher is not there
    /// yet: they are kept for whoever is in the lobby, which costs nothing.
    Lobby,
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
    /// When it opens, or was to open.
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
    /// Lessons that wait without a time, or for a later one: seats that come free are theirs.
    standby: BTreeSet<(Rank, u32)>,
    /// Lessons that were given a time, by it.
    promised: BTreeSet<(Time, Rank, u32)>,
    /// Lessons whose time has come.
    due: BTreeSet<(Rank, u32)>,
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
    /// What the operator changed.
    hand: Hand,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    planned: Planned,
    /// The rank in force, and the one that was drawn.
    rank: Rank,
    drawn: Rank,
    goes_first: bool,
    stage: Stage,
    present: u32,
    came: u32,
    /// People who asked and have not joined.
    at_door: u32,
    still_comes: f64,
    expected: Expected,
    booked: Option<Booking>,
    rebooked: u8,
    is_lead_in: bool,
    /// Its teacher asked, and was told to wait.
    is_lead_at_door: bool,
    /// Last time that those who asked had to wait outside, once it is admitted.
    door_shut_until: Time,
    /// From when on its teacher is awaited, once it is admitted.
    lead_awaited_from: Time,
}

/// Seats in the calendar, to the end of the lesson's hour.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Booking {
    from: Time,
    people: f64,
}

impl Row {
    /// Its bell has not rung, and its seats are booked for then.
    fn is_on_time(&self, now: Time) -> bool {
        let starts_at = self.planned.starts_at;
        now < starts_at && self.booked.is_some_and(|booking| booking.from <= starts_at)
    }

    /// Somebody has been in it.
    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Admitted { .. }) && self.came > 0
    }

    /// When it opens; while nobody new enters, nothing is promised.
    fn promise(&self, is_shut: bool) -> Option<Time> {
        self.booked.filter(|_| !is_shut).map(|booking| booking.from)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Planned,
    Waiting,
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
            standby: BTreeSet::new(),
            promised: BTreeSet::new(),
            due: BTreeSet::new(),
            reviewed: Vec::new(),
            running: BTreeSet::new(),
            ledger: Ledger::new(),
            solver: Solver::new(&settings.ladder),
            calendar: Calendar::new(now),
            curve: ArrivalCurve::default(),
            spent: 0,
            review_at: now,
            hand: Hand::default(),
        }
    }

    /// Adds lessons of the timetable and books the seats of the day for them, by
    /// rank; a slot that is known already stays as it is.
    pub fn plan(&mut self, lessons: Vec<Planned>) {
        let new = lessons.into_iter().filter(|one| !self.index.contains_key(&one.slot)).collect();
        let first = self.lessons.len();
        for (planned, rank) in ranked(new, first, &self.settings.seed) {
            let Ok(at) = u32::try_from(self.lessons.len()) else { return };
            if self.index.contains_key(&planned.slot) {
                continue;
            }
            self.index.insert(planned.slot, at);
            let goes_first = self.hand.prefers(planned.slot, planned.school);
            self.lessons.push(Row {
                planned,
                rank: if goes_first { rank.first() } else { rank },
                drawn: rank,
                goes_first,
                stage: Stage::Planned,
                present: 0,
                came: 0,
                at_door: 0,
                still_comes: 1.0,
                expected: Expected::default(),
                booked: None,
                rebooked: 0,
                is_lead_in: false,
                is_lead_at_door: false,
                door_shut_until: planned.starts_at,
                lead_awaited_from: planned.starts_at,
            });
            self.agenda.push(at);
        }
        let lessons = &self.lessons;
        self.agenda.sort_by_key(|at| {
            let row = &lessons[*at as usize];
            std::cmp::Reverse((row.planned.starts_at, row.rank, *at))
        });
        let mut by_rank: Vec<usize> = (first..self.lessons.len()).collect();
        by_rank.sort_by_key(|at| (self.lessons[*at].rank, *at));
        let (seats, shows) = (self.planned_seats(), self.curve.show_rate());
        for is_second_pass in [false, true] {
            for at in &by_rank {
                self.book(*at, seats, shows, is_second_pass);
            }
        }
    }

    /// Books a lesson from its opening on, or, in the second pass, from when
    /// there is room.
    fn book(&mut self, at: usize, seats: f64, shows: f64, is_second_pass: bool) {
        let row = &self.lessons[at];
        if row.booked.is_some() {
            return;
        }
        let (planned, people) = (row.planned, f64::from(row.planned.enrolled) * shows);
        let from = planned.starts_at - OPENS_BEFORE_MS;
        let opening = if is_second_pass {
            let span = (from, planned.ends_at - WORTH_OPENING_MS, planned.ends_at);
            self.calendar.find_opening(span, people, seats)
        } else {
            self.calendar.fits(from, planned.ends_at, people, seats).then_some(from)
        };
        if let Some(from) = opening {
            self.calendar.occupy(from, planned.ends_at, people);
            self.lessons[at].booked = Some(Booking { from, people });
        }
    }

    /// The operator or the measure says how much there is.
    pub fn handle_budget(&mut self, now: Time, kbit_s: u64) {
        self.budget = kbit_s;
        self.solve(now);
    }

    /// Somebody with a lesson asks to come in. Their seat is taken when they join.
    pub fn handle_arrival(&mut self, now: Time, arrival: Arrival) -> Verdict {
        let Some(at) = self.index.get(&arrival.slot).copied() else {
            return Verdict::Refuse(Refusal::UnknownLesson);
        };
        let row = &self.lessons[at as usize];
        let verdict = match row.stage {
            Stage::Over => return Verdict::Refuse(Refusal::Over),
            // Whoever would open it: the others wait in its lobby.
            _ if arrival.is_lead && self.hand.is_shut() && !row.is_open() => Verdict::Wait { opens_at: None },
            Stage::Planned | Stage::Waiting if row.is_on_time(now) => Verdict::Lobby,
            // It waits for its teacher, not for seats.
            Stage::Waiting if row.rebooked == GIVEN_BACK => Verdict::Lobby,
            Stage::Planned | Stage::Waiting => Verdict::Wait { opens_at: row.promise(self.hand.is_shut()) },
            Stage::Admitted { .. } if !arrival.is_lead && !row.is_lead_in => Verdict::Lobby,
            Stage::Admitted { .. } => self.find_seat(now, at),
        };
        self.note(now, at, arrival);
        verdict
    }

    /// Keeps the books of the door.
    fn note(&mut self, now: Time, at: u32, arrival: Arrival) {
        let row = &mut self.lessons[at as usize];
        if arrival.is_first && row.came + row.at_door < row.planned.enrolled {
            row.at_door += 1;
            if matches!(row.stage, Stage::Admitted { .. }) {
                self.curve.note_arrival(now, row.planned.starts_at);
            }
        }
        row.is_lead_at_door |= arrival.is_lead;
        let is_leadless = arrival.is_lead && row.stage == Stage::Waiting && row.rebooked == GIVEN_BACK;
        if is_leadless && self.standby.remove(&(row.rank, at)) {
            // A teacher who comes late to a lesson that lost its seats is served first.
            self.due.insert((row.rank, at));
        }
        self.expect(at);
    }

    /// The teacher wants to begin before the lesson's time: it opens if its seats are free until then.
    pub fn handle_early_opening(&mut self, now: Time, slot: SlotId) -> bool {
        let Some(at) = self.index.get(&slot).copied() else { return false };
        let row = self.lessons[at as usize];
        match row.stage {
            Stage::Over => return false,
            _ if self.hand.is_shut() && !row.is_open() => return false,
            Stage::Admitted { .. } => return true,
            Stage::Planned | Stage::Waiting => {}
        }
        let people = self.people_of(&row, now);
        let until = row.booked.map_or(row.planned.ends_at, |booking| booking.from);
        if self.ledger.committed() + people > self.seats()
            || !self.calendar.fits(now, until, people, self.planned_seats())
        {
            return false;
        }
        self.admit_ahead(now, at);
        true
    }

    /// Somebody who was let in is in the class. Whoever holds a pass for a lesson
    /// that is not admitted was in it before this process began: it goes on.
    pub fn handle_join(&mut self, now: Time, slot: SlotId, is_lead: bool) -> Option<Level> {
        let at = self.index.get(&slot).copied()?;
        match self.lessons[at as usize].stage {
            Stage::Admitted { .. } => {}
            Stage::Planned | Stage::Waiting => self.admit_ahead(now, at),
            Stage::Over => return None,
        }
        let row = &mut self.lessons[at as usize];
        row.is_lead_in |= is_lead;
        row.at_door = row.at_door.saturating_sub(1);
        row.present += 1;
        row.came = row.came.max(row.present);
        let bucket = row.rank.bucket();
        self.ledger.enter(bucket, 1);
        self.expect(at);
        let level = self.solver.setting().level(bucket);
        self.spent += self.settings.ladder.cost(level);
        if self.spent > self.budget {
            self.solve(now);
        }
        Some(self.solver.setting().level(bucket))
    }

    /// So many are seen in a lesson that is held: whoever came has joined, and whoever went has left.
    pub fn handle_presence(&mut self, now: Time, slot: SlotId, people: u32) {
        let known = self.find_lesson(slot).map_or(0, |view| view.present);
        for _ in known..people {
            self.handle_join(now, slot, true);
        }
        self.handle_leave(slot, known.saturating_sub(people));
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
        self.end_lessons(now);
        self.open_agenda(now);
        if now >= self.review_at {
            self.review(now);
            self.review_at = now + REVIEW_EVERY_MS;
        }
        self.open_due(now);
        self.backfill(now);
        self.solve(now);
    }

    /// The sums.
    pub fn totals(&self) -> Totals {
        Totals {
            budget: self.budget,
            spent: self.spent,
            present: self.ledger.present_total(),
            admitted: self.running.len(),
            waiting: self.standby.len() + self.promised.len() + self.due.len(),
        }
    }

    /// Not even at the floor is there room for one more person of an admitted lesson.
    pub fn is_full(&self) -> bool {
        (self.ledger.present_total() + 1) * self.settings.ladder.floor_cost() > self.budget
    }

    /// One lesson.
    pub fn find_lesson(&self, slot: SlotId) -> Option<LessonView> {
        let row = self.lessons[*self.index.get(&slot)? as usize];
        Some(LessonView {
            admitted_at: if let Stage::Admitted { at } = row.stage { Some(at) } else { None },
            promised_at: row.booked.map(|booking| booking.from),
            level: self.solver.setting().level(row.rank.bucket()),
            present: row.present,
        })
    }

    /// How arrivals are measured to be.
    pub fn curve(&self) -> &ArrivalCurve {
        &self.curve
    }

    /// What everybody may know. A lesson that is known to open late is among the
    /// waiting as soon as its lobby would be; while nobody new enters, each one is
    /// that did not open before, whether its seats are there or not.
    pub fn frontier(&self, now: Time, lanes: Vec<LaneFrontier>) -> Frontier {
        let setting = self.solver.setting();
        let promised = self.promised.iter().map(|(_, _, at)| *at);
        let is_near =
            |at: &&u32| self.lessons[**at as usize].planned.starts_at - LOBBY_OPENS_BEFORE_MS <= now;
        let to_come = self.agenda.iter().rev().take_while(is_near).copied();
        let waiting = self.due.iter().map(|(_, at)| *at);
        let waiting = waiting.chain(self.standby.iter().map(|(_, at)| *at)).chain(promised).chain(to_come);
        let is_shut = self.hand.is_shut();
        let admitted = self.running.iter().map(|(_, at)| *at).filter(|_| is_shut);
        let late = waiting.chain(admitted).filter_map(|at| {
            let row = &self.lessons[at as usize];
            let is_to_open = match row.stage {
                Stage::Planned | Stage::Waiting => true,
                Stage::Admitted { .. } => is_shut && !row.is_open(),
                Stage::Over => false,
            };
            // Of a lesson without its teacher, only the teacher is waited for.
            let is_late = is_shut || (!row.is_on_time(now) && row.rebooked != GIVEN_BACK);
            (is_to_open && is_late).then(|| (row.planned.slot, row.promise(is_shut)))
        });
        let mut waiting: Vec<(SlotId, Option<Time>)> = late.collect();
        waiting.sort_unstable();
        waiting.dedup();
        let (base, threshold) = (setting.base, setting.threshold);
        Frontier { at: now, base, threshold, waiting, lanes }
    }

    /// People who came to the door of a lesson and are not in it yet.
    pub fn at_door(&self, slot: SlotId) -> u32 {
        self.index.get(&slot).map_or(0, |at| self.lessons[*at as usize].at_door)
    }

    /// Lessons that are held, by rung from the floor up.
    pub fn held_by_level(&self) -> [usize; 4] {
        let mut held = [0; 4];
        for (_, at) in &self.running {
            let row = &self.lessons[*at as usize];
            if row.present > 0 {
                held[self.solver.setting().level(row.rank.bucket()) as usize] += 1;
            }
        }
        held
    }

    /// A person of an admitted lesson. Only when everything is at the floor and
    /// more came than anybody foresaw do they wait, for a moment.
    fn find_seat(&mut self, now: Time, at: u32) -> Verdict {
        let row = &self.lessons[at as usize];
        let (bucket, ends_at) = (row.rank.bucket(), row.planned.ends_at);
        if self.spent + self.cost_at(bucket) > self.budget {
            self.solve(now);
            if self.spent + self.cost_at(bucket) > self.budget {
                let row = &mut self.lessons[at as usize];
                row.door_shut_until = row.door_shut_until.max(now);
                return Verdict::Wait { opens_at: Some(now + MOMENT_MS) };
            }
        }
        Verdict::Enter { level: self.solver.setting().level(bucket), until: ends_at + OVERRUN_MS }
    }

    /// Whoever waits at the door of an admitted lesson comes in; of the others
    /// enrolled, as many as the curve says.
    fn expect(&mut self, at: u32) {
        let row = &mut self.lessons[at as usize];
        if !matches!(row.stage, Stage::Admitted { .. }) {
            return;
        }
        let absent = row.planned.enrolled.saturating_sub(row.came).saturating_sub(row.at_door);
        let mut after = Expected::of(absent, row.still_comes);
        after.people += f64::from(row.at_door);
        self.ledger.expect(row.rank.bucket(), row.expected, after);
        row.expected = after;
    }

    fn cost_at(&self, bucket: usize) -> u64 {
        self.settings.ladder.cost(self.solver.setting().level(bucket))
    }

    /// Seats at the floor.
    fn seats(&self) -> f64 {
        self.budget as f64 / self.settings.ladder.floor_cost() as f64
    }

    /// Seats that are booked: the rest is for those who come against expectation.
    fn planned_seats(&self) -> f64 {
        let shows = self.curve.show_rate();
        let seats = self.seats();
        seats - SIGMAS * (seats * (1.0 - shows).max(0.0)).sqrt()
    }

    /// Lessons whose hour is over and in which nobody is any more.
    fn end_lessons(&mut self, now: Time) {
        let due: Vec<(Time, u32)> = self.running.iter().copied().take_while(|(end, _)| *end <= now).collect();
        for (end, at) in due {
            if self.lessons[at as usize].present == 0 {
                self.running.remove(&(end, at));
                self.close(at);
            }
        }
    }

    fn solve(&mut self, now: Time) {
        if self.solver.solve(now, &self.settings.ladder, &self.ledger, self.budget) {
            self.spent = self.ledger.present_cost(&self.settings.ladder, self.solver.setting());
        }
    }
}

/// A lesson whose seats were given back waits for its teacher, not for seats.
const GIVEN_BACK: u8 = u8::MAX;
