// @ts-check
// Microphone and camera: asked for once, found again when they come back, and
// never a reason to stay outside.
import { capture, media, worthAsking } from './class-capture.js';
import { el, keep, kept, say, write } from './class-dom.js';

/** @typedef {import('./class-capture.js').Device} Device */
/** @typedef {import('./class-capture.js').Fault} Fault */

/** @type {Record<Device, MediaStreamTrack | null>} */
const tracks = { mic: null, camera: null };
/** @type {Record<Device, Fault>} */
const faults = { mic: '', camera: '' };
/** What we would open again if it came back. @type {Record<Device, boolean>} */
const wanted = { mic: false, camera: false };
/** @type {Partial<Record<Device, string>>} */
const chosen = kept(localStorage, 'class-devices') ?? {};
/** @type {(device: Device) => void} */
let onChange = () => {};
/** One question at a time. */
let asking = Promise.resolve();

/** @param {(device: Device) => void} changed a track came or went */
export function startDevices(changed) {
  onChange = changed;
  media?.addEventListener('devicechange', refresh);
  for (const device of /** @type {Device[]} */ (['mic', 'camera'])) {
    el(`${device}-choice`).onchange = (/** @type {Event} */ event) => {
      chosen[device] = /** @type {HTMLSelectElement} */ (event.target).value;
      keep(localStorage, 'class-devices', chosen);
      if (wanted[device]) open([device], true);
    };
  }
}

/** @param {Device} device */
export const trackOf = (device) => tracks[device];
/** @param {Device} device */
export const faultOf = (device) => faults[device];

/**
 * Opens devices with one question of the browser for all of them.
 * @param {Device[]} devices
 * @param {boolean} [again] although they are open: another one was chosen
 */
export function open(devices, again = false) {
  for (const device of devices) wanted[device] = true;
  asking = asking.then(() => openMissing(devices, again));
  return asking;
}

/** @param {Device[]} devices @param {boolean} again */
async function openMissing(devices, again) {
  const missing = again ? devices : devices.filter((device) => !tracks[device]);
  if (!missing.length) return;
  const fault = await ask(missing);
  // One that is missing or forbidden must not take the other with it.
  if (fault && missing.length > 1) for (const device of await worthAsking(missing, fault)) await ask([device]);
  for (const device of missing) onChange(device);
  await list();
}

/** Switches a device off: its light goes out. @param {Device} device */
export function shut(device) {
  wanted[device] = false;
  release(device);
}

/** @param {Device} device */
function release(device) {
  const track = tracks[device];
  if (!track) return;
  track.onended = null;
  track.stop();
  tracks[device] = null;
}

/** @param {Device[]} devices @returns {Promise<Fault>} */
async function ask(devices) {
  const got = await capture(devices, chosen);
  const fault = typeof got === 'string' ? got : '';
  for (const device of devices) faults[device] = fault;
  if (typeof got !== 'string') for (const track of got) take(track.kind === 'audio' ? 'mic' : 'camera', track);
  return fault;
}

/** @param {Device} device @param {MediaStreamTrack} track */
function take(device, track) {
  release(device);
  if (!wanted[device]) return track.stop();
  tracks[device] = track;
  track.onended = () => {
    tracks[device] = null;
    open([device]);
  };
}

/** Something was plugged in or out. */
async function refresh() {
  await list();
  for (const device of /** @type {Device[]} */ (['mic', 'camera'])) {
    if (wanted[device] && !tracks[device] && faults[device] !== 'denied') open([device]);
  }
}

async function list() {
  const all = (await media?.enumerateDevices()) ?? [];
  for (const [device, kind] of /** @type {[Device, string][]} */ ([['mic', 'audioinput'], ['camera', 'videoinput']])) {
    const present = tracks[device]?.getSettings().deviceId ?? chosen[device];
    const options = all.filter((one) => one.kind === kind).map((one, at) => {
      const option = new Option(one.label || say('device', at + 1), one.deviceId);
      option.selected = one.deviceId === present;
      return option;
    });
    el(`${device}-choice`).replaceChildren(...options);
    el(`${device}-choice`).disabled = !options.length;
  }
}

/** A sentence on what is wrong with a device, or nothing. @param {Element} node @param {Device} device */
export function tellFault(node, device) {
  write(node, faults[device] && say(`${device}_${faults[device]}`));
}
