//! What is in a packet: a VP8 payload descriptor where there is a picture,
//! filling of the true size, and a stamp as the last bytes.
//!
//! The stamp says which stream, which packet of it, and when it was written, so
//! that any receiver can tell what is missing and how old the rest is. It does
//! not depend on what the server rewrites (numbers, timestamps, picture ids).

/// Who sent a packet, as the packet itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The lesson's position in the plan.
    pub(crate) lesson: u16,
    /// The stream's position in the lesson.
    pub(crate) stream: u16,
    /// Rises by one with each packet of the stream.
    pub(crate) number: u32,
    /// Microseconds since the beginning of the run.
    pub(crate) written_us: u64,
}

/// Bytes of a stamp.
pub(crate) const STAMP_BYTES: usize = 20;

const MAGIC: [u8; 4] = *b"Prau";

/// Bytes of the VP8 payload descriptor that we write.
pub(crate) const DESCRIPTOR_BYTES: usize = 4;

/// Bytes of the VP8 frame header: tag, start code, size.
const FRAME_HEADER: [u8; 10] = [0x50, 0x2d, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];

impl Stamp {
    fn write(self, into: &mut [u8]) {
        let Some(at) = into.len().checked_sub(STAMP_BYTES) else { return };
        let bytes = &mut into[at..];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&self.lesson.to_be_bytes());
        bytes[6..8].copy_from_slice(&self.stream.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.number.to_be_bytes());
        bytes[12..].copy_from_slice(&self.written_us.to_be_bytes());
    }

    /// Writes anew when the packet of this payload was written.
    pub(crate) fn rewrite(payload: &mut [u8], written_us: u64) {
        if let Some(last) = payload.last_chunk_mut::<8>() {
            *last = written_us.to_be_bytes();
        }
    }

    /// The stamp of a payload; `None` for one that we did not write.
    pub(crate) fn read(payload: &[u8]) -> Option<Stamp> {
        let (_, stamp) = payload.split_last_chunk::<STAMP_BYTES>()?;
        let (magic, rest) = stamp.split_first_chunk::<4>()?;
        let (lesson, rest) = rest.split_first_chunk::<2>()?;
        let (stream, rest) = rest.split_first_chunk::<2>()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let written_us = rest.first_chunk::<8>()?;
        (*magic == MAGIC).then_some(Stamp {
            lesson: u16::from_be_bytes(*lesson),
            stream: u16::from_be_bytes(*stream),
            number: u32::from_be_bytes(*number),
            written_us: u64::from_be_bytes(*written_us),
        })
    }
}

/// An Opus packet of this size: the configuration byte of 20 ms, filling, the stamp.
pub(crate) fn voice(bytes: usize, stamp: Stamp) -> Vec<u8> {
    let mut payload = vec![0x55; bytes.max(1 + STAMP_BYTES)];
    payload[0] = 0xfc;
    stamp.write(&mut payload);
    payload
}

/// Where a packet is in its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The first packet of the picture.
    pub(crate) is_first: bool,
    /// The picture stands alone.
    pub(crate) is_key: bool,
    /// The 15-bit number of the picture.
    pub(crate) picture_id: u16,
}

/// One packet of a VP8 picture (RFC 7741, 4.2 and 4.3).
pub(crate) fn picture(bytes: usize, piece: Piece, stamp: Stamp) -> Vec<u8> {
    let least = DESCRIPTOR_BYTES + FRAME_HEADER.len() + STAMP_BYTES;
    let mut payload = vec![0xaa; bytes.max(least)];
    let [high, low] = (piece.picture_id & 0x7fff).to_be_bytes();
    // X; S on the first packet of partition 0. I, with a picture id of 15 bits.
    payload[0] = if piece.is_first { 0x90 } else { 0x80 };
    payload[1] = 0x80;
    payload[2] = 0x80 | high;
    payload[3] = low;
    if piece.is_first {
        payload[DESCRIPTOR_BYTES..DESCRIPTOR_BYTES + FRAME_HEADER.len()].copy_from_slice(&FRAME_HEADER);
        // P: 0 for a keyframe.
        payload[DESCRIPTOR_BYTES] |= u8::from(!piece.is_key);
    }
    stamp.write(&mut payload);
    payload
}

#[cfg(test)]
mod tests {
    use str0m::rtp::Vp8Descriptor;

    use super::*;

    const STAMP: Stamp = Stamp { lesson: 3, stream: 1, number: 70_000, written_us: 1 << 40 };

    #[test]
    fn a_stamp_comes_back_whatever_is_before_it() {
        let piece = Piece { is_first: true, is_key: true, picture_id: 0x7abc };
        for payload in [voice(80, STAMP), voice(0, STAMP), picture(1_100, piece, STAMP)] {
            assert_eq!(Stamp::read(&payload), Some(STAMP));
        }
        assert_eq!(Stamp::read(&[0; 300]), None);
        assert_eq!(Stamp::read(&[]), None);
    }

    #[test]
    fn the_descriptor_is_one() {
        for (is_first, is_key) in [(true, true), (true, false), (false, true)] {
            let piece = Piece { is_first, is_key, picture_id: 0x1234 };
            let payload = picture(600, piece, STAMP);
            assert_eq!(payload.len(), 600);
            assert_eq!(Vp8Descriptor::parse(&payload).unwrap().picture_id(), Some(0x1234));
            assert_eq!(payload[0] & 0x10 != 0, is_first);
            if is_first {
                assert_eq!(payload[DESCRIPTOR_BYTES] & 1 == 0, is_key);
            }
        }
    }
}
