//! A bad line: datagrams of one direction that vanish, come later, or wait for
//! their turn on a narrow road. Pure; the draws follow from a seed.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base::Entropy;

use crate::plan::Way;

pub(crate) struct Line {
    way: Way,
    entropy: Entropy,
    free_at: Option<Instant>,
    queue: VecDeque<(Instant, SocketAddr, Vec<u8>)>,
}

impl Line {
    /// `None` for a way on which nothing is wrong.
    pub(crate) fn new(way: Way, seed: u64) -> Option<Line> {
        let is_bad = way.loss > 0.0 || way.delay_ms > 0 || way.kbit_s_max > 0;
        is_bad.then(|| Line { way, entropy: Entropy::seeded(seed), free_at: None, queue: VecDeque::new() })
    }

    /// A datagram enters. True: it is through at once.
    pub(crate) fn enter(&mut self, now: Instant, peer: SocketAddr, data: &[u8]) -> bool {
        if (self.entropy.below(DRAWS) as f64) < self.way.loss * DRAWS as f64 {
            return false;
        }
        let mut leaves_at = now;
        if self.way.kbit_s_max > 0 {
            let takes_us = data.len() as u64 * 8_000 / u64::from(self.way.kbit_s_max);
            let starts_at = self.free_at.map_or(now, |at| at.max(now));
            if starts_at.saturating_duration_since(now) > QUEUE_MAX {
                return false;
            }
            leaves_at = starts_at + Duration::from_micros(takes_us);
            self.free_at = Some(leaves_at);
        }
        let comes_at = leaves_at + Duration::from_millis(u64::from(self.way.delay_ms));
        if comes_at <= now {
            return true;
        }
        self.queue.push_back((comes_at, peer, data.to_vec()));
        false
    }

    /// The next datagram that is through by now.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        self.queue.pop_front_if(|(at, _, _)| *at <= now).map(|(_, peer, data)| (peer, data))
    }

    /// When [`Line::poll`] has something.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.queue.front().map(|(at, _, _)| *at)
    }
}

const DRAWS: usize = 1_000_000;

/// A narrow road keeps this much waiting, then it drops: an ordinary router's buffer.
const QUEUE_MAX: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    fn through(way: Way, count: usize, every: Duration) -> (usize, Duration) {
        let peer = "127.0.0.1:9".parse().unwrap();
        let start = instant();
        let mut line = Line::new(way, 7).unwrap();
        let (mut came, mut last) = (0, Duration::ZERO);
        for n in 0..count + 2_000 {
            let now = start + every * u32::try_from(n).unwrap();
            came += usize::from(n < count && line.enter(now, peer, &[0; 1_000]));
            while line.poll(now).is_some() {
                came += 1;
                last = now - start;
            }
        }
        (came, last)
    }

    #[test]
    fn a_line_loses_its_share_delays_and_narrows() {
        assert!(Line::new(Way::default(), 1).is_none());
        let step = Duration::from_millis(1);
        let (came, _) = through(Way { loss: 0.2, ..Way::default() }, 10_000, step);
        assert!((7_800..8_200).contains(&came), "{came}");
        let (came, last) = through(Way { delay_ms: 30, ..Way::default() }, 1, step);
        assert_eq!((came, last), (1, Duration::from_millis(30)));
        // 8 Mbit/s come for a second, 4 fit.
        let (came, _) = through(Way { kbit_s_max: 4_000, ..Way::default() }, 1_000, step);
        assert!((500..700).contains(&came), "{came}");
    }
}
