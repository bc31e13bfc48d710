//! Our own policies: the production core, asked as its clients ask it.
//!
//! The people of a waiting lesson share one timer, because what they are told
//! is the same for all of them: when to look at the frontier again.

use admission::{Admission, Arrival, Ladder, Seed, Settings, Verdict};
use base::SlotId;

use super::Stage;
use crate::measure::Measure;
use crate::scenario::SECONDS;
use crate::school::at;

/// The core with the people before it, at a second of the morning.
pub(super) struct House<'a> {
    stage: &'a Stage<'a>,
    pub(super) admission: Admission,
    waiting: Waiting,
    next: u32,
    budget: f64,
}

struct Waiting {
    people: Vec<Vec<u32>>,
    /// Lessons to ask again, by second.
    wheel: Vec<Vec<u32>>,
    is_scheduled: Vec<bool>,
    /// Asked in vain so far, for lessons without a promise.
    tries: Vec<u8>,
    promised: Vec<Option<u32>>,
}

pub(super) fn play(stage: &Stage<'_>, ladder: Ladder, measure: &mut Measure, progress: &mut dyn FnMut(f64)) {
    let mut house = House::new(stage, ladder);
    for second in 0..SECONDS {
        house.step(measure, second);
        if second.is_multiple_of(60) {
            progress(second as f64 / SECONDS as f64);
        }
    }
}

impl House<'_> {
    pub(super) fn new<'a>(stage: &'a Stage<'a>, ladder: Ladder) -> House<'a> {
        let lessons = stage.morning.lessons.len();
        let settings =
            Settings { ladder, seed: Seed::of(stage.scenario.seed), budget_kbit_s: stage.budget as u64 };
        let mut admission = Admission::new(settings, at(0));
        admission.plan(stage.morning.timetable());
        let waiting = Waiting {
            people: vec![Vec::new(); lessons],
            wheel: vec![Vec::new(); SECONDS + 1],
            is_scheduled: vec![false; lessons],
            tries: vec![0; lessons],
            promised: vec![None; lessons],
        };
        House { stage, admission, waiting, next: 0, budget: stage.budget }
    }

    /// Plays one second.
    pub(super) fn step(&mut self, measure: &mut Measure, second: usize) {
        let stage = self.stage;
        let now = at(second as u32);
        let wanted = stage.budget_at(second);
        if wanted != self.budget {
            self.budget = wanted;
            self.admission.handle_budget(now, wanted as u64);
            measure.capacity_changes();
        }
        for lesson in &stage.agenda.ends[second] {
            let people = measure.end(*lesson);
            self.admission.handle_leave(slot(*lesson), people);
        }
        self.admission.handle_time(now);
        for lesson in std::mem::take(&mut self.waiting.wheel[second]) {
            self.waiting.ask_again(stage, &mut self.admission, measure, second, lesson);
        }
        while self.next < stage.morning.people() && stage.morning.came_at(self.next) <= second {
            let person = self.next;
            self.next += 1;
            let lesson = stage.morning.lesson_of(person);
            measure.arrive(lesson, stage.morning.is_lead(person));
            if !self.waiting.try_enter(stage, &mut self.admission, measure, second, person, true) {
                self.waiting.people[lesson as usize].push(person);
                measure.waited += 1;
                self.waiting.schedule(stage, &self.admission, second, lesson);
            }
        }
        let totals = self.admission.totals();
        let is_overloaded = totals.spent > totals.budget;
        for lesson in &stage.agenda.looks[second] {
            measure.look(*lesson, is_overloaded);
        }
        measure.second(second, (totals.spent as f64, self.budget), totals.waiting > 0, is_overloaded);
    }
}

impl Waiting {
    fn try_enter(
        &mut self,
        stage: &Stage<'_>,
        admission: &mut Admission,
        measure: &mut Measure,
        second: usize,
        person: u32,
        is_first: bool,
    ) -> bool {
        let lesson = stage.morning.lesson_of(person);
        let arrival = Arrival { slot: slot(lesson), is_lead: stage.morning.is_lead(person), is_first };
        match admission.handle_arrival(at(second as u32), arrival) {
            Verdict::Enter { .. } => {
                let came_at = stage.morning.came_at(person);
                measure.enter(lesson, arrival.is_lead, second - came_at);
                if arrival.is_lead && !self.people[lesson as usize].is_empty() {
                    // The lobby is told at once.
                    self.wheel[(second + 1).min(SECONDS)].push(lesson);
                }
                if let Some(promised) = self.promised[lesson as usize].take() {
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

    fn ask_again(
        &mut self,
        stage: &Stage<'_>,
        admission: &mut Admission,
        measure: &mut Measure,
        second: usize,
        lesson: u32,
    ) {
        self.is_scheduled[lesson as usize] = false;
        let mut people = std::mem::take(&mut self.people[lesson as usize]);
        if second as u32 >= stage.morning.lessons[lesson as usize].end {
            return;
        }
        measure.polls += people.len() as u64;
        people.retain(|person| !self.try_enter(stage, admission, measure, second, *person, false));
        self.people[lesson as usize] = people;
        if !self.people[lesson as usize].is_empty() {
            self.schedule(stage, admission, second, lesson);
        }
    }

    /// When the people of a lesson look again: at the promised time, or half-way
    /// to it; soon when it is past; without a promise, less and less often.
    fn schedule(&mut self, stage: &Stage<'_>, admission: &Admission, second: usize, lesson: u32) {
        if self.is_scheduled[lesson as usize] {
            return;
        }
        let view = admission.find_lesson(slot(lesson));
        let promised = view.and_then(|view| view.promised_at).map(|time| time.since_ms(at(0)) / 1_000);
        let opens = i64::from(stage.morning.lessons[lesson as usize].bell)
            - admission::limits::OPENS_BEFORE_MS / 1_000;
        let now = second as i64;
        let wait = if now < opens {
            opens - now
        } else if view.is_some_and(|view| view.admitted_at.is_some()) {
            admission::limits::MOMENT_MS / 1_000
        } else if let Some(promised) = promised.filter(|promised| *promised > now) {
            if now >= opens {
                self.promised[lesson as usize].get_or_insert(u32::try_from(promised).unwrap_or(0));
            }
            let distance = promised - now;
            if distance <= 60 { distance } else { distance / 2 }
        } else if promised.is_some() {
            OVERDUE_POLL_S
        } else {
            let tries = &mut self.tries[lesson as usize];
            *tries = (*tries + 1).min(6);
            20 << *tries
        };
        self.is_scheduled[lesson as usize] = true;
        let due = usize::try_from(now + wait.max(1)).unwrap_or(SECONDS).min(SECONDS);
        self.wheel[due].push(lesson);
    }
}

/// The time that was promised is past, which takes a capacity that fell: any moment now.
pub(super) const OVERDUE_POLL_S: i64 = 10;

fn slot(lesson: u32) -> SlotId {
    SlotId(i64::from(lesson) + 1)
}
