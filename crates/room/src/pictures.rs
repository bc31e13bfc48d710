//! The layers of one client's camera and screen: what of each went by, whether it
//! is still coming, and when its sender was last asked to begin it anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::layout::LAYERS;
use crate::limits::KEYFRAME_EVERY;
use crate::packet::{History, Packet};
use crate::slots::Uplink;

/// All layers of both pictures.
#[derive(Default)]
pub(crate) struct Pictures([[Layer; LAYERS.len()]; 2]);

#[derive(Default)]
struct Layer {
    history: History,
    came_at: Option<Instant>,
    asked_at: Option<Instant>,
    due_at: Option<Instant>,
}

impl Pictures {
    /// A packet of a layer came.
    pub(crate) fn note(&mut self, uplink: Uplink, layer: usize, now: Instant) {
        self.of(uplink)[layer].came_at = Some(now);
    }

    /// Keeps a packet for whoever misses it.
    pub(crate) fn remember(&mut self, uplink: Uplink, packet: &Arc<Packet>) {
        self.of(uplink)[packet.layer].history.insert(Arc::clone(packet));
    }

    pub(crate) fn find(&self, uplink: Uplink, layer: usize, seq: u64) -> Option<Arc<Packet>> {
        self.0[index(uplink)][layer].history.find(seq).cloned()
    }

    /// The layers that are coming, a bit each: a browser leaves some out when it
    /// can't send or encode them.
    pub(crate) fn alive(&self, uplink: Uplink, now: Instant) -> u8 {
        let silence_max = if uplink == Uplink::Screen { SCREEN_SILENT_MAX } else { CAMERA_SILENT_MAX };
        let is_alive =
            |layer: &Layer| layer.came_at.is_some_and(|at| now.saturating_duration_since(at) < silence_max);
        let layers = self.0[index(uplink)].iter().enumerate();
        layers.filter(|(_, layer)| is_alive(layer)).fold(0, |alive, (at, _)| alive | 1 << at)
    }

    /// Somebody needs a beginning of a layer. Returns whether to ask for it now.
    pub(crate) fn want_keyframe(&mut self, uplink: Uplink, layer: usize, now: Instant) -> bool {
        let layer = &mut self.of(uplink)[layer];
        match layer.asked_at {
            Some(asked_at) if now.saturating_duration_since(asked_at) < KEYFRAME_EVERY => {
                layer.due_at = Some(asked_at + KEYFRAME_EVERY);
                false
            }
            _ => true,
        }
    }

    /// The sender is asked for a beginning.
    pub(crate) fn handle_asked(&mut self, uplink: Uplink, layer: usize, now: Instant) {
        let layer = &mut self.of(uplink)[layer];
        layer.asked_at = Some(now);
        layer.due_at = None;
    }

    /// A layer whose beginning has to be asked for, now that time has passed.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(Uplink, usize)> {
        for uplink in VIDEO {
            for (at, layer) in self.of(uplink).iter_mut().enumerate() {
                if layer.due_at.is_some_and(|due_at| due_at <= now) {
                    layer.due_at = None;
                    return Some((uplink, at));
                }
            }
        }
        None
    }

    /// When [`Pictures::take_due`] has something.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.0.iter().flatten().filter_map(|layer| layer.due_at).min()
    }

    fn of(&mut self, uplink: Uplink) -> &mut [Layer; LAYERS.len()] {
        &mut self.0[index(uplink)]
    }
}

/// Which of the layers that are coming a receiver gets who is to have this one.
pub(crate) fn choose(alive: u8, wanted: usize) -> Option<usize> {
    let is_alive = |layer: &usize| alive & 1 << layer != 0;
    (0..=wanted).rev().find(is_alive).or_else(|| (wanted..LAYERS.len()).find(is_alive))
}

fn index(uplink: Uplink) -> usize {
    usize::from(uplink == Uplink::Screen)
}

const VIDEO: [Uplink; 2] = [Uplink::Camera, Uplink::Screen];

/// A camera that is silent for so long has stopped…
const CAMERA_SILENT_MAX: Duration = Duration::from_millis(700);

/// …and a screen, which has little to say while nothing moves on it.
const SCREEN_SILENT_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_that_comes_and_is_not_too_much() {
        for (alive, wanted, layer) in
            [(0b111, 0, Some(0)), (0b111, 2, Some(2)), (0b011, 2, Some(1)), (0b100, 0, Some(2)), (0, 2, None)]
        {
            assert_eq!(choose(alive, wanted), layer, "{alive:b} {wanted}");
        }
    }
}
