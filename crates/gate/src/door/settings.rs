//! How much the door has to give: the operator's part of the decision.

use serde::{Deserialize, Serialize};

use super::DoorPolicy;

/// A section of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorSettings {
    /// Mbit/s that all lessons together may send, whatever is measured: what the
    /// line carries, less a tenth.
    pub ceiling_mbit_s: u32,
    /// What the measures never push it below: a machine that is busy for a
    /// moment must not shut everybody out.
    pub floor_mbit_s: u32,
    /// People at the desk (every page but a lesson's) before others wait.
    pub desk_seats: u32,
    /// Of those, people of one school while others wait.
    pub desk_school_seats: u32,
    /// Requests of people without a card served each second: a flood of
    /// strangers gets this much and no more.
    pub strangers_per_second: u32,
    /// Pages for reading (today, the timetable) served each second without a
    /// seat at the desk. One takes some 100 µs of a processor: lower it where
    /// lessons need the rest.
    pub readings_per_second: u32,
    /// Who decides who enters a lesson: the gates of others are for comparing only.
    pub policy: DoorPolicy,
    /// The time zone in which a waiting page names times without JavaScript.
    pub time_zone: String,
}

impl Default for DoorSettings {
    fn default() -> DoorSettings {
        DoorSettings {
            ceiling_mbit_s: 1_000,
            floor_mbit_s: 250,
            desk_seats: 20_000,
            desk_school_seats: 5_000,
            strangers_per_second: 1_000,
            readings_per_second: 20_000,
            policy: DoorPolicy::default(),
            time_zone: "Europe/Paris".into(),
        }
    }
}

impl DoorSettings {
    /// What contradicts itself, in one sentence.
    pub fn fault(&self) -> Option<&'static str> {
        if self.ceiling_mbit_s == 0 {
            return Some("door.ceiling_mbit_s is 0: nobody would ever come in");
        }
        if self.floor_mbit_s > self.ceiling_mbit_s {
            return Some("door.floor_mbit_s is above door.ceiling_mbit_s");
        }
        if self.desk_seats == 0 || self.desk_school_seats == 0 {
            return Some("door.desk_seats and door.desk_school_seats must be 1 or more");
        }
        if self.desk_school_seats > self.desk_seats {
            return Some("door.desk_school_seats is above door.desk_seats");
        }
        if self.strangers_per_second == 0 {
            return Some("door.strangers_per_second is 0: nobody could sign in");
        }
        None
    }

    pub(super) fn ceiling_kbit_s(&self) -> u64 {
        u64::from(self.ceiling_mbit_s) * 1_000
    }

    pub(super) fn floor_kbit_s(&self) -> u64 {
        u64::from(self.floor_mbit_s) * 1_000
    }
}
