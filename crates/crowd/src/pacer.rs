//! When the packets of pictures leave: as a browser lets them go, a few at a
//! time, and not all that a picture has at once.
//!
//! One of them is before all pictures of a session, which take turns; sound goes
//! past it. It neither drops nor adds: what comes in at less than [`RATE_BIT_S`]
//! leaves at the rate at which it came. Pure; a seat asks it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::stream::Packet;

pub(crate) struct Pacer {
    /// By stream of the seat.
    waiting: Vec<VecDeque<Packet>>,
    /// The stream whose turn it is.
    turn: usize,
    /// When a line of [`RATE_BIT_S`] would be through with all that has left.
    even_at: Instant,
    /// Nothing leaves before.
    resumes_at: Instant,
}

impl Pacer {
    pub(crate) fn new(streams: usize, now: Instant) -> Pacer {
        let waiting = std::iter::repeat_with(VecDeque::new).take(streams).collect();
        Pacer { waiting, turn: 0, even_at: now, resumes_at: now }
    }

    /// A picture of the seat's stream at this position.
    pub(crate) fn push(&mut self, stream: usize, picture: Vec<Packet>) {
        self.waiting[stream].extend(picture);
    }

    /// The next packet that leaves by now, with its stream: ahead of the line by [`BURST`],
    /// then nothing until the line has caught up.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<(usize, Packet)> {
        if now < self.resumes_at {
            return None;
        }
        if self.even_at.saturating_duration_since(now) >= BURST {
            self.resumes_at = self.even_at;
            return None;
        }
        let count = self.waiting.len();
        let stream = (0..count).map(|n| (self.turn + n) % count).find(|at| !self.waiting[*at].is_empty())?;
        let packet = self.waiting[stream].pop_front()?;
        self.turn = stream + 1;
        self.even_at = self.even_at.max(now) + takes(packet.payload.len());
        Some((stream, packet))
    }

    /// When [`Pacer::poll`] has something.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.waiting.iter().any(|packets| !packets.is_empty()).then_some(self.resumes_at)
    }
}

/// How long the line is busy with so many bytes.
fn takes(bytes: usize) -> Duration {
    Duration::from_nanos(bytes as u64 * 8_000_000_000 / RATE_BIT_S)
}

/// Bits a second of all pictures of a session together while a large one leaves: Chromium's
/// estimate of a free line for a teacher's camera in three layers and screen
/// (`cargo xtask bench pacing`, `docs/benchmarks.md`).
const RATE_BIT_S: u64 = 4_500_000;

/// As much goes at once as the rate carries in this time, and the packet that has begun then:
/// measured as 5, 10 and 20 packets at 1.1, 2.2 and 4.5 Mbit/s, 42 to 47 ms from burst to burst.
const BURST: Duration = Duration::from_millis(40);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Epoch, instant};
    use crate::plan::Part;
    use crate::stream::{Kind, STREAMS, Stream, streams_of};

    fn picture(count: u64, bytes: usize) -> Vec<Packet> {
        let packet = |seq| Packet { payload: vec![0; bytes], is_last: seq + 1 == count, time: 0, seq };
        (0..count).map(packet).collect()
    }

    /// What leaves when it is asked whenever it says: milliseconds, stream, number.
    fn all_of(pacer: &mut Pacer, start: Instant) -> Vec<(u128, usize, u64)> {
        let (mut left, mut now) = (Vec::new(), start);
        while let Some(at) = pacer.next_at() {
            now = now.max(at);
            while let Some((stream, packet)) = pacer.poll(now) {
                left.push(((now - start).as_millis(), stream, packet.seq));
            }
        }
        left
    }

    #[test]
    fn a_small_picture_leaves_at_once_and_a_large_one_in_two_bursts() {
        let start = instant();
        let mut pacer = Pacer::new(1, start);
        pacer.push(0, picture(5, 1_000));
        assert!(all_of(&mut pacer, start).iter().all(|(ms, ..)| *ms == 0));
        let mut pacer = Pacer::new(1, start);
        pacer.push(0, picture(27, 1_111));
        let left = all_of(&mut pacer, start);
        assert!(left.iter().map(|(_, _, seq)| *seq).eq(0..27), "in order: {left:?}");
        let bursts: Vec<_> =
            left.chunk_by(|a, b| a.0 == b.0).map(|burst| (burst[0].0, burst.len())).collect();
        assert_eq!(bursts, [(0, 21), (41, 6)]);
    }

    #[test]
    fn a_small_picture_does_not_wait_for_the_end_of_a_large_one() {
        let start = instant();
        let mut pacer = Pacer::new(2, start);
        pacer.push(0, picture(27, 1_111));
        pacer.push(1, picture(2, 1_111));
        let left = all_of(&mut pacer, start);
        assert_eq!(left.len(), 29);
        assert!(left.iter().filter(|(_, stream, _)| *stream == 1).all(|(ms, ..)| *ms == 0), "{left:?}");
    }

    #[test]
    fn all_that_a_teacher_sends_leaves_at_its_own_rate() {
        let start = instant();
        let of_teacher = streams_of(Part::Teacher, 0);
        let pictures = of_teacher.into_iter().filter(|stream| STREAMS[*stream].kind != Kind::Voice);
        let mut streams: Vec<_> =
            pictures.map(|stream| Stream::new(0, stream, Epoch::now(), start)).collect();
        let mut pacer = Pacer::new(streams.len(), start);
        let (mut made, mut left, mut most_waiting) = (0_usize, 0, 0);
        for ms in 0..10_000 {
            let now = start + Duration::from_millis(ms);
            for (at, stream) in streams.iter_mut().enumerate() {
                let picture = stream.poll(now).unwrap_or_default();
                made += picture.len();
                pacer.push(at, picture);
            }
            left += std::iter::from_fn(|| pacer.poll(now)).count();
            if ms > 2_000 {
                most_waiting = most_waiting.max(made - left);
            }
        }
        assert!(made > 1_000 && most_waiting < 27, "{made} made, {most_waiting} waited at once");
        left += all_of(&mut pacer, start + Duration::from_secs(10)).len();
        assert_eq!(made, left);
    }
}
