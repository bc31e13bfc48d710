// @ts-check
// The lines of the offer: one codec a kind, and what is sent in each.
import { isLead } from './class-dom.js';

/** @typedef {import('./class-state.js').Kind} Kind */

/** @typedef {'voice' | 'screen' | 'teacher' | 'cameras'} Level */

/** What is sent of each kind. Layers for several qualities go in here. @param {Kind} kind @returns {RTCRtpEncodingParameters[]} */
export function encodings(kind) {
  const maxBitrate = ceiling(kind, 'cameras');
  return [kind === 'camera' ? { maxBitrate, maxFramerate: 24 } : { maxBitrate }];
}

/**
 * Bits a second of what is sent, so that a class costs what the gate counts for its rung.
 * @param {Kind} kind @param {Level} level
 */
export function ceiling(kind, level) {
  if (kind === 'mic') return 40_000;
  if (kind === 'screen') return { cameras: 1_000_000, teacher: 400_000, screen: 180_000, voice: 0 }[level];
  return isLead ? { cameras: 700_000, teacher: 400_000, screen: 0, voice: 0 }[level] : 150_000;
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
