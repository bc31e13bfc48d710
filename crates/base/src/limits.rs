//! Limits shared by several crates. Each has a name, a value and a reason;
//! a limit that only one crate knows lives in that crate's `limits.rs`.

use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};

/// A place in a lane is kept this long for somebody who does not come back: a day of school.
pub const TICKET_LIFE_MS: i64 = 12 * HOUR_MS;

/// Bytes of the name of a protected site: it is part of what is signed for it.
pub const SITE_BYTES_MAX: usize = 32;

/// Who somebody is at a protected site is asked again after a day of school.
pub const VISIT_LIFE_MS: i64 = 12 * HOUR_MS;

/// The way from our host to a protected one is a redirect: a minute is generous.
pub const INTRODUCTION_LIFE_MS: i64 = MINUTE_MS;

/// To show elsewhere who one is takes a forgotten password at the worst: past this it is begun anew.
pub const ERRAND_LIFE_MS: i64 = 15 * MINUTE_MS;

/// A card lives a school year and its summer, then the device signs in again.
pub const CARD_LIFE_MS: i64 = 400 * DAY_MS;

/// A pass covers the longest lesson (four hours of practical work) and its lobby.
pub const PASS_LIFE_MS: i64 = 6 * HOUR_MS;

/// Pupils and teachers may come to the lobby this long before the bell.
pub const LOBBY_OPENS_BEFORE_MS: i64 = 20 * MINUTE_MS;

/// A lesson that nobody ended closes this long after its hour: a teacher may
/// overrun, a forgotten room may not stand open for ever.
pub const OVERRUN_MS: i64 = 30 * MINUTE_MS;

/// Bytes of a person's displayed name, in UTF-8: fits every name on record
/// and still fits a pass.
pub const NAME_BYTES_MAX: usize = 80;

/// Characters of one chat message: two paragraphs.
pub const CHAT_CHARS_MAX: usize = 2_000;
