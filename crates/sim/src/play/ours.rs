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

struct Waiting {
    people: Vec<Vec<u32>>,
    /// Lessons to ask again, by second.
    wheel: Vec<Vec<u32>>,
    is_scheduled: Vec<bool>,
    /// Asked in vain so far, for lessons without a promise.
    tries: Vec<u8>,
    promised: Vec<Option<u32>>,
    count: u64,
}

pub(super) fn play(stage: &Stage<'_>, ladder: Ladder, measure: &mut Measure, progress: &mut dyn FnMut(f64)) {
    let lessons = stage.morning.lessons.len();
    let settings =
        Settings { ladder, seed: Seed::of(stage.scenario.seed), budget_kbit_s: stage.budget as u64 };
    let mut admission = Admission::new(settings, at(0));
    admission.plan(stage.morning.timetable());
    let mut waiting = Waiting {
        people: vec![Vec::new(); lessons],
        wheel: vec![Vec::new(); SECONDS + 1],
        is_scheduled: vec![false; lessons],
        tries: vec![0; lessons],
        promised: vec![None; lessons],
        count: 0,
    };
    let mut next = 0;
    let mut budget = stage.budget;
    for second in 0..SECONDS {
        let now = at(second as u32);
        let wanted = stage.budget_at(second);
        if wanted != budget {
            budget = wanted;
            admission.handle_budget(now, budget as u64);
        }
        for lesson in &stage.agenda.ends[second] {
            let people = measure.end(*lesson);
            admission.handle_leave(slot(*lesson), people);
        }
        admission.handle_time(now);
        for lesson in std::mem::take(&mut waiting.wheel[second]) {
            waiting.ask_again(stage, &mut admission, measure, second, lesson);
        }
        while let Some(person) = stage.morning.arrivals.get(next).copied() {
            if stage.morning.came_at[person as usize] as usize > second {
                break;
            }
            next += 1;
            let lesson = stage.morning.lesson_of[person as usize];
            measure.arrive(lesson, stage.is_lead(person));
            if !waiting.try_enter(stage, &mut admission, measure, second, person, true) {
                waiting.people[lesson as usize].push(person);
                waiting.count += 1;
                measure.waited += 1;
                waiting.schedule(stage, &admission, second, lesson);
            }
        }
        let totals = admission.totals();
        for lesson in &stage.agenda.looks[second] {
            measure.look(*lesson, totals.spent > totals.budget);
        }
        let load = (totals.spent as f64, budget);
        measure.second(second, load, totals.waiting > 0, totals.spent > totals.budget);
        if second.is_multiple_of(60) {
            progress(second as f64 / SECONDS as f64);
        }
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
        let lesson = stage.morning.lesson_of[person as usize];
        let arrival = Arrival { slot: slot(lesson), is_lead: stage.is_lead(person), is_first };
        match admission.handle_arrival(at(second as u32), arrival) {
            Verdict::Enter { .. } => {
                let came_at = stage.morning.came_at[person as usize] as usize;
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
        if second as u32 >= stage.morning.lessons[lesson as usize].end {
            self.count -= std::mem::take(&mut self.people[lesson as usize]).len() as u64;
            return;
        }
        let people = std::mem::take(&mut self.people[lesson as usize]);
        measure.polls += people.len() as u64;
        let before = people.len();
        let mut still = Vec::new();
        for person in people {
            if !self.try_enter(stage, admission, measure, second, person, false) {
                still.push(person);
            }
        }
        self.count -= (before - still.len()) as u64;
        self.people[lesson as usize] = still;
        if !self.people[lesson as usize].is_empty() {
            self.schedule(stage, admission, second, lesson);
        }
    }

    /// When the people of a lesson look again: at the promised time, or half-way
    /// to it; without a promise, less and less often.
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

fn slot(lesson: u32) -> SlotId {
    SlotId(i64::from(lesson) + 1)
}
