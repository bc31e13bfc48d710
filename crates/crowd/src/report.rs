//! What a crowd saw, as values.

use serde::Serialize;

use crate::ledger::Delays;
use crate::pump::Collected;
use crate::stream::{Kind, STREAMS};

/// The outcome of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Lessons.
    pub lessons: usize,
    /// People in all of them.
    pub people: usize,
    /// How long media were measured.
    pub seconds: f64,
    /// By lesson: from the first pupil's request until every pupil had received
    /// something of every stream, in milliseconds; none where that never came.
    pub join_all_ms: Vec<Option<u64>>,
    /// Sound, camera and screen.
    pub kinds: Vec<KindReport>,
    /// Packets that were to be delivered to somebody.
    pub expected: u64,
    /// Of those, the ones that never were.
    pub lost: u64,
    /// Their share, 0 to 1.
    pub lost_share: f64,
    /// Sounds that were sent, as a share of those that were due: below 1, the crowd
    /// itself was too slow.
    pub pace: f64,
    /// Median one-way delay of all packets, from the sender's write until the receiver's kernel had it.
    pub latency_ms_p50: f64,
    /// The same, of which 1 % of packets took longer.
    pub latency_ms_p99: f64,
    /// Packets a second that receivers got.
    pub packets_s: f64,
    /// RTP payload bits a second that receivers got.
    pub bit_s: f64,
    /// Packets that came twice.
    pub twice: u64,
    /// Packets that were not of the receiver's lesson, or not ours.
    pub strays: u64,
    /// Keyframes that were sent, from the start.
    pub keyframes: u32,
    /// People whom the server sent away or lost before the end.
    pub fallen: u32,
    /// Our own processor time as a share of one core: near 1, we are the limit.
    pub crowd_cpu_share: Option<f64>,
    /// Processor time of everybody else on the machine, in cores: much of it, and
    /// delay and loss are not the server's.
    pub others_cpu_share: Option<f64>,
    /// What was read of the watched process.
    pub watched: Option<Watched>,
}

/// The streams of one kind, together.
#[derive(Clone, Debug, Serialize)]
pub struct KindReport {
    /// Which.
    pub kind: Kind,
    /// Packets that were to be delivered: sent, times receivers.
    pub expected: u64,
    /// Of those, the ones that never were.
    pub lost: u64,
    /// Receivers that got nothing at all of a stream.
    pub silent: u32,
    /// Median one-way delay.
    pub latency_ms_p50: f64,
    /// The delay that 1 % of packets passed.
    pub latency_ms_p99: f64,
}

/// What was read of the watched process.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Watched {
    /// Its processor time while media were measured, as a share of one core.
    pub cpu_share: f64,
    /// The same in seconds.
    pub cpu_s: f64,
    /// Its resident memory at the end.
    pub resident_mb: f64,
    /// RTP payload bits that receivers got for each second of its processor time.
    pub bit_per_cpu_s: f64,
    /// Packets that receivers got for each second of its processor time.
    pub packets_per_cpu_s: f64,
}

impl Watched {
    pub(crate) fn new(cpu_s: f64, cpu_share: f64, resident_mb: f64, (bytes, packets): (u64, u64)) -> Watched {
        let each = |amount: f64| if cpu_s > 0.0 { amount / cpu_s } else { 0.0 };
        Watched {
            cpu_share,
            cpu_s,
            resident_mb,
            bit_per_cpu_s: each(bytes as f64 * 8.0),
            packets_per_cpu_s: each(packets as f64),
        }
    }
}

/// How many of the sounds that were due in so many seconds were sent.
pub(crate) fn pace(collected: &Collected, seconds: f64) -> f64 {
    let streams = collected.ledger.windows.iter().flat_map(|windows| windows.iter().zip(&STREAMS));
    let voices = streams.filter(|(_, shape)| shape.kind == Kind::Voice);
    let (mut sent, mut due) = (0.0, 0.0);
    for (window, shape) in voices.filter_map(|(window, shape)| window.map(|window| (window, shape))) {
        sent += window.packets() as f64;
        due += f64::from(shape.per_second) * seconds;
    }
    if due > 0.0 { sent / due } else { 1.0 }
}

/// The account of each kind, and the delays of all together.
pub(crate) fn kinds(collected: &Collected) -> (Vec<KindReport>, Delays) {
    let all = [Kind::Voice, Kind::Camera, Kind::Screen];
    let mut together = collected.ledger.delays(all[0]).clone();
    all[1..].iter().for_each(|kind| together.merge(collected.ledger.delays(*kind)));
    (all.iter().map(|kind| of_kind(*kind, collected)).collect(), together)
}

fn of_kind(kind: Kind, collected: &Collected) -> KindReport {
    let delays = collected.ledger.delays(kind);
    let (mut expected, mut lost, mut silent) = (0, 0, 0);
    for (lesson, expects, received) in &collected.received {
        let windows = &collected.ledger.windows[usize::from(*lesson)];
        for (stream, track) in received.tracks.iter().enumerate() {
            let Some(window) = windows[stream] else { continue };
            if STREAMS[stream].kind == kind && expects & (1 << stream) != 0 {
                expected += window.packets();
                lost += window.packets().saturating_sub(track.packets);
                silent += u32::from(track.packets == 0);
            }
        }
    }
    KindReport {
        kind,
        expected,
        lost,
        silent,
        latency_ms_p50: delays.quantile_ms(0.50),
        latency_ms_p99: delays.quantile_ms(0.99),
    }
}
