//! What one receiver's network carries: sound first, then the screen, then the
//! teacher, then the tiles.
//!
//! Once a second the receiver's reports tell how much of what was sent is lost
//! and how long it takes. Too much of either, and the receiver gets a rung less;
//! after a quiet time it is tried whether more gets through, less often each
//! time that it does not. Loss that a smaller load does not lessen is the
//! network's own, and no reason to take the picture away.

use std::time::Duration;

use base::Level;

/// Lost, of a thousand, from which on a second is bad.
const LOST_BAD: u32 = 80;

/// From which on nobody waits for another bad second, and only sound is left.
const LOST_SEVERE: u32 = 300;

/// Slower than the quickest second by this much: packets queue on the way.
const QUEUED_BAD: Duration = Duration::from_millis(400);

/// Bad seconds in a row before less is sent.
const BAD_S: u32 = 2;

/// Quiet seconds before more is tried, at first and at most.
const QUIET_S: u32 = 6;
const QUIET_S_MAX: u32 = 96;

/// A try has failed when a bad second comes this soon after it.
const TRY_S: u32 = 8;

/// A receiver's rung.
#[derive(Debug)]
pub(crate) struct Reach {
    level: Level,
    bad_s: u32,
    quiet_s: u32,
    quiet_needed_s: u32,
    quickest: Option<Duration>,
    /// Seconds since more was tried.
    tried_s: Option<u32>,
    /// What was lost before the last step down, and the seconds since.
    fell: Option<(u32, u32)>,
    /// Loss that is not ours to mend, of a thousand.
    own_loss: u32,
}

impl Reach {
    pub(crate) fn new() -> Reach {
        Reach {
            level: Level::Cameras,
            bad_s: 0,
            quiet_s: 0,
            quiet_needed_s: QUIET_S,
            quickest: None,
            tried_s: None,
            fell: None,
            own_loss: 0,
        }
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// A second is over: the part of a thousand that was lost in it, and the round trip.
    /// Returns whether the rung changed.
    pub(crate) fn handle_second(&mut self, lost: u32, round_trip: Option<Duration>) -> bool {
        if let Some(round_trip) = round_trip {
            self.quickest = Some(self.quickest.map_or(round_trip, |quickest| quickest.min(round_trip)));
        }
        let is_queued =
            round_trip.zip(self.quickest).is_some_and(|(now, quickest)| now > quickest + QUEUED_BAD);
        let is_bad = lost > LOST_BAD + self.own_loss || is_queued;
        self.tried_s = self.tried_s.map(|seconds| seconds + 1);
        if self.tried_s.is_some_and(|seconds| seconds > TRY_S) {
            self.tried_s = None;
            self.quiet_needed_s = QUIET_S;
        }
        self.bad_s = if is_bad { self.bad_s + 1 } else { 0 };
        self.quiet_s = if is_bad { 0 } else { self.quiet_s + 1 };
        if let Some((before, seconds)) = self.fell {
            // The first second after a step still has what was on its way.
            self.fell = Some((before, seconds + 1));
            if seconds == 0 {
                return false;
            }
            self.fell = None;
            if is_bad && !is_queued && lost * 4 > before * 3 && lost < LOST_SEVERE {
                self.own_loss = lost;
                return self.rise();
            }
        }
        let is_enough = self.bad_s >= BAD_S || lost >= LOST_SEVERE || self.tried_s.is_some();
        if is_bad && is_enough {
            return self.fall(lost);
        }
        if self.quiet_s >= self.quiet_needed_s {
            self.quiet_s = 0;
            self.tried_s = Some(0);
            return self.rise();
        }
        false
    }

    fn fall(&mut self, lost: u32) -> bool {
        // Where a third is lost, sound is lost: everything else goes at once, and is tried again.
        // Only a try that failed goes back to the rung that carried.
        let is_lost = lost >= LOST_SEVERE && self.tried_s.is_none();
        let down = Level::ALL[if is_lost { 0 } else { (self.level as usize).saturating_sub(1) }];
        if down == self.level {
            return false;
        }
        if self.tried_s.take().is_some() {
            self.quiet_needed_s = (self.quiet_needed_s * 2).min(QUIET_S_MAX);
        }
        self.level = down;
        self.bad_s = 0;
        self.fell = Some((lost, 0));
        true
    }

    fn rise(&mut self) -> bool {
        let Some(up) = self.level.up() else { return false };
        self.level = up;
        self.bad_s = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of so many kbit/s, with loss of its own; returns the rungs of each second.
    fn play(reach: &mut Reach, kbit_s: u32, own_lost: u32, seconds: u32) -> Vec<Level> {
        let cost = |level| match level {
            Level::Voice => 50,
            Level::Screen => 220,
            Level::Teacher => 700,
            Level::Cameras => 1_800,
        };
        (0..seconds)
            .map(|_| {
                let sent: u32 = cost(reach.level());
                let excess = sent.saturating_sub(kbit_s) * 1_000 / sent;
                reach.handle_second(own_lost + excess * (1_000 - own_lost) / 1_000, None);
                reach.level()
            })
            .collect()
    }

    #[test]
    fn a_thin_line_gets_what_it_carries_and_is_rarely_tried() {
        for (kbit_s, level) in [(64, Level::Voice), (250, Level::Screen), (900, Level::Teacher)] {
            let mut reach = Reach::new();
            let first = play(&mut reach, kbit_s, 0, 30);
            assert_eq!(first[29], level, "{first:?}");
            let minutes = play(&mut reach, kbit_s, 0, 600);
            let above = minutes.iter().filter(|one| **one > level).count();
            let below = minutes.iter().filter(|one| **one < level).count();
            assert!(above < 30 && below < 120, "{above} of 600 s above, {below} below");
        }
    }

    #[test]
    fn a_line_that_is_good_again_is_found_out() {
        let mut reach = Reach::new();
        play(&mut reach, 64, 0, 60);
        assert_eq!(*play(&mut reach, 5_000, 0, 300).last().unwrap(), Level::Cameras);
    }

    #[test]
    fn loss_that_less_does_not_mend_takes_no_picture_away() {
        for own_lost in [50, 100, 200] {
            let mut reach = Reach::new();
            let rungs = play(&mut reach, 10_000, own_lost, 120);
            assert!(rungs[20..].iter().all(|level| *level == Level::Cameras), "{own_lost}: {rungs:?}");
        }
    }

    #[test]
    fn packets_that_queue_are_a_thin_line_too() {
        let mut reach = Reach::new();
        reach.handle_second(0, Some(Duration::from_millis(40)));
        for _ in 0..20 {
            reach.handle_second(0, Some(Duration::from_millis(900)));
        }
        assert_eq!(reach.level(), Level::Voice);
    }
}
