// @ts-check
// The waiting page: looks at the frontier when it is worth it, and enters by itself.
(() => {
const { waits, ask, now, until, opened, openedTitle, asking } = document.querySelector('main').dataset;
const byId = (id) => document.getElementById(id), lang = document.documentElement.lang;
// The server's clock: a phone's may be minutes off.
const ahead = now - Date.now(), jitter = () => Math.random() * 3e3;
const slot = +location.pathname.split('/')[2];
const [, lane, minute, order] = document.cookie.match(/(?:^|; )place=(\w+)\.(\d+)\.(\d+)/) ?? [];
let promised = +until || 0, tries = 0, timer;
const show = () => {
  if (byId('t') && promised) byId('t').textContent = new Date(promised).toLocaleTimeString(lang, { timeStyle: 'short' }).replace(lang === 'fr' ? ':' : '', lang === 'fr' ? ' h ' : '');
};
const enter = () => {
  document.title = openedTitle;
  byId('h').textContent = opened;
  byId('s').textContent = '';
  setTimeout(() => location.reload(), jitter() / 3);
};
// When to look again: at the promised time, or half-way to it; without a promise less and less often.
const wait = () => {
  const left = promised - ahead - Date.now();
  if (waits === 'desk' || waits === 'stranger') return ask * 1e3;
  if (left > 0) return left > 6e4 ? left / 2 : left;
  return promised ? 1e4 : 4e4 * 2 ** Math.min(tries++, 5);
};
const isOpen = ({ waiting, lanes }) => {
  if (waits === 'stranger') return true;
  if (waits === 'desk') {
    const front = lanes.find((one) => one.lane === lane);
    return !front || +minute < front.minute || (+minute === front.minute && +order < front.order);
  }
  const mine = waiting.find(([one]) => one === slot);
  if (mine && mine[1] && mine[1] !== promised) {
    if (!byId('t')) return true;
    promised = mine[1];
    show();
  }
  return !mine;
};
const later = (ms) => {
  clearTimeout(timer);
  timer = setTimeout(look, Math.min(ms, 2e9) + jitter());
};
const look = async () => {
  try {
    const answer = await fetch('/frontier');
    if (answer.ok && isOpen(await answer.json())) return enter();
    byId('s').textContent = asking;
  } catch { /* Without a network the place is kept; the next look finds it. */ }
  later(wait());
};
show();
later(ask * 1e3);
addEventListener('online', () => later(0));
})();
