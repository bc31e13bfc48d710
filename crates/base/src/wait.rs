//! What a lesson waits for that cannot be opened yet: the word that the door, the live
//! class and its page share.

use serde::Serialize;

/// What a lesson that nobody has opened waits for, whoever is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonWait {
    /// Seats.
    Seats,
    /// The end of a pause of all entries.
    Pause,
}
