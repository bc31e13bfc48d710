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

/// With so many bytes written a flush stops: they are still in the core's cache when they
/// are sent, and whatever came meanwhile goes out with the rest.
pub(crate) const PORTION_BYTES: usize = 16 * 1024;

/// A receiver is told this often how its streams' clocks belong together.
pub(crate) const REPORTS_EVERY: Duration = Duration::from_secs(1);

/// Between two looks so much is sent again to a receiver that asks, however little
/// it is sent; beyond it half of what it is sent.
pub(crate) const REPAIR_BYTES_MIN: u64 = 32 * 1024;

/// What one client may send up, in bits a second, and in bits at once: a camera in
/// three layers, a screen in two and a voice are less than half of it.
pub(crate) const UPSTREAM_BITS_S: u64 = 8_000_000;
pub(crate) const UPSTREAM_BITS_BURST: u64 = 8_000_000;

/// A line that carries a screen and no more gets its packets at this rate: what the
/// page allows the screen's smaller layer (`class-lines.js`), and a little for what
/// each packet has around it. A voice beside it and 250 kbit/s are filled.
pub(crate) const PACED_BITS_S: u64 = 190_000;

/// A line that is to be let off that pace must carry so much more: what the page
/// allows the screen's larger layer at the rung above.
pub(crate) const UNPACED_BITS_S_MIN: u64 = 400_000;

/// Bytes of pictures that wait for their turn on such a line: a second of it. With so
/// many waiting no picture begins; one that has begun may be as large as four.
pub(crate) const PACED_BYTES_MAX: usize = 24_000;
pub(crate) const PACED_PICTURE_BYTES_MAX: usize = 4 * PACED_BYTES_MAX;
