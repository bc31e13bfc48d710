// @ts-check
// Asks for the page again when what it says has changed: a lobby opened, a bell
// rang, a day ended. Nobody needs it; the page is whole without.

/** Everybody's bell rings at once: pages come back over this many milliseconds. */
const SPREAD_MS = 20_000;
/** After a failure. */
const AGAIN_MS = 60_000;
/** The longest that a timer is trusted. */
const TIMER_MS_MAX = 60 * 60_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let dueAt = 0;

/** @param {number} inMs */
function ask(inMs) {
  dueAt = Date.now() + inMs;
  clearTimeout(timer);
  timer = setTimeout(renew, Math.min(inMs, TIMER_MS_MAX));
}

async function renew() {
  if (Date.now() < dueAt) return ask(dueAt - Date.now());
  // A hidden page asks when it is looked at again.
  if (document.hidden) return;
  try {
    const reply = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html').querySelector('.today');
    const shown = document.querySelector('.today');
    if (!reply.ok) return ask(AGAIN_MS);
    // Signed out meanwhile: the browser goes where it is sent.
    if (reply.redirected || !fresh || !shown) return location.reload();
    put(shown, fresh);
  } catch {
    ask(AGAIN_MS);
  }
}

/**
 * Puts the fresh day in place of the shown one, where the reader left it.
 * @param {Element} shown
 * @param {Element} fresh
 */
function put(shown, fresh) {
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...shown.querySelectorAll('a, button, summary')].indexOf(focused) : -1;
  if (shown.querySelector('details[open]')) fresh.querySelector('details')?.setAttribute('open', '');
  shown.replaceWith(fresh);
  if (focused) {
    const all = [...fresh.querySelectorAll('a, button, summary')];
    const found = all.find((one) => one.textContent === focused.textContent) ?? all[place];
    if (found instanceof HTMLElement) found.focus();
  }
  plan();
}

function plan() {
  const inMs = Number(document.querySelector('[data-stale-in]')?.getAttribute('data-stale-in'));
  if (inMs > 0) ask(inMs + Math.random() * SPREAD_MS);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && dueAt > 0 && Date.now() >= dueAt) void renew();
});
// Shown again out of the browser's memory, after a class: it is old.
addEventListener('pageshow', (event) => {
  if (event.persisted) ask(0);
});
plan();
