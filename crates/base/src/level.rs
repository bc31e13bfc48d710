//! The quality ladder's rungs: what of a lesson flows.

use serde::Serialize;

/// A rung, from the floor up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Voice and chat: the floor.
    Voice = 0,
    /// The shared screen and voice.
    Screen = 1,
    /// The teacher's camera too.
    Teacher = 2,
    /// Every camera.
    Cameras = 3,
}

impl Level {
    /// All rungs, from the floor up.
    pub const ALL: [Level; 4] = [Level::Voice, Level::Screen, Level::Teacher, Level::Cameras];

    /// The next rung up, if there is one.
    pub fn up(self) -> Option<Level> {
        Level::ALL.get(self as usize + 1).copied()
    }
}
