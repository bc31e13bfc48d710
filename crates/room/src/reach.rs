//! What one receiver's network carries: sound first, then the screen, then the
//! teacher, then the tiles.
//!
//! Twice a second the receiver's reports tell how much of what was sent is lost
//! and how long it queues. Too much of either, and the receiver gets a rung less;
//! after a quiet time a short probe tells whether the next rung would get through,
//! less often each time that it would not. Loss that a smaller load does not lessen is the
//! network's own, and no reason to take the picture away.

use std::collections::VecDeque;
use std::time::Duration;

use base::Level;

/// Lost, of a thousand, from which on a look is bad.
const LOST_BAD: u32 = 80;

/// From which on nobody waits for another bad look, and only sound is left.
const LOST_SEVERE: u32 = 300;

/// A network may lose so many whatever is sent; more is a line that is too thin.
const LOST_OWN_MAX: u32 = 180;

/// Even the luckiest packet waits so long on the way: the line is too thin.
const QUEUED_BAD: Duration = Duration::from_millis(250);

/// Below it nothing queues that a fuller line would explain.
const QUEUED_LITTLE: Duration = Duration::from_millis(30);

/// Loss is judged over so many looks, one every half second: of few packets, chance
/// loses very different shares.
const JUDGED_LOOKS: usize = 4;

/// Bad looks in a row before less is sent.
const BAD_LOOKS: u32 = 3;

/// One look of so many packets tells enough to see that nearly all is lost.
const PACKETS_TELLING: u32 = 20;

/// Quiet looks before more is tried, at first and at most.
const QUIET_LOOKS: u32 = 16;
const QUIET_LOOKS_MAX: u32 = 240;

/// A try has failed when a bad look comes this soon after it.
const TRY_LOOKS: u32 = 16;

/// A look covers a second: this many after a step are of before it.
const OLD_LOOKS: u32 = 2;

/// What is known of the last second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Of a thousand packets, those that were lost.
    pub(crate) lost: u32,
    /// The packets that something is known of.
    pub(crate) told: u32,
    /// How long even the luckiest packet waited on the way.
    pub(crate) queued: Duration,
    /// Bytes sent since the look before.
    pub(crate) sent: u64,
}

/// A receiver's rung.
#[derive(Debug)]
pub(crate) struct Reach {
    level: Level,
    /// Of the last looks: packets that were lost, in thousandths, and packets told of.
    recent: VecDeque<(u32, u32)>,
    bad: u32,
    quiet: u32,
    quiet_needed: u32,
    /// Looks since more was tried.
    tried: Option<u32>,
    /// The look before the last step down, and the looks since.
    fell: Option<(Look, u32)>,
    /// Loss that is not ours to mend, of a thousand.
    own_loss: u32,
    /// As far as it may rise from where it was seen.
    own_loss_max: u32,
    /// It is time to see whether more gets through, or that is being seen.
    probe: Step,
}

/// Where a probe stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    None,
    Due,
    Sent,
}

impl Reach {
    pub(crate) fn new() -> Reach {
        Reach {
            level: Level::Cameras,
            recent: VecDeque::new(),
            bad: 0,
            quiet: 0,
            quiet_needed: QUIET_LOOKS,
            tried: None,
            fell: None,
            own_loss: 0,
            own_loss_max: 0,
            probe: Step::None,
        }
    }

    /// The rung to probe for, when it is time for it.
    pub(crate) fn take_probe(&mut self) -> Option<Level> {
        let up = self.level.up().filter(|_| self.probe == Step::Due)?;
        self.probe = Step::Sent;
        Some(up)
    }

    /// What a probe told: whether the next rung gets through. Returns whether the rung changed.
    pub(crate) fn handle_probe(&mut self, gets_through: bool) -> bool {
        if std::mem::replace(&mut self.probe, Step::None) == Step::None {
            return false;
        }
        self.quiet = 0;
        if !gets_through {
            self.quiet_needed = (self.quiet_needed * 2).min(QUIET_LOOKS_MAX);
            return false;
        }
        self.tried = Some(0);
        self.rise()
    }

    /// Of a thousand packets of a probe, those that may be lost.
    pub(crate) fn probe_lost_max(&self) -> u32 {
        self.own_loss + LOST_BAD
    }

    /// Whether voices may be sent twice: not on a line so thin that it is full, unless
    /// it loses however little is sent, or may: nothing queued, and what less does is
    /// being seen.
    pub(crate) fn has_room_for_redundancy(&self) -> bool {
        let may_lose_anyway = self.fell.is_some_and(|(before, _)| before.queued < QUEUED_LITTLE);
        match self.level {
            Level::Voice => may_lose_anyway,
            Level::Screen => self.own_loss > 0 || may_lose_anyway,
            _ => true,
        }
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// Another look. Returns whether the rung changed.
    pub(crate) fn handle_look(&mut self, look: Look) -> bool {
        let lost = self.judge(look);
        let is_severe = look.lost >= LOST_SEVERE && look.told >= PACKETS_TELLING;
        let is_queued = look.queued > QUEUED_BAD;
        let is_lowest = self.level == Level::Voice && self.fell.is_none();
        if is_lowest && !is_queued && lost < LOST_OWN_MAX && self.recent.len() == JUDGED_LOOKS {
            // Less than this can't be sent: what is still lost is not ours to mend.
            self.own_loss = self.own_loss.max(lost);
            self.own_loss_max = self.own_loss_max.max(lost);
        }
        let is_bad = lost > LOST_BAD + self.own_loss || is_severe || is_queued;
        if self.own_loss > 0 {
            // It follows what is lost, but not far up: a line that gets too thin must show.
            self.own_loss = ((self.own_loss * 15 + lost) / 16).min(self.own_loss_max);
        }
        self.tried = self.tried.map(|looks| looks + 1);
        if self.tried.is_some_and(|looks| looks > TRY_LOOKS) {
            self.tried = None;
            self.quiet_needed = QUIET_LOOKS;
        }
        self.bad = if is_bad { self.bad + 1 } else { 0 };
        self.quiet = if is_bad { 0 } else { self.quiet + 1 };
        if let Some((before, looks)) = self.fell {
            // The first looks after a step still see what went out before it.
            self.fell = Some((before, looks + 1));
            if looks < OLD_LOOKS {
                self.recent.clear();
                return false;
            }
            let is_judged = self.recent.len() == JUDGED_LOOKS;
            if !is_judged && !is_severe && !is_queued {
                return false;
            }
            self.fell = None;
            let is_less_sent = look.sent * 5 < before.sent * 4;
            let own_loss = lost.midpoint(before.lost);
            if is_judged && !is_queued && is_less_sent && lost * 2 > before.lost && own_loss < LOST_OWN_MAX {
                self.own_loss = own_loss;
                self.own_loss_max = own_loss * 5 / 4;
                return self.rise();
            }
            if is_bad && !is_less_sent {
                // What was taken away was not being sent: on to the next.
                return self.fall(Look { lost, ..look }, is_severe);
            }
        }
        let is_enough = self.bad >= BAD_LOOKS || is_severe || self.tried.is_some();
        if is_bad && is_enough {
            return self.fall(Look { lost, ..look }, is_severe);
        }
        if self.quiet >= self.quiet_needed && self.probe == Step::None && self.level.up().is_some() {
            self.probe = Step::Due;
        }
        false
    }

    /// The share lost of the last looks together.
    fn judge(&mut self, look: Look) -> u32 {
        self.recent.push_back((look.lost * look.told, look.told));
        if self.recent.len() > JUDGED_LOOKS {
            self.recent.pop_front();
        }
        let (lost, told) = self.recent.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        lost / told.max(1)
    }

    fn fall(&mut self, look: Look, is_severe: bool) -> bool {
        // Where a third is lost, sound is lost: everything else goes at once, and is tried again.
        // Only a try that failed goes back to the rung that carried.
        let is_lost = is_severe && self.tried.is_none();
        let down = Level::ALL[if is_lost { 0 } else { (self.level as usize).saturating_sub(1) }];
        if down == self.level {
            return false;
        }
        if self.tried.take().is_some() {
            self.quiet_needed = (self.quiet_needed * 2).min(QUIET_LOOKS_MAX);
        }
        self.level = down;
        self.recent.clear();
        self.bad = 0;
        self.probe = Step::None;
        self.fell = Some((look, 0));
        true
    }

    fn rise(&mut self) -> bool {
        let Some(up) = self.level.up() else { return false };
        self.level = up;
        self.bad = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use base::Entropy;

    use super::*;

    /// A line of so many kbit/s, with loss of its own; returns the rungs at each look.
    fn play(reach: &mut Reach, kbit_s: u32, own_lost: u32, looks: u32) -> Vec<Level> {
        play_with(reach, kbit_s, own_lost, (looks, false))
    }

    fn play_with(
        reach: &mut Reach,
        kbit_s: u32,
        own_lost: u32,
        (looks, wrong_probes): (u32, bool),
    ) -> Vec<Level> {
        let cost = |level| match level {
            Level::Voice => 50,
            Level::Screen => 220,
            Level::Teacher => 700,
            Level::Cameras => 1_800,
        };
        (0..looks)
            .map(|_| {
                let sent: u32 = cost(reach.level());
                let excess = sent.saturating_sub(kbit_s) * 1_000 / sent;
                let lost = own_lost + excess * (1_000 - own_lost) / 1_000;
                let told = sent / 10;
                reach.handle_look(Look { lost, told, queued: Duration::ZERO, sent: u64::from(sent) });
                if let Some(up) = reach.take_probe() {
                    // What was tried before there were probes: they may be wrong.
                    let is_wrong = wrong_probes && own_lost == 0;
                    reach.handle_probe(is_wrong || cost(up) <= kbit_s);
                }
                reach.level()
            })
            .collect()
    }

    #[test]
    fn a_thin_line_gets_what_it_carries_and_is_rarely_tried() {
        for (kbit_s, level) in [(64, Level::Voice), (250, Level::Screen), (900, Level::Teacher)] {
            let mut reach = Reach::new();
            let first = play(&mut reach, kbit_s, 0, 80);
            assert_eq!(first[79], level, "{first:?}");
            let minutes = play(&mut reach, kbit_s, 0, 1_200);
            assert!(minutes.iter().all(|one| *one == level), "a probe that fails costs nothing");
            // Whatever the probes say: what does not get through is taken back.
            let minutes = play_with(&mut reach, kbit_s, 0, (1_200, true));
            let above = minutes.iter().filter(|one| **one > level).count();
            let below = minutes.iter().filter(|one| **one < level).count();
            assert!(above < 30 && below < 120, "{above} of 1,200 looks above, {below} below");
        }
    }

    #[test]
    fn a_line_that_is_good_again_is_found_out() {
        let mut reach = Reach::new();
        play(&mut reach, 64, 0, 120);
        assert_eq!(*play(&mut reach, 5_000, 0, 600).last().unwrap(), Level::Cameras);
    }

    #[test]
    fn loss_that_less_does_not_mend_takes_no_picture_away() {
        for own_lost in [50, 100, 140] {
            let mut reach = Reach::new();
            let rungs = play(&mut reach, 10_000, own_lost, 120);
            assert!(rungs[30..].iter().all(|level| *level == Level::Cameras), "{own_lost}: {rungs:?}");
        }
    }

    /// Each packet is lost or not by chance; the rungs differ in how many there are.
    #[test]
    fn chance_takes_no_picture_away_for_long() {
        for own_lost in [50, 100] {
            let mut below = 0;
            for seed in 0..20 {
                let chance = Entropy::seeded(seed);
                let mut reach = Reach::new();
                for look in 0..240 {
                    let told = [25, 50, 100, 160][reach.level() as usize];
                    let lost = (0..told).filter(|_| chance.below(1_000) < own_lost).count() as u32;
                    let sent = u64::from(told) * 1_000;
                    let queued = Duration::ZERO;
                    reach.handle_look(Look { lost: lost * 1_000 / told, told, queued, sent });
                    if reach.take_probe().is_some() {
                        reach.handle_probe(true);
                    }
                    below += u32::from(look > 40 && reach.level() < Level::Teacher);
                }
            }
            assert!(below < 20 * 200 / 50, "{own_lost}: {below} of 4,000 looks without the teacher");
        }
    }

    #[test]
    fn packets_that_queue_are_a_thin_line_too() {
        let mut reach = Reach::new();
        let look = |ms| Look { lost: 0, told: 50, queued: Duration::from_millis(ms), sent: 50_000 };
        reach.handle_look(look(40));
        for _ in 0..20 {
            reach.handle_look(look(900));
        }
        assert_eq!(reach.level(), Level::Voice);
    }
}
