//! The rhythms and limits of admission, each with its reason.

use base::clock::{MINUTE_MS, SECOND_MS};

/// A lesson may be opened this long before its bell: teachers come six minutes early.
pub const OPENS_BEFORE_MS: i64 = 8 * MINUTE_MS;

/// A waiting lesson with less than this left of its hour is not worth opening.
pub const WORTH_OPENING_MS: i64 = 10 * MINUTE_MS;

/// Expected arrivals of each lesson are looked at again this often.
pub const REVIEW_EVERY_MS: i64 = 5 * SECOND_MS;

/// After this long at the head of the queue a large lesson stops the smaller
/// ones behind it, so that what is freed gathers for it.
pub const AGED_AFTER_MS: i64 = 30 * SECOND_MS;

/// Lessons looked at behind a head that does not fit.
pub const BACKFILL_MAX: usize = 64;

/// Quality steps up at most this often, so that nobody sees it flap.
pub const STEP_UP_EVERY_MS: i64 = 10 * SECOND_MS;

/// Share of the rank scale that quality climbs in one step up (of 1,024).
pub const STEP_UP_BUCKETS: usize = 64;

/// Part of the budget, in 1,024ths, kept free before quality steps up.
pub const STEP_UP_SLACK: u64 = 20;

/// Standard deviations of the expected arrivals that the plan keeps free.
pub const SIGMAS: f64 = 4.0;

/// Lessons of a timetable in memory: every lesson of France in a day.
pub const LESSONS_MAX: usize = 1_000_000;

/// A pupil of an admitted lesson who finds the last seat taken asks again after this.
pub const MOMENT_MS: i64 = 5 * SECOND_MS;

/// A desk session while others wait.
pub const DESK_SESSION_MS: i64 = 12 * MINUTE_MS;
