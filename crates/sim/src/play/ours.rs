//! Our own policies: the production core, asked as its clients ask it.
//!
//! The people of a waiting lesson share one timer, because what they are told
//! is the same for all of them: when to look at the frontier again.

use admission::limits::LOOK_EVERY_S_MAX;
use admission::{Admission, Arrival, Ladder, Seed, Settings, Verdict};
use base::SlotId;

use super::Stage;
use crate::measure::Measure;
use crate::scenario::SECONDS;
use crate::school::at;

/// The core and the people before it, at a second of the morning.
pub(super) struct House<'a> {
    stage: &'a Stage<'a>,
    pub(super) admission: Admission,
    waiting: Vec<Waiting>,
    /// Lessons to ask again, by second.
    wheel: Vec<Vec<u32>>,
    /// The next person to come.
    next: u32,
    budget: f64,
}

/// Those of a lesson who are not in.
#[derive(Clone, Default)]
struct Waiting {
    people: Vec<u32>,
    is_scheduled: bool,
    /// Asked in vain so far, for lessons without a promise.
    tries: u8,
    /// Second that was promised.
    promised: Option<u32>,
}

/// Whoever is in the lobby looks again this often; the teacher's coming is told at once.
const LOBBY_LOOK_S: i64 = 60;

/// The promised time is past, which takes a capacity that fell: any moment now.
pub(super) const OVERDUE_LOOK_S: i64 = 10;

/// Without a promise: the first wait, doubled each time, and how often.
const UNPROMISED_LOOK_S: i64 = 40;
const DOUBLINGS_MAX: u8 = 5;

pub(super) fn play(stage: &Stage<'_>, ladder: Ladder, measure: &mut Measure, progress: &mut dyn FnMut(f64)) {
    let mut house = House::new(stage, ladder);
    for second in 0..SECONDS {
        house.step(measure, second);
        if second.is_multiple_of(60) {
            progress(second as f64 / SECONDS as f64);
        }
    }
}

impl<'a> House<'a> {
    pub(super) fn new(stage: &'a Stage<'a>, ladder: Ladder) -> House<'a> {
        let settings =
            Settings { ladder, seed: Seed::of(stage.scenario.seed), budget_kbit_s: stage.budget as u64 };
        let mut admission = Admission::new(settings, at(0));
        admission.plan(stage.morning.timetable());
        House {
            stage,
            admission,
            waiting: vec![Waiting::default(); stage.morning.lessons.len()],
            wheel: vec![Vec::new(); SECONDS + 1],
            next: 0,
            budget: stage.budget,
        }
    }

    /// Plays one second.
    pub(super) fn step(&mut self, measure: &mut Measure, second: usize) {
        let stage = self.stage;
        let now = at(second as u32);
        let budget = stage.budget_at(second);
        if budget != self.budget {
            self.budget = budget;
            self.admission.handle_budget(now, budget as u64);
            measure.capacity_changes();
        }
        for lesson in &stage.agenda.ends[second] {
            let people = measure.end(*lesson);
            self.admission.handle_leave(slot(*lesson), people);
        }
        self.admission.handle_time(now);
        for lesson in std::mem::take(&mut self.wheel[second]) {
            self.ask_again(measure, second, lesson);
        }
        while self.next < stage.morning.people() && stage.morning.came_at(self.next) <= second {
            self.arrive(measure, second, self.next);
            self.next += 1;
        }
        // Without a card nobody gets as far as the books.
        measure.refusals += stage.attackers_at(second);
        let totals = self.admission.totals();
        let is_overloaded = totals.spent > totals.budget;
        for lesson in &stage.agenda.looks[second] {
            measure.look(*lesson, is_overloaded);
        }
        measure.second(second, (totals.spent as f64, budget), totals.waiting > 0, is_overloaded);
    }

    fn arrive(&mut self, measure: &mut Measure, second: usize, person: u32) {
        let lesson = self.stage.morning.lesson_of(person);
        measure.arrive(lesson, self.stage.morning.is_lead(person));
        if !self.try_enter(measure, second, person, true) {
            self.waiting[lesson as usize].people.push(person);
            measure.waited += 1;
            self.schedule(measure, second, lesson);
        }
    }

    /// Whether somebody is gone from the door: in, or away.
    fn try_enter(&mut self, measure: &mut Measure, second: usize, person: u32, is_first: bool) -> bool {
        let morning = self.stage.morning;
        let lesson = morning.lesson_of(person);
        let arrival = Arrival { slot: slot(lesson), is_lead: morning.is_lead(person), is_first };
        match self.admission.handle_arrival(at(second as u32), arrival) {
            Verdict::Enter { .. } => {
                self.admission.handle_join(at(second as u32), arrival.slot, arrival.is_lead);
                measure.enter(lesson, arrival.is_lead, second - morning.came_at(person));
                let waiting = &mut self.waiting[lesson as usize];
                if arrival.is_lead && !waiting.people.is_empty() {
                    // The lobby is told at once.
                    self.wheel[(second + 1).min(SECONDS)].push(lesson);
                }
                if let Some(promised) = waiting.promised.take() {
                    measure.promise_error((second as u32).abs_diff(promised) as usize);
                }
                true
            }
            Verdict::Wait { .. } | Verdict::Lobby => false,
            // Their hour is over: they go.
            Verdict::Refuse(_) => {
                measure.refusals += 1;
                true
            }
        }
    }

    fn ask_again(&mut self, measure: &mut Measure, second: usize, lesson: u32) {
        let waiting = &mut self.waiting[lesson as usize];
        waiting.is_scheduled = false;
        let mut people = std::mem::take(&mut waiting.people);
        if second as u32 >= self.stage.morning.lessons[lesson as usize].end {
            return;
        }
        measure.polls += people.len() as u64;
        let has_time = waiting.promised.is_some();
        people.retain(|person| has_time || !self.stage.is_gone(second, *person));
        people.retain(|person| !self.try_enter(measure, second, *person, false));
        let is_anyone_left = !people.is_empty();
        self.waiting[lesson as usize].people = people;
        if is_anyone_left {
            self.schedule(measure, second, lesson);
        }
    }

    /// When the people of a lesson look again: at the promised time, or half-way
    /// to it; soon when it is past; without a promise, less and less often, and never
    /// later than [`LOOK_EVERY_S_MAX`]. In the lobby they are told, and look only to be sure.
    fn schedule(&mut self, measure: &Measure, second: usize, lesson: u32) {
        let waiting = &mut self.waiting[lesson as usize];
        if waiting.is_scheduled {
            return;
        }
        let view = self.admission.find_lesson(slot(lesson));
        let promised = view.and_then(|view| view.promised_at).map(|time| time.since_ms(at(0)) / 1_000);
        let opens = i64::from(self.stage.morning.lessons[lesson as usize].bell)
            - admission::limits::OPENS_BEFORE_MS / 1_000;
        let now = second as i64;
        let wait = if now < opens {
            opens - now
        } else if view.is_some_and(|view| view.admitted_at.is_some()) {
            if measure.lead_in[lesson as usize] { admission::limits::MOMENT_MS / 1_000 } else { LOBBY_LOOK_S }
        } else if let Some(promised) = promised.filter(|promised| *promised > now) {
            waiting.promised.get_or_insert(u32::try_from(promised).unwrap_or(0));
            let distance = promised - now;
            if distance <= 60 { distance } else { distance / 2 }
        } else if promised.is_some() {
            OVERDUE_LOOK_S
        } else {
            let tries = waiting.tries;
            waiting.tries = (tries + 1).min(DOUBLINGS_MAX);
            UNPROMISED_LOOK_S << tries
        };
        waiting.is_scheduled = true;
        let due =
            usize::try_from(now + wait.clamp(1, LOOK_EVERY_S_MAX.into())).unwrap_or(SECONDS).min(SECONDS);
        self.wheel[due].push(lesson);
    }
}

fn slot(lesson: u32) -> SlotId {
    SlotId(i64::from(lesson) + 1)
}
