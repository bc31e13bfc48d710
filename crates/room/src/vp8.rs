//! What a VP8 packet says before its picture data (RFC 7741, 4.2 and 4.3), and
//! where: numbers that go on when a stream's source changes are written over.

/// The descriptor of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp8 {
    /// The picture's number, of 15 bits, and where it stands.
    pub picture_id: Option<(u16, usize)>,
    /// The number of the last picture of the lowest temporal layer, and where it stands.
    pub base_id: Option<(u8, usize)>,
    /// A picture that needs no other begins here.
    pub is_key_start: bool,
}

impl Vp8 {
    /// Reads a payload; `None` when it is too short for what it announces.
    pub fn parse(payload: &[u8]) -> Option<Vp8> {
        let first = *payload.first()?;
        let is_frame_start = first & 0x10 != 0 && first & 0x07 == 0;
        let (mut picture_id, mut base_id) = (None, None);
        let mut at = 1;
        if first & 0x80 != 0 {
            let extension = *payload.get(1)?;
            at += 1;
            if extension & 0x80 != 0 {
                let high = *payload.get(at)?;
                if high & 0x80 != 0 {
                    let low = *payload.get(at + 1)?;
                    picture_id = Some((u16::from_be_bytes([high & 0x7f, low]), at));
                    at += 2;
                } else {
                    // Seven bits don't hold the numbers that go on: they are left as they are.
                    at += 1;
                }
            }
            if extension & 0x40 != 0 {
                base_id = Some((*payload.get(at)?, at));
                at += 1;
            }
            at += usize::from(extension & 0x30 != 0);
        }
        // The P bit of the frame header is 0 for a keyframe.
        let header = *payload.get(at)?;
        Some(Vp8 { picture_id, base_id, is_key_start: is_frame_start && header & 0x01 == 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_they_stand() {
        let parse = |bytes: &[u8]| Vp8::parse(bytes);
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[0x90, 0x80, 0x81]), None, "it announces a second byte");
        let plain = Vp8 { picture_id: None, base_id: None, is_key_start: true };
        assert_eq!(parse(&[0x10, 0x00]), Some(plain));
        assert_eq!(parse(&[0x10, 0x01]), Some(Vp8 { is_key_start: false, ..plain }));
        assert_eq!(parse(&[0x00, 0x00]), Some(Vp8 { is_key_start: false, ..plain }), "not a start");
        assert_eq!(parse(&[0x90, 0x80, 0x05, 0x00]), Some(plain), "seven bits");
        let long = Vp8 { picture_id: Some((0x0102, 2)), ..plain };
        assert_eq!(parse(&[0x90, 0x80, 0x81, 0x02, 0x00]), Some(long));
        let layered = Vp8 { base_id: Some((9, 4)), ..long };
        assert_eq!(parse(&[0x90, 0xe0, 0x81, 0x02, 9, 0x20, 0x00]), Some(layered));
    }
}
