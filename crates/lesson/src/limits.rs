//! The limits of one lesson, each with its reason.

use base::clock::SECOND_MS;

/// People in one lesson: a lecture for a whole year of a large school.
pub const SEATS_MAX: usize = 1_000;

/// Guests who may knock at the same time: more than a teacher can look at.
pub const KNOCKS_MAX: usize = 20;

/// Messages kept in one lesson: forty an hour from each of a large class.
pub const CHAT_ENTRIES_MAX: usize = 5_000;

/// Entries in one log: above it only a teacher's acts are still taken, so that
/// a flapping or hostile client cannot fill the disk.
pub const LOG_ENTRIES_MAX: u64 = 100_000;

/// Longest pause that a teacher may set between two messages of one pupil.
pub const SLOW_CHAT_S_MAX: u32 = 300;

/// Shortest pause between two levels of the network that one page tells: a line
/// that comes and goes is not news for the class each time.
pub const NETWORK_PAUSE_MS: i64 = 5 * SECOND_MS;

/// A lead whose line broke has so long to come back before pupils' microphones and
/// pictures pause: a router that starts again, a page that is loaded anew.
pub const LEAD_BACK_WITHIN_MS: i64 = 60 * SECOND_MS;

/// Texts of news that one lesson hands to its pages in a second: each costs some 10 µs,
/// so a tenth of a core. A class of thirty hears everything within 3 ms, a lecture of a
/// thousand within 100 ms, whoever of them comes, speaks or raises a hand.
pub const TEXTS_PER_S_MAX: i64 = 10_000;

/// Bytes of one message on the socket; an SDP offer with all its lines is 20 kB.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a reaction: one emoji with its modifiers.
pub const REACTION_BYTES_MAX: usize = 32;
