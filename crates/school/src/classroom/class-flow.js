// @ts-check
// Notices that what flowed has stopped although somebody is still sending: the
// network is another one, and nothing says so. By itself a browser looks for a new
// path up to two and a half seconds later.
import { lesson } from './class-state.js';

const EVERY_MS = 50;
/** A voice that pauses still says so every 400 ms; pictures come more often. */
const [SOUND_MS, PICTURE_MS] = [450, 300];
/** What came in larger steps so far may take a step that is so much larger. */
const STEPS = 1.15;
/** Half of a step is forgotten in three seconds. */
const FORGOTTEN = 0.99;
const AGAIN_MS = 3000;
const TRIES_MAX = 3;

/**
 * @param {() => RTCPeerConnection | null} connection
 * @param {() => void} stalled what is expected does not come
 */
export function watchFlow(connection, stalled) {
  /** When something came last, by the browser's clock of packets and by ours. */
  let [last, came] = [0, 0];
  let step = 0;
  let tries = 0;
  let looked = 0;

  setInterval(() => {
    const receivers = connection()?.getReceivers() ?? [];
    const newest = (/** @type {string} */ kind) =>
      Math.max(0, ...receivers
        .filter(({ track }) => track.kind === kind)
        .flatMap((receiver) => receiver.getSynchronizationSources())
        .map(({ timestamp }) => timestamp));
    const [sound, picture] = ['audio', 'video'].map(newest);
    const now = performance.now();
    const latest = Math.max(sound, picture);
    // A page that was busy looks late: that is no step of what came.
    const late = now - looked - EVERY_MS;
    looked = now;
    step *= FORGOTTEN;
    if (latest !== last) {
      // What stalled tells nothing of the usual.
      if (last && !tries) step = Math.max(step, latest - last - late);
      [last, came, tries] = [latest, now, 0];
      return;
    }
    const moved = picture > last - PICTURE_MS;
    const patience = Math.max(moved ? PICTURE_MS : SOUND_MS, STEPS * step) + tries * AGAIN_MS;
    if (!last || now - came < patience || tries >= TRIES_MAX || !isExpected(moved)) return;
    tries += 1;
    stalled();
  }, EVERY_MS);
}

/** Whether somebody in a line sends what we get. @param {boolean} moved a picture came until now */
function isExpected(moved) {
  const { voices, teacher, tiles } = lesson.slots;
  const speaks = (/** @type {number | null} */ id) => id !== lesson.you && lesson.people.get(id ?? 0)?.mic;
  return (moved && (!!teacher || tiles.some(Boolean))) || voices.some(speaks);
}
