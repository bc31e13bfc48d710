// @ts-check
// Asking the browser for a microphone and a camera, and reading its refusals.
import { isLead } from './class-dom.js';

/** @typedef {'mic' | 'camera'} Device */
/** @typedef {'' | 'none' | 'denied' | 'busy'} Fault */

export const media = navigator.mediaDevices;

/**
 * One question for all of the devices.
 * @param {Device[]} devices
 * @param {Partial<Record<Device, string>>} chosen which ones; a choice that is gone is dropped
 * @returns {Promise<MediaStreamTrack[] | Fault>}
 */
export async function capture(devices, chosen) {
  const which = (/** @type {Device} */ device) => (chosen[device] ? { deviceId: { exact: chosen[device] } } : {});
  const size = isLead ? { width: { ideal: 960 }, height: { ideal: 540 } } : { width: { ideal: 640 }, height: { ideal: 360 } };
  const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    if (!media) return 'none';
    const stream = await media.getUserMedia({
      audio: devices.includes('mic') && { ...which('mic'), ...sound },
      video: devices.includes('camera') && { ...which('camera'), ...size, frameRate: { ideal: 24, max: 30 } },
    });
    return stream.getTracks();
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    if (name === 'OverconstrainedError' && devices.some((device) => chosen[device])) {
      for (const device of devices) delete chosen[device];
      return capture(devices, chosen);
    }
    if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
    return name === 'NotReadableError' ? 'busy' : 'none';
  }
}

/** Those to ask for alone: never a second question after a no. @param {Device[]} devices @param {Fault} fault */
export async function worthAsking(devices, fault) {
  if (fault !== 'denied') return devices;
  const denied = await Promise.all(devices.map(isDenied));
  return denied.includes(true) ? devices.filter((_, at) => !denied[at]) : [];
}

/** @param {Device} device */
async function isDenied(device) {
  try {
    const name = /** @type {PermissionName} */ (device === 'mic' ? 'microphone' : 'camera');
    return (await navigator.permissions.query({ name })).state === 'denied';
  } catch {
    return false;
  }
}
