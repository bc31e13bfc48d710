//! When people come, relative to the bell, and how many do not come at all.
//!
//! Measured as a rate: of those who are not there yet, how many come in the
//! next ten seconds (the estimate of Kaplan and Meier, 1958). It needs no end of
//! the story, so the bells of five to eight teach those of eight. Before
//! anything is measured it is the real mornings: 92 % come, spread by three
//! minutes around one minute before the bell.

use base::Time;

/// Seconds of one step of the curve.
const STEP_S: i64 = 10;

/// The curve covers ten minutes before the bell to fifteen after.
const STEPS: usize = 150;
const BEFORE_S: i64 = 600;

/// Weight of what was known before, in people: one large school.
const KNOWN_WEIGHT: f64 = 1_000.0;
const KNOWN_SHOWS: f64 = 0.92;
const KNOWN_MEAN_S: f64 = -60.0;
const KNOWN_SPREAD_S: f64 = 180.0;

/// How arrivals spread around the bell.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalCurve {
    came: Vec<f64>,
    at_risk: Vec<f64>,
    /// By step: the chance that somebody who is not there yet still comes.
    still_comes: Vec<f64>,
}

impl Default for ArrivalCurve {
    fn default() -> ArrivalCurve {
        let mut curve =
            ArrivalCurve { came: vec![0.0; STEPS], at_risk: vec![0.0; STEPS], still_comes: vec![0.0; STEPS] };
        for step in 0..STEPS {
            let (before, after) = (known_share(step), known_share(step + 1));
            curve.came[step] = KNOWN_WEIGHT * KNOWN_SHOWS * (after - before);
            curve.at_risk[step] = KNOWN_WEIGHT * (1.0 - KNOWN_SHOWS * before);
        }
        curve.settle();
        curve
    }
}

impl ArrivalCurve {
    /// Somebody came; `bell` is their lesson's.
    pub(crate) fn note_arrival(&mut self, now: Time, bell: Time) {
        self.came[step_of(now, bell)] += 1.0;
    }

    /// For `seconds` so many enrolled people of a lesson were not there.
    pub(crate) fn note_absent(&mut self, now: Time, bell: Time, people: u32, seconds: i64) {
        self.at_risk[step_of(now, bell)] += f64::from(people) * seconds as f64 / STEP_S as f64;
    }

    /// Share of the enrolled who come.
    pub fn show_rate(&self) -> f64 {
        self.still_comes[0]
    }

    /// The chance that somebody who is not there at `now` still comes.
    pub(crate) fn still_comes(&self, now: Time, bell: Time) -> f64 {
        self.still_comes[step_of(now, bell)]
    }

    /// Takes what was noted into account.
    pub(crate) fn settle(&mut self) {
        let mut stays_away = 1.0;
        for step in (0..STEPS).rev() {
            let risk = self.at_risk[step];
            let rate = if risk > 0.0 { (self.came[step] / risk).min(1.0) } else { 0.0 };
            stays_away *= 1.0 - rate;
            self.still_comes[step] = 1.0 - stays_away;
        }
    }
}

/// Share of arrivals before a step, by a smooth curve with the known mean and spread.
fn known_share(step: usize) -> f64 {
    let second = step as f64 * STEP_S as f64 - BEFORE_S as f64;
    let place = ((second - KNOWN_MEAN_S) / KNOWN_SPREAD_S / 5.0 + 0.5).clamp(0.0, 1.0);
    place * place * (3.0 - 2.0 * place)
}

fn step_of(now: Time, bell: Time) -> usize {
    let step = (now.since_ms(bell).div_euclid(1_000) + BEFORE_S).div_euclid(STEP_S);
    usize::try_from(step.max(0)).unwrap_or(0).min(STEPS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absentees_seats_return_as_the_minutes_pass() {
        let mut curve = ArrivalCurve::default();
        let bell = Time(0);
        let mut absent = 110_000;
        for second in -600i64..600 {
            let now = Time(second * 1_000);
            if (-240..60).contains(&second) {
                for _ in 0..330 {
                    curve.note_arrival(now, bell);
                }
                absent -= 330;
            }
            curve.note_absent(now, bell, absent, 1);
        }
        curve.settle();
        assert!((curve.show_rate() - 0.9).abs() < 0.02, "{}", curve.show_rate());
        let chances: Vec<f64> =
            [-400, -60, 0, 60, 120].map(|second| curve.still_comes(Time(second * 1_000), bell)).to_vec();
        assert!(chances.windows(2).all(|pair| pair[0] >= pair[1]), "{chances:?}");
        assert!(chances[3] < 0.1 && chances[4] < 0.05, "{chances:?}");
    }

    #[test]
    fn the_first_bell_teaches_the_others_before_it_is_over() {
        let mut curve = ArrivalCurve::default();
        let expected = curve.still_comes(Time(-120_000), Time(0));
        for second in -600i64..-120 {
            curve.note_absent(Time(second * 1_000), Time(0), 5_000, 1);
        }
        curve.settle();
        assert_eq!(curve.still_comes(Time(-120_000), Time(0)), expected, "what is to come is not judged yet");
        assert!(curve.show_rate() < 0.92, "nobody came so far: fewer will in all");
    }
}
