//! A packet of media as it came in, and those of the last moments, kept once for
//! all receivers: who misses one gets it again from here.

use std::sync::Arc;

use str0m::rtp::RtpPacket;

use crate::vp8::Vp8;

/// One packet, and what its receivers are told of it.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Of its picture, by position in [`crate::layout::LAYERS`]; sound has one.
    pub(crate) layer: usize,
    /// The layers of its picture that are coming, a bit each.
    pub(crate) alive: u8,
    /// The stream's name at its sender.
    pub(crate) ssrc: u32,
    /// With the roll-overs.
    pub(crate) seq: u64,
    pub(crate) time: u32,
    pub(crate) is_marked: bool,
    /// Loudness in dB below the loudest, and whether it is speech.
    pub(crate) loudness: Option<(u8, bool)>,
    /// How the picture is turned, as its extension says it.
    pub(crate) orientation: Option<u8>,
    pub(crate) vp8: Option<Vp8>,
    pub(crate) payload: Arc<[u8]>,
}

impl Packet {
    pub(crate) fn new(packet: &RtpPacket, is_video: bool, (layer, alive): (usize, u8)) -> Packet {
        let extensions = &packet.header.ext_vals;
        let level = extensions.audio_level.map(|level| level.unsigned_abs().min(127));
        Packet {
            layer,
            alive,
            ssrc: *packet.header.ssrc,
            seq: *packet.seq_no,
            time: packet.header.timestamp,
            is_marked: packet.header.marker,
            loudness: level.map(|level| (level, extensions.voice_activity.unwrap_or_default())),
            orientation: extensions.video_orientation.map(|orientation| orientation as u8),
            vp8: is_video.then(|| Vp8::parse(&packet.payload)).flatten(),
            payload: Arc::clone(&packet.payload),
        }
    }
}

/// The last packets of a stream.
#[derive(Debug, Default)]
pub(crate) struct History(Vec<Option<Arc<Packet>>>);

impl History {
    pub(crate) fn insert(&mut self, packet: Arc<Packet>) {
        if self.0.is_empty() {
            self.0.resize(PACKETS_KEPT, None);
        }
        let place = place(packet.seq);
        self.0[place] = Some(packet);
    }

    pub(crate) fn find(&self, seq: u64) -> Option<&Arc<Packet>> {
        self.0.get(place(seq))?.as_ref().filter(|packet| packet.seq == seq)
    }
}

fn place(seq: u64) -> usize {
    (seq % PACKETS_KEPT as u64) as usize
}

/// More than a second of a camera; what is older comes too late to be shown.
const PACKETS_KEPT: usize = 256;
