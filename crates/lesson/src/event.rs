//! The log of a lesson: what happened, in one order, numbered from 1.
//!
//! The log is the lesson: [`crate::State`] is a fold over it, the roll call is
//! computed from it, and a restart replays it. What need not survive a crash
//! (who speaks, which microphone is on, reactions) is not in it.

use base::{PersonId, Time};
use serde::{Deserialize, Serialize};

/// One numbered line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the log, from 1, without a gap.
    pub seq: u64,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub event: Event,
}

/// What can happen in a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Event {
    /// Somebody enrolled is in the lobby.
    Arrived {
        /// Who.
        person: PersonId,
    },
    /// A lead opened the lesson.
    Opened {
        /// The lead.
        by: PersonId,
    },
    /// Somebody is inside.
    Entered {
        /// Who.
        person: PersonId,
    },
    /// Somebody who was inside is not there any more.
    Away {
        /// Who.
        person: PersonId,
        /// They left on purpose.
        left: bool,
    },
    /// Somebody asks to be let in.
    Knocked {
        /// Who.
        person: PersonId,
        /// The name shown to the lead.
        name: String,
        /// Came by a guest link; otherwise a latecomer at a locked door.
        guest: bool,
    },
    /// A lead let somebody in.
    Admitted {
        /// Who.
        person: PersonId,
        /// The lead.
        by: PersonId,
    },
    /// A lead turned somebody away.
    Refused {
        /// Who.
        person: PersonId,
        /// The lead.
        by: PersonId,
    },
    /// Somebody left the lobby or the door.
    Withdrew {
        /// Who.
        person: PersonId,
    },
    /// A message, to the class or in the private thread of one pupil with the leads.
    Said {
        /// Who wrote it.
        from: PersonId,
        /// Drawn by the writer's page, so that sending twice is saying once.
        key: u64,
        /// The pupil whose private thread it is in; none: to the class.
        thread: Option<PersonId>,
        /// The text, as written.
        text: String,
    },
    /// A lead deleted a message.
    Deleted {
        /// The message's position in the log.
        message: u64,
        /// The lead.
        by: PersonId,
    },
    /// A hand went up or down.
    Hand {
        /// Whose.
        person: PersonId,
        /// Up, or down.
        up: bool,
    },
    /// A lead lowered all hands.
    HandsLowered {
        /// The lead.
        by: PersonId,
    },
    /// A lead allowed or forbade something to all pupils.
    Allowed {
        /// What.
        what: Right,
        /// Allowed, or forbidden.
        on: bool,
        /// The lead.
        by: PersonId,
    },
    /// A lead gave somebody the floor, which answers their hand, or took it back.
    Floor {
        /// Whose.
        person: PersonId,
        /// Given, or taken back.
        on: bool,
        /// The lead.
        by: PersonId,
    },
    /// A lead set the pause between two messages of one pupil.
    Slowed {
        /// Seconds; 0: no pause.
        seconds: u32,
        /// The lead.
        by: PersonId,
    },
    /// A lead locked or unlocked the door.
    Locked {
        /// Locked, or unlocked.
        on: bool,
        /// The lead.
        by: PersonId,
    },
    /// A lead removed somebody for this lesson.
    Removed {
        /// Who.
        person: PersonId,
        /// The lead.
        by: PersonId,
    },
    /// A lead took a removal or a refusal back.
    Pardoned {
        /// Who.
        person: PersonId,
        /// The lead.
        by: PersonId,
    },
    /// The server restarted: every connection is gone, every seat is kept.
    Recovered,
    /// The lesson is over: ended by a lead, or by the clock.
    Ended {
        /// The lead; none: by the clock.
        by: Option<PersonId>,
    },
}

/// What pupils may do in a lesson, by the lead's leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Speak.
    Mic,
    /// Show their camera.
    Camera,
    /// Share their screen.
    Screen,
    /// Write to the class.
    Chat,
}
