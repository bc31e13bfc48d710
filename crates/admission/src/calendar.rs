//! When a waiting lesson can open: what is promised, by steps of ten seconds.
//!
//! Admitted lessons occupy the calendar to the end of their hour, promised ones
//! from their promise on, so no two promises count on the same seats.

use base::Time;

/// Milliseconds of one step.
const STEP_MS: i64 = 10_000;

/// Steps ahead: four hours.
const STEPS: usize = 1_440;

#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// The step at `people[0]`.
    first: i64,
    people: Vec<f64>,
}

impl Calendar {
    pub(crate) fn new(now: Time) -> Calendar {
        Calendar { first: step(now), people: vec![0.0; STEPS] }
    }

    /// The past is over.
    pub(crate) fn handle_time(&mut self, now: Time) {
        let passed = usize::try_from(step(now) - self.first).unwrap_or(0);
        if passed == 0 {
            return;
        }
        let kept = passed.min(STEPS);
        self.people.drain(..kept);
        self.people.resize(STEPS, 0.0);
        self.first = step(now);
    }

    /// People take seats (or, negative, give them back) from one time to another.
    pub(crate) fn occupy(&mut self, from: Time, to: Time, people: f64) {
        let (from, to) = (self.index(from), self.index(to));
        for step in &mut self.people[from..to] {
            *step += people;
        }
    }

    /// The earliest time from which `people` more fit until `to`, not before
    /// `from` and not after `latest`.
    pub(crate) fn find_opening(
        &self,
        (from, latest, to): (Time, Time, Time),
        people: f64,
        seats: f64,
    ) -> Option<Time> {
        let (from, latest, to) = (self.index(from), self.index(latest), self.index(to));
        let mut opening = from;
        for at in from..to {
            if self.people[at] + people > seats {
                opening = at + 1;
                if opening > latest {
                    return None;
                }
            }
        }
        let opening = i64::try_from(opening).ok()?;
        Some(Time((self.first + opening) * STEP_MS))
    }

    fn index(&self, time: Time) -> usize {
        usize::try_from((step(time) - self.first).max(0)).unwrap_or(0).min(STEPS - 1)
    }
}

fn step(time: Time) -> i64 {
    time.0.div_euclid(STEP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_do_not_count_on_the_same_seats() {
        let mut calendar = Calendar::new(Time(0));
        let minute = 60_000;
        calendar.occupy(Time(0), Time(55 * minute), 100.0);
        let whole_day = (Time(0), Time(200 * minute), Time(120 * minute));
        let first = calendar.find_opening(whole_day, 30.0, 100.0);
        assert_eq!(first, Some(Time(55 * minute)));
        calendar.occupy(Time(55 * minute), Time(120 * minute), 80.0);
        assert_eq!(calendar.find_opening(whole_day, 30.0, 100.0), Some(Time(120 * minute)));
        assert_eq!(calendar.find_opening(whole_day, 20.0, 100.0), Some(Time(55 * minute)));
        let soon = (Time(0), Time(10 * minute), Time(50 * minute));
        assert_eq!(calendar.find_opening(soon, 20.0, 100.0), None);
    }
}
