// @ts-check
// Keeps the control room's picture up to date: the server draws its parts, this
// puts them in place. Without it the page shows the moment at which it was opened.

/** The state is read out at most this often. */
const SAY_EVERY_MS = 5_000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

let said = '';
let saidAt = 0;

/** @param {string} id @param {string} html */
function put(id, html) {
  const parts = new DOMParser().parseFromString(html, 'text/html').body.childNodes;
  byId(id).replaceChildren(...parts);
}

/** Reads the state out when it has changed. */
function say() {
  const state = document.querySelector('#picture .state')?.textContent ?? '';
  if (state === said || Date.now() - saidAt < SAY_EVERY_MS) return;
  if (said) byId('said').textContent = state;
  [said, saidAt] = [state, Date.now()];
}

/** What came while somebody was about to press a button in it. */
let waiting = '';

function putHand() {
  if (!waiting || byId('hand').contains(document.activeElement)) return;
  put('hand', waiting);
  waiting = '';
}

// What was done is said once: not again when the page is loaded anew. Nor is a form sent again that came back.
if (location.search || location.pathname !== '/regie') history.replaceState(null, '', '/regie');

/** @type {EventSource | undefined} */
let source;

function follow() {
  source?.close();
  // A page that nobody looks at needs no picture.
  if (document.hidden) return;
  const stream = new EventSource('/regie/events');
  source = stream;
  stream.addEventListener('open', () => { byId('link').hidden = true; });
  stream.addEventListener('picture', (event) => {
    put('picture', event.data);
    say();
    putHand();
  });
  stream.addEventListener('hand', (event) => {
    waiting = event.data;
    putHand();
  });
  stream.addEventListener('error', () => {
    byId('link').hidden = false;
    // Refused, and not only interrupted: the browser does not try again by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, SAY_EVERY_MS);
  });
}

document.addEventListener('visibilitychange', follow);
follow();
