//! How loud somebody is, from the level that their browser writes on each packet.
//!
//! RFC 6464: 0 is the loudest, -127 silence. A rise is believed at once, a fall
//! slowly, so that a pause between two words does not count as silence.

use std::time::Instant;

/// Levels above it count as speech: a quiet voice near a laptop's microphone.
const SPEECH_DBOV: f32 = -50.0;

/// Share of the way down per packet of 20 ms: half in about 150 ms.
const FALL: f32 = 0.09;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Loudness {
    level_dbov: f32,
    spoke_at: Option<Instant>,
}

impl Default for Loudness {
    fn default() -> Loudness {
        Loudness { level_dbov: -127.0, spoke_at: None }
    }
}

impl Loudness {
    /// Takes the level of one packet.
    pub(crate) fn handle_level(&mut self, level_dbov: i8, now: Instant) {
        let level = f32::from(level_dbov);
        if level > self.level_dbov {
            self.level_dbov = level;
        } else {
            self.level_dbov += (level - self.level_dbov) * FALL;
        }
        if self.level_dbov > SPEECH_DBOV {
            self.spoke_at = Some(now);
        }
    }

    /// The smoothed level.
    pub(crate) fn level_dbov(&self) -> f32 {
        self.level_dbov
    }

    /// When this was last speech.
    pub(crate) fn spoke_at(&self) -> Option<Instant> {
        self.spoke_at
    }

    /// Forgets everything: the microphone was switched off.
    pub(crate) fn reset(&mut self) {
        *self = Loudness::default();
    }
}
