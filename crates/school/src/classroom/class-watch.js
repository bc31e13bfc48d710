// @ts-check
// How high each picture is shown: the server sends no larger one, and none that
// nobody looks at.
import { el } from './class-dom.js';
import { lesson, watch } from './class-state.js';
import { faceBeside } from './class-tiles.js';

const PAUSE_MS = 250;
/** Beyond it nobody sees the difference on a small screen. */
const PIXELS_MAX = 1.5;
/** Of a line in which nobody is: whoever comes into it is seen at once. */
const READY = 1;

/**
 * @param {HTMLVideoElement[]} tileVideos
 * @param {(message: object) => boolean} send
 * @returns {() => void} tells it again, to a server that does not know
 */
export function startWatching(tileVideos, send) {
  const [face, screen, speaker] = ['stage-face', 'stage-screen', 'stage-speaker'].map(el);
  let told = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function heights() {
    const { slots } = lesson;
    const tiles = tileVideos.map((video, at) => {
      const isOnStage = /** @type {HTMLVideoElement} */ (speaker).srcObject === video.srcObject;
      return slots.tiles[at] ? Math.max(heightOf(video), isOnStage ? heightOf(speaker) : 0) : READY;
    });
    return [slots.teacher ? Math.max(heightOf(face), heightOf(faceBeside)) : READY, slots.screen ? heightOf(screen) : READY, ...tiles];
  }

  function tell() {
    timer = undefined;
    if (!lesson.inside) return;
    const now = heights();
    if (String(now) !== told && send({ t: 'watch', heights: now })) told = String(now);
  }

  const soon = () => (timer ??= setTimeout(tell, PAUSE_MS));
  watch(['slots', 'people', 'speaking'], soon);
  const sizes = new ResizeObserver(soon);
  for (const box of [face, faceBeside, screen, speaker, ...tileVideos]) sizes.observe(box);
  el('tiles').addEventListener('scroll', soon, { passive: true });
  document.addEventListener('visibilitychange', soon);
  return () => {
    told = '';
    soon();
  };
}

/** In pixels of the device; 0 for what is not to be seen. @param {HTMLElement} node */
function heightOf(node) {
  if (document.hidden || node.hidden) return 0;
  const { left, right, top, bottom, height } = node.getBoundingClientRect();
  const isSeen = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  return isSeen ? Math.min(Math.ceil(height * Math.min(devicePixelRatio, PIXELS_MAX)), 4096) : 0;
}
