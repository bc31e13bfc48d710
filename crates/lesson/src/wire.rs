//! The messages on a lesson's socket: JSON objects, named by `t`; one in each text
//! from a page, a list of them in each text to a page.
//!
//! [`parse`] is the only way in and never panics; every field is bounded before
//! it is used. What goes out is built here too, so that this file is the whole
//! protocol; `docs/protocol.md` tells it in prose.

use std::collections::BTreeSet;

use base::limits::CHAT_CHARS_MAX;
use base::{LessonWait, Level, PersonId, Seat, Time};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Right};
use crate::limits::{MESSAGE_BYTES_MAX, REACTION_BYTES_MAX};
use crate::state::{Knock, Message, Permissions, Whereabouts};

/// What a page may say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message: who comes, and the last entry that they have seen.
    Hello {
        /// The sealed [`base::Pass`].
        pass: String,
        /// Last sequence number seen; 0: nothing.
        #[serde(default)]
        since: u64,
    },
    /// The page's SDP offer; a second one restarts ICE.
    Offer {
        /// The session description.
        sdp: String,
    },
    /// How high the page shows each picture, in pixels: the teacher's, the screen, the
    /// tiles in order; 0: not at all. It is sent no more than that.
    Watch {
        /// One a picture; what is not told of stays as it was.
        heights: Vec<u16>,
    },
    /// The device check is done: let me in, or open the lesson.
    Enter,
    /// What this page sends from now on.
    Media {
        /// The microphone is on.
        mic: bool,
        /// The camera is on.
        camera: bool,
        /// The screen is shared.
        screen: bool,
    },
    /// My hand.
    Hand {
        /// Up, or down.
        up: bool,
    },
    /// A chat message.
    Say {
        /// Drawn by the page: the same key twice is the same message.
        key: u64,
        /// The text.
        text: String,
        /// For a lead: the pupil written to; for a pupil: their own id, to write to the leads.
        #[serde(default)]
        thread: Option<PersonId>,
    },
    /// A reaction, seen for a moment and not kept.
    React {
        /// One emoji.
        emoji: String,
    },
    /// How the class reaches this page: on change only. A lead's is told to the class.
    Network {
        /// The level.
        level: Network,
    },
    /// Lead: allow or forbid something to the pupils.
    Allow {
        /// What.
        what: Right,
        /// Allowed, or forbidden.
        on: bool,
    },
    /// Lead: give somebody the floor, whatever pupils may do, or take it back.
    Floor {
        /// Whose.
        person: PersonId,
        /// Given, or taken back.
        on: bool,
    },
    /// Lead: switch one microphone off.
    Mute {
        /// Whose.
        person: PersonId,
    },
    /// Lead: switch off every microphone but the leads'.
    MuteAll,
    /// Lead: lower one hand.
    Lower {
        /// Whose.
        person: PersonId,
    },
    /// Lead: lower all hands.
    LowerAll,
    /// Lead: remove somebody for this lesson.
    Remove {
        /// Who.
        person: PersonId,
    },
    /// Lead: take a removal or a refusal back.
    Pardon {
        /// Who.
        person: PersonId,
    },
    /// Lead: lock or unlock the door.
    Lock {
        /// Locked, or unlocked.
        on: bool,
    },
    /// Lead: let somebody in who knocks.
    Admit {
        /// Who.
        person: PersonId,
    },
    /// Lead: turn somebody away who knocks.
    Refuse {
        /// Who.
        person: PersonId,
    },
    /// Lead: delete a message.
    Delete {
        /// Its position in the log.
        message: u64,
    },
    /// Lead: the pause between two messages of one pupil.
    Slow {
        /// Seconds; 0: no pause.
        seconds: u32,
    },
    /// Lead: end the lesson.
    End,
    /// Leave on purpose.
    Leave,
}

impl ClientMessage {
    /// By what the page knows it again, if it is told that the message was not taken.
    pub fn key(&self) -> Option<u64> {
        if let ClientMessage::Say { key, .. } = self { Some(*key) } else { None }
    }
}

/// How well the class reaches a page, as the page measured it. What each level
/// means is written in the page's `class-network.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// All comes through.
    Good,
    /// It comes with holes, or late.
    Weak,
    /// Hardly anything comes, or nothing.
    Bad,
}

/// Why somebody is not let in, or is sent out. The page has a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No card, or not one of ours.
    NoCard,
    /// The pass is not one of ours, or was made for another person or device.
    NoPass,
    /// The pass has run out: load the page again.
    Expired,
    /// Not enrolled in this lesson.
    NotYours,
    /// More than the lobby's time before the bell.
    TooEarly,
    /// Too many classes are in: the lesson opens when it has its seats.
    Crowded,
    /// The lesson has to wait, and the page for those who wait tells why: load it.
    Waits,
    /// The slot is cancelled.
    Cancelled,
    /// The lesson has ended.
    Ended,
    /// A lead removed them, or turned them away.
    Removed,
    /// The same person came in from elsewhere.
    Replaced,
    /// The guest link is not valid any more.
    NoGuests,
    /// Every seat is taken, or too many knock.
    Full,
    /// Too many messages, or malformed ones.
    Misuse,
    /// They left.
    Left,
    /// The server stops; come back in a moment.
    Draining,
}

/// Why one message was not taken; the connection stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum No {
    /// Not an object of the protocol, or a field beyond its limit.
    Malformed,
    /// Not inside, or not a lead.
    Forbidden,
    /// The leads do not allow it now.
    NotAllowed,
    /// Too soon after the last one: wait.
    Slow,
    /// A limit of the lesson is reached.
    Full,
    /// What it speaks of is not there.
    Gone,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// To somebody not inside: the state of the door, and not one name.
    Lobby {
        /// The lesson is open.
        open: bool,
        /// Knocking, and waiting for a lead's answer.
        knocking: bool,
        /// Why its teacher cannot open it now; none: they can, or have.
        wait: Option<LessonWait>,
        /// The server's time, for a countdown that does not trust the device's clock.
        now: Time,
    },
    /// To somebody who has just come in: everything that they may know.
    Welcome {
        /// The last entry's position.
        seq: u64,
        /// Who they are here.
        you: PersonId,
        /// Whether they lead.
        lead: bool,
        /// The server's time.
        now: Time,
        /// When the lesson was opened.
        opened_at: Option<Time>,
        /// When the slot ends.
        ends_at: Time,
        /// The door is locked.
        locked: bool,
        /// What pupils may do.
        allow: Permissions,
        /// Seconds between two messages.
        slow: u32,
        /// The people that they may see.
        people: Vec<PersonView<'a>>,
        /// Whose hand is up, in order.
        hands: &'a [PersonId],
        /// Who has the floor.
        floor: &'a BTreeSet<PersonId>,
        /// No lead is there: what the others send does not flow.
        paused: bool,
        /// Who knocks; for leads.
        knocks: &'a [Knock],
        /// Who was removed; for leads.
        barred: Vec<PersonId>,
        /// The messages that changed after `since`.
        chat: Vec<&'a Message>,
    },
    /// An entry of the log.
    Event {
        /// Its position.
        seq: u64,
        /// When.
        at: Time,
        /// What.
        event: &'a Event,
        /// Whom it speaks of, when they may be new to the reader.
        #[serde(skip_serializing_if = "Option::is_none")]
        who: Option<PersonView<'a>>,
    },
    /// What somebody sends now.
    Media {
        /// Who.
        person: PersonId,
        /// Microphone.
        mic: bool,
        /// Camera.
        camera: bool,
        /// Screen.
        screen: bool,
    },
    /// Who is in which of the fixed media slots.
    Slots {
        /// By audio slot, in the order of the offer's lines.
        voices: &'a [Option<PersonId>],
        /// Whose camera is in the teacher's slot.
        teacher: Option<PersonId>,
        /// Whose screen is in the screen slot.
        screen: Option<PersonId>,
        /// By tile.
        tiles: &'a [Option<PersonId>],
    },
    /// Who is heard now, loudest first.
    Speaking {
        /// Who.
        people: &'a [PersonId],
    },
    /// The leads are gone for a while, and what the others send does not flow; or one is back.
    Paused {
        /// It does not flow.
        on: bool,
    },
    /// A lead switched your microphone, camera or screen off.
    Stopped {
        /// The microphone.
        mic: bool,
        /// The camera.
        camera: bool,
        /// The screen.
        screen: bool,
    },
    /// A reaction.
    Reaction {
        /// Whose.
        person: PersonId,
        /// Which.
        emoji: &'a str,
    },
    /// How the class reaches a lead: whose trouble it is.
    Network {
        /// Who leads.
        person: PersonId,
        /// The level.
        level: Network,
    },
    /// The answer to an offer.
    Answer {
        /// The session description.
        sdp: &'a str,
    },
    /// A message was not taken.
    No {
        /// Why.
        why: No,
        /// For a chat message: its key.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<u64>,
    },
    /// Something that everybody should know.
    Notice {
        /// What.
        what: Notice,
    },
    /// How many layers of your own pictures somebody watches, from the smallest on; 0:
    /// nobody does. Without it, send them all.
    Wanted {
        /// Of the camera.
        camera: u8,
        /// Of the screen.
        screen: u8,
    },
    /// What of the lesson flows now. Without it, everything does.
    Quality {
        /// The rung of the ladder.
        level: Level,
    },
    /// What your network carries. Without it, everything.
    Reach {
        /// The rung of the ladder.
        level: Level,
    },
    /// The last message before the server closes the connection.
    Goodbye {
        /// Why.
        why: Refusal,
    },
}

/// What everybody inside should know about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The log can't be written now: the lesson goes on, a crash would lose what is said.
    Unsaved,
    /// The log is written again, with all that waited.
    Saved,
}

/// Somebody, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonView<'a> {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: &'a str,
    /// Their seat.
    pub seat: Seat,
    /// Where they are.
    pub whereabouts: Whereabouts,
    /// Microphone on.
    pub mic: bool,
    /// Camera on.
    pub camera: bool,
    /// Screen shared.
    pub screen: bool,
    /// How the class reaches them; for a lead whose page has told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

/// Not an object of the protocol, or a field beyond its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Of a chat message: its key, so that the page knows which one was not taken.
    pub key: Option<u64>,
}

/// Reads one message from a page. Bounds every field.
pub fn parse(text: &str) -> Result<ClientMessage, Malformed> {
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(Malformed { key: None });
    }
    let message: ClientMessage = serde_json::from_str(text).map_err(|_| Malformed { key: None })?;
    let is_bounded = match &message {
        ClientMessage::Say { text, .. } => {
            !text.trim().is_empty() && text.chars().count() <= CHAT_CHARS_MAX && !has_controls(text)
        }
        ClientMessage::React { emoji } => {
            !emoji.is_empty()
                && emoji.len() <= REACTION_BYTES_MAX
                && !emoji.chars().any(|c| c.is_ascii() || c.is_control())
        }
        _ => true,
    };
    if is_bounded { Ok(message) } else { Err(Malformed { key: message.key() }) }
}

/// Writes a text of one message for a page.
pub fn write(message: &ServerMessage<'_>) -> String {
    list([object(message).as_str()]).unwrap_or_default()
}

/// Writes a text of messages, each an [`object`]; none of none.
pub(crate) fn list<'a>(objects: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    for object in objects {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(object);
    }
    (!text.is_empty()).then(|| text + "]")
}

/// Writes a message as it stands in a text.
pub(crate) fn object(message: &ServerMessage<'_>) -> String {
    // Serialising values that we own to memory fails for non-string map keys
    // only, and the protocol has no map.
    serde_json::to_string(message).unwrap_or_default()
}

fn has_controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_for_a_page_is_a_list() {
        let speaking = ServerMessage::Speaking { people: &[PersonId(1)] };
        assert_eq!(write(&speaking), r#"[{"t":"speaking","people":[1]}]"#);
        assert_eq!(list(["1", "2"]), Some("[1,2]".into()));
        assert_eq!(list([]), None);
    }

    #[test]
    fn messages_are_read() {
        assert_eq!(parse(r#"{"t":"enter"}"#), Ok(ClientMessage::Enter));
        assert_eq!(parse(r#"{"t":"hand","up":true}"#), Ok(ClientMessage::Hand { up: true }));
        assert_eq!(
            parse(r#"{"t":"network","level":"weak"}"#),
            Ok(ClientMessage::Network { level: Network::Weak })
        );
        assert_eq!(
            parse(r#"{"t":"say","key":4,"text":"Bonjour"}"#),
            Ok(ClientMessage::Say { key: 4, text: "Bonjour".into(), thread: None })
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let long = "é".repeat(CHAT_CHARS_MAX + 1);
        for bad in [
            "",
            "null",
            "[]",
            r#"{"t":"nothing"}"#,
            r#"{"t":"hand","up":1}"#,
            r#"{"t":"hand","up":true,"more":1}"#,
            r#"{"t":"say","key":-1,"text":"a"}"#,
            r#"{"t":"say","key":1,"text":"   "}"#,
            r#"{"t":"say","key":1,"text":"a\u0000b"}"#,
            r#"{"t":"network"}"#,
            r#"{"t":"network","level":"superb"}"#,
            r#"{"t":"network","level":2}"#,
            r#"{"t":"react","emoji":"<b>"}"#,
            r#"{"t":"react","emoji":""}"#,
            &format!(r#"{{"t":"say","key":1,"text":"{long}"}}"#),
            &format!(r#"{{"t":"offer","sdp":"{}"}}"#, "x".repeat(MESSAGE_BYTES_MAX)),
            &"[".repeat(60_000),
        ] {
            let what: String = bad.chars().take(60).collect();
            let key = bad.starts_with(r#"{"t":"say","key":1,"#).then_some(1);
            assert_eq!(parse(bad), Err(Malformed { key }), "{what}");
        }
    }
}
