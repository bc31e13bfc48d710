//! When people come, relative to the bell, and how many do not: measured, with
//! a cautious guess to start from.
//!
//! From it follows how many of those who are not there yet will still come: the
//! seats of the others return as the minutes pass.

use base::Time;

/// Seconds of one step of the curve.
const STEP_S: i64 = 10;

/// The curve covers ten minutes before the bell to ten after.
const STEPS: usize = 120;
const BEFORE_S: i64 = 600;

/// Weight of the guess, in people: one large school.
const GUESS_WEIGHT: f64 = 1_000.0;

/// How arrivals spread around the bell, and the share of the enrolled who come.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalCurve {
    arrived: [f64; STEPS],
    total: f64,
    came: f64,
    enrolled: f64,
    /// By step: the chance that somebody who is not there yet still comes.
    still_comes: [f64; STEPS],
}

impl Default for ArrivalCurve {
    /// The guess before anything is measured: everybody comes, evenly from five
    /// minutes before to five minutes after. It keeps seats too long rather
    /// than giving them away too soon.
    fn default() -> ArrivalCurve {
        let mut arrived = [0.0; STEPS];
        let first = step_of(-300);
        let last = step_of(300);
        let each = GUESS_WEIGHT / (last - first) as f64;
        arrived[first..last].fill(each);
        let mut curve = ArrivalCurve {
            arrived,
            total: GUESS_WEIGHT,
            came: GUESS_WEIGHT,
            enrolled: GUESS_WEIGHT,
            still_comes: [0.0; STEPS],
        };
        curve.settle();
        curve
    }
}

impl ArrivalCurve {
    /// Somebody came; `bell` is their lesson's.
    pub(crate) fn note_arrival(&mut self, now: Time, bell: Time) {
        self.arrived[step_of(now.since_ms(bell) / 1_000)] += 1.0;
        self.total += 1.0;
    }

    /// A lesson is well under way: so many of its enrolled came.
    pub(crate) fn note_lesson(&mut self, came: u32, enrolled: u32) {
        self.came += f64::from(came.min(enrolled));
        self.enrolled += f64::from(enrolled);
    }

    /// Share of the enrolled who come, as measured.
    pub fn show_rate(&self) -> f64 {
        self.came / self.enrolled
    }

    /// The chance that somebody who is not there at `now` still comes.
    pub(crate) fn still_comes(&self, now: Time, bell: Time) -> f64 {
        self.still_comes[step_of(now.since_ms(bell) / 1_000)]
    }

    /// Takes what was noted into account: P(comes later | not yet there), by step.
    pub(crate) fn settle(&mut self) {
        let shows = self.show_rate();
        let mut so_far = 0.0;
        for step in 0..STEPS {
            so_far += self.arrived[step];
            let after = shows * (1.0 - so_far / self.total);
            let not_there = 1.0 - shows * so_far / self.total;
            self.still_comes[step] = if not_there > 0.0 { (after / not_there).clamp(0.0, 1.0) } else { 0.0 };
        }
    }
}

fn step_of(seconds: i64) -> usize {
    let step = (seconds + BEFORE_S).div_euclid(STEP_S);
    usize::try_from(step.max(0)).unwrap_or(0).min(STEPS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absentees_seats_return_as_the_minutes_pass() {
        let mut curve = ArrivalCurve::default();
        let bell = Time(0);
        for second in -240i64..60 {
            for _ in 0..400 {
                curve.note_arrival(Time(second * 1_000), bell);
            }
        }
        for _ in 0..4_000 {
            curve.note_lesson(30, 33);
        }
        curve.settle();
        assert!((curve.show_rate() - 0.91).abs() < 0.01, "{}", curve.show_rate());
        let chances: Vec<f64> =
            [-400, -60, 0, 60, 120].map(|second| curve.still_comes(Time(second * 1_000), bell)).to_vec();
        assert!(chances.windows(2).all(|pair| pair[0] >= pair[1]), "{chances:?}");
        assert!(chances[0] > 0.9 && chances[3] < 0.1 && chances[4] < 0.05, "{chances:?}");
    }
}
