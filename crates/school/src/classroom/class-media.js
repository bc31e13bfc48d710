// @ts-check
// One RTCPeerConnection a socket, offered once with every line that a lesson
// will ever use: who is in which line is told by the server, never negotiated
// again. It is warm in the lobby, without a track, and carries them once inside.
import { watchFlow } from './class-flow.js';
import { add, ceiling, encodings, isWanted, scale, tuned } from './class-lines.js';

/** @typedef {import('./class-state.js').Kind} Kind */

const BROKEN_MS_MAX = 1500;
const ANSWER_MS_MAX = 5000;
/** To one who is connected already. */
const AGAIN_MS_MAX = 2000;
/** A school whose address changes comes as a herd: not all of it at once. */
export const HERD_MS = 50;

/**
 * @typedef {object} Sinks where received media is shown
 * @property {HTMLMediaElement[]} voices
 * @property {HTMLMediaElement} teacher
 * @property {HTMLMediaElement} screen
 * @property {HTMLMediaElement[]} tiles
 */

/**
 * @param {Sinks} sinks
 * @param {object} on
 * @param {(message: object) => boolean} on.send
 * @param {() => void} on.deaf nobody answers: the socket is dead without knowing it
 * @param {(flows: boolean) => void} on.flow
 */
export function makeMedia(sinks, on) {
  /** @type {RTCPeerConnection | null} */
  let pc = null;
  /** @type {Partial<Record<Kind, RTCRtpSender>>} */
  let senders = {};
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  const tracks = { mic: null, camera: null, screen: null };
  /** How many layers somebody watches: what nobody does is not sent. @type {Partial<Record<Kind, number>>} */
  let wanted = {};
  /** @type {import('./class-lines.js').Level} */
  let level = 'cameras';
  let shaped = Promise.resolve();
  let isInside = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let broken;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unanswered;

  function open() {
    close();
    const mine = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    pc = mine;
    const give = (/** @type {Kind} */ kind) => {
      const line = add(mine, kind === 'mic' ? 'audio' : 'video', 'sendonly', encodings(kind));
      senders[kind] = line.sender;
    };
    give('mic');
    give('camera');
    give('screen');
    const take = (/** @type {HTMLMediaElement} */ sink) => {
      const { receiver } = add(mine, sink.tagName === 'AUDIO' ? 'audio' : 'video', 'recvonly');
      sink.srcObject = new MediaStream([receiver.track]);
    };
    [...sinks.voices, sinks.teacher, sinks.screen, ...sinks.tiles].forEach(take);
    mine.oniceconnectionstatechange = () => mine === pc && watchIce(mine);
    return offer(mine);
  }

  function close() {
    clearTimeout(broken);
    clearTimeout(unanswered);
    isInside = false;
    senders = {};
    wanted = {};
    level = 'cameras';
    pc?.close();
    pc = null;
  }

  /** @param {RTCPeerConnection} mine @param {RTCOfferOptions} [how] */
  async function offer(mine, how) {
    const description = await mine.createOffer(how);
    if (mine !== pc || mine.signalingState !== 'stable') return;
    await mine.setLocalDescription(description);
    if (mine !== pc) return;
    clearTimeout(unanswered);
    unanswered = setTimeout(on.deaf, how ? AGAIN_MS_MAX : ANSWER_MS_MAX);
    on.send({ t: 'offer', sdp: description.sdp });
  }

  /** @param {RTCPeerConnection} mine */
  function watchIce(mine) {
    clearTimeout(broken);
    const state = mine.iceConnectionState;
    if (state === 'connected' || state === 'completed') on.flow(true);
    if (state === 'failed') on.flow(false);
    if (state === 'failed' || state === 'disconnected') {
      broken = setTimeout(restart, state === 'failed' ? 0 : BROKEN_MS_MAX);
    }
  }

  /** Looks for another path; the answer also proves that the socket lives. */
  function restart() {
    if (pc?.signalingState === 'stable') offer(pc, { iceRestart: true });
  }

  watchFlow(() => pc, () => setTimeout(restart, Math.random() * HERD_MS));

  /** @param {Kind} kind */
  function flow(kind) {
    if (isInside) senders[kind]?.replaceTrack(tracks[kind]).catch(() => {});
  }

  /** One change after the other: of two at once, the browser refuses the second. @param {Kind} kind */
  function shape(kind) {
    shaped = shaped.then(() => shapeNow(kind)).catch(() => {});
  }

  /** Sends the layers that are watched, as large as the class's rung allows. @param {Kind} kind */
  async function shapeNow(kind) {
    const parameters = senders[kind]?.getParameters();
    if (!parameters?.encodings.length) return;
    for (const encoding of parameters.encodings) {
      const { rid } = /** @type {{ rid?: string }} */ (encoding);
      if (rid) encoding.scaleResolutionDownBy = scale(kind, rid, tracks[kind]?.getSettings().height);
      const maxBitrate = ceiling(kind, level, rid);
      encoding.active = maxBitrate > 0 && isWanted(rid, wanted[kind] ?? Infinity);
      if (maxBitrate) encoding.maxBitrate = maxBitrate;
    }
    await senders[kind]?.setParameters(parameters);
  }

  return {
    open,
    close,
    /** After a sleep, when no change of state may ever be told. */
    check() {
      if (pc && !['connected', 'completed', 'checking', 'new'].includes(pc.iceConnectionState)) restart();
    },
    /** What has come, while the path is up. */
    stats: () => (pc && ['connected', 'completed'].includes(pc.iceConnectionState) ? pc.getStats() : null),
    /** @param {string} sdp */
    async answer(sdp) {
      clearTimeout(unanswered);
      if (pc?.signalingState !== 'have-local-offer') return;
      await pc.setRemoteDescription({ type: 'answer', sdp: tuned(sdp) });
    },
    /** The class is open to us: what is switched on flows. */
    admit() {
      isInside = true;
      for (const kind of /** @type {Kind[]} */ (Object.keys(tracks))) flow(kind);
    },
    /** @param {Kind} kind @param {MediaStreamTrack | null} track */
    put(kind, track) {
      tracks[kind] = track;
      flow(kind);
    },
    /** The server has told what somebody watches. @param {Partial<Record<Kind, number>>} layers */
    want(layers) {
      for (const kind of /** @type {Kind[]} */ (['camera', 'screen'])) {
        if (wanted[kind] === layers[kind]) continue;
        wanted[kind] = layers[kind];
        shape(kind);
      }
    },
    /** @param {import('./class-lines.js').Level} now */
    limit(now) {
      level = now;
      shape('camera');
      shape('screen');
    },
  };
}
