// @ts-check
// The waiting page: looks at the frontier when it is worth it, and enters by itself.
(() => {
/** @param {string} id */
const byId = (id) => document.getElementById(id);
/** @param {string} id @param {string} text */
const write = (id, text) => byId(id)?.replaceChildren(text);
const { waits, ask, now, until, opened, openedTitle, asking, frontier, cookies, most, news, shut } = /** @type {Record<string, string>} */ ({ ...document.querySelector('main')?.dataset });
const lang = document.documentElement.lang;
// The server's clock: a phone's may be minutes off.
const ahead = +now - Date.now();
const jitter = () => Math.random() * 3e3;
const slot = +location.pathname.split('/')[2];
const [, lane, minute, order] = document.cookie.match(`(?:^|; )${cookies}place=(\\w+)\\.(\\d+)\\.(\\d+)`) ?? [];
let promised = +until || 0;
let known = news;
let tries = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function show() {
  const clock = new Date(promised).toLocaleTimeString(lang, { timeStyle: 'short' });
  if (promised) write('t', lang === 'fr' ? clock.replace(':', ' h ') : clock);
}

/**
 * What is said to all. What entries do is in many words of the page: then it loads itself anew.
 * @param {{ message?: Record<string, string> | null, is_shut: boolean }} told
 */
function hear({ message, is_shut }) {
  const said = message?.[lang] ?? '';
  if (byId('m')?.textContent !== said) write('m', said);
  byId('m')?.toggleAttribute('hidden', !said);
  if (`${is_shut}` !== shut) setTimeout(() => location.reload(), jitter() / 3);
}

/** Keeps a line on which news is told at once. Without a free one the looks must do. */
async function listen() {
  // The network is away, or the server begins anew.
  let rest = 2e3 + jitter();
  try {
    const answer = await fetch(`${frontier}/news?since=${known}${slot ? `&slot=${slot}` : ''}`, { cache: 'no-store' });
    if (answer.status === 503) rest = 6e4 + 10 * jitter();
    if (answer.ok) {
      const told = await answer.json();
      // Nothing was said: either the while is over, or the lesson is open.
      if (waits === 'lesson' && told.news === +known) setTimeout(look, jitter() / 3);
      known = told.news;
      hear(told);
      rest = jitter() / 3;
    }
  } catch {}
  setTimeout(listen, rest);
}

function enter() {
  document.title = openedTitle;
  write('h', opened);
  write('s', '');
  setTimeout(() => location.reload(), jitter() / 3);
}

/** When to look again: at the promised time, or half-way to it; without a promise less and less often; what is said to all is never missed for longer than the most. */
function wait() {
  const left = promised - ahead - Date.now();
  if (waits !== 'lesson') return +ask * 1e3;
  if (left > 0) return left > 6e4 ? left / 2 : left;
  return promised ? 1e4 : 4e4 * 2 ** Math.min(tries++, 5);
}

/**
 * Looks for a number whose hash with the challenge begins with so many zero bits; gives up after half a minute.
 * @param {string} challenge @param {number} bits
 */
async function work(challenge, bits) {
  const until = Date.now() + 3e4;
  const encoder = new TextEncoder();
  let nonce = Math.floor(Math.random() * 2 ** 48);
  while (Date.now() < until) {
    const proofs = Array.from({ length: 512 }, () => `${challenge}.${nonce++}`);
    const hashes = await Promise.all(proofs.map((proof) => crypto.subtle.digest('SHA-256', encoder.encode(proof))));
    const found = hashes.findIndex((hash) => Math.clz32(new DataView(hash).getUint32(0)) >= bits);
    if (found >= 0) return void (document.cookie = `${cookies}effort=${proofs[found]}; SameSite=Lax; Path=/; Max-Age=240`);
  }
}

/** @typedef {{ waiting: [number, number | null][], lanes: { lane: string, minute: number, order: number }[], strangers?: { challenge: string, bits: number } | null, message?: Record<string, string> | null, is_shut: boolean }} Frontier */
/** @param {Frontier} frontier */
async function isOpen({ waiting, lanes, strangers, ...told }) {
  hear(told);
  if (waits === 'stranger') {
    // Without HTTPS there is no crypto: such a page has the share of those who cannot work.
    if (strangers && crypto.subtle) await work(strangers.challenge, strangers.bits);
    return true;
  }
  if (waits === 'desk') {
    const front = lanes.find((one) => one.lane === lane);
    // Called while nobody enters: their place is first when somebody does again.
    return !told.is_shut && (!front || +minute < front.minute || (+minute === front.minute && +order < front.order));
  }
  const mine = waiting.find(([one]) => one === slot);
  if (mine?.[1] && mine[1] !== promised) {
    if (!byId('t')) return true;
    promised = mine[1];
    show();
  }
  return !mine;
}

/** @param {number} ms */
function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.min(ms, +most * 1e3) + jitter());
}

async function look() {
  // A turn that was told and has not come: the page is told anew.
  if (waits === 'desk' && promised && promised - ahead < Date.now()) return location.reload();
  try {
    const answer = await fetch(frontier);
    if (answer.ok && (await isOpen(await answer.json()))) return enter();
    write('s', asking);
  } catch {
    // Without a network the place is kept; the next look finds it.
  }
  later(wait());
}

show();
// A stranger's device has something to do at once; the others have a time.
later(waits === 'stranger' ? 0 : +ask * 1e3);
if (waits !== 'stranger') listen();
addEventListener('online', () => later(0));
})();
