//! How much there is to give: a ceiling, what is measured, and leases of it.

use base::Time;

/// What may be spent now, in kbit/s of egress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Never exceeded, whatever is measured: the operator's static ceiling.
    pub ceiling_kbit_s: u64,
    /// Never below this while the machine lives: no collapse to a probe.
    pub floor_kbit_s: u64,
    now_kbit_s: u64,
    changed_at: Time,
    limited_by: Limit,
    /// It fell while hardly anything was sent: by what others did to the machine.
    is_borrowed: bool,
}

/// What keeps the budget from being larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The ceiling that somebody set.
    Ceiling,
    /// Packets that waited in the node.
    Queue,
    /// Processor time.
    Processor,
}

/// What a node measured over the last window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// 95th percentile of the time that packets waited in the node, in microseconds.
    pub queue_us_p95: u32,
    /// Processor time used, in thousandths of what there is.
    pub cpu_permille: u32,
    /// What was sent, in kbit/s.
    pub egress_kbit_s: u64,
}

/// Waiting longer than this in the node is overload (DAGOR, SoCC'18, uses 20 ms for requests).
const QUEUE_US_MAX: u32 = 5_000;

/// More than this is overload too: nothing is left for the next burst.
const CPU_PERMILLE_MAX: u32 = 850;

/// The budget moves at most once in this time, by a bounded step.
const MOVES_EVERY_MS: i64 = 2_000;

impl Budget {
    /// A budget at its ceiling. A floor above the ceiling is the ceiling.
    pub fn new(ceiling_kbit_s: u64, floor_kbit_s: u64) -> Budget {
        let floor_kbit_s = floor_kbit_s.min(ceiling_kbit_s);
        Budget {
            ceiling_kbit_s,
            floor_kbit_s,
            now_kbit_s: ceiling_kbit_s,
            changed_at: Time(i64::MIN / 2),
            limited_by: Limit::Ceiling,
            is_borrowed: false,
        }
    }

    /// What may be spent now.
    pub fn kbit_s(&self) -> u64 {
        self.now_kbit_s
    }

    /// What keeps it from being larger.
    pub fn limited_by(&self) -> Limit {
        self.limited_by
    }

    /// Somebody set other bounds. A budget that is at its ceiling goes with it.
    pub fn handle_bounds(&mut self, ceiling_kbit_s: u64, floor_kbit_s: u64) {
        let was_at_ceiling = self.now_kbit_s == self.ceiling_kbit_s;
        self.ceiling_kbit_s = ceiling_kbit_s;
        self.floor_kbit_s = floor_kbit_s.min(ceiling_kbit_s);
        let wanted = if was_at_ceiling { ceiling_kbit_s } else { self.now_kbit_s };
        self.put(wanted);
    }

    fn put(&mut self, kbit_s: u64) {
        self.now_kbit_s = kbit_s.clamp(self.floor_kbit_s, self.ceiling_kbit_s);
        if self.now_kbit_s == self.ceiling_kbit_s {
            self.limited_by = Limit::Ceiling;
        }
    }

    /// Takes a window's measure: down to an eighth less than was really sent when
    /// the node is overloaded, up by a thirty-second of the ceiling when it has
    /// room and uses what it has. Idle measures teach nothing; an overload while
    /// hardly anything is sent is others' and takes an eighth at a time, which
    /// comes back by the same steps.
    pub fn handle_measure(&mut self, now: Time, measured: Measured) {
        if now.since_ms(self.changed_at) < MOVES_EVERY_MS {
            return;
        }
        let is_late = measured.queue_us_p95 > QUEUE_US_MAX;
        let is_overloaded = is_late || measured.cpu_permille > CPU_PERMILLE_MAX;
        let uses_it = measured.egress_kbit_s >= self.now_kbit_s / 8 * 7;
        let is_idle = measured.egress_kbit_s < self.now_kbit_s / 8;
        let next = if is_overloaded {
            // Of a machine that sends hardly anything, what it sent says nothing.
            let sent = if is_idle { self.now_kbit_s } else { measured.egress_kbit_s.min(self.now_kbit_s) };
            self.limited_by = if is_late { Limit::Queue } else { Limit::Processor };
            self.is_borrowed = is_idle;
            sent - sent / 8
        } else if uses_it || (is_idle && self.is_borrowed) {
            self.now_kbit_s + self.ceiling_kbit_s / 32
        } else {
            return;
        };
        self.put(next);
        self.changed_at = now;
    }

    /// Splits the budget among nodes by weight; the sum of the parts never exceeds it.
    pub fn lease(&self, weights: &[u32], until: Time) -> Vec<Lease> {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        weights
            .iter()
            .map(|weight| {
                let part = u128::from(self.now_kbit_s) * u128::from(*weight) / u128::from(total.max(1));
                Lease { kbit_s: u64::try_from(part).unwrap_or(0), until }
            })
            .collect()
    }
}

/// A node's part of the budget, for a time. Past it the node may admit nobody new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    kbit_s: u64,
    until: Time,
}

impl Lease {
    /// What the node may spend at `now`: nothing new once the lease is over.
    pub fn kbit_s(&self, now: Time) -> u64 {
        if now <= self.until { self.kbit_s } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn leases_never_exceed_the_budget(ceiling in 0u64..1 << 50, weights in prop::collection::vec(any::<u32>(), 0..20)) {
            let budget = Budget::new(ceiling, 0);
            let sum: u128 = budget.lease(&weights, Time(10)).iter().map(|lease| u128::from(lease.kbit_s(Time(10)))).sum();
            prop_assert!(sum <= u128::from(budget.kbit_s()));
            prop_assert!(budget.lease(&weights, Time(10)).iter().all(|lease| lease.kbit_s(Time(11)) == 0));
        }

        #[test]
        fn whatever_is_measured_the_budget_stays_in_its_bounds(
            ceiling in 1u64..1 << 40, floor in 0u64..1 << 40,
            measures in prop::collection::vec((any::<u32>(), 0u32..1_200, any::<u64>(), 0i64..5_000), 0..50)
        ) {
            let mut budget = Budget::new(ceiling, floor);
            let mut now = Time(0);
            for (queue_us_p95, cpu_permille, egress_kbit_s, wait) in measures {
                now = now + wait;
                budget.handle_measure(now, Measured { queue_us_p95, cpu_permille, egress_kbit_s });
                prop_assert!(budget.kbit_s() <= ceiling && budget.kbit_s() >= floor.min(ceiling));
            }
        }
    }

    #[test]
    fn a_ceiling_that_somebody_sets_takes_effect_at_once_and_goes_back_at_once() {
        let mut budget = Budget::new(1_000_000, 10_000);
        budget.handle_bounds(40_000, 10_000);
        assert_eq!((budget.kbit_s(), budget.limited_by()), (40_000, Limit::Ceiling));
        budget.handle_bounds(5_000, 10_000);
        assert_eq!(budget.kbit_s(), 5_000);
        budget.handle_bounds(1_000_000, 10_000);
        assert_eq!(budget.kbit_s(), 1_000_000);
        let overload = Measured { queue_us_p95: 9_000, cpu_permille: 950, egress_kbit_s: 400_000 };
        budget.handle_measure(Time(0), overload);
        assert_eq!((budget.kbit_s(), budget.limited_by()), (350_000, Limit::Queue));
        budget.handle_bounds(2_000_000, 10_000);
        assert_eq!(budget.kbit_s(), 350_000, "what was measured holds");
    }

    #[test]
    fn what_others_took_from_an_idle_machine_comes_back() {
        let mut budget = Budget::new(1_000_000, 250_000);
        let busy = Measured { queue_us_p95: 9_000, cpu_permille: 950, egress_kbit_s: 0 };
        budget.handle_measure(Time(0), busy);
        assert_eq!((budget.kbit_s(), budget.limited_by()), (875_000, Limit::Queue));
        for n in -20..0 {
            budget.handle_measure(Time((n + 21) * MOVES_EVERY_MS), busy);
        }
        assert_eq!((budget.kbit_s(), budget.limited_by()), (250_000, Limit::Queue));
        let quiet = Measured { queue_us_p95: 10, cpu_permille: 5, egress_kbit_s: 200 };
        for n in 21..=44 {
            assert!(budget.kbit_s() < 1_000_000);
            budget.handle_measure(Time(n * MOVES_EVERY_MS), quiet);
        }
        assert_eq!((budget.kbit_s(), budget.limited_by()), (1_000_000, Limit::Ceiling));
    }

    #[test]
    fn a_quiet_night_teaches_nothing() {
        let mut budget = Budget::new(1_000_000, 10_000);
        let overload = Measured { queue_us_p95: 9_000, cpu_permille: 950, egress_kbit_s: 400_000 };
        budget.handle_measure(Time(0), overload);
        assert_eq!(budget.kbit_s(), 350_000);
        let quiet = Measured { queue_us_p95: 10, cpu_permille: 5, egress_kbit_s: 200 };
        budget.handle_measure(Time(10_000), quiet);
        assert_eq!(budget.kbit_s(), 350_000);
        let busy = Measured { queue_us_p95: 100, cpu_permille: 500, egress_kbit_s: 340_000 };
        budget.handle_measure(Time(20_000), busy);
        assert_eq!(budget.kbit_s(), 381_250);
    }
}
