//! What each part sends: one table of streams, and the pump of packets that
//! follows from it. A layer of a camera is a row of its own.
//!
//! Pure: it is told the time and returns packets.

use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::payload::{DESCRIPTOR_BYTES, Piece, STAMP_BYTES, Stamp, picture, voice};
use crate::plan::Part;

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sound.
    Voice,
    /// The teacher's camera.
    Camera,
    /// The shared screen.
    Screen,
}

/// One stream of a lesson, by its position in [`STREAMS`].
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Whose it is; the n-th voice of a lesson is that of its n-th [`Part::Voice`].
    pub(crate) part: Part,
    /// The line of the offer that it goes out on.
    pub(crate) line: usize,
    /// Its layer there, by name, of those that the teacher's camera has.
    pub(crate) rid: Option<&'static str>,
    /// Receivers get it: of a camera's layers, the largest, as nobody here tells otherwise.
    pub(crate) is_received: bool,
    /// Packets of sound, or pictures, a second.
    pub(crate) per_second: u32,
    pub(crate) kbit_s: u32,
    /// Sizes of successive pictures, in percent of the mean.
    rhythm: &'static [u32],
    /// How many times an ordinary picture a keyframe is.
    key_times: u32,
}

const VOICE: Shape = Shape {
    kind: Kind::Voice,
    part: Part::Voice,
    line: 0,
    rid: None,
    is_received: true,
    per_second: 50,
    kbit_s: 32,
    rhythm: &[100],
    key_times: 1,
};

const CAMERA: Shape = Shape {
    kind: Kind::Camera,
    part: Part::Teacher,
    line: 1,
    rid: Some("f"),
    is_received: true,
    per_second: 25,
    kbit_s: 1_000,
    rhythm: &[100, 90, 105, 95, 110],
    key_times: 6,
};

/// Every stream of a lesson: the teacher's voice, camera and screen, the pupils'
/// voices, and the camera's smaller layers.
pub(crate) const STREAMS: [Shape; 8] = [
    Shape { part: Part::Teacher, ..VOICE },
    CAMERA,
    Shape {
        kind: Kind::Screen,
        part: Part::Teacher,
        line: 2,
        rid: None,
        is_received: true,
        per_second: 5,
        kbit_s: 400,
        rhythm: &[20, 20, 300, 40, 120],
        key_times: 4,
    },
    VOICE,
    VOICE,
    VOICE,
    Shape { rid: Some("q"), is_received: false, kbit_s: 80, ..CAMERA },
    Shape { rid: Some("h"), is_received: false, kbit_s: 220, ..CAMERA },
];

/// The streams that somebody sends: `nth` counts those of the same part in the lesson.
pub(crate) fn streams_of(part: Part, nth: usize) -> Vec<usize> {
    let mut of_part = (0..STREAMS.len()).filter(|stream| STREAMS[*stream].part == part);
    match part {
        Part::Teacher => of_part.collect(),
        Part::Voice => of_part.nth(nth).into_iter().collect(),
        Part::Pupil => Vec::new(),
    }
}

/// One packet to send.
pub(crate) struct Packet {
    pub(crate) payload: Vec<u8>,
    pub(crate) is_last: bool,
    /// In ticks of the stream's clock: 48 kHz for sound, 90 kHz for pictures.
    pub(crate) time: u32,
    pub(crate) seq: u64,
}

/// A stream that runs.
pub(crate) struct Stream {
    lesson: u16,
    stream: usize,
    epoch: Epoch,
    pub(crate) next_at: Instant,
    turn: usize,
    picture_id: u16,
    /// Packets written so far: the number of the next one.
    pub(crate) number: u32,
    is_key_wanted: bool,
    pub(crate) keyframes: u32,
}

impl Stream {
    pub(crate) fn new(lesson: u16, stream: usize, epoch: Epoch, now: Instant) -> Stream {
        // Lessons do not beat together: each begins at its own place in a period.
        let shift = period(stream).mul_f64(f64::from(lesson % 16) / 16.0);
        Stream {
            lesson,
            stream,
            epoch,
            next_at: now + shift,
            turn: usize::from(lesson),
            picture_id: 0,
            number: 0,
            is_key_wanted: true,
            keyframes: 0,
        }
    }

    pub(crate) fn shape(&self) -> &'static Shape {
        &STREAMS[self.stream]
    }

    pub(crate) fn position(&self) -> usize {
        self.stream
    }

    /// A receiver asks for a picture that stands alone.
    pub(crate) fn want_key(&mut self) {
        self.is_key_wanted = true;
    }

    /// What is due at `now`, if anything: one packet of sound or one picture.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Vec<Packet>> {
        if now < self.next_at {
            return None;
        }
        let period = period(self.stream);
        self.next_at += period;
        if self.next_at <= now {
            // A client that was held up does not send in a burst what is long past.
            self.next_at = now + period;
        }
        let shape = self.shape();
        let mean = shape.kbit_s as usize * 125 / shape.per_second as usize;
        let bytes = mean * shape.rhythm[self.turn % shape.rhythm.len()] as usize / 100;
        self.turn += 1;
        Some(match shape.kind {
            Kind::Voice => vec![self.sound(bytes, now)],
            Kind::Camera | Kind::Screen => self.pictures(mean, bytes, now),
        })
    }

    fn sound(&mut self, bytes: usize, now: Instant) -> Packet {
        let time = self.ticks(now, 48_000);
        let (stamp, seq) = self.stamp(now);
        Packet { payload: voice(bytes, stamp), is_last: true, time, seq }
    }

    fn pictures(&mut self, mean: usize, bytes: usize, now: Instant) -> Vec<Packet> {
        let is_key = std::mem::take(&mut self.is_key_wanted);
        self.keyframes += u32::from(is_key);
        let bytes = if is_key { mean * self.shape().key_times as usize } else { bytes };
        let count = bytes.div_ceil(PACKET_BYTES_MAX).max(1);
        let each = (bytes / count).max(DESCRIPTOR_BYTES + STAMP_BYTES);
        let time = self.ticks(now, 90_000);
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        (0..count)
            .map(|at| {
                let piece = Piece { is_first: at == 0, is_key, picture_id: self.picture_id };
                let (stamp, seq) = self.stamp(now);
                Packet { payload: picture(each, piece, stamp), is_last: at + 1 == count, time, seq }
            })
            .collect()
    }

    fn stamp(&mut self, now: Instant) -> (Stamp, u64) {
        let stamp = Stamp {
            lesson: self.lesson,
            stream: u16::try_from(self.stream).unwrap_or(u16::MAX),
            number: self.number,
            written_us: self.epoch.stamp_us(now),
        };
        self.number += 1;
        (stamp, u64::from(stamp.number) + FIRST_SEQ)
    }

    fn ticks(&self, now: Instant, clock_hz: u32) -> u32 {
        let ticks = self.epoch.elapsed(now).as_micros() * u128::from(clock_hz) / 1_000_000;
        // Timestamps wrap, as RTP's do.
        u32::try_from(ticks & u128::from(u32::MAX)).unwrap_or(0)
    }
}

fn period(stream: usize) -> Duration {
    Duration::from_secs(1) / STREAMS[stream].per_second
}

/// Bytes of one payload at most: what browsers fill.
const PACKET_BYTES_MAX: usize = 1_150;

/// The first sequence number, low enough that the receiver's rollover counter is 0.
const FIRST_SEQ: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    #[test]
    fn a_stream_has_its_rate_and_its_keyframes() {
        for (stream, shape) in STREAMS.iter().enumerate() {
            let start = instant();
            let mut running = Stream::new(0, stream, Epoch::now(), start);
            let (mut bytes, mut last_seq) = (0, None);
            for ms in 0..10_000 {
                let now = start + Duration::from_millis(ms);
                for packet in running.poll(now).into_iter().flatten() {
                    bytes += packet.payload.len();
                    assert!(packet.payload.len() <= PACKET_BYTES_MAX);
                    assert!(last_seq.is_none_or(|last| packet.seq == last + 1));
                    last_seq = Some(packet.seq);
                }
            }
            let kbit_s = bytes * 8 / 10_000;
            let wanted = shape.kbit_s as usize;
            assert!((wanted * 9 / 10..=wanted * 12 / 10).contains(&kbit_s), "{stream}: {kbit_s} kbit/s");
            assert_eq!(running.keyframes, u32::from(shape.kind != Kind::Voice), "one, at the start");
        }
    }

    #[test]
    fn parts_have_their_streams() {
        assert_eq!(streams_of(Part::Teacher, 0), [0, 1, 2, 6, 7]);
        assert_eq!(streams_of(Part::Voice, 0), [3]);
        assert_eq!(streams_of(Part::Voice, 2), [5]);
        assert!(streams_of(Part::Pupil, 0).is_empty());
    }
}
