//! The limits and rhythms of a room, each with its reason.

use std::time::Duration;

/// A sender is asked for a keyframe at most this often: each one costs every
/// receiver ten times an ordinary frame.
pub(crate) const KEYFRAME_EVERY: Duration = Duration::from_millis(200);

/// Who is heard is told to the class at most this often.
pub(crate) const SPEAKING_EVERY: Duration = Duration::from_millis(300);

/// A voice that has been silent this long gives its slot up to the next one.
pub(crate) const VOICE_IDLE: Duration = Duration::from_millis(1_500);

/// A voice keeps its slot at least this long against a louder one: no flapping.
pub(crate) const VOICE_HELD: Duration = Duration::from_millis(800);

/// SSRCs that one client may use: three streams, their repairs, and a spare
/// for each after a restart of the encoder.
pub(crate) const SSRCS_PER_CLIENT: usize = 32;

/// Lines in an offer; beyond it the offer is refused before it is negotiated.
pub(crate) const OFFER_LINES_MAX: usize = 40;

/// What a receiver's network does is looked at this often; [`crate::reach`] counts in it.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A receiver is told this often how its streams' clocks belong together.
pub(crate) const REPORTS_EVERY: Duration = Duration::from_secs(1);

/// Between two looks so much is sent again to a receiver that asks, however little
/// it is sent; beyond it half of what it is sent.
pub(crate) const REPAIR_BYTES_MIN: u64 = 32 * 1024;

/// What one client may send up, in bits a second, and in bits at once: a camera in
/// three layers, a screen in two and a voice are less than half of it.
pub(crate) const UPSTREAM_BITS_S: u64 = 8_000_000;
pub(crate) const UPSTREAM_BITS_BURST: u64 = 8_000_000;
