//! How a packet is written for one receiver: the header with the numbers and the
//! extensions that they want, the sounds that it brings along, and the numbers
//! inside a picture. Sealing, and what goes to whom, is the sender's.

use std::sync::Arc;

use str0m::media::Pt;
use str0m::rtp::{Extension, ExtensionMap};

use crate::packet::Packet;
use crate::rewrite::Rewritten;

/// The ids of the header extensions that the receiver wants.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions {
    loudness: Option<u8>,
    orientation: Option<u8>,
    pub(crate) wide: Option<u8>,
}

impl Extensions {
    pub(crate) fn of(map: &ExtensionMap) -> Extensions {
        // One-byte headers (RFC 8285, 4.2) have room for ids up to 14.
        let id_of = |extension| map.id_of(extension).filter(|id| (1..=14).contains(id));
        Extensions {
            loudness: id_of(Extension::AudioLevel),
            orientation: id_of(Extension::VideoOrientation),
            wide: id_of(Extension::TransportSequenceNumber),
        }
    }
}

/// Sounds that went out last, with their times there.
pub(crate) type Recent = [Option<(u32, Arc<Packet>)>; REDUNDANCY_MAX];

/// The stream on which a packet goes, and its numbers there.
pub(crate) struct Head {
    pub(crate) ssrc: u32,
    pub(crate) pt: Pt,
    pub(crate) seq: u64,
    pub(crate) time: u32,
    /// Its number on the main stream, when it is sent again.
    pub(crate) original: Option<u16>,
    /// What it brings along, and the type of all of it.
    pub(crate) earlier: Option<(Recent, Pt)>,
}

/// RFC 3550, 5.1, with one-byte extensions (RFC 8285, 4.2).
pub(crate) fn write_header(
    buffer: &mut Vec<u8>,
    head: &Head,
    packet: &Packet,
    extensions: Extensions,
    wide: Option<(u8, u16)>,
) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0x90, *head.pt | u8::from(packet.is_marked) << 7]);
    buffer.extend_from_slice(&((head.seq & 0xffff) as u16).to_be_bytes());
    buffer.extend_from_slice(&head.time.to_be_bytes());
    buffer.extend_from_slice(&head.ssrc.to_be_bytes());
    let profile_at = buffer.len();
    buffer.extend_from_slice(&[0xbe, 0xde, 0, 0]);
    if let Some((id, (level, is_speech))) = extensions.loudness.zip(packet.loudness) {
        buffer.extend_from_slice(&[id << 4, u8::from(is_speech) << 7 | level]);
    }
    if let Some((id, orientation)) = extensions.orientation.zip(packet.orientation) {
        buffer.extend_from_slice(&[id << 4, orientation]);
    }
    if let Some((id, wide)) = wide {
        let [high, low] = wide.to_be_bytes();
        buffer.extend_from_slice(&[id << 4 | 1, high, low]);
    }
    let extension_bytes = buffer.len() - profile_at - 4;
    if extension_bytes == 0 {
        buffer.truncate(profile_at);
        buffer[start] = 0x80;
        return;
    }
    buffer.resize(profile_at + 4 + extension_bytes.next_multiple_of(4), 0);
    buffer[profile_at + 3] = extension_bytes.div_ceil(4) as u8;
}

/// The sounds that a packet brings along, oldest first (RFC 2198, 3).
pub(crate) fn write_earlier(buffer: &mut Vec<u8>, earlier: &Recent, time: u32, pt: Pt) {
    let fitting = |(before, packet): &(u32, Arc<Packet>)| {
        let (offset, bytes) = (time.wrapping_sub(*before), packet.payload.len() as u32);
        // 14 bits for how long ago, 10 for how long.
        (offset < 1 << 14 && bytes < 1 << 10).then_some(offset << 10 | bytes)
    };
    let blocks = || earlier.iter().rev().flatten().filter_map(|block| Some((fitting(block)?, &block.1)));
    for (described, _) in blocks() {
        let [_, high, middle, low] = described.to_be_bytes();
        buffer.extend_from_slice(&[0x80 | *pt, high, middle, low]);
    }
    buffer.push(*pt);
    for (_, packet) in blocks() {
        buffer.extend_from_slice(&packet.payload);
    }
}

/// Writes the numbers that go on over the source's own.
pub(crate) fn patch(payload: &mut [u8], packet: &Packet, numbers: Rewritten) {
    let Some(vp8) = packet.vp8 else { return };
    if let Some(((_, at), id)) = vp8.picture_id.zip(numbers.picture_id) {
        let [high, low] = (id | 0x8000).to_be_bytes();
        payload[at..at + 2].copy_from_slice(&[high, low]);
    }
    if let Some(((_, at), id)) = vp8.base_id.zip(numbers.base_id) {
        payload[at] = id;
    }
}

/// Three in a row are rarely lost, unless everything is.
pub(crate) const REDUNDANCY_MAX: usize = 2;
