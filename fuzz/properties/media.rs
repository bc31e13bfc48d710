//! Any bytes as a receiver's reports, and as a packet of a picture: what is read
//! lies within them, and reading ends.

use room::rtcp::{Report, read};
use room::vp8::Vp8;

pub fn media(data: &[u8]) {
    let mut told = 0_usize;
    read(data, |report| match report {
        Report::Arrivals(arrivals) => arrivals.for_each(|_, _| told += 1),
        _ => told += 1,
    });
    // The most that a byte can tell of: a chunk of two bytes, 8,191 packets in a row.
    assert!(told <= data.len() * 4_096 + 1, "{told} things in {} bytes", data.len());
    if let Some(vp8) = Vp8::parse(data) {
        assert!(vp8.picture_id.is_none_or(|(id, at)| id < 0x8000 && at + 2 <= data.len()));
        assert!(vp8.base_id.is_none_or(|(_, at)| at < data.len()));
    }
}
