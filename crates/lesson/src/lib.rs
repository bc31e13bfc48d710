//! One live lesson: roster, lobby, hands, chat, permissions, as a sequenced log.
//!
//! Pure: commands and the time go in, [`Output`] values come out; the shell
//! (`live`) persists the log entries, then delivers what was waiting for them.
//! Invariant: whatever is sent to a connection was decided by [`audience`],
//! and nothing but the lobby's state reaches somebody who is not inside.
//! It deliberately knows no socket, no media and no database.

pub mod audience;
pub mod event;
pub mod limits;
pub mod plan;
pub mod presence;
pub mod state;
pub mod wire;

mod lesson;

pub use audience::Audience;
pub use event::{Entry, Event};
pub use lesson::{Connection, Lesson, Output, RoomChange, Sends};
pub use plan::{Enrolled, Plan};
pub use state::{Permissions, State};
pub use wire::{ClientMessage, Refusal};

/// What a page may say of a lesson from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has opened it.
    NotOpen,
    /// It is held now.
    Open {
        /// People inside.
        present: usize,
        /// Without a lead for a while: what the others send does not flow.
        is_paused: bool,
    },
    /// It is over.
    Ended,
}
