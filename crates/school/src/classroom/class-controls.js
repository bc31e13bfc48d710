// @ts-check
// What I send, and my hand: buttons that keep their name and tell their state,
// and the emoji.
import { el, isLead, keep, kept, given, say } from './class-dom.js';
import { faultOf, open, shut, trackOf } from './class-devices.js';
import { ceiling } from './class-lines.js';
import { lesson, touch, watch } from './class-state.js';
import { markMine, showMine } from './class-tiles.js';
import { banner, toast, untoast } from './class-toasts.js';

/** @typedef {import('./class-state.js').Kind} Kind */

/** @type {Kind[]} */
const KINDS = ['mic', 'camera', 'screen'];
const CHOICE = `class-${given.slot}`;
const { mine } = lesson;
const cameraTitle = el('camera').title;
/** @type {{ send: (message: object) => boolean, put: (kind: Kind, track: MediaStreamTrack | null) => void }} */
let line;
/** @type {MediaStreamTrack | null} */
let screenTrack = null;

/** What was on when this page was last in the class: a reload changes nothing. @returns {{ mic: boolean, camera: boolean } | null} */
export const lastChoice = () => kept(sessionStorage, CHOICE);

export const forgetChoice = () => keep(sessionStorage, CHOICE, null);

/** @param {typeof line} to */
export function startControls(to) {
  line = to;
  for (const kind of KINDS) {
    el(kind).onclick = () => turn(kind, !mine[kind]);
  }
  el('screen').hidden = !navigator.mediaDevices?.getDisplayMedia;
  el('hand').onclick = () => line.send({ t: 'hand', up: !lesson.hands.includes(lesson.you) });
  for (const button of el('reactions').children) {
    button.onclick = () => {
      line.send({ t: 'react', emoji: button.textContent });
      el('react').click();
      el('react').focus();
    };
  }
  watch(['mine', 'hands', 'rules'], draw);
}

/** Switches something on or off, if it may be. @param {Kind} kind @param {boolean} on */
export async function turn(kind, on) {
  if (on && !isAllowed(kind)) return toast(`${kind}_closed`);
  if (on && isPaused()) toast('paused');
  mine[kind] = on;
  untoast(kind);
  touch('mine', 'people');
  draw();
  if (kind === 'screen') await turnScreen(on);
  else if (on) await open([kind]);
  if (mine[kind] !== on) return;
  if (on && !trackFor(kind)) mine[kind] = false;
  if (kind === 'camera' && !mine.camera) shut('camera');
  give(kind);
  declare();
}

/** A device came or went. @param {'mic' | 'camera'} device */
export function renew(device) {
  if (!lesson.inside) return;
  if (mine[device] && !trackOf(device)) {
    mine[device] = false;
    toast(`${device}_${faultOf(device) || 'none'}`);
    declare();
  }
  give(device);
}

/** The class was entered. @param {{ mic: boolean, camera: boolean }} choice what to have on */
export function enterWith({ mic, camera }) {
  remember();
  if (mic) turn('mic', true);
  if (camera) turn('camera', true);
}

/** A new line to the same class: all that is on, once more. */
export function declareAll() {
  KINDS.forEach(give);
  if (mine.mic || mine.camera || mine.screen) declare();
}

/** The leads have gone for a while, or one is back: what is on stays on, and waits. @param {boolean} on */
export function pause(on) {
  lesson.paused = on;
  KINDS.forEach(give);
  touch('mine', 'people', 'rules');
}

/** The server has switched something off: for good here too. @param {Partial<Record<Kind, boolean>>} what */
export function stopped(what) {
  for (const kind of KINDS) {
    if (!what[kind]) continue;
    mine[kind] = false;
    if (kind === 'screen') endScreen();
    if (kind === 'camera') shut('camera');
    give(kind);
    // When it is closed to everybody, everybody has been told.
    if (isLead || lesson.allow[kind]) toast(`${kind}_stopped`);
  }
  remember();
}

const isPaused = () => lesson.paused && !isLead;
/** @param {Kind} kind */
const isAllowed = (kind) => isLead || lesson.allow[kind] || (kind === 'mic' && lesson.floor.includes(lesson.you));
/** @param {Kind} kind */
const trackFor = (kind) => (kind === 'screen' ? screenTrack : trackOf(kind));

/** @param {Kind} kind */
function give(kind) {
  const track = mine[kind] && !isPaused() ? trackFor(kind) : null;
  line.put(kind, track);
  if (kind === 'camera') showMine(track);
}

function declare() {
  const { mic, camera, screen } = mine;
  line.send({ t: 'media', mic, camera, screen });
  remember();
}

function remember() {
  keep(sessionStorage, CHOICE, { mic: mine.mic, camera: mine.camera });
  touch('mine', 'people');
}

/** @param {boolean} on */
async function turnScreen(on) {
  if (!on) return endScreen();
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } } });
    [screenTrack] = stream.getVideoTracks();
    screenTrack.contentHint = 'detail';
    screenTrack.onended = () => turn('screen', false);
  } catch (error) {
    // Closing the browser's question is an answer, not a fault.
    if (/** @type {DOMException} */ (error).name !== 'NotAllowedError') toast('screen_failed');
  }
}

function endScreen() {
  screenTrack?.stop();
  screenTrack = null;
}

function draw() {
  for (const kind of KINDS) {
    el(kind).setAttribute('aria-pressed', String(mine[kind]));
    el(kind).classList.toggle('closed', !isAllowed(kind) || isPaused());
  }
  el('hand').setAttribute('aria-pressed', String(lesson.hands.includes(lesson.you)));
  const unseen = mine.camera && !ceiling('camera', lesson.level, 'q') ? say('unseen') : '';
  el('camera').title = unseen || cameraTitle;
  markMine(unseen);
  banner('screen', mine.screen ? say('screen_yours') : '');
}
