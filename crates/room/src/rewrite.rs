//! One outgoing stream stays one stream for its receiver while sources change:
//! sequence numbers, timestamps and VP8's picture ids go on without a step.
//!
//! Gaps within one source are kept, so that the receiver still sees (and asks
//! again for) what was lost on the way in.

use std::time::Instant;

/// What the receiver gets in place of the source's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) seq: u64,
    pub(crate) time: u32,
    pub(crate) picture_id: Option<u16>,
    pub(crate) base_id: Option<u8>,
}

/// The numbers of one incoming packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) seq: u64,
    pub(crate) time: u32,
    pub(crate) picture_id: Option<u16>,
    pub(crate) base_id: Option<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewriter {
    clock_hz: u32,
    last: Option<Last>,
    source: Option<Offsets>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    seq: u64,
    time: u32,
    picture_id: u16,
    base_id: u8,
    at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Offsets {
    first_seq: u64,
    seq: i64,
    time: u32,
    picture_id: u16,
    base_id: u8,
}

impl Offsets {
    fn apply(&self, packet: Numbers) -> Option<Rewritten> {
        if packet.seq < self.first_seq {
            return None;
        }
        Some(Rewritten {
            seq: packet.seq.checked_add_signed(self.seq)?,
            time: packet.time.wrapping_add(self.time),
            picture_id: packet.picture_id.map(|id| id.wrapping_add(self.picture_id) & PICTURE_ID_MASK),
            base_id: packet.base_id.map(|id| id.wrapping_add(self.base_id)),
        })
    }
}

/// The first sequence number out: low enough that the receiver's rollover counter is 0.
const FIRST_SEQ: u64 = 1_000;

/// VP8 picture ids have 15 bits.
const PICTURE_ID_MASK: u16 = 0x7fff;

impl Rewriter {
    pub(crate) fn new(clock_hz: u32) -> Rewriter {
        Rewriter { clock_hz, last: None, source: None }
    }

    /// The next packet comes from another source.
    pub(crate) fn switch(&mut self) {
        self.source = None;
    }

    /// The numbers for one packet, or `None` for one from before the switch.
    pub(crate) fn rewrite(&mut self, packet: Numbers, now: Instant) -> Option<Rewritten> {
        let offsets = match self.source {
            Some(offsets) => offsets,
            None => *self.source.insert(self.begin(packet, now)),
        };
        let out = offsets.apply(packet)?;
        if self.last.is_none_or(|last| out.seq > last.seq) {
            let (picture_id, base_id) = self.last.map_or((0, 0), |last| (last.picture_id, last.base_id));
            self.last = Some(Last {
                seq: out.seq,
                time: out.time,
                picture_id: out.picture_id.unwrap_or(picture_id),
                base_id: out.base_id.unwrap_or(base_id),
                at: now,
            });
        }
        Some(out)
    }

    /// The source's own number of a packet that went out, of the present source.
    pub(crate) fn source_seq(&self, seq: u16) -> Option<u64> {
        let (last, offsets) = (self.last?, self.source?);
        // The newest with these 16 bits that has gone out.
        let behind = (last.seq & 0xffff).wrapping_sub(seq.into()) & 0xffff;
        let source_seq = last.seq.checked_sub(behind)?.checked_add_signed(offsets.seq.checked_neg()?)?;
        (source_seq >= offsets.first_seq).then_some(source_seq)
    }

    /// The numbers that a packet went out with.
    pub(crate) fn again(&self, packet: Numbers) -> Option<Rewritten> {
        self.source?.apply(packet)
    }

    /// A moment on the clock of what goes out, and that moment's place on it.
    pub(crate) fn moment(&self) -> Option<(Instant, u32)> {
        self.last.map(|last| (last.at, last.time))
    }

    fn begin(&self, packet: Numbers, now: Instant) -> Offsets {
        let Some(last) = self.last else {
            let seq = i64::try_from(packet.seq).map_or(0, |seq| FIRST_SEQ.cast_signed() - seq);
            return Offsets { first_seq: packet.seq, seq, time: 0, picture_id: 0, base_id: 0 };
        };
        let elapsed_ms = u64::try_from(now.saturating_duration_since(last.at).as_millis()).unwrap_or(0);
        // At least one tick later, or the receiver takes it for the same frame.
        let ticks = (elapsed_ms * u64::from(self.clock_hz) / 1_000).max(1);
        let time = last.time.wrapping_add(u32::try_from(ticks & u64::from(u32::MAX)).unwrap_or(1));
        let seq = (last.seq + 1).cast_signed().wrapping_sub(packet.seq.cast_signed());
        Offsets {
            first_seq: packet.seq,
            seq,
            time: time.wrapping_sub(packet.time),
            picture_id: last.picture_id.wrapping_add(1).wrapping_sub(packet.picture_id.unwrap_or(0)),
            base_id: last.base_id.wrapping_add(1).wrapping_sub(packet.base_id.unwrap_or(0)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the sources' own numbers, the receiver sees them rise by what they rose.
        #[test]
        fn sources_change_and_the_stream_goes_on(
            sources in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u16>(), 1u64..40), 1..12)
        ) {
            let mut now = Instant::now();
            let mut rewriter = Rewriter::new(90_000);
            let mut last: Option<Rewritten> = None;
            for (seq, time, picture, count) in sources {
                rewriter.switch();
                for n in 0..count {
                    now += Duration::from_millis(33);
                    let packet = Numbers {
                        seq: u64::from(seq) + n,
                        time: time.wrapping_add(u32::try_from(n).unwrap() * 2_970),
                        picture_id: Some(picture.wrapping_add(u16::try_from(n).unwrap()) & PICTURE_ID_MASK),
                        base_id: Some(u8::try_from(n).unwrap()),
                    };
                    let out = rewriter.rewrite(packet, now).expect("in order");
                    let low = u16::try_from(out.seq & 0xffff).unwrap();
                    prop_assert_eq!(rewriter.source_seq(low), Some(packet.seq));
                    prop_assert_eq!(rewriter.again(packet), Some(out));
                    if let Some(last) = last {
                        prop_assert_eq!(out.seq, last.seq + 1);
                        let step = out.time.wrapping_sub(last.time);
                        prop_assert!((1..=90_000).contains(&step), "step {}", step);
                        let expected = (last.picture_id.unwrap() + 1) & PICTURE_ID_MASK;
                        prop_assert_eq!(out.picture_id, Some(expected));
                        prop_assert_eq!(out.base_id, Some(last.base_id.unwrap().wrapping_add(1)));
                    } else {
                        prop_assert_eq!(out.seq, FIRST_SEQ);
                    }
                    last = Some(out);
                }
            }
        }
    }

    #[test]
    fn a_gap_is_kept_and_an_old_packet_is_dropped() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(48_000);
        let numbers = |seq| Numbers { seq, time: 0, picture_id: None, base_id: None };
        assert_eq!(rewriter.rewrite(numbers(500), now).map(|out| out.seq), Some(1_000));
        assert_eq!(rewriter.rewrite(numbers(503), now).map(|out| out.seq), Some(1_003));
        assert_eq!(rewriter.rewrite(numbers(501), now).map(|out| out.seq), Some(1_001));
        assert_eq!(rewriter.rewrite(numbers(499), now), None);
        assert_eq!([1_003, 1_001, 999].map(|seq| rewriter.source_seq(seq)), [Some(503), Some(501), None]);
        rewriter.switch();
        assert_eq!(rewriter.rewrite(numbers(7), now).map(|out| out.seq), Some(1_004));
        assert_eq!(rewriter.source_seq(1_003), None, "it was another source's");
    }
}
