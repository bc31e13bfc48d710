// @ts-check
// The lines of the offer: one codec a kind, and what is sent in each.
import { isLead } from './class-dom.js';

/** @typedef {import('./class-state.js').Kind} Kind */

/** What is sent of each kind. Layers for several qualities go in here. @param {Kind} kind @returns {RTCRtpEncodingParameters[]} */
export function encodings(kind) {
  if (kind === 'mic') return [{ maxBitrate: 40_000 }];
  if (kind === 'screen') return [{ maxBitrate: 1_200_000 }];
  return [{ maxBitrate: isLead ? 900_000 : 500_000, maxFramerate: 24 }];
}

/**
 * @param {RTCPeerConnection} pc
 * @param {'audio' | 'video'} kind
 * @param {RTCRtpTransceiverDirection} direction
 * @param {RTCRtpEncodingParameters[]} [sendEncodings]
 */
export function add(pc, kind, direction, sendEncodings) {
  const line = pc.addTransceiver(kind, { direction, ...(sendEncodings && { sendEncodings }) });
  // One codec a kind: an offer of seventeen lines stays small, and nobody transcodes.
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const wanted = all.filter(({ mimeType }) => /\/(opus|VP8|rtx)$/i.test(mimeType));
  if (wanted.length && 'setCodecPreferences' in line) line.setCodecPreferences(wanted);
  return line;
}

/** Silence costs nothing (DTX) and a lost packet is rebuilt from the next (FEC). @param {string} sdp */
export function tuned(sdp) {
  return sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n/g, (line, type) =>
    sdp.includes(`a=fmtp:${type} `) ? line : `${line}a=fmtp:${type} useinbandfec=1\r\n`,
  ).replace(/(a=fmtp:\d+ [^\r]*useinbandfec=1)(?![^\r]*usedtx)/g, '$1;usedtx=1');
}
