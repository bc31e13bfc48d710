//! What was sent to one receiver, and what its reports say became of it: how much
//! is lost, how long packets queue on the way, how many bytes a second arrive.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::rtcp::Arrivals;

/// The packets of the last seconds.
pub(crate) struct Log {
    began_at: Instant,
    /// Of the first that is kept.
    first: u64,
    sent: VecDeque<Packet>,
    /// Since the last look.
    arrived: u32,
    lost: u32,
    least_queued: Option<Duration>,
    /// The quickest way of a packet, in micro-seconds between two clocks that don't
    /// know each other: in this half of the window, and in the one before.
    quickest: [Option<i64>; 2],
    window_began_at: Instant,
    probe: Option<Probe>,
    /// The numbers of the last probe. What it loses is its own: it is more than the line was given.
    probed: Range<u64>,
}

/// Three words: there are a thousand of them for each receiver.
#[derive(Clone, Copy)]
struct Packet {
    /// When it went out, in micro-seconds of our clock that begin anew after an hour.
    sent_us: u32,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    /// When, in micro-seconds of the receiver's clock that begin anew after an hour.
    Arrived(u32),
    Lost,
}

/// Packets that were sent at once, to see how fast they come through.
#[derive(Clone, Copy)]
struct Probe {
    first: u64,
    packets: u64,
    bytes: u64,
    sent_at: Instant,
}

/// What the reports since the last look tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Of a thousand.
    pub(crate) lost: u32,
    /// Packets that something was told of.
    pub(crate) told: u32,
    /// How long even the luckiest packet waited on the way.
    pub(crate) queued: Duration,
}

impl Log {
    pub(crate) fn new(now: Instant) -> Log {
        Log {
            began_at: now,
            first: 1,
            sent: VecDeque::new(),
            arrived: 0,
            lost: 0,
            least_queued: None,
            quickest: [None; 2],
            window_began_at: now,
            probe: None,
            probed: 0..0,
        }
    }

    /// The last packets were a probe of so many bytes.
    pub(crate) fn mark_probe(&mut self, packets: u64, bytes: u64, now: Instant) {
        let next = self.first + self.sent.len() as u64;
        self.probed = next - packets..next;
        self.probe = Some(Probe { first: next - packets, packets, bytes, sent_at: now });
    }

    /// The bits a second that the last probe came through with, once it is known;
    /// 0 if too much of it was lost, or nothing was told of it.
    pub(crate) fn take_probed(&mut self, lost_max: u32, now: Instant) -> Option<u64> {
        let probe = self.probe?;
        let place = probe.first.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let Some(place) = place.filter(|place| *place <= self.sent.len()) else {
            // So long ago that nothing is known of it any more.
            self.probe = None;
            return Some(0);
        };
        let packets = self.sent.range(place..).take(usize::try_from(probe.packets).ok()?);
        let (mut arrived, mut unknown, mut span): (u64, u64, Option<(u32, u32)>) = (0, 0, None);
        for packet in packets {
            match packet.fate {
                Fate::Unknown => unknown += 1,
                Fate::Lost => {}
                Fate::Arrived(at) => {
                    arrived += 1;
                    // From the first that is met; one that overtook it counts as nothing.
                    let (first, longest) = span.unwrap_or((at, 0));
                    let since = at.wrapping_sub(first);
                    span = Some((first, longest.max(if since > u32::MAX / 2 { 0 } else { since })));
                }
            }
        }
        let is_late = now.saturating_duration_since(probe.sent_at) > PROBE_TOLD_WITHIN;
        if unknown > 0 && !is_late {
            return None;
        }
        self.probe = None;
        let lost = (probe.packets - arrived) * 1_000 / probe.packets.max(1);
        let Some((_, span_us)) = span.filter(|_| lost <= u64::from(lost_max)) else { return Some(0) };
        // The first packet only starts the clock. Faster than its ticks is fast enough.
        let bits = probe.bytes * 8 * (arrived - 1) / probe.packets;
        Some(bits * 1_000_000 / u64::from(span_us.max(250)))
    }

    /// A packet goes out; numbers follow each other.
    pub(crate) fn insert(&mut self, wide: u16, now: Instant) {
        debug_assert_eq!((self.first + self.sent.len() as u64) & 0xffff, u64::from(wide));
        let sent_us = self.micros(now);
        while self.sent.len() >= PACKETS_KEPT_MAX
            || self.sent.front().is_some_and(|first| sent_us.wrapping_sub(first.sent_us) > KEPT_FOR_US)
        {
            self.sent.pop_front();
            self.first += 1;
        }
        self.sent.push_back(Packet { sent_us, fate: Fate::Unknown });
    }

    /// The receiver reports.
    pub(crate) fn handle_arrivals(&mut self, arrivals: Arrivals<'_>, now: Instant) {
        let next = self.first + self.sent.len() as u64;
        // The newest number with these 16 bits that has gone out.
        let behind = (next & 0xffff).wrapping_sub(arrivals.base().into()) & 0xffff;
        let Some(base) = next.checked_sub(behind) else { return };
        arrivals.for_each(|distance, at| {
            let number = base + u64::from(distance);
            let place = number.checked_sub(self.first);
            let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else { return };
            let Some(packet) = self.sent.get_mut(place) else { return };
            let (sent_us, before) = (packet.sent_us, packet.fate);
            packet.fate = match (at, before) {
                (_, Fate::Arrived(_)) => before,
                (Some(at), _) => Fate::Arrived(wrapped_micros(at)),
                (None, _) => Fate::Lost,
            };
            match (before, packet.fate) {
                _ if self.probed.contains(&number) => return,
                (Fate::Unknown, Fate::Lost) => self.lost += 1,
                (Fate::Unknown, Fate::Arrived(_)) => self.arrived += 1,
                (Fate::Lost, Fate::Arrived(_)) => {
                    self.arrived += 1;
                    self.lost = self.lost.saturating_sub(1);
                }
                _ => return,
            }
            if let Some(at) = at {
                self.handle_way(sent_us, at, now);
            }
        });
    }

    /// What became known since this was asked last; `None` if nothing did.
    pub(crate) fn take_told(&mut self) -> Option<Told> {
        let (arrived, lost) = (std::mem::take(&mut self.arrived), std::mem::take(&mut self.lost));
        let queued = self.least_queued.take().unwrap_or_default();
        let told = arrived + lost;
        (told > 0).then(|| Told { lost: lost * 1_000 / told, told, queued })
    }

    fn micros(&self, at: Instant) -> u32 {
        wrapped_micros(at.saturating_duration_since(self.began_at))
    }

    fn handle_way(&mut self, sent_us: u32, arrived_at: Duration, now: Instant) {
        let ago = self.micros(now).wrapping_sub(sent_us);
        let now_us = i64::try_from(now.saturating_duration_since(self.began_at).as_micros());
        let (Ok(now_us), Ok(arrived)) = (now_us, i64::try_from(arrived_at.as_micros())) else { return };
        let way = arrived - (now_us - i64::from(ago));
        if now.saturating_duration_since(self.window_began_at) > WINDOW {
            self.window_began_at = now;
            self.quickest = [None, self.quickest[0]];
        }
        let quickest = self.quickest[0].map_or(way, |quickest| quickest.min(way));
        self.quickest[0] = Some(quickest);
        let quickest = self.quickest[1].map_or(quickest, |before| before.min(quickest));
        let queued = Duration::from_micros((way - quickest).max(0).cast_unsigned());
        self.least_queued = Some(self.least_queued.map_or(queued, |least| least.min(queued)));
    }
}

fn wrapped_micros(at: Duration) -> u32 {
    (at.as_micros() & u128::from(u32::MAX)) as u32
}

/// Reports come within a quarter of a second and the way back.
const KEPT_FOR_US: u32 = 2_500_000;

/// A probe that nothing was told of by then has failed.
const PROBE_TOLD_WITHIN: Duration = Duration::from_secs(2);

/// At 1,200 bytes a packet, 10 Mbit/s for as long.
const PACKETS_KEPT_MAX: usize = 3_000;

/// Clocks of two machines drift apart by less than a millisecond in it.
const WINDOW: Duration = Duration::from_secs(15);

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_nobody_told_of_has_failed_once() {
        let start = Instant::now();
        let mut log = Log::new(start);
        for wide in 1..=10 {
            log.insert(wide, start);
        }
        log.mark_probe(10, 2_500, start);
        assert_eq!(log.take_probed(80, start), None, "not told of yet");
        let later = start + Duration::from_secs(60);
        log.insert(11, later);
        assert_eq!(log.take_probed(80, later), Some(0));
        assert_eq!(log.take_probed(80, later), None);
    }
}
