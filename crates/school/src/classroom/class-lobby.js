// @ts-check
// The device check, which is also the lobby: see and hear oneself, choose, say
// that one is ready. The server opens the door; this page never has to ask twice.
import { clock, el, given, isLead, keep, kept, say, write } from './class-dom.js';
import { faultOf, open, shut, startDevices, tellFault, trackOf } from './class-devices.js';
import { measure } from './class-meter.js';
import { lastChoice } from './class-controls.js';

const HEARD_LEVEL = 0.35;
const READY = `class-ready-${given.slot}`;

const [visit] = performance.getEntriesByType('navigation');
const isReload = visit?.toJSON().type === 'reload';
/** What whoever said that they are ready had ticked before this page was loaded anew. @type {{ mic: boolean, camera: boolean } | null} */
const before = isReload ? kept(sessionStorage, READY) : null;
/** Said that they are ready, on this page or before it was loaded anew. */
let isReady = !!before;
let isOver = false;
/** @typedef {{ open: boolean, knocking: boolean, wait: 'seats' | 'pause' | null }} Door */
/** @type {Door | null} */
let door = null;
/** @type {('mic' | 'camera')[]} */
const BOTH = ['mic', 'camera'];
/** @type {() => void} */
let stopMeter = () => {};
const [withMic, withCamera] = [el('with-mic'), el('with-camera')];

/**
 * @param {() => void} ready somebody wants to go in
 * @param {(device: 'mic' | 'camera') => void} changed a device came or went, after the lobby
 */
export function startLobby(ready, changed) {
  startDevices((device) => (isOver ? changed(device) : show(device)));
  // Disabled until here: no click is lost on a page that is still loading.
  el('enter').disabled = false;
  el('enter').onclick = () => {
    isReady = true;
    keep(sessionStorage, READY, choice());
    ready();
    draw();
  };
  withCamera.onchange = () => {
    if (withCamera.checked) open(['camera']);
  };
  write(el('mic-said'), say('mic_wait'));
  const last = lastChoice();
  // Was inside: only what will be on is asked for, because the server lets us straight in.
  open(BOTH.filter((device) => !last || choice()[device]));
  draw();
}

/** What to have on in the class: what was ticked by whoever said that they are ready; a reload changes nothing; by any other way back nobody is heard unasked. */
export function choice() {
  if (isReady) return { mic: withMic.checked, camera: withCamera.checked };
  return (isReload && lastChoice()) || { mic: false, camera: false };
}

/** @param {Door} said the state of the door */
export function showDoor(said) {
  if (!door) open(BOTH);
  door = said;
  draw();
}

/** A newer line to the server has to hear it again. */
export const wantsIn = () => isReady && !door?.knocking;

/** The server did not take the knock. */
export function knockAgain() {
  isReady = false;
  forgetReady();
  draw();
  write(el('door'), say('door_full'));
}

/** Let in, or sent away: a page loaded anew does not ask by itself. */
export const forgetReady = () => keep(sessionStorage, READY, null);

/** Inside: the preview goes, and the light of a camera that is not used. */
export function endLobby() {
  if (isOver) return;
  isOver = true;
  forgetReady();
  stopMeter();
  el('check-video').srcObject = null;
  const wanted = choice();
  for (const device of BOTH) if (!wanted[device]) shut(device);
  el('devices-place').append(el('devices'));
}

/** @param {'mic' | 'camera'} device */
function show(device) {
  const track = trackOf(device);
  if (device === 'mic') showMic(track);
  else showCamera(track);
}

/** @param {MediaStreamTrack | null} track */
function showMic(track) {
  stopMeter();
  withMic.disabled = !track;
  withMic.checked = !!track && (before?.mic ?? true);
  if (!track) return tellFault(el('mic-said'), 'mic');
  let heard = false;
  write(el('mic-said'), say('mic_test'));
  stopMeter = measure(track, (level) => {
    const meter = el('meter');
    meter.firstElementChild.style.transform = `scaleX(${level.toFixed(2)})`;
    meter.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    if (heard || level < HEARD_LEVEL) return;
    heard = true;
    write(el('mic-said'), say('mic_heard'));
  });
}

/** @param {MediaStreamTrack | null} track */
function showCamera(track) {
  el('check-video').srcObject = track && new MediaStream([track]);
  el('check-dark').hidden = !!track;
  withCamera.disabled = !track && faultOf('camera') !== '';
  withCamera.checked = !!track && (withCamera.checked || (before?.camera ?? isLead));
  tellFault(el('camera-said'), 'camera');
}

function draw() {
  write(el('door'), doorSays());
  el('enter').setAttribute('aria-disabled', String(!!door?.knocking));
}

function doorSays() {
  if (!door) return say('connecting');
  const guest = given.seat === 'guest';
  if (door.knocking) return say('door_knocking');
  if (door.wait) return [say(`door_${door.wait}`), isReady ? '' : say('door_press')].filter(Boolean).join(' ');
  if (isLead) return say(door.open ? 'door_lead_open' : 'door_lead');
  if (door.open) return say(guest ? 'door_guest_open' : 'door_open');
  const start = given.starts_at > Date.now() && say('door_start', clock(given.starts_at));
  const wait = isReady ? say('door_ready') : `${say(guest ? 'door_guest' : 'door_closed')} ${say('door_press')}`;
  return [wait, start].filter(Boolean).join(' ');
}
