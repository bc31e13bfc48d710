// @ts-check
// How Chromium spreads the packets of a picture: a teacher who shows camera and
// screen behind a relay that notes each datagram when it reads it. SRTP leaves
// the RTP header readable, so that packets with the same source and the same
// timestamp are one picture. On a busy machine the browser's estimate of the line
// falls, and with it the rate at which pictures leave: it needs a quiet one.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { Line } from '../harness/line.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';

/** @typedef {{ atMs: number, bytes: number, ssrc: number, time: number }} Packet */
/** @typedef {{ ssrc: number, name: string, keys: number }} Stream */
/** @typedef {{ atMs: number, estimate: number, streams: Stream[] }} Look */

const SECONDS = Number(process.env.SECONDS ?? 20);
/** The payload type of sound in Chromium's offers. */
const OPUS = 111;
/** Until the estimate of the line no longer rises. */
const SETTLE_MS = 20_000;
/** Between two looks at the statistics: a keyframe is the largest picture between two of them. */
const LOOK_MS = 500;
/** Somebody comes. */
const KEY_EVERY_MS = 5_000;
/** Packets that come within this time came at once. */
const AT_ONCE_MS = 1;
/** A silence of this length is between two bursts. */
const SILENCE_MS = 5;
/** Pictures are told apart by how many packets they have. */
const SIZES = [1, 2, 4, 8, 16, 31, 61, Infinity];

/**
 * A screen of text: a word every 200 ms, three lines each second, another page every ten.
 * @param {import('@playwright/test').BrowserContext} context
 */
async function shareText(context) {
  await context.addInitScript(() => {
    const [WIDTH, HEIGHT, ROW] = [1920, 1080, 42];
    const word = () => Math.random().toString(36).slice(2, 4 + Math.random() * 8);
    navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
      const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      pen.font = '28px sans-serif';
      const row = (/** @type {number} */ at) => {
        pen.fillStyle = '#fff';
        pen.fillRect(0, at * ROW, WIDTH, ROW);
        pen.fillStyle = '#111';
        pen.fillText(Array.from({ length: 18 }, word).join(' '), 60, at * ROW + 32);
      };
      const write = (/** @type {number} */ step) => {
        if (step % 50 === 0) for (let at = 0; at * ROW < HEIGHT; at += 1) row(at);
        else if (step % 5 === 2) for (let at = 0; at < 3; at += 1) row((step + at) % 22);
        else pen.fillText(word(), 60 + 80 * (step % 20), HEIGHT - 20);
        setTimeout(write, 200, step + 1);
      };
      write(0);
      return canvas.captureStream(15);
    };
  });
}

/**
 * Every layer is sent, as in a class in which some see the camera large and some small.
 * @param {import('@playwright/test').BrowserContext} context
 */
async function sendAllLayers(context) {
  await context.addInitScript(() => {
    const set = RTCRtpSender.prototype.setParameters;
    RTCRtpSender.prototype.setParameters = function (/** @type {RTCRtpSendParameters} */ parameters, /** @type {any[]} */ ...more) {
      for (const encoding of parameters.encodings) encoding.active = true;
      return /** @type {any} */ (set).call(this, parameters, ...more);
    };
  });
}

/** Of every layer the next picture stands alone, as when somebody comes. @param {import('@playwright/test').Page} page */
async function wantKeyframes(page) {
  await page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections;
    const senders = connections.filter((one) => one.connectionState !== 'closed').flatMap((one) => one.getSenders());
    for (const sender of senders.filter(({ track }) => track?.kind === 'video')) {
      const parameters = sender.getParameters();
      const encodingOptions = parameters.encodings.map(() => ({ keyFrame: true }));
      await /** @type {any} */ (sender).setParameters(parameters, { encodingOptions });
    }
  });
}

/** @param {import('@playwright/test').Page} page @returns {Promise<Look>} */
async function look(page) {
  const seen = await page.evaluate(async () => {
    /** @type {RTCPeerConnection[]} */
    const connections = /** @type {any} */ (window).watchedConnections;
    let estimate = 0;
    /** @type {{ ssrc: number, name: string, keys: number }[]} */
    const streams = [];
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type === 'candidate-pair') estimate = Math.max(estimate, report.availableOutgoingBitrate ?? 0);
        if (report.type !== 'outbound-rtp' || report.kind !== 'video') continue;
        // The lines of the offer are sound, camera, screen.
        const name = `${report.mid === '1' ? 'camera' : 'screen'} ${report.rid}`;
        streams.push({ ssrc: report.ssrc, name, keys: report.keyFramesEncoded ?? 0 });
      }
    }
    return { estimate, streams };
  });
  return { atMs: performance.now(), ...seen };
}

/** The most packets that came at once. @param {Packet[]} packets */
function largestBurst(packets) {
  let [most, first] = [0, 0];
  packets.forEach(({ atMs }, last) => {
    while (atMs - packets[first].atMs > AT_ONCE_MS) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}

/** @param {Packet[]} packets @returns {Packet[][]} */
function pictures(packets) {
  /** @type {Map<string, Packet[]>} */
  const found = new Map();
  for (const packet of packets) {
    const name = `${packet.ssrc}/${packet.time}`;
    found.set(name, [...(found.get(name) ?? []), packet]);
  }
  return [...found.values()];
}

/** @param {Look[]} looks @param {Packet[][]} all */
function keyframes(looks, all) {
  return looks.slice(1).flatMap((now, at) => {
    const before = looks[at];
    const risen = now.streams.filter(({ ssrc, keys }) => keys > (before.streams.find((was) => was.ssrc === ssrc)?.keys ?? keys));
    return risen.flatMap(({ ssrc }) => {
      const between = all.filter(([{ ssrc: own, atMs }]) => own === ssrc && atMs > before.atMs && atMs <= now.atMs);
      return between.sort((a, b) => b.length - a.length).slice(0, 1);
    });
  });
}

/** @param {number[]} numbers */
function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** @param {string} name @param {Packet[][]} some */
function row(name, some) {
  const counts = some.map((picture) => picture.length);
  const spread = some.map((picture) => picture[picture.length - 1].atMs - picture[0].atMs);
  const bursts = some.map(largestBurst);
  const cells = [some.length, middle(counts), Math.max(...counts), middle(spread).toFixed(1), middle(bursts), Math.max(...bursts)];
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}

/** When each burst of a picture began. @param {Packet[]} picture */
function burstsOf(picture) {
  const starts = picture.filter(({ atMs }, at) => at === 0 || atMs - picture[at - 1].atMs > SILENCE_MS);
  return starts.map(({ atMs }) => atMs);
}

/** Bits a second of all pictures. @param {number} fromMs @param {number} toMs */
function rateBetween(fromMs, toMs) {
  const between = packets.filter(({ atMs, ssrc }) => atMs >= fromMs && atMs < toMs && !sounds.has(ssrc));
  return between.reduce((sum, { bytes }) => sum + bytes, 0) * 8_000 / (toMs - fromMs);
}

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
/** @type {Packet[]} */
const packets = [];
/** What is not a picture's. @type {Set<number>} */
const sounds = new Set();
/** @type {Look[]} */
const looks = [];
try {
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  const line = await Line.under(teacher.context);
  await shareText(teacher.context);
  await sendAllLayers(teacher.context);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, !process.env.NO_CAMERA);
  await teacher.turn(teacher.names.screen, !process.env.NO_SCREEN);
  await teacher.page.waitForTimeout(SETTLE_MS);
  line.watch((data, atMs) => {
    // RTP, and not RTCP: RFC 7983 and RFC 5761, 4.
    const isMedia = data.length >= 12 && data[0] >= 128 && data[0] <= 191 && (data[1] < 192 || data[1] > 223);
    if (!isMedia) return;
    if ((data[1] & 127) === OPUS) sounds.add(data.readUInt32BE(8));
    packets.push({ atMs, bytes: data.length, ssrc: data.readUInt32BE(8), time: data.readUInt32BE(4) });
  });
  for (let ms = 0; ms <= SECONDS * 1000; ms += LOOK_MS) {
    looks.push(await look(teacher.page));
    if (ms % KEY_EVERY_MS === 0) await wantKeyframes(teacher.page);
    await teacher.page.waitForTimeout(LOOK_MS);
  }
} finally {
  await browser.close();
  await school.close();
}
const { streams } = looks[looks.length - 1];
const all = pictures(packets.filter(({ ssrc }) => streams.some((stream) => stream.ssrc === ssrc)));
const estimates = looks.map(({ estimate }) => estimate);
const mbitS = [Math.min(...estimates), middle(estimates), Math.max(...estimates)].map((bits) => (bits / 1e6).toFixed(2));
console.log(`estimate of the line, Mbit/s: least ${mbitS[0]}, median ${mbitS[1]}, most ${mbitS[2]}`);
console.log('| pictures | how many | packets | most | over ms | largest burst | most |\n|---|---|---|---|---|---|---|');
for (const { ssrc, name } of streams.sort((a, b) => a.name.localeCompare(b.name))) {
  const own = all.filter(([first]) => first.ssrc === ssrc);
  SIZES.slice(1).forEach((end, at) => {
    const some = own.filter(({ length }) => length >= SIZES[at] && length < end);
    if (some.length) row(`${name}, ${SIZES[at]} packets and more`, some);
  });
}
for (const name of new Set(streams.map((stream) => stream.name))) {
  const keys = keyframes(looks, all).filter(([{ ssrc }]) => streams.some((stream) => stream.name === name && stream.ssrc === ssrc));
  if (keys.length) row(`${name}, keyframes`, keys);
}
const bursts = all.filter(({ length }) => length >= SIZES[4]).map(burstsOf).filter(({ length }) => length > 1);
const waits = bursts.flatMap((starts) => starts.slice(1).map((at, before) => at - starts[before]));
const rates = bursts.map((starts) => rateBetween(starts[0], starts[starts.length - 1]));
if (waits.length) {
  console.log(`from burst to burst of a picture of ${SIZES[4]} packets and more, ms: ${middle(waits).toFixed(1)}`);
  console.log(`all pictures together meanwhile, Mbit/s: ${(middle(rates) / 1e6).toFixed(2)}`);
}
