//! What socket tasks and media threads say to each other.

use axum::extract::ws::Utf8Bytes;
use base::{Level, Pass, SlotId};
use lesson::wire::{ClientMessage, Refusal};
use lesson::{Connection, Entry, Plan};
use tokio::sync::{mpsc, oneshot};

/// To a media thread.
pub(crate) enum Command {
    /// Somebody comes.
    Connect { arrival: Box<Arrival>, reply: oneshot::Sender<Welcome> },
    /// A page says something.
    Message { slot: SlotId, connection: Connection, message: ClientMessage },
    /// A connection is gone.
    Disconnect { slot: SlotId, connection: Connection },
    /// A batch of a lesson's log was written, or not.
    Saved { slot: SlotId, count: usize, result: Result<(), ::store::Error> },
    /// What of a lesson flows from now on.
    Level { slot: SlotId, level: Level },
    /// The server stops.
    Drain { done: oneshot::Sender<()> },
}

/// Somebody with a checked pass.
pub(crate) struct Arrival {
    pub(crate) connection: Connection,
    pub(crate) pass: Pass,
    pub(crate) since: u64,
    pub(crate) page: mpsc::Sender<ToPage>,
    /// What the store knows of the lesson, when the thread asked for it.
    pub(crate) loaded: Option<Loaded>,
}

/// A lesson as the store has it.
pub(crate) struct Loaded {
    pub(crate) plan: Plan,
    pub(crate) log: Vec<Entry>,
}

/// The thread's answer to an arrival.
pub(crate) enum Welcome {
    /// In the lobby, or inside.
    Taken,
    /// Load the lesson and come again.
    Load(Box<Arrival>),
    /// Not let in.
    Refused(Refusal),
}

/// To a page.
#[derive(Clone, Debug)]
pub(crate) enum ToPage {
    Text(Utf8Bytes),
    Close,
}
