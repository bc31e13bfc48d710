//! The rhythms and limits of admission, each with its reason.

use base::clock::{MINUTE_MS, SECOND_MS};

/// A lesson is opened this long before its bell: after the end of the hour
/// before it, so that two lessons of one class never need seats at once.
/// Whoever comes earlier waits in the lobby, which costs nothing.
pub const OPENS_BEFORE_MS: i64 = 4 * MINUTE_MS;

/// A waiting lesson with less than this left of its hour is not worth opening.
pub const WORTH_OPENING_MS: i64 = 10 * MINUTE_MS;

/// Expected arrivals of each lesson are looked at again this often.
pub const REVIEW_EVERY_MS: i64 = 5 * SECOND_MS;

/// A waiting lesson may take seats that have come free from this long before its bell…
pub const BACKFILL_FROM_MS: i64 = 2 * MINUTE_MS;

/// …and is preferred to those that are late already until this long after it.
pub const TIMELY_UNTIL_MS: i64 = 4 * MINUTE_MS;

/// A late lesson takes no free seats when the next bell is this near.
pub const BELL_NEAR_MS: i64 = 30 * MINUTE_MS;

/// Waiting lessons looked at in one second for seats that have come free.
pub const BACKFILL_MAX: usize = 64;

/// A lesson whose teacher has not come this long after its bell gives its seats back.
pub const LEAD_AWAITED_MS: i64 = MINUTE_MS;

/// Whoever asked, and has not joined this long after the bell and the opening, counts as absent.
pub const DOOR_HELD_MS: i64 = 2 * MINUTE_MS;

/// What a lesson really needs is booked anew this long after its bell: absentees' seats return.
pub const REBOOKED_AFTER_MS: [i64; 3] = [MINUTE_MS, 150 * SECOND_MS, 10 * MINUTE_MS];

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

/// Whoever waits looks at the frontier again within this, whatever time they were
/// promised: as long as what the operator says may take to be seen by somebody for
/// whom the gate keeps no line. For 94,000 people who wait it costs 160 looks a
/// second; within two seconds it would be 47,000, two and a half cores.
pub const LOOK_EVERY_S_MAX: u32 = 600;

/// Seconds of the past that the control room shows.
pub const MOMENTS_KEPT: usize = 1_800;

/// Schools, and lessons, that the operator sends first: more than this and nobody is first.
pub const PRIORITIES_MAX: usize = 200;

/// A session at the desk may go on this long when the server is told to empty:
/// time to send what is being written.
pub const DRAIN_NOTICE_MS: i64 = MINUTE_MS;

/// A desk session while others wait.
pub const DESK_SESSION_MS: i64 = 12 * MINUTE_MS;

/// What answers again without a fault for this long is said to answer again, and no
/// longer to answer at times: a few reloads of somebody who tries.
pub const STEADY_AFTER_MS: i64 = 10 * SECOND_MS;

/// A site is down when for this long, and in at least so many requests, it gave no answer:
/// one page of it that fails, or a restart of a second, is neither.
pub const DOWN_AFTER_MS: i64 = 5 * SECOND_MS;
/// Of those requests, the least.
pub const DOWN_AFTER_FAULTS: u64 = 3;

/// A site that is down is asked by the gate itself this often: those who wait enter soon
/// after it answers, and one request is no load.
pub const PROBE_EVERY_MS: i64 = 5 * SECOND_MS;

/// What failed and was not asked again for this long may be well by now: longer than
/// an upstream has for its first byte.
pub const UNASKED_AFTER_MS: i64 = 2 * MINUTE_MS;
