//! Who is in a morning that is played for real: the simulator's own people,
//! written into a store as a school, with their cards.
//!
//! A [`Roll`] says all that a crowd must know; the people are drawn from its
//! scenario again wherever it is read, so that both sides play the same ones.

use std::time::Duration;

use admission::{Ladder, Level};
use base::clock::SECOND_MS;
use base::{Clock, SchoolId, SlotId, Time};
use serde::{Deserialize, Serialize};
use sim::{HURRY_MAX, Morning, Profile, Scenario};
use store::Store;

use super::limits::{PEOPLE_MAX, SECONDS_MAX, SECONDS_MIN};
use crate::Error;
use crate::school::Register;

/// A morning in a store. The server of that store is to have the ceiling that
/// [`ceiling_mbit_s`] gives for the scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Roll {
    /// The scenario as TOML.
    pub scenario: String,
    /// The time at which the morning's second 0 is.
    pub starts_at: Time,
    /// Sealed cards, in the order of coming.
    pub cards: Vec<String>,
    /// The sealed card of somebody who may work the control room.
    pub operator: String,
}

impl Roll {
    /// When the first comes, and when the last look at a lesson is, for the
    /// scenario that it was written from.
    pub fn span(&self, scenario: &Scenario) -> (Time, Time) {
        let (first, last) = span_s(scenario, &Morning::draw(scenario));
        (time_of(self.starts_at, first), time_of(self.starts_at, last))
    }
}

/// The morning of a profile, hurried so that its first to come and its last look
/// are so many seconds apart.
///
/// # Errors
/// [`Error::Plan`] for a profile that is too large, or a time in which nothing can be seen.
pub fn scenario(profile: Profile, seconds: u32, seed: u64) -> Result<Scenario, Error> {
    let (schools, pupils) = match profile {
        Profile::P0 => (1, 1_000),
        // A tenth: what two cores carry with the crowd beside the server.
        Profile::P1 => (5, 3_000),
        Profile::P2 | Profile::P3 => {
            return Err(Error::Plan(
                "p0 and a tenth of p1 are played for real; larger ones in `preau sim`".into(),
            ));
        }
    };
    of_size(Scenario { seed, schools, pupils, hours: 1, ..Scenario::of(profile) }, seconds)
}

/// The same for a morning of any size.
///
/// # Errors
/// As [`scenario`].
pub fn of_size(calm: Scenario, seconds: u32) -> Result<Scenario, Error> {
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
        return Err(Error::Plan(format!("a rush takes {SECONDS_MIN} to {SECONDS_MAX} seconds")));
    }
    let (first, last) = span_s(&calm, &Morning::draw(&calm));
    let life_s = last.saturating_sub(first);
    let least_s = ((f64::from(life_s) / HURRY_MAX).ceil() as u32).max(SECONDS_MIN);
    if !(least_s..=life_s).contains(&seconds) {
        return Err(Error::Plan(format!(
            "this morning takes {least_s} to {life_s} seconds: within fewer nobody has time for a second try, and \
             {life_s} is the pace of life"
        )));
    }
    let hurried = Scenario { hurry: f64::from(life_s) / f64::from(seconds), ..calm };
    hurried.check().map_err(|error| Error::Plan(error.to_string()))?;
    Ok(hurried)
}

/// The ceiling of the door that makes a scenario's overload what it says: demand
/// at the top quality over the capacity, as the simulator counts it.
pub fn ceiling_mbit_s(scenario: &Scenario) -> u32 {
    let ceiling = demand_mbit_s(&Morning::draw(scenario)) / scenario.overload;
    (ceiling.round() as u32).max(1)
}

/// The scenario with the overload that a ceiling in whole Mbit/s really makes.
pub fn with_ceiling(scenario: &Scenario, ceiling_mbit_s: u32) -> Scenario {
    let demand = demand_mbit_s(&Morning::draw(scenario));
    Scenario { overload: demand / f64::from(ceiling_mbit_s), ..scenario.clone() }
}

fn demand_mbit_s(morning: &Morning) -> f64 {
    morning.peak_people() as f64 * Ladder::CLASS.cost(Level::Cameras) as f64 / 1_000.0
}

/// Seconds of the morning: the first who comes, and the last look at a lesson.
pub(super) fn span_s(scenario: &Scenario, morning: &Morning) -> (u32, u32) {
    let first = if morning.people() > 0 { morning.came_at(0) } else { 0 };
    let last = morning.lessons.iter().map(|lesson| lesson.bell).max().unwrap_or(0);
    (u32::try_from(first).unwrap_or(0), last + scenario.look_after_s())
}

/// Writes the schools of a scenario into an empty store; the first of their
/// people comes after `lead`.
///
/// # Errors
/// [`Error::Plan`] for more people than are played, [`Error::Store`] when nothing was written.
pub async fn write(store: &Store, clock: &Clock, scenario: &Scenario, lead: Duration) -> Result<Roll, Error> {
    let morning = Morning::draw(scenario);
    if !(1..=PEOPLE_MAX).contains(&morning.people()) {
        return Err(Error::Plan(format!("{} people come; 1 to {PEOPLE_MAX} are played", morning.people())));
    }
    let (first, _) = span_s(scenario, &morning);
    let lead_ms = i64::try_from(lead.as_millis()).unwrap_or(0);
    let starts_at = clock.now() + lead_ms - i64::from(first) * SECOND_MS;
    let mut register = Register::open(store, clock).await?;
    for school in 0..morning.schools {
        register.add_school(SchoolId(i64::from(school) + 1), &format!("Collège de la foule {}", school + 1));
    }
    let mut cards_of_lessons = Vec::new();
    for (slot, lesson) in (1..).map(SlotId).zip(&morning.lessons) {
        let school = SchoolId(i64::from(lesson.school) + 1);
        let hour = (time_of(starts_at, lesson.bell), time_of(starts_at, lesson.end));
        let pupils = lesson.enrolled.saturating_sub(1) as usize;
        cards_of_lessons.push(register.add_lesson(school, slot, hour, pupils));
    }
    let operator = register.add_operator(SchoolId(1));
    register.write(store).await?;
    let cards = deal(&morning, cards_of_lessons);
    Ok(Roll { scenario: scenario.to_toml(), starts_at, cards, operator })
}

/// Everybody's card: the teacher's is the first of a lesson, pupils take theirs as they come.
fn deal(morning: &Morning, mut of_lessons: Vec<Vec<String>>) -> Vec<String> {
    let take = |person| {
        let cards = &mut of_lessons[morning.lesson_of(person) as usize];
        if morning.is_lead(person) { std::mem::take(&mut cards[0]) } else { cards.pop().unwrap_or_default() }
    };
    (0..morning.people()).map(take).collect()
}

fn time_of(starts_at: Time, second: u32) -> Time {
    starts_at + i64::from(second) * SECOND_MS
}

/// The slot of a lesson of the morning.
pub(super) fn slot_of(lesson: u32) -> SlotId {
    SlotId(i64::from(lesson) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_morning_takes_the_seconds_that_it_is_given() {
        for (profile, seconds) in [(Profile::P0, 60), (Profile::P0, 120), (Profile::P1, 300)] {
            let scenario = scenario(profile, seconds, 1).unwrap();
            let (first, last) = span_s(&scenario, &Morning::draw(&scenario));
            assert!((last - first).abs_diff(seconds) <= 3, "{profile:?}: {}", last - first);
        }
        assert!(scenario(Profile::P3, 120, 1).is_err());
        assert!(scenario(Profile::P0, 0, 1).is_err() && scenario(Profile::P0, u32::MAX, 1).is_err());
    }

    #[test]
    fn a_morning_that_does_not_fit_its_seconds_says_how_many_it_takes() {
        let calm = || Scenario { pupils: 1_000, schools: 1, hours: 1, ..Scenario::of(Profile::P0) };
        let (first, last) = span_s(&calm(), &Morning::draw(&calm()));
        let life_s = last - first;
        let least_s = life_s.div_ceil(30).max(SECONDS_MIN);
        for seconds in [least_s, life_s] {
            assert!(of_size(calm(), seconds).is_ok(), "{seconds}");
        }
        let said = of_size(calm(), life_s + 1).unwrap_err().to_string();
        assert!(said.contains(&format!("to {life_s} seconds")), "{said}");
        // Twice the spread, so that more than half an hour of life is to go into half a minute.
        let long = Scenario { pupils_spread_s: 600.0, late_bell_min: 10.0, ..calm() };
        let said = of_size(long, SECONDS_MIN).unwrap_err().to_string();
        assert!(said.contains("second try"), "{said}");
    }

    #[test]
    fn the_ceiling_makes_the_overload() {
        let ten = Scenario { overload: 10.0, ..scenario(Profile::P0, 120, 1).unwrap() };
        let real = with_ceiling(&ten, ceiling_mbit_s(&ten));
        assert!((real.overload - 10.0).abs() < 0.1, "{}", real.overload);
    }

    #[tokio::test]
    async fn everybody_who_comes_has_a_card_of_their_own() {
        let store = Store::temporary().unwrap();
        let calm = Scenario { pupils: 60, schools: 2, hours: 1, ..Scenario::of(Profile::P0) };
        let scenario = of_size(calm, 60).unwrap();
        let roll = write(&store, &Clock::system(), &scenario, Duration::from_secs(5)).await.unwrap();
        let read = Scenario::parse(&roll.scenario, Profile::P0).unwrap();
        assert_eq!(read, scenario);
        let mut cards = roll.cards.clone();
        cards.sort_unstable();
        cards.dedup();
        assert_eq!(cards.len(), Morning::draw(&read).people() as usize);
        assert!(cards.iter().all(|card| !card.is_empty()));
    }
}
