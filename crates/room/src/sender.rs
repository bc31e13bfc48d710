//! What goes out to one receiver: a stream for each slot, written once into the
//! buffer that the kernel gets, sealed there; and what is asked for again.
//!
//! One number runs through all packets (transport-wide), so that the receiver's
//! reports tell of each when it arrived: see [`crate::arrivals`].

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::error::Unspecified;
use base::Level;
use str0m::media::Pt;

use crate::arrivals::Log;
use crate::client::Remote;
use crate::datagrams::Datagrams;
use crate::limits::{REPAIR_BYTES_MIN, REPORTS_EVERY};
use crate::pace::Pace;
use crate::packet::Packet;
use crate::rewrite::{Numbers, Rewriter, Rewritten};
use crate::rtcp::{self, SenderReport};
use crate::slots::least_level;
use crate::srtp::Srtp;
use crate::wire::{Extensions, Head, REDUNDANCY_MAX, Recent, patch, write_earlier, write_header};

/// All streams to one receiver.
pub(crate) struct Sender {
    srtp: Srtp,
    streams: Vec<Stream>,
    pub(crate) log: Log,
    /// Of the next packet, on the streams that number all.
    next_wide: u16,
    began_at: Instant,
    reports_at: Instant,
    /// Bytes sent since the last look, repairs among them.
    sent: u64,
    /// Sounds before the newest that each packet of sound brings along.
    redundancy: usize,
    repaired: u64,
    repairs_max: u64,
    /// On a thin line, the pictures' packets that wait for their turn.
    pace: Pace<Paced>,
}

/// A packet of a slot, with the numbers that it goes out under.
type Paced = (usize, Arc<Packet>, Rewritten);

/// The stream of one slot.
pub(crate) struct Stream {
    pub(crate) is_video: bool,
    pub(crate) ssrc: u32,
    pub(crate) pt: Pt,
    /// Under which name and type a packet is sent again.
    pub(crate) repair: Option<(u32, Pt)>,
    /// The type of sound that brings earlier sounds along (RFC 2198).
    pub(crate) redundant_pt: Option<Pt>,
    pub(crate) extensions: Extensions,
    rewriter: Rewriter,
    /// The layer that goes out, of those of its source, and its name at the sender.
    layer: Option<(usize, u32)>,
    /// Its last packet did not end a picture.
    is_amid: bool,
    sealed: Sealed,
    /// The last sounds and their times, the newest first.
    recent: Recent,
    next_repair: u64,
    packets: u32,
    bytes: u32,
    reported_packets: u32,
}

/// The numbers that a stream's packets were sealed under. Whatever a sender makes of
/// its own numbers, no two packets may be sealed with one nonce.
#[derive(Clone, Copy, Debug, Default)]
struct Sealed {
    highest: u64,
    /// Bit n: the number n below the highest was used.
    below: u128,
}

impl Sealed {
    /// Takes a number; false if it was used, or may have been.
    fn insert(&mut self, seq: u64) -> bool {
        if let Some(behind) = self.highest.checked_sub(seq) {
            let is_free = behind < u64::from(u128::BITS) && self.below & 1 << behind == 0;
            self.below |= if is_free { 1 << behind } else { 0 };
            return is_free;
        }
        let ahead = u32::try_from(seq - self.highest).unwrap_or(u32::MAX);
        self.below = self.below.checked_shl(ahead).unwrap_or(0) | 1;
        self.highest = seq;
        true
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Done,
    /// It is of a picture whose beginning is missing.
    NeedsKeyframe,
    /// It does not go to this receiver.
    NotTheirs,
}

impl Stream {
    pub(crate) fn new(is_video: bool, ssrc: u32, pt: Pt) -> Stream {
        Stream {
            is_video,
            ssrc,
            pt,
            repair: None,
            redundant_pt: None,
            extensions: Extensions::default(),
            rewriter: Rewriter::new(clock_hz(is_video)),
            layer: None,
            is_amid: false,
            sealed: Sealed::default(),
            recent: Recent::default(),
            next_repair: FIRST_REPAIR,
            packets: 0,
            bytes: 0,
            reported_packets: 0,
        }
    }

    /// Of a packet that goes out under these numbers, and brings nothing along.
    fn head(&self, Rewritten { seq, time, .. }: Rewritten) -> Head {
        Head { ssrc: self.ssrc, pt: self.pt, seq, time, original: None, earlier: None }
    }
}

impl Sender {
    pub(crate) fn new(srtp: Srtp, streams: Vec<Stream>, now: Instant) -> Sender {
        Sender {
            srtp,
            streams,
            log: Log::new(now),
            next_wide: 1,
            began_at: now,
            reports_at: now + REPORTS_EVERY,
            sent: 0,
            redundancy: 0,
            repaired: 0,
            repairs_max: REPAIR_BYTES_MIN,
            pace: Pace::new(now),
        }
    }

    pub(crate) fn srtp(&mut self) -> &mut Srtp {
        &mut self.srtp
    }

    /// The slot of a stream.
    pub(crate) fn slot_of(&self, ssrc: u32) -> Option<usize> {
        self.streams.iter().position(|stream| stream.ssrc == ssrc)
    }

    /// The slot gets another occupant: the next packet begins anew.
    pub(crate) fn switch(&mut self, slot: usize) {
        if let Some(stream) = self.streams.get_mut(slot) {
            stream.rewriter.switch();
            (stream.layer, stream.is_amid) = (None, false);
            stream.recent = Recent::default();
        }
        // What waited was the last occupant's, who may have been told to stop.
        self.pace.retain(|packet| packet.0 != slot);
    }

    /// Sound is lost on the way: from now on each packet brings so many earlier ones along.
    pub(crate) fn set_redundancy(&mut self, sounds: usize) {
        self.redundancy = sounds.min(REDUNDANCY_MAX);
    }

    /// What the line carries from now on.
    pub(crate) fn set_reach(&mut self, level: Level) {
        self.pace.set_thin(level == Level::Screen);
        // What does not get through now begins anew when it does again.
        for slot in (0..self.streams.len()).filter(|slot| least_level(*slot) > level) {
            self.switch(slot);
        }
    }

    /// Sends the pictures' packets whose turn it is.
    pub(crate) fn send_paced(&mut self, to: Remote, now: Instant, out: &mut Datagrams) {
        while let Some((slot, packet, numbers)) = self.pace.take_due(now) {
            let head = self.streams[slot].head(numbers);
            // As in [`Sender::send`].
            let _ = self.write((slot, &packet), &head, numbers, (to, now), out);
        }
    }

    /// When [`Sender::send_paced`] has something to do.
    pub(crate) fn paced_at(&self) -> Option<Instant> {
        self.pace.due_at()
    }

    /// The layer of a slot's picture that goes out.
    pub(crate) fn layer_of(&self, slot: usize) -> Option<usize> {
        self.streams.get(slot)?.layer.map(|(layer, _)| layer)
    }

    /// Sends one packet of a slot's occupant on, if it is of the layer that goes
    /// out. Another one, `wanted`, takes over where it begins anew.
    pub(crate) fn send(
        &mut self,
        (slot, packet): (usize, &Arc<Packet>),
        wanted: usize,
        to: Remote,
        now: Instant,
        out: &mut Datagrams,
    ) -> Sent {
        let Some(stream) = self.streams.get_mut(slot) else { return Sent::NotTheirs };
        let is_paced = stream.is_video && self.pace.is_needed();
        if is_paced && !self.pace.has_room(stream.is_amid) {
            // It begins anew when there is room.
            (stream.layer, stream.is_amid) = (None, false);
            return Sent::NotTheirs;
        }
        if stream.layer != Some((packet.layer, packet.ssrc)) {
            if packet.layer != wanted {
                return Sent::NotTheirs;
            }
            if stream.is_video && !packet.vp8.is_some_and(|vp8| vp8.is_key_start) {
                return Sent::NeedsKeyframe;
            }
            stream.rewriter.switch();
            stream.layer = Some((packet.layer, packet.ssrc));
        }
        let Some(numbers) = stream.rewriter.rewrite(numbers(packet), now) else { return Sent::NotTheirs };
        if !stream.sealed.insert(numbers.seq) {
            return Sent::NotTheirs;
        }
        stream.is_amid = !packet.is_marked;
        stream.packets = stream.packets.wrapping_add(1);
        stream.bytes = stream.bytes.wrapping_add(packet.payload.len() as u32);
        if is_paced {
            self.pace.push((slot, Arc::clone(packet), numbers), packet.payload.len());
            self.send_paced(to, now, out);
            return Sent::Done;
        }
        let mut head = stream.head(numbers);
        if let Some(redundant_pt) = stream.redundant_pt.filter(|_| self.redundancy > 0) {
            let mut earlier = stream.recent.clone();
            earlier[self.redundancy..].fill(None);
            (head.pt, head.earlier) = (redundant_pt, Some((earlier, stream.pt)));
            stream.recent.rotate_right(1);
            stream.recent[0] = Some((numbers.time, Arc::clone(packet)));
        }
        // A cipher that fails is a packet lost: the receiver asks for it again.
        let _ = self.write((slot, packet), &head, numbers, (to, now), out);
        Sent::Done
    }

    /// The layer and the source's number of a packet that is missing, if it may be sent again.
    pub(crate) fn find_missing(&self, slot: usize, seq: u16) -> Option<(usize, u64)> {
        let stream = self.streams.get(slot)?;
        stream.repair?;
        let seq = (self.repaired < self.repairs_max).then(|| stream.rewriter.source_seq(seq))??;
        Some((stream.layer?.0, seq))
    }

    /// Sends a packet again (RFC 4588).
    pub(crate) fn repair(
        &mut self,
        (slot, packet): (usize, &Packet),
        to: Remote,
        now: Instant,
        out: &mut Datagrams,
    ) {
        let Some(stream) = self.streams.get_mut(slot) else { return };
        let Some((ssrc, pt)) = stream.repair else { return };
        let Some(numbers) = stream.rewriter.again(numbers(packet)) else { return };
        let seq = stream.next_repair;
        stream.next_repair += 1;
        let head = Head {
            ssrc,
            pt,
            seq,
            time: numbers.time,
            original: Some((numbers.seq & 0xffff) as u16),
            earlier: None,
        };
        if let Ok(bytes) = self.write((slot, packet), &head, numbers, (to, now), out) {
            self.repaired += bytes as u64;
        }
    }

    /// Whether the receiver can tell how fast a probe arrives.
    pub(crate) fn can_probe(&self) -> bool {
        self.streams.iter().any(|stream| stream.repair.is_some() && stream.extensions.wide.is_some())
    }

    /// Sends so many bytes at once that mean nothing, to see how fast they arrive.
    pub(crate) fn probe(&mut self, bytes: u64, to: Remote, now: Instant, out: &mut Datagrams) {
        let each = u64::from(PADDING_BYTES);
        let packets = (bytes / each).clamp(PROBE_PACKETS_MIN, PROBE_PACKETS_MAX);
        let Some(slot) = self.streams.iter().position(|stream| stream.repair.is_some()) else { return };
        let mut sent = (0, 0);
        for _ in 0..packets {
            if let Ok(bytes) = self.write_padding(slot, (to, now), out) {
                sent = (sent.0 + 1, sent.1 + bytes as u64);
            }
        }
        self.log.mark_probe(sent.0, sent.1, now);
    }

    /// A repair of nothing (RFC 3550, 5.1: padding), which a receiver counts and drops.
    fn write_padding(
        &mut self,
        slot: usize,
        (to, now): (Remote, Instant),
        out: &mut Datagrams,
    ) -> Result<usize, Unspecified> {
        let stream = &mut self.streams[slot];
        let (Some((ssrc, pt)), Some(wide_id)) = (stream.repair, stream.extensions.wide) else {
            return Err(Unspecified);
        };
        let seq = stream.next_repair;
        stream.next_repair += 1;
        let time = stream.rewriter.moment().map_or(0, |(_, time)| time);
        let wide = self.next_wide;
        let srtp = &self.srtp;
        let bytes = out.write(to, |buffer| {
            let start = buffer.len();
            buffer.extend_from_slice(&[0xb0, *pt]);
            buffer.extend_from_slice(&((seq & 0xffff) as u16).to_be_bytes());
            buffer.extend_from_slice(&time.to_be_bytes());
            buffer.extend_from_slice(&ssrc.to_be_bytes());
            let [high, low] = wide.to_be_bytes();
            buffer.extend_from_slice(&[0xbe, 0xde, 0, 1, wide_id << 4 | 1, high, low, 0]);
            let header_bytes = buffer.len() - start;
            buffer.resize(buffer.len() + usize::from(PADDING_BYTES) - 1, 0);
            buffer.push(PADDING_BYTES);
            srtp.seal_rtp(buffer, start, header_bytes, seq)
        })?;
        self.note_sent(Some(wide), bytes, now);
        Ok(bytes)
    }

    fn note_sent(&mut self, wide: Option<u16>, bytes: usize, now: Instant) {
        if let Some(wide) = wide {
            self.log.insert(wide, now);
            self.next_wide = wide.wrapping_add(1);
        }
        self.sent += bytes as u64;
    }

    /// Bytes that went out since this was asked last; repairs may be a share of as many.
    pub(crate) fn take_sent(&mut self) -> u64 {
        let sent = std::mem::take(&mut self.sent);
        self.repairs_max = (sent / 2).max(REPAIR_BYTES_MIN);
        self.repaired = 0;
        sent
    }

    /// When [`Sender::report`] has something to do.
    pub(crate) fn reports_at(&self) -> Instant {
        self.reports_at
    }

    /// Tells the receiver how the clocks of the streams that flow belong together.
    pub(crate) fn report(&mut self, to: Remote, now: Instant, out: &mut Datagrams) {
        if now < self.reports_at {
            return;
        }
        self.reports_at = now + REPORTS_EVERY;
        // str0m signs its own reports with the name of a stream: ours have that of repairs,
        // which it never uses, so that no two reports are sealed with one nonce.
        let name = self.streams.iter().find_map(|stream| stream.repair).map(|(ssrc, _)| ssrc);
        let clock = clock_of(now.saturating_duration_since(self.began_at));
        let mut reports = Vec::new();
        for stream in &mut self.streams {
            let Some((at, time)) = stream.rewriter.moment() else { continue };
            if std::mem::replace(&mut stream.reported_packets, stream.packets) == stream.packets {
                continue;
            }
            let ticks = now.saturating_duration_since(at).as_micros() * u128::from(clock_hz(stream.is_video));
            let time = time.wrapping_add((ticks / 1_000_000) as u32);
            let Stream { ssrc, packets, bytes, .. } = *stream;
            reports.push(SenderReport { ssrc, clock, time, packets, bytes });
        }
        let Some(name) = name.filter(|_| !reports.is_empty()) else { return };
        let srtp = &mut self.srtp;
        let _ = out.write(to, |buffer| {
            let start = buffer.len();
            rtcp::write_empty(buffer, name);
            for report in &reports {
                rtcp::write_sender_report(buffer, report);
            }
            srtp.seal_rtcp(buffer, start)
        });
    }

    fn write(
        &mut self,
        (slot, packet): (usize, &Packet),
        head: &Head,
        numbers: Rewritten,
        (to, now): (Remote, Instant),
        out: &mut Datagrams,
    ) -> Result<usize, Unspecified> {
        let extensions = self.streams[slot].extensions;
        let wide = extensions.wide.map(|id| (id, self.next_wide));
        let srtp = &self.srtp;
        let bytes = out.write(to, |buffer| {
            let start = buffer.len();
            write_header(buffer, head, packet, extensions, wide);
            let header_bytes = buffer.len() - start;
            if let Some(original) = head.original {
                buffer.extend_from_slice(&original.to_be_bytes());
            }
            if let Some((earlier, pt)) = &head.earlier {
                write_earlier(buffer, earlier, head.time, *pt);
            }
            let payload_at = buffer.len();
            buffer.extend_from_slice(&packet.payload);
            patch(&mut buffer[payload_at..], packet, numbers);
            srtp.seal_rtp(buffer, start, header_bytes, head.seq)
        })?;
        self.note_sent(wide.map(|(_, wide)| wide), bytes, now);
        Ok(bytes)
    }
}

fn numbers(packet: &Packet) -> Numbers {
    Numbers {
        seq: packet.seq,
        time: packet.time,
        picture_id: packet.vp8.and_then(|vp8| vp8.picture_id).map(|(id, _)| id),
        base_id: packet.vp8.and_then(|vp8| vp8.base_id).map(|(id, _)| id),
    }
}

fn clock_hz(is_video: bool) -> u32 {
    if is_video { 90_000 } else { 48_000 }
}

/// Seconds and 2^32 parts of one: all streams of a receiver share it, and nobody
/// compares it with another clock (RFC 3550, 4).
fn clock_of(elapsed: std::time::Duration) -> u64 {
    let parts = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
    (CLOCK_BEGINS_SECONDS + elapsed.as_secs()) << 32 | parts
}

/// Zero means "unknown" in places.
const CLOCK_BEGINS_SECONDS: u64 = 1 << 20;

/// A byte holds how many there are.
const PADDING_BYTES: u8 = 255;

/// Packets of a probe: enough to tell a rate from, and not more than a burst of a
/// picture. The least are a seventh of a second of 64 kbit/s, which a voice can wait.
const PROBE_PACKETS_MIN: u64 = 4;
const PROBE_PACKETS_MAX: u64 = 64;

/// The first number of the repairs: the receiver's roll-over counter is 0.
const FIRST_REPAIR: u64 = 1_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_number_is_sealed_twice(numbers in prop::collection::vec(1_000u64..1_400, 1..2_000)) {
            let (mut sealed, mut used) = (Sealed::default(), BTreeSet::new());
            for seq in numbers {
                if sealed.insert(seq) {
                    prop_assert!(used.insert(seq), "{} twice", seq);
                }
            }
        }
    }

    #[test]
    fn what_comes_late_is_sealed_once() {
        let mut sealed = Sealed::default();
        let taken = [1_000, 1_003, 1_001, 1_001, 1_003, 1_200, 1_002, 1_100].map(|seq| sealed.insert(seq));
        assert_eq!(taken, [true, true, true, false, false, true, false, true]);
    }
}
