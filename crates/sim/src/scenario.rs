//! A morning: how many come, when, and how much there is to give.
//!
//! Written as TOML; what is not said is as in the profile. Every field has
//! bounds, and a file with an unknown field or nonsense is refused whole.

use base::clock::MINUTE_MS;
use serde::Deserialize;

use crate::random::Random;

/// The real mornings, by size (`docs/benchmarks.md` tells where they come from).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// One school: 1,000 pupils in 35 classes.
    P0,
    /// A département: 30,000 pupils.
    P1,
    /// A région: a million pupils.
    P2,
    /// The nation: 12.4 million pupils.
    P3,
}

impl Profile {
    /// The profile of a name.
    pub fn from_name(name: &str) -> Option<Profile> {
        match name.to_ascii_lowercase().as_str() {
            "p0" => Some(Profile::P0),
            "p1" => Some(Profile::P1),
            "p2" => Some(Profile::P2),
            "p3" => Some(Profile::P3),
            _ => None,
        }
    }

    fn size(self) -> (u32, u32) {
        match self {
            Profile::P0 => (1, 1_000),
            Profile::P1 => (45, 30_000),
            Profile::P2 => (2_000, 1_000_000),
            Profile::P3 => (62_000, 12_400_000),
        }
    }
}

/// A morning to be played.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Everything random follows from it.
    pub seed: u64,
    /// Schools.
    pub schools: u32,
    /// Pupils in all.
    pub pupils: u32,
    /// Demand at the top quality over the capacity.
    pub overload: f64,
    /// Hours that are played: the one that begins at eight, and the one at nine.
    pub hours: u32,
    /// Everything that people do goes this many times as fast: a morning that is played for real
    /// is not to take an hour. What the gate does keeps its own time.
    pub hurry: f64,
    /// Share of the enrolled who come.
    pub present: f64,
    /// Arrivals around the bell: mean and spread of pupils, seconds.
    pub pupils_mean_s: f64,
    /// Standard deviation of pupils' arrivals, seconds.
    pub pupils_spread_s: f64,
    /// Mean of teachers' arrivals, seconds after the bell (negative: before).
    pub teachers_mean_s: f64,
    /// The timetable's bell is this late in reality, minutes.
    pub late_bell_min: f64,
    /// Somebody who waits gives up after about this long, minutes.
    pub patience_min: f64,
    /// Somebody who is refused without a time tries again after about this long, seconds.
    pub retry_s: f64,
    /// Share of those who reload every 20 seconds instead.
    pub hammering: f64,
    /// Requests without a card, `[[from minute, until minute, a second], …]`: forged, or of strangers.
    pub attack: Vec<(f64, f64, f64)>,
    /// Share of the capacity from a minute of the morning on: `[[minute, share], …]`.
    pub capacity: Vec<(f64, f64)>,
}

/// What somebody does who has to wait without a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Reloads all the time.
    pub is_hammering: bool,
    /// Gives up after this.
    pub patience_s: f64,
}

/// Why a scenario is not played.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, an unknown field, a wrong type.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// Where, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Changes of the capacity that go back in time.
    #[error("capacity changes at minute {after} after minute {before}; list its changes in order")]
    Disorder {
        /// The change that is listed first.
        before: f64,
        /// The one after it.
        after: f64,
    },
    /// A value out of its bounds.
    #[error("{field} is {value}; it must be from {least} to {most}")]
    OutOfBounds {
        /// The field.
        field: &'static str,
        /// What it says.
        value: f64,
        /// The least that makes sense.
        least: f64,
        /// The most that is played.
        most: f64,
    },
}

impl Default for Scenario {
    fn default() -> Scenario {
        Scenario::of(Profile::P1)
    }
}

impl Scenario {
    /// The morning of a profile, at twice the capacity.
    pub fn of(profile: Profile) -> Scenario {
        let (schools, pupils) = profile.size();
        Scenario {
            seed: 1,
            schools,
            pupils,
            overload: 2.0,
            hours: 2,
            hurry: 1.0,
            present: 0.92,
            pupils_mean_s: -60.0,
            pupils_spread_s: 180.0,
            teachers_mean_s: -360.0,
            late_bell_min: 0.0,
            patience_min: 20.0,
            retry_s: 180.0,
            hammering: 0.2,
            attack: Vec::new(),
            capacity: Vec::new(),
        }
    }

    /// Reads a scenario file; the size, when the file does not say it, is the profile's.
    pub fn parse(text: &str, profile: Profile) -> Result<Scenario, ScenarioError> {
        let unreadable = |error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            ScenarioError::Unreadable { line, reason: error.message().trim().replace('\n', ", ") }
        };
        let mut scenario: Scenario = toml::from_str(text).map_err(unreadable)?;
        let said: toml::Table = toml::from_str(text).map_err(unreadable)?;
        if !said.contains_key("schools") && !said.contains_key("pupils") {
            (scenario.schools, scenario.pupils) = profile.size();
        }
        scenario.check()?;
        Ok(scenario)
    }

    /// The file from which [`Scenario::parse`] reads this scenario again.
    pub fn to_toml(&self) -> String {
        let changes: Vec<String> =
            self.capacity.iter().map(|(minute, share)| format!("[{minute:?}, {share:?}]")).collect();
        let attacks: Vec<String> = self
            .attack
            .iter()
            .map(|(from, until, rate)| format!("[{from:?}, {until:?}, {rate:?}]"))
            .collect();
        format!(
            "seed = {}\nschools = {}\npupils = {}\noverload = {:?}\nhours = {}\nhurry = {:?}\npresent = {:?}\npupils_mean_s = {:?}\n\
             pupils_spread_s = {:?}\nteachers_mean_s = {:?}\nlate_bell_min = {:?}\npatience_min = {:?}\n\
             retry_s = {:?}\nhammering = {:?}\nattack = [{}]\ncapacity = [{}]\n",
            self.seed,
            self.schools,
            self.pupils,
            self.overload,
            self.hours,
            self.hurry,
            self.present,
            self.pupils_mean_s,
            self.pupils_spread_s,
            self.teachers_mean_s,
            self.late_bell_min,
            self.patience_min,
            self.retry_s,
            self.hammering,
            attacks.join(", "),
            changes.join(", "),
        )
    }

    /// Seconds after the bell at which a lesson is looked at: five minutes of life.
    pub fn look_after_s(&self) -> u32 {
        ((LOOK_AFTER_S + self.late_bell_min * 60.0) / self.hurry) as u32
    }

    /// Seconds after which people in a plain waiting room ask again: twenty of life.
    pub fn poll_every_s(&self) -> f64 {
        POLL_EVERY_S / self.hurry
    }

    /// What somebody does who has to wait. A person is their place in the order of coming.
    pub fn habits(&self, person: u32) -> Habits {
        let draw = |what| Random::new(self.seed, u64::from(person) << 8 | what).unit();
        Habits {
            is_hammering: draw(1) < self.hammering,
            patience_s: self.patience_min * 60.0 * (0.5 + draw(2)) / self.hurry,
        }
    }

    /// Seconds until somebody who was refused without a time tries again; `chance` draws from 0 to 1.
    pub fn retry_after_s(&self, habits: Habits, chance: impl FnOnce() -> f64) -> f64 {
        if habits.is_hammering {
            self.poll_every_s()
        } else {
            self.retry_s / self.hurry * (0.8 + 0.4 * chance())
        }
    }

    /// Whether it can be played.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let fields = [
            ("seed", self.seed as f64, 0.0, SEED_MAX),
            ("schools", f64::from(self.schools), 1.0, 100_000.0),
            ("pupils", f64::from(self.pupils), 1.0, 20_000_000.0),
            ("overload", self.overload, 0.01, 1_000.0),
            ("hours", f64::from(self.hours), 1.0, 2.0),
            ("hurry", self.hurry, 1.0, HURRY_MAX),
            ("present", self.present, 0.0, 1.0),
            ("pupils_mean_s", self.pupils_mean_s, -900.0, 900.0),
            ("pupils_spread_s", self.pupils_spread_s, 0.0, 900.0),
            ("teachers_mean_s", self.teachers_mean_s, -900.0, 900.0),
            ("late_bell_min", self.late_bell_min, 0.0, 30.0),
            ("patience_min", self.patience_min, 0.1, 240.0),
            ("retry_s", self.retry_s, 1.0, 3_600.0),
            ("hammering", self.hammering, 0.0, 1.0),
            ("capacity (changes)", self.capacity.len() as f64, 0.0, 1_000.0),
            ("attack (waves)", self.attack.len() as f64, 0.0, 100.0),
        ];
        let changes = self.capacity.iter().flat_map(|(minute, share)| {
            [("capacity (minute)", *minute, 0.0, 120.0), ("capacity (share)", *share, 0.0, 10.0)]
        });
        let attacks = self.attack.iter().flat_map(|(from, until, rate)| {
            [
                ("attack (from minute)", *from, 0.0, 120.0),
                ("attack (until minute)", *until, *from, 120.0),
                ("attack (requests a second)", *rate, 0.0, 10_000.0),
            ]
        });
        for (field, value, least, most) in fields.into_iter().chain(changes).chain(attacks) {
            if !(least..=most).contains(&value) {
                return Err(ScenarioError::OutOfBounds { field, value, least, most });
            }
        }
        let mut pairs = self.capacity.windows(2).map(|pair| (pair[0].0, pair[1].0));
        match pairs.find(|(before, after)| after < before) {
            Some((before, after)) => Err(ScenarioError::Disorder { before, after }),
            None => Ok(()),
        }
    }
}

/// Beyond it, the look at a lesson comes before its people have had time for a second try.
pub const HURRY_MAX: f64 = 30.0;

/// Whole numbers up to this are the same in TOML, in JSON and here.
const SEED_MAX: f64 = 9_007_199_254_740_991.0;

/// Five minutes after the bell a lesson is looked at.
const LOOK_AFTER_S: f64 = 300.0;

/// People in a plain waiting room, and those who hammer, ask again this often.
const POLL_EVERY_S: f64 = 20.0;

/// The morning begins at half past seven…
pub(crate) const START_MS: i64 = 450 * MINUTE_MS;

/// …and is over two hours later.
pub(crate) const SECONDS: usize = 7_200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_in_the_profile() {
        let said = Scenario { seed: 7, pupils: 500, ..Scenario::default() };
        assert_eq!(Scenario::parse("seed = 7\npupils = 500", Profile::P3), Ok(said));
        assert_eq!(Scenario::parse("", Profile::P3), Ok(Scenario::of(Profile::P3)));
    }

    #[test]
    fn nonsense_is_refused_and_says_why() {
        for (text, word) in [
            ("seed = ", "line 1"),
            ("\npupil = 5", "line 2: unknown field `pupil`"),
            ("pupils = -5", "line 1"),
            ("pupils = 4000000000", "pupils"),
            ("overload = nan", "overload"),
            ("present = 1.5", "present"),
            ("capacity = [[5, -1]]", "capacity"),
            ("capacity = [[1e9, 1]]", "capacity"),
            ("capacity = [[5, 1], [4, 1]]", "minute 4 after minute 5"),
            ("attack = [[50, 40, 100]]", "attack (until minute)"),
            ("attack = [[50, 60, 1e9]]", "attack (requests a second)"),
            ("attack = [[50, 60]]", "line 1"),
        ] {
            let error = Scenario::parse(text, Profile::P1).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains('\n'), "{text}: {error}");
        }
    }

    #[test]
    fn a_scenario_is_written_as_it_is_read() {
        let scenario = Scenario {
            seed: 3,
            overload: 0.1 + 0.2,
            attack: vec![(20.0, 40.0, 500.0)],
            capacity: vec![(30.0, 0.25), (42.5, 1.0)],
            ..Scenario::of(Profile::P0)
        };
        assert_eq!(Scenario::parse(&scenario.to_toml(), Profile::P1), Ok(scenario));
    }
}
