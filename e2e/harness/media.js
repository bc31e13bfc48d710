// @ts-check
// What really arrives: sound energy and decoded frames, from the statistics of
// the page's own connections. The page is not asked; its RTCPeerConnection is
// watched from before its first script.
import { expect } from '@playwright/test';

/**
 * @typedef {{ id: string, packets: number, energy: number }} Sound
 * @typedef {{ id: string, frames: number, width: number, height: number }} Picture
 * @typedef {{ bytes: number, sounds: Sound[], pictures: Picture[] }} Media
 */

const MEDIA_MS_MAX = 45_000;
const FRAMES_MIN = 5;

/**
 * Keeps hold of every connection that pages of this context make.
 * @param {import('@playwright/test').BrowserContext} context
 */
export async function watchConnections(context) {
  await context.addInitScript(() => {
    /** @type {any} */
    const own = window;
    if (!own.RTCPeerConnection) return;
    own.watchedConnections = [];
    own.RTCPeerConnection = class extends own.RTCPeerConnection {
      /** @param {any[]} settings */
      constructor(...settings) {
        super(...settings);
        own.watchedConnections.push(this);
      }
    };
  });
}

/**
 * Nothing comes to the page any more, or leaves it, but over its socket.
 * @param {import('@playwright/test').Page} page
 */
export async function loseMedia(page) {
  await page.evaluate(() => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections;
    for (const connection of connections) connection.close();
  });
}

/**
 * Everything that has arrived at a page so far.
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<Media>}
 */
export async function mediaStats(page) {
  return page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections ?? [];
    /** @type {Media} */
    const media = { bytes: 0, sounds: [], pictures: [] };
    for (const [index, connection] of connections.entries()) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        const id = `${index}/${report.id}`;
        media.bytes += report.bytesReceived ?? 0;
        if (report.kind === 'audio') {
          const { packetsReceived = 0, totalAudioEnergy = 0 } = report;
          media.sounds.push({ id, packets: packetsReceived, energy: totalAudioEnergy });
        } else {
          const { framesDecoded = 0, frameWidth = 0, frameHeight = 0 } = report;
          media.pictures.push({ id, frames: framesDecoded, width: frameWidth, height: frameHeight });
        }
      }
    }
    return media;
  });
}

/**
 * Sound arrives and is not silence.
 * @param {import('@playwright/test').Page} page
 */
export async function expectToHear(page) {
  const before = await mediaStats(page);
  const heard = async () => {
    const now = await mediaStats(page);
    return risen(before.sounds, now.sounds, 'energy', 0) && risen(before.sounds, now.sounds, 'packets', 0);
  };
  await expect.poll(heard, { message: 'sound arrives', timeout: MEDIA_MS_MAX }).toBeTruthy();
}

/**
 * No sound arrives any more.
 * @param {import('@playwright/test').Page} page
 */
export async function expectSilence(page) {
  const soundsThatGoOn = async () => {
    const before = await mediaStats(page);
    await page.waitForTimeout(1000);
    return risen(before.sounds, (await mediaStats(page)).sounds, 'packets', 0);
  };
  await expect.poll(soundsThatGoOn, { message: 'sounds that go on', timeout: MEDIA_MS_MAX }).toBe(0);
}

/**
 * At least `count` pictures move: frames are decoded.
 * @param {import('@playwright/test').Page} page
 * @param {number} count
 */
export async function expectToSee(page, count = 1) {
  const before = await mediaStats(page);
  const moving = async () => risen(before.pictures, (await mediaStats(page)).pictures, 'frames', FRAMES_MIN);
  await expect
    .poll(moving, { message: 'moving pictures', timeout: MEDIA_MS_MAX })
    .toBeGreaterThanOrEqual(count);
}

/**
 * A moving picture of this width is among those that arrive.
 * @param {import('@playwright/test').Page} page
 * @param {number} width
 */
export async function expectPictureOfWidth(page, width) {
  const before = await mediaStats(page);
  const moving = async () => {
    const wide = (await mediaStats(page)).pictures.filter((picture) => picture.width === width);
    return risen(before.pictures, wide, 'frames', FRAMES_MIN);
  };
  await expect
    .poll(moving, { message: `moving pictures ${width} wide`, timeout: MEDIA_MS_MAX })
    .toBeGreaterThanOrEqual(1);
}

/**
 * The share of what is heard in the next while that had to be made up for what did not come.
 * @param {import('@playwright/test').Page} page
 * @param {number} ms
 */
export async function soundConcealed(page, ms) {
  const count = () => page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections ?? [];
    /** @type {Record<string, { all: number, concealed: number, packets: number }>} */
    const sounds = {};
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue;
        const { totalSamplesReceived: all = 0, concealedSamples: concealed = 0, packetsReceived: packets = 0 } = report;
        sounds[report.id] = { all, concealed, packets };
      }
    }
    return sounds;
  });
  const before = await count();
  await page.waitForTimeout(ms);
  let [all, concealed] = [0, 0];
  for (const [id, now] of Object.entries(await count())) {
    const was = before[id] ?? { all: 0, concealed: 0, packets: 0 };
    // A line that nobody speaks on has nothing to conceal.
    if (now.packets - was.packets < ms / 100) continue;
    all += now.all - was.all;
    concealed += now.concealed - was.concealed;
  }
  if (all === 0) throw new Error('no sound came at all');
  return concealed / all;
}

/**
 * The layers of a page's pictures that are being sent, by name, with their height.
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<Record<string, number>>}
 */
export async function layersSent(page) {
  const count = () => page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections ?? [];
    /** @type {Record<string, { frames: number, height: number }>} */
    const layers = {};
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'outbound-rtp' || report.kind !== 'video') continue;
        layers[`${report.mid}${report.rid ?? ''}`] = { frames: report.framesSent ?? 0, height: report.frameHeight ?? 0 };
      }
    }
    return layers;
  });
  const before = await count();
  await page.waitForTimeout(1000);
  const now = Object.entries(await count());
  const risen = now.filter(([name, { frames }]) => frames > (before[name]?.frames ?? 0));
  return Object.fromEntries(risen.map(([name, { height }]) => [name, height]));
}

/**
 * How many streams have risen in `what` by more than `least` since `before`.
 * @template {string} K
 * @param {({ id: string } & Record<K, number>)[]} before
 * @param {({ id: string } & Record<K, number>)[]} now
 * @param {K} what
 * @param {number} least
 */
function risen(before, now, what, least) {
  const start = new Map(before.map((stream) => [stream.id, stream[what]]));
  return now.filter((stream) => stream[what] > (start.get(stream.id) ?? 0) + least).length;
}

/**
 * How the page's connections reach the server: of each, the protocol of the pair in use.
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<string[]>}
 */
export async function protocolsUsed(page) {
  return page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections ?? [];
    const protocols = [];
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      const stats = await connection.getStats();
      for (const report of stats.values()) {
        const pair = report.type === 'transport' && stats.get(report.selectedCandidatePairId);
        if (pair) protocols.push(stats.get(pair.localCandidateId).protocol);
      }
    }
    return protocols;
  });
}
