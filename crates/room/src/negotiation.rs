//! What is agreed with a browser before anything flows: a session with our
//! transport, the lines of its offer, and the streams that go to it on them.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::config::DtlsVersion;
use str0m::format::Codec;
use str0m::media::{MediaKind, Mid, Pt};
use str0m::net::TcpType;
use str0m::{Candidate, Rtc, RtcConfig};

use crate::client::Certificate;
use crate::keys::{self, KeysHeard};
use crate::layout::{LINES, SLOTS, UPLINKS, is_audio, is_uplink};
use crate::sender::Stream;
use crate::wire::Extensions;

/// A session that browsers reach at these addresses, and where its keys will be.
pub(crate) fn new_session(
    candidates: &[SocketAddr],
    certificate: &Certificate,
    now: Instant,
) -> (Rtc, KeysHeard) {
    let mut rtc = RtcConfig::new()
        .set_crypto_provider(keys::provider())
        .set_dtls_version(DtlsVersion::Auto)
        .set_dtls_cert(certificate.0.clone())
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .clear_codecs()
        .enable_opus(true, true)
        .enable_vp8(true)
        .build(now);
    for address in candidates {
        let tcp = Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build();
        for candidate in [Candidate::host(*address, "udp"), tcp].into_iter().flatten() {
            rtc.add_local_candidate(candidate);
        }
    }
    (rtc, keys::take_heard())
}

/// Whether an offer's lines are those of the layout, in kind and direction.
pub(crate) fn are_ours(rtc: &Rtc, mids: &[Mid]) -> bool {
    mids.len() == LINES
        && mids.iter().enumerate().all(|(line, mid)| {
            rtc.media(*mid).is_some_and(|media| {
                media.kind().is_audio() == is_audio(line)
                    && media.direction().is_receiving() == is_uplink(line)
            })
        })
}

/// The streams to the browser as they were negotiated; `None` if one lacks a codec that we have.
pub(crate) fn streams(rtc: &mut Rtc, mids: &[Mid]) -> Option<Vec<Stream>> {
    let mids = mids.get(UPLINKS..)?;
    debug_assert_eq!(mids.len(), SLOTS);
    mids.iter().map(|mid| stream(rtc, *mid)).collect()
}

fn stream(rtc: &mut Rtc, mid: Mid) -> Option<Stream> {
    let media = rtc.media(mid)?;
    let is_video = media.kind() == MediaKind::Video;
    let extensions = Extensions::of(media.remote_extmap());
    let offered = media.remote_pts();
    let codec = if is_video { Codec::Vp8 } else { Codec::Opus };
    let ours = rtc.codec_config().params().iter().filter(|params| params.spec().codec == codec);
    let params = *ours.into_iter().find(|params| offered.contains(&params.pt()))?;
    let mut api = rtc.direct_api();
    let theirs = api.stream_tx_by_mid(mid, None)?;
    let repair = theirs.rtx().zip(params.resend()).filter(|_| is_video);
    let mut stream = Stream::new(is_video, *theirs.ssrc(), params.pt());
    stream.repair = repair.map(|(ssrc, pt)| (*ssrc, pt));
    stream.redundant_pt = params.red().filter(|_| !is_video);
    stream.extensions = extensions;
    Some(stream)
}

/// str0m names the redundant type of sound first, and a browser then sends that: here
/// it is for receivers who lose sound, so it goes to the end of its lines.
pub(crate) fn prefer_plain_sound(sdp: &str, redundant: Pt) -> String {
    let redundant = redundant.to_string();
    let lines = sdp.split_inclusive('\n').map(|line| {
        let mut words: Vec<&str> = line.trim_end().split(' ').collect();
        match words.get(3..).and_then(|types| types.iter().position(|word| *word == redundant)) {
            Some(at) if line.starts_with("m=audio") => {
                let redundant = words.remove(3 + at);
                words.push(redundant);
                words.join(" ") + "\r\n"
            }
            _ => line.to_owned(),
        }
    });
    lines.collect()
}
