// @ts-check
// The lines of the offer: one codec a kind, and what is sent in each.
import { isLead } from './class-dom.js';

/** @typedef {import('./class-state.js').Kind} Kind */

/** @typedef {'voice' | 'screen' | 'teacher' | 'cameras'} Level */

/** The layers of a picture from small to large, by name: the server counts in them. */
const LAYERS = ['q', 'h', 'f'];

/**
 * What is sent of each kind. A picture goes up in layers, of which each receiver
 * gets the one that fits where it is shown. A screen's smaller one moves less, and is
 * small enough for a line of 250 kbit/s. A pupil's camera needs no large one.
 * @param {Kind} kind @returns {RTCRtpEncodingParameters[]}
 */
export function encodings(kind) {
  if (kind === 'mic') return [{ maxBitrate: ceiling(kind, 'cameras') }];
  /** @type {Record<string, RTCRtpEncodingParameters>} */
  const shapes = kind === 'screen'
    ? { h: { maxFramerate: 3 }, f: { maxFramerate: 12 } }
    : {
      q: { maxFramerate: 12 },
      h: { maxFramerate: 24 },
      ...(isLead && { f: { maxFramerate: 24 } }),
    };
  return Object.entries(shapes).map(([rid, shape]) => ({
    rid,
    ...shape,
    scaleResolutionDownBy: scale(kind, rid),
    maxBitrate: ceiling(kind, 'cameras', rid),
  }));
}

/** Below this height Chromium sends no third layer. */
const THREE_LAYERS_HEIGHT = 540;
/** A slide of text so high is some 40 kB. */
const SMALL_SCREEN_HEIGHT = 480;

/**
 * By how much a layer is smaller than what is captured, that being so high.
 * @param {Kind} kind @param {string} rid @param {number} [height]
 */
export function scale(kind, rid, height = THREE_LAYERS_HEIGHT) {
  if (rid === 'f') return 1;
  if (kind === 'screen') return Math.max(1, height / SMALL_SCREEN_HEIGHT);
  const half = rid === 'h' ? 2 : 4;
  return isLead && height < THREE_LAYERS_HEIGHT ? half / 2 : half;
}

/**
 * Bits a second of what is sent, so that a class costs what the gate counts for its
 * rung; 0: nothing.
 * @param {Kind} kind @param {Level} level @param {string} [rid]
 */
export function ceiling(kind, level, rid) {
  // With what IP and SRTP add to fifty packets a second, 64 kbit/s carry one such voice.
  if (kind === 'mic') return 28_000;
  if (kind === 'screen') {
    return { cameras: rid === 'f' ? 1_000_000 : 180_000, teacher: rid === 'f' ? 400_000 : 180_000, screen: rid === 'f' ? 0 : 180_000, voice: 0 }[level];
  }
  if (level === 'voice' || level === 'screen') return 0;
  if (level === 'teacher' && (!isLead || rid === 'f')) return 0;
  return { q: isLead ? 80_000 : 50_000, h: isLead ? 220_000 : 150_000, f: 700_000 }[rid ?? 'f'] ?? 0;
}

/** Whether a layer is among the first so many. @param {string | undefined} rid @param {number} wanted */
export const isWanted = (rid, wanted) => LAYERS.indexOf(rid ?? 'f') < wanted;

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
  // Where sound is lost on the way to us, the server sends each one again with the next (RED).
  const wanted = all.filter(({ mimeType }) => /(audio\/(opus|red)|video\/(VP8|rtx))$/i.test(mimeType));
  if (wanted.length && 'setCodecPreferences' in line) line.setCodecPreferences(wanted);
  return line;
}

/** Silence costs nothing (DTX) and a lost packet is rebuilt from the next (FEC). @param {string} sdp */
export function tuned(sdp) {
  return sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n/g, (line, type) =>
    sdp.includes(`a=fmtp:${type} `) ? line : `${line}a=fmtp:${type} useinbandfec=1\r\n`,
  ).replace(/(a=fmtp:\d+ [^\r]*useinbandfec=1)(?![^\r]*usedtx)/g, '$1;usedtx=1');
}
