// @ts-check
// The line to the lesson: one WebSocket at a time, opened again for ever with
// full jitter, so that a class that lost its server does not come back as a wall.
import { given } from './class-dom.js';
import { HERD_MS } from './class-media.js';

const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 3000;
const HANDSHAKE_MS_MAX = 8000;
/** The server speaks every three seconds; longer than this, and the line is dead. */
const SILENCE_MS_MAX = 8000;

/**
 * @param {object} on
 * @param {() => number} on.since the last entry seen
 * @param {() => void} on.open a new socket is open and has said hello
 * @param {(said: any) => void} on.message
 * @param {(why: string) => void} on.down the socket is gone; another one is on its way
 */
export function openLine(on) {
  const address = `${location.origin.replace(/^http/, 'ws')}/live/${given.slot}`;
  /** @type {WebSocket | null} */
  let socket = null;
  let tries = 0;
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function connect() {
    drop();
    const mine = new WebSocket(address);
    socket = mine;
    timer = setTimeout(() => retry(), HANDSHAKE_MS_MAX);
    mine.onopen = () => {
      clearTimeout(timer);
      mine.send(JSON.stringify({ t: 'hello', pass: given.pass, since: on.since() }));
      on.open();
    };
    mine.onmessage = ({ data }) => {
      clearTimeout(timer);
      timer = setTimeout(() => retry(), SILENCE_MS_MAX);
      for (const said of JSON.parse(data)) {
        if (said.t === 'alive') continue;
        if (said.t === 'goodbye') return farewell(said);
        if (said.t === 'welcome' || said.t === 'lobby') tries = 0;
        on.message(said);
      }
    };
    mine.onclose = () => retry();
  }

  /** @param {{ why: string }} said */
  function farewell(said) {
    if (said.why === 'draining') return retry('restart');
    isOver = true;
    drop();
    on.message(said);
  }

  /** Forgets the present socket: whatever it still says is void. */
  function drop() {
    clearTimeout(timer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    socket = null;
  }

  function retry(why = 'lost') {
    drop();
    if (isOver) return;
    on.down(why);
    const longest = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** tries);
    tries += 1;
    timer = setTimeout(connect, BACKOFF_MS_MIN + Math.random() * (longest - BACKOFF_MS_MIN));
  }

  /** The network changed, or the line is deaf: at once on another socket. */
  function renew() {
    if (isOver) return;
    on.down('lost');
    connect();
  }

  const renewSoon = () => setTimeout(renew, Math.random() * HERD_MS);
  addEventListener('online', renewSoon);
  // From wifi to mobile a phone is never offline; other changes of this event are guesses of its speed.
  const network = /** @type {any} */ (navigator).connection;
  let type = network?.type;
  network?.addEventListener('change', () => {
    if (type !== network.type) renewSoon();
    type = network.type;
  });
  addEventListener('offline', () => retry());
  connect();
  return {
    renew,
    /** Says something; false when nobody would hear it. @param {object} message */
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
  };
}
