//! The limits of a rush, each with its reason.

use std::time::Duration;

/// People of a morning at most: each has a socket here and one at the server, of
/// their class or, while they wait, of the news; a second one only while they look.
pub const PEOPLE_MAX: u32 = 6_000;

/// Seconds from the first to come until the last look: below, nobody has time
/// for a second try; above, life's own pace is reached.
pub const SECONDS_MIN: u32 = 30;
/// See [`SECONDS_MIN`].
pub const SECONDS_MAX: u32 = 3_600;

/// Seconds that people stay after the last look, at most.
pub const STAY_S_MAX: u32 = 1_800;

/// A morning whose first person was to come longer ago than this is another
/// morning: a slow machine is less late.
pub(super) const LATE_S_MAX: i64 = 20;

/// Seconds from the writing of a morning to its first person, at most: a day.
pub const BEGINS_IN_S_MAX: u32 = 86_400;

/// Somebody who came less than this many seconds before the look at their lesson
/// had hardly the time for a page, a socket and the lobby on a busy machine: where
/// people are hurried, that is many times as long in life.
pub const JUST_CAME_S: f64 = 2.0;

/// A page that has not come by then is one that people reload.
pub(super) const PAGE_WITHIN: Duration = Duration::from_secs(20);

/// The gate holds a line of news for some fifty seconds: one on which nothing has come by then is dead.
pub(super) const NEWS_WITHIN: Duration = Duration::from_secs(60);

/// For everybody together to say that they leave; whoever does not get away is let go.
pub(super) const LEAVE_WITHIN: Duration = Duration::from_secs(5);

/// A page that lost its line tries again after up to this, as the class page does.
pub(super) const BACK_WITHIN_MS: u64 = 3_000;

/// Somebody who was sent away from a class presses the button again after this.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Bytes that a cheap person's socket keeps: news of a class are small.
pub(super) const SOCKET_BYTES: usize = 4_096;

/// Voices besides the teacher's in a lesson with real media.
pub(super) const SAMPLED_VOICES: usize = 2;

/// Lessons with real media at most: their sound shares a core with everything else.
pub const MEDIA_LESSONS_MAX: usize = 10;
