//! The limits of the live sockets, each with its reason.

use std::time::Duration;

/// Media threads at most: more than a machine has cores for.
pub(crate) const THREADS_MAX: usize = 64;

/// Commands that wait for one media thread; beyond it sockets wait in turn.
pub(crate) const COMMANDS_QUEUED_MAX: usize = 4_096;

/// Texts that wait for one page: a lecture tells it ten a second, a small class as many
/// as its few pages may say in a burst. Beyond it the page reads too slowly and its
/// connection goes: it comes back with what it missed.
pub(crate) const OUTGOING_QUEUED_MAX: usize = 1_024;

/// A page that says nothing this long after connecting is not ours.
pub(crate) const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// The server pings each page this often; the browser answers by itself.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(3);

/// A page from which nothing came for this long is gone: three pings, and no
/// ghost stays longer than ten seconds.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(9);

/// Messages that a page may send at once…
pub(crate) const MESSAGES_BURST: u32 = 100;

/// …and in a second from then on: faster than any hand.
pub(crate) const MESSAGES_PER_S: u32 = 25;

/// Malformed messages after which a connection goes.
pub(crate) const MALFORMED_MAX: u32 = 20;

/// A lesson with nobody in it leaves memory after this; its log stays.
pub(crate) const EMPTY_KEPT: Duration = Duration::from_secs(60);

/// A log that could not be written is tried again this often.
pub(crate) const SAVE_AGAIN_EVERY: Duration = Duration::from_secs(1);

/// A write that takes longer than this holds the class up no more: it is told, and goes on.
pub(crate) const SAVE_SLOW_AFTER: Duration = Duration::from_secs(2);

/// Log entries in one batch.
pub(crate) const SAVE_ENTRIES_MAX: usize = 256;

/// Datagrams read in one go before timers and commands get their turn.
pub(crate) const DATAGRAMS_PER_TURN: usize = 128;

/// Lessons whose end is remembered for the pages; beyond it the oldest slots go.
pub(crate) const BOARD_SLOTS_MAX: usize = 100_000;
