//! The seats of the day, by steps of ten seconds: who was promised what.
//!
//! Every lesson that is to open has its people booked from its opening to the
//! end of its hour, so no two promises count on the same seats. What turns out
//! to be unused is given back.

use base::Time;

/// Milliseconds of one step.
const STEP_MS: i64 = 10_000;

/// Steps of the longest calendar: two days.
const STEPS_MAX: usize = 2 * 8_640;

#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    first: i64,
    people: Vec<f64>,
}

impl Calendar {
    /// A calendar from `start` on; what lies before or more than two days after is not kept.
    pub(crate) fn new(start: Time) -> Calendar {
        Calendar { first: step(start), people: Vec::new() }
    }

    /// People take seats (or, negative, give them back) from one time to another.
    pub(crate) fn occupy(&mut self, from: Time, to: Time, people: f64) {
        let (from, to) = (self.index(from), self.index(to));
        if self.people.len() < to {
            self.people.resize(to, 0.0);
        }
        if let Some(span) = self.people.get_mut(from..to) {
            for step in span {
                *step += people;
            }
        }
    }

    /// Whether `people` more fit among `seats` from one time to another.
    pub(crate) fn fits(&self, from: Time, to: Time, people: f64, seats: f64) -> bool {
        let (from, to) = (self.index(from), self.index(to).min(self.people.len()));
        let span = self.people.get(from..to).unwrap_or_default();
        people <= seats && span.iter().all(|taken| taken + people <= seats)
    }

    /// The earliest time from `from` to `latest` from which `people` more fit until `to`.
    pub(crate) fn find_opening(
        &self,
        (from, latest, to): (Time, Time, Time),
        people: f64,
        seats: f64,
    ) -> Option<Time> {
        if people > seats {
            return None;
        }
        let (first, latest) = (self.index(from), self.index(latest));
        let to = self.index(to).min(self.people.len());
        let last_full = (first..to).rev().find(|at| self.people[*at] + people > seats);
        let opening = last_full.map_or(first, |at| at + 1);
        if opening > latest {
            return None;
        }
        let opening = Time((self.first + i64::try_from(opening).ok()?) * STEP_MS);
        Some(opening.max(from))
    }

    fn index(&self, time: Time) -> usize {
        usize::try_from((step(time).saturating_sub(self.first)).max(0)).unwrap_or(0).min(STEPS_MAX)
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
        assert_eq!(calendar.find_opening(whole_day, 30.0, 100.0), Some(Time(55 * minute)));
        assert!(calendar.fits(Time(55 * minute), Time(120 * minute), 100.0, 100.0));
        calendar.occupy(Time(55 * minute), Time(120 * minute), 80.0);
        assert_eq!(calendar.find_opening(whole_day, 30.0, 100.0), Some(Time(120 * minute)));
        assert_eq!(calendar.find_opening(whole_day, 20.0, 100.0), Some(Time(55 * minute)));
        let soon = (Time(0), Time(10 * minute), Time(50 * minute));
        assert_eq!(calendar.find_opening(soon, 20.0, 100.0), None);
        assert!(!calendar.fits(Time(0), Time(minute), 1.0, 100.0));
        calendar.occupy(Time(0), Time(55 * minute), -20.0);
        assert!(calendar.fits(Time(0), Time(minute), 20.0, 100.0));
    }
}
