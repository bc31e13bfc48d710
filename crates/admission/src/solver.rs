//! Which levels the budget can carry: one base rung for all, and the rung above
//! for as many ranks as fit.
//!
//! Ranks are spread evenly within each school, so a threshold gives each school
//! the same share of the better rung: weighted max-min fairness without a loop.
//! Quality falls at once when it must and climbs slowly, with slack.

use base::Time;

use crate::ladder::Ladder;
use crate::ledger::{Ledger, Setting};
use crate::limits::{STEP_UP_BUCKETS, STEP_UP_EVERY_MS, STEP_UP_SLACK};
use crate::rank::BUCKETS;

/// The levels in force, and when they last rose.
#[derive(Clone, Debug)]
pub(crate) struct Solver {
    setting: Setting,
    rose_at: Option<Time>,
    /// What was worked out last, and from what: the revision of the books and the budget.
    known: Option<((u64, u64), Setting)>,
    is_frozen: bool,
    leaps: bool,
}

impl Solver {
    pub(crate) fn new(ladder: &Ladder) -> Solver {
        Solver {
            setting: best(ladder, &Ledger::new(), u64::MAX),
            rose_at: None,
            known: None,
            is_frozen: false,
            leaps: false,
        }
    }

    pub(crate) fn setting(&self) -> Setting {
        self.setting
    }

    /// Levels stay as they are from now on, or follow the budget again.
    pub(crate) fn freeze(&mut self, is_frozen: bool) {
        self.is_frozen = is_frozen;
    }

    /// Whether quality may rise at once, as far as it goes.
    pub(crate) fn leap(&mut self, leaps: bool) {
        self.leaps = leaps;
    }

    /// Adapts the levels to the books. Returns whether they changed.
    pub(crate) fn solve(&mut self, now: Time, ladder: &Ladder, ledger: &Ledger, budget: u64) -> bool {
        let before = self.setting;
        if self.is_frozen && carries_one_more(before, ladder, ledger, budget) {
            return false;
        }
        let affordable = self.affordable(ladder, ledger, budget);
        let is_due = self.leaps || self.rose_at.is_none_or(|at| now.since_ms(at) >= STEP_UP_EVERY_MS);
        if height(affordable) <= height(before) {
            self.setting = affordable;
        } else if !self.is_frozen && is_due {
            let slack = budget - budget / 1_024 * STEP_UP_SLACK;
            let step = if self.leaps { usize::MAX } else { height(before) + STEP_UP_BUCKETS };
            let target = height(best(ladder, ledger, slack)).min(step);
            if target > height(before) {
                self.setting = at_height(ladder, target);
                self.rose_at = Some(now);
            }
        }
        self.setting != before
    }

    /// The highest setting that the budget carries; a second in which nothing happened costs nothing.
    fn affordable(&mut self, ladder: &Ladder, ledger: &Ledger, budget: u64) -> Setting {
        let from = (ledger.revision(), budget);
        if let Some((of, setting)) = self.known
            && of == from
        {
            return setting;
        }
        let setting = best(ladder, ledger, budget);
        self.known = Some((from, setting));
        setting
    }
}

/// Whether everybody present and one more person fit at these levels.
fn carries_one_more(setting: Setting, ladder: &Ladder, ledger: &Ledger, budget: u64) -> bool {
    let one = ladder.cost(setting.base.up().unwrap_or(setting.base));
    ledger.present_cost(ladder, setting) + one <= budget
}

/// The highest setting that the budget carries, with everybody expected and the margin.
fn best(ladder: &Ladder, ledger: &Ledger, budget: u64) -> Setting {
    let people: f64 = ledger.people().sum::<f64>() + ledger.margin();
    let budget = budget as f64;
    let mut base = ladder.floor();
    for level in ladder.levels() {
        if people * ladder.cost(level) as f64 <= budget {
            base = level;
        }
    }
    let Some(upper) = base.up() else { return Setting { base, threshold: 0 } };
    let step = (ladder.cost(upper) - ladder.cost(base)) as f64;
    let mut cost = people * ladder.cost(base) as f64;
    let mut threshold = 0;
    for bucket in ledger.people() {
        cost += bucket * step;
        if cost > budget {
            break;
        }
        threshold += 1;
    }
    normal(Setting { base, threshold })
}

/// A full threshold is the next rung's empty one.
fn normal(setting: Setting) -> Setting {
    match setting.base.up() {
        Some(upper) if setting.threshold == BUCKETS => Setting { base: upper, threshold: 0 },
        _ => setting,
    }
}

fn height(setting: Setting) -> usize {
    setting.base as usize * BUCKETS + setting.threshold
}

fn at_height(ladder: &Ladder, height: usize) -> Setting {
    let base = ladder.levels().filter(|level| *level as usize * BUCKETS <= height).last();
    let base = base.unwrap_or(ladder.floor());
    normal(Setting { base, threshold: (height - base as usize * BUCKETS).min(BUCKETS - 1) })
}
