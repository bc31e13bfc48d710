// @ts-check
// A bad line between a browser and the server: a relay on loopback that loses,
// delays and thins what passes, and moves to another port as a phone does to
// another network.
import dgram from 'node:dgram';

/**
 * @typedef {object} Quality
 * @property {number} [lost] of a hundred datagrams, in each direction
 * @property {number} [delayMs] in each direction
 * @property {number} [kbitS] towards the browser
 */

const HOST = '127.0.0.1';
/** What a thin line holds before it loses. */
const QUEUE_MS_MAX = 400;
/** What IPv4 and UDP add to each datagram on a real line. */
const HEADERS_BYTES = 28;

export class Line {
  /** @type {Map<string, dgram.Socket>} by the browser's address */
  #upstream = new Map();
  #socket = dgram.createSocket('udp4');
  #serverPort = 0;
  #freeAt = 0;
  /** @type {Quality} */
  #quality = {};
  /** @type {(data: Buffer, atMs: number) => void} */
  #tell = () => {};

  /**
   * Every page of a context goes over this line; TCP is another way, or none.
   * @param {import('@playwright/test').BrowserContext} context
   * @param {{ hasTcp?: boolean }} [beside]
   */
  static async under(context, { hasTcp = false } = {}) {
    const line = new Line();
    await new Promise((resolve) => line.#socket.bind(0, HOST, () => resolve(null)));
    line.#socket.on('message', (data, from) => line.#up(data, from));
    const { port } = line.#socket.address();
    await context.exposeFunction('lineTo', (/** @type {number} */ to) => (line.#serverPort = to));
    await context.addInitScript(({ host, port, hasTcp }) => {
      /** @type {(this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>} */
      const connect = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = async function (
        /** @type {RTCSessionDescriptionInit} */ description,
      ) {
        const udp = /(a=candidate:\S+ \d udp \d+) \S+ (\d+) /i;
        const lines = (description.sdp ?? '').split('\r\n');
        const server = lines.map((one) => udp.exec(one)?.[2]).find(Boolean);
        await /** @type {any} */ (window).lineTo(Number(server));
        const ours = lines.filter((one) => hasTcp || !one.startsWith('a=candidate') || udp.test(one));
        const sdp = ours.map((one) => one.replace(udp, `$1 ${host} ${port} `)).join('\r\n');
        return connect.call(this, { ...description, sdp });
      };
    }, { host: HOST, port, hasTcp });
    context.on('close', () => line.#close());
    return line;
  }

  /** From now on the line is like this. @param {Quality} quality */
  become(quality) {
    this.#quality = quality;
  }

  /** Tells of each datagram from the browser as soon as it is read. @param {(data: Buffer, atMs: number) => void} tell */
  watch(tell) {
    this.#tell = tell;
  }

  /** To another network: the server sees another address, and what it sends to the old one is lost. */
  move() {
    for (const socket of this.#upstream.values()) socket.close();
    this.#upstream.clear();
  }

  /** @param {Buffer} data @param {dgram.RemoteInfo} from */
  #up(data, from) {
    this.#tell(data, performance.now());
    const name = `${from.address}:${from.port}`;
    let socket = this.#upstream.get(name);
    if (!socket) {
      socket = dgram.createSocket('udp4');
      socket.on('message', (answer) => this.#down(answer, from));
      this.#upstream.set(name, socket);
    }
    const up = socket;
    this.#pass(0, () => this.#upstream.get(name) === up && up.send(data, this.#serverPort, HOST));
  }

  /** @param {Buffer} data @param {dgram.RemoteInfo} to */
  #down(data, to) {
    const { kbitS = 0 } = this.#quality;
    let queued = 0;
    if (kbitS) {
      const now = performance.now();
      if (this.#freeAt - now > QUEUE_MS_MAX) return;
      this.#freeAt = Math.max(this.#freeAt, now) + ((data.length + HEADERS_BYTES) * 8) / kbitS;
      queued = this.#freeAt - now;
    }
    this.#pass(queued, () => this.#socket.send(data, to.port, to.address));
  }

  /** @param {number} queuedMs @param {() => void} send */
  #pass(queuedMs, send) {
    const { lost = 0, delayMs = 0 } = this.#quality;
    if (Math.random() * 100 < lost) return;
    if (delayMs + queuedMs < 1) send();
    else setTimeout(() => this.#isOpen && send(), delayMs + queuedMs);
  }

  #isOpen = true;

  #close() {
    this.#isOpen = false;
    this.move();
    this.#socket.close();
  }
}
