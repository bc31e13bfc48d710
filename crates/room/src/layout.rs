//! The fixed lines of an offer, in order: the contract between page and server.
//!
//! Three that the page sends on (microphone, camera, screen), then the slots
//! that it receives: voices, the teacher's camera, the screen, the tiles. The
//! same order numbers the slots on both sides.

/// Voices heard at once. The first is kept for whoever leads.
pub const VOICES: usize = 4;

/// Cameras seen at once beside the teacher's.
pub const TILES: usize = 8;

/// The slot of the teacher's camera.
pub const TEACHER: usize = VOICES;

/// The slot of the shared screen.
pub const SCREEN: usize = VOICES + 1;

/// The first tile's slot.
pub const FIRST_TILE: usize = VOICES + 2;

/// Receive slots in all.
pub const SLOTS: usize = VOICES + 2 + TILES;

/// Slots that carry pictures: the teacher's, the screen, the tiles.
pub const PICTURES: usize = SLOTS - VOICES;

/// The layers of a picture from small to large, by the names (RID) under which a
/// page sends them. A page may leave some out; a picture without layers is the largest.
pub const LAYERS: [&str; 3] = ["q", "h", "f"];

/// Lines that the page sends on.
pub const UPLINKS: usize = 3;

/// Lines of an offer in all.
pub const LINES: usize = UPLINKS + SLOTS;

/// Whether the line at this position carries sound.
pub fn is_audio(line: usize) -> bool {
    line == 0 || (UPLINKS..UPLINKS + VOICES).contains(&line)
}

/// Whether the page sends on the line at this position.
pub fn is_uplink(line: usize) -> bool {
    line < UPLINKS
}
