//! What a receiver reports, read out of a compound RTCP packet (RFC 3550, 4585,
//! draft-holmer-rmcat-transport-wide-cc-extensions), and our own sender reports.
//!
//! The bytes are a stranger's until proved otherwise: whatever does not fit ends
//! the reading, and nothing is allocated for it.

use std::time::Duration;

/// One thing that a receiver tells.
#[derive(Debug)]
pub enum Report<'a> {
    /// It sends media too, and tells how: of interest to whoever receives that.
    Sends,
    /// Of 256 packets of a stream, those that were lost since the last report.
    Lost {
        /// Which stream.
        ssrc: u32,
        /// Of 256.
        of_256: u8,
    },
    /// A packet is missing.
    Missing {
        /// Of which stream.
        ssrc: u32,
        /// Which one.
        seq: u16,
    },
    /// A picture can't be shown without a new beginning.
    PictureLost {
        /// Of which stream.
        ssrc: u32,
    },
    /// When packets arrived, whatever their stream.
    Arrivals(Arrivals<'a>),
}

/// Arrivals of packets by their transport-wide number.
#[derive(Clone, Copy, Debug)]
pub struct Arrivals<'a> {
    base: u16,
    count: u16,
    /// In steps of 64 ms, 24 bits that wrap.
    reference: u32,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// Reads a compound packet.
pub fn read(mut compound: &[u8], mut each: impl FnMut(Report<'_>)) {
    while let Some((packet, rest)) = split_first(compound) {
        read_one(packet, &mut each);
        compound = rest;
    }
}

fn read_one(packet: &[u8], each: &mut impl FnMut(Report<'_>)) {
    let (count, kind) = (packet[0] & 0x1f, packet[1]);
    match (kind, count) {
        (SENDER_REPORT, _) => {
            each(Report::Sends);
            read_blocks(packet.get(28..).unwrap_or_default(), count, each);
        }
        (GOODBYE, _) => each(Report::Sends),
        (RECEIVER_REPORT, _) => read_blocks(packet.get(8..).unwrap_or_default(), count, each),
        (TRANSPORT_FEEDBACK, 1) => {
            let Some(ssrc) = u32_at(packet, 8) else { return };
            for entry in packet.get(12..).unwrap_or_default().chunks_exact(4).take(NACKS_MAX) {
                let (first, more) = (u16_of(&entry[..2]), u16_of(&entry[2..]));
                each(Report::Missing { ssrc, seq: first });
                for bit in (0..16).filter(|bit| more & (1 << bit) != 0) {
                    each(Report::Missing { ssrc, seq: first.wrapping_add(bit + 1) });
                }
            }
        }
        (TRANSPORT_FEEDBACK, 15) => {
            if let Some(arrivals) = Arrivals::read(packet) {
                each(Report::Arrivals(arrivals));
            }
        }
        (PICTURE_FEEDBACK, 1) => {
            if let Some(ssrc) = u32_at(packet, 8) {
                each(Report::PictureLost { ssrc });
            }
        }
        (PICTURE_FEEDBACK, 4) => {
            for entry in packet.get(12..).unwrap_or_default().chunks_exact(8).take(BLOCKS_MAX) {
                if let Some(ssrc) = u32_at(entry, 0) {
                    each(Report::PictureLost { ssrc });
                }
            }
        }
        _ => {}
    }
}

fn read_blocks(blocks: &[u8], count: u8, each: &mut impl FnMut(Report<'_>)) {
    for block in blocks.chunks_exact(24).take(count.into()) {
        if let Some(ssrc) = u32_at(block, 0) {
            each(Report::Lost { ssrc, of_256: block[4] });
        }
    }
}

impl<'a> Arrivals<'a> {
    fn read(packet: &'a [u8]) -> Option<Arrivals<'a>> {
        let head = packet.get(12..20)?;
        let (base, count) = (u16_of(&head[..2]), u16_of(&head[2..4]));
        let reference = u32::from_be_bytes([0, head[4], head[5], head[6]]);
        let body = &packet[20..];
        let mut told = 0;
        let mut chunks = 0;
        while told < usize::from(count) {
            told += statuses_of(body.get(chunks..chunks + 2)?);
            chunks += 2;
        }
        let (chunks, deltas) = body.split_at(chunks);
        Some(Arrivals { base, count, reference, chunks, deltas })
    }

    /// The first packet that is told of.
    pub fn base(&self) -> u16 {
        self.base
    }

    /// Each packet by its distance from the first: when it arrived, on the
    /// receiver's clock, or `None` if it did not.
    pub fn for_each(&self, mut each: impl FnMut(u16, Option<Duration>)) {
        let mut at = i64::from(self.reference) * 64_000;
        let mut deltas = self.deltas;
        let mut distance = 0;
        for chunk in self.chunks.chunks_exact(2) {
            for place in 0..statuses_of(chunk) {
                if distance == self.count {
                    return;
                }
                let delta = match status_of(chunk, place) {
                    1 => take(&mut deltas, 1).map(|bytes| i64::from(bytes[0])),
                    2 => {
                        take(&mut deltas, 2).map(|bytes| i64::from(i16::from_be_bytes([bytes[0], bytes[1]])))
                    }
                    _ => {
                        each(distance, None);
                        distance += 1;
                        continue;
                    }
                };
                let Some(delta) = delta else { return };
                at += delta * 250;
                each(distance, Some(Duration::from_micros(at.max(0).cast_unsigned())));
                distance += 1;
            }
        }
    }
}

/// How many packets two bytes tell of.
fn statuses_of(chunk: &[u8]) -> usize {
    match chunk[0] >> 6 {
        0 | 1 => usize::from(u16_of(chunk) & 0x1fff),
        2 => 14,
        _ => 7,
    }
    // A run of nothing would be read for ever.
    .max(1)
}

/// 0: not received, 1: a small delta, 2: a large one.
fn status_of(chunk: &[u8], place: usize) -> u8 {
    let bits = u16_of(chunk);
    let status = match chunk[0] >> 6 {
        0 | 1 => bits >> 13,
        2 => bits >> (13 - place) & 1,
        _ => bits >> (12 - 2 * place) & 3,
    };
    (status & 3) as u8
}

/// What a sender tells of one stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SenderReport {
    pub(crate) ssrc: u32,
    /// Seconds, and 2^32 parts of one, on the clock of all streams of the sender.
    pub(crate) clock: u64,
    /// The same moment on the stream's own clock.
    pub(crate) time: u32,
    pub(crate) packets: u32,
    pub(crate) bytes: u32,
}

/// An empty receiver report: a compound packet begins with a report, and with
/// the name of who sends it.
pub(crate) fn write_empty(out: &mut Vec<u8>, ssrc: u32) {
    out.extend_from_slice(&[0x80, RECEIVER_REPORT, 0, 1]);
    out.extend_from_slice(&ssrc.to_be_bytes());
}

/// A sender report without reception blocks.
pub(crate) fn write_sender_report(out: &mut Vec<u8>, report: &SenderReport) {
    out.extend_from_slice(&[0x80, SENDER_REPORT, 0, 6]);
    out.extend_from_slice(&report.ssrc.to_be_bytes());
    out.extend_from_slice(&report.clock.to_be_bytes());
    for word in [report.time, report.packets, report.bytes] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// RTCP shares its port with RTP; the second byte tells them apart (RFC 5761, 4).
pub(crate) fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 192..=223, ..])
}

/// The first packet, without its padding, and what follows it.
fn split_first(compound: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = compound.get(..4)?;
    let bytes = (usize::from(u16_of(&head[2..])) + 1) * 4;
    let (packet, rest) = compound.split_at_checked(bytes)?;
    let padding = if head[0] & 0x20 != 0 { usize::from(*packet.last()?) } else { 0 };
    Some((packet.get(..bytes.checked_sub(padding)?).filter(|left| left.len() >= 4)?, rest))
}

fn take<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(taken)
}

fn u16_of(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PICTURE_FEEDBACK: u8 = 206;

/// Entries read of one request for repair, and of one for pictures.
const NACKS_MAX: usize = 64;
const BLOCKS_MAX: usize = 31;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(compound: &[u8]) -> Vec<String> {
        let mut told = Vec::new();
        read(compound, |report| match report {
            Report::Arrivals(arrivals) => arrivals.for_each(|distance, at| {
                told.push(format!("{} {:?}", arrivals.base().wrapping_add(distance), at));
            }),
            other => told.push(format!("{other:?}")),
        });
        told
    }

    #[test]
    fn a_compound_packet_is_read_part_by_part() {
        let mut out = Vec::new();
        write_empty(&mut out, 7);
        write_sender_report(&mut out, &SenderReport { ssrc: 9, clock: 1, time: 2, packets: 3, bytes: 4 });
        // A block of a receiver report: 64 of 256 lost.
        out.extend_from_slice(&[0x81, 201, 0, 7, 0, 0, 0, 7, 0, 0, 0, 9, 64]);
        out.extend_from_slice(&[0; 19]);
        // 500 is missing, and 502.
        out.extend_from_slice(&[0x81, 205, 0, 3, 0, 0, 0, 7, 0, 0, 0, 9, 1, 244, 0, 2]);
        out.extend_from_slice(&[0x81, 206, 0, 2, 0, 0, 0, 7, 0, 0, 0, 9]);
        assert_eq!(
            told(&out),
            [
                "Sends",
                "Lost { ssrc: 9, of_256: 64 }",
                "Missing { ssrc: 9, seq: 500 }",
                "Missing { ssrc: 9, seq: 502 }",
                "PictureLost { ssrc: 9 }",
            ]
        );
    }

    #[test]
    fn arrivals_are_read_from_runs_and_from_vectors() {
        let mut packet = vec![0x8f, 205, 0, 6, 0, 0, 0, 7, 0, 0, 0, 9];
        // From 65,535: five packets, at 64 ms.
        packet.extend_from_slice(&[0xff, 0xff, 0, 5, 0, 0, 1, 0]);
        // Two small deltas in a run; then, two bits each: lost, large, small.
        packet.extend_from_slice(&[0b0010_0000, 2, 0b1100_1001, 0]);
        packet.extend_from_slice(&[4, 8, 0xff, 0xfc, 0]);
        packet.extend_from_slice(&[0; 3]);
        packet[3] = 7;
        assert_eq!(
            told(&packet),
            ["65535 Some(65ms)", "0 Some(67ms)", "1 None", "2 Some(66ms)", "3 Some(66ms)",]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 200u8..207, count in 0u8..32) {
            let mut packet = bytes;
            told(&packet);
            packet.resize(packet.len() / 4 * 4 + 8, 0);
            let words = u16::try_from(packet.len() / 4 - 1).unwrap().to_be_bytes();
            packet[..4].copy_from_slice(&[0x80 | count, kind, words[0], words[1]]);
            told(&packet);
        }
    }
}
