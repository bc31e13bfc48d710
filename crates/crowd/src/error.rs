//! What can go wrong with a crowd, each by its name.

use base::SlotId;

/// Why a crowd did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan can't be carried out.
    #[error("the plan: {0}")]
    Plan(String),
    /// Nobody answers at the address.
    #[error("the server at {base_url} cannot be reached: {reason}")]
    Unreachable {
        /// The address.
        base_url: String,
        /// What the system said.
        reason: String,
    },
    /// Somebody else answers there.
    #[error("what answers at {0} is no server of Préau")]
    NotOurs(String),
    /// The server is ours, and its school is another.
    #[error("the server at {0} does not know the people of this morning: it serves other data")]
    Unknown(String),
    /// The class page was not given; 503 is the door, 401 and 403 the card.
    #[error("the page of lesson {slot} was refused with HTTP status {status}")]
    Page {
        /// The lesson.
        slot: SlotId,
        /// The status.
        status: u16,
    },
    /// The class page came without a pass in it.
    #[error("the page of lesson {0} holds no pass")]
    NoPass(SlotId),
    /// The lesson sent somebody away.
    #[error("lesson {slot} said goodbye: {why}")]
    Refused {
        /// The lesson.
        slot: SlotId,
        /// The word of the protocol.
        why: String,
    },
    /// The WebSocket failed, or closed without a goodbye.
    #[error("the socket of lesson {slot} failed: {reason}")]
    Socket {
        /// The lesson.
        slot: SlotId,
        /// What happened.
        reason: String,
    },
    /// Janus refused something, or ended the session.
    #[error("Janus, asked for {what} in lesson {slot}: {why}")]
    Janus {
        /// The lesson.
        slot: SlotId,
        /// What was asked.
        what: String,
        /// What it said.
        why: String,
    },
    /// Somebody did not come in within the plan's patience.
    #[error("nobody let us into lesson {0} in time")]
    Late(SlotId),
    /// The control room did not take a lever; 403 is the card.
    #[error("the lever {lever} was refused with HTTP status {status}")]
    Lever {
        /// Its name in the form.
        lever: String,
        /// The status.
        status: u16,
    },
    /// The offer or its answer can't be used.
    #[error("the session could not be negotiated: {0}")]
    Negotiation(String),
    /// A UDP socket or the media thread failed.
    #[error("the media sockets: {0}")]
    Media(#[from] std::io::Error),
    /// The school could not be written.
    #[error("the school: {0}")]
    Store(#[from] store::Error),
}
