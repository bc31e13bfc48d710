//! What one receiver looks at: for each picture's slot the layer that is large
//! enough for where it is shown, or nothing where it is not shown at all.

use base::Level;

use crate::layout::{FIRST_TILE, LAYERS, PICTURES, SCREEN, TEACHER, VOICES};

/// The largest layer.
const TOP: usize = LAYERS.len() - 1;

pub(crate) struct Watched([Option<usize>; PICTURES]);

impl Watched {
    /// Until the page tells: the teacher and the screen large, the tiles small.
    pub(crate) fn new() -> Watched {
        Watched(std::array::from_fn(|picture| Some(if picture + VOICES < FIRST_TILE { TOP } else { 0 })))
    }

    /// The page tells how high it shows each picture, in pixels; 0: not at all.
    /// What it does not tell of stays as it is.
    pub(crate) fn take_heights(&mut self, heights: &[u16]) {
        for (picture, (layer, height)) in self.0.iter_mut().zip(heights).enumerate() {
            let is_screen = picture + VOICES == SCREEN;
            *layer = match *height {
                0 => None,
                // A screen is text: what is too small for a face is not for it.
                _ if is_screen => Some(TOP),
                1..=120 => Some(0),
                121..=240 => Some(1),
                _ => Some(TOP),
            };
        }
    }

    /// The layer of a slot's picture, if so much of the lesson gets through.
    pub(crate) fn layer(&self, slot: usize, level: Level) -> Option<usize> {
        let layer = (*self.0.get(slot.checked_sub(VOICES)?)?)?;
        match (slot, level) {
            (SCREEN, Level::Screen) | (TEACHER, Level::Teacher) => Some(layer.min(SMALLER)),
            _ => Some(layer),
        }
    }
}

/// On its lowest rung a picture is one layer smaller.
const SMALLER: usize = TOP - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_sent_as_large_as_it_is_shown() {
        let mut watched = Watched::new();
        let layers =
            |watched: &Watched, level| [TEACHER, SCREEN, FIRST_TILE].map(|slot| watched.layer(slot, level));
        assert_eq!(layers(&watched, Level::Cameras), [Some(2), Some(2), Some(0)]);
        watched.take_heights(&[200, 90, 0]);
        assert_eq!(layers(&watched, Level::Cameras), [Some(1), Some(2), None]);
        watched.take_heights(&[1_080, 1_080, 300]);
        assert_eq!(layers(&watched, Level::Cameras), [Some(2), Some(2), Some(2)]);
        assert_eq!(layers(&watched, Level::Teacher)[..2], [Some(1), Some(2)]);
        assert_eq!(layers(&watched, Level::Screen)[1], Some(1));
        assert_eq!(watched.layer(0, Level::Cameras), None, "a voice has no size");
    }
}
