//! Messages on a lesson's socket: whatever parses is within the limits.

use base::limits::CHAT_CHARS_MAX;
use lesson::limits::{MESSAGE_BYTES_MAX, REACTION_BYTES_MAX};
use lesson::wire::{ClientMessage, parse};

/// Nothing panics, and every limit of the protocol holds for what parses.
pub fn message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(message) = parse(text) else { return };
    assert!(text.len() <= MESSAGE_BYTES_MAX);
    match message {
        ClientMessage::Say { text, .. } => {
            assert!(!text.trim().is_empty());
            assert!(text.chars().count() <= CHAT_CHARS_MAX);
            assert!(!text.contains('\0'));
        }
        ClientMessage::React { emoji } => {
            assert!(!emoji.is_empty() && emoji.len() <= REACTION_BYTES_MAX);
            assert!(!emoji.contains(['<', '>', '&', '"']));
        }
        _ => {}
    }
}
