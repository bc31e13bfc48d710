//! Why lessons did not take place, and where the people were whom they lacked.
//!
//! Values only: the observer says of everybody where they are, at the look at
//! their lesson or at the end. It says what was seen, not whose fault it was.

use serde::Serialize;

use super::limits::JUST_CAME_S;

/// Where somebody is, as far as the crowd can see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// Not come yet.
    #[default]
    Away,
    /// Come and not answered yet, or past the gate and not yet in the class.
    OnTheWay,
    /// Told to wait.
    AtGate,
    /// Asked, for a page or for the socket, and got nothing.
    Unanswered,
    /// The class said goodbye.
    SentAway,
    /// In the class.
    Inside,
    /// Was in the class, and the line is gone.
    LineGone,
}

/// Lessons that were demanded and did not take place, each counted once, and
/// everybody whom they lacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unheld {
    /// Their teacher was not in at the look, whoever else was missing.
    pub without_teacher: u32,
    /// The teacher was in, and fewer than nine of ten of the pupils who had come.
    pub too_few_pupils: u32,
    /// Whole at the look, and not at the end.
    pub lost_later: u32,
    /// Whom they lacked, at the look or at the end.
    pub missing: Missing,
}

/// People who had come by the look at their lesson and were not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// All of them: the sum of the five below.
    pub people: u32,
    /// Come and not answered yet, or past the gate and not yet in the class.
    pub on_the_way: u32,
    /// Told to wait, and waiting, or tired of it.
    pub at_gate: u32,
    /// Asked, for a page or for the socket, and got nothing.
    pub unanswered: u32,
    /// The class had said goodbye.
    pub sent_away: u32,
    /// Had been in; the line was gone.
    pub line_gone: u32,
    /// Whoever of them had come less than [`JUST_CAME_S`] before the look.
    pub just_came: u32,
}

impl Unheld {
    /// Lessons in all.
    pub fn lessons(&self) -> u32 {
        self.without_teacher + self.too_few_pupils + self.lost_later
    }
}

impl Missing {
    /// Somebody who had come so many seconds before the look, and where they are.
    pub(super) fn note(&mut self, whereabouts: Whereabouts, before_look_s: f64) {
        let count = match whereabouts {
            Whereabouts::OnTheWay => &mut self.on_the_way,
            Whereabouts::AtGate => &mut self.at_gate,
            Whereabouts::Unanswered => &mut self.unanswered,
            Whereabouts::SentAway => &mut self.sent_away,
            Whereabouts::LineGone => &mut self.line_gone,
            // Nobody is missing who has not come, or who is in.
            Whereabouts::Away | Whereabouts::Inside => return,
        };
        *count += 1;
        self.people += 1;
        self.just_came += u32::from(before_look_s < JUST_CAME_S);
    }
}
