// @ts-check
// The pictures of the class: mine, those that arrive, and an avatar for whoever
// shows none. A received line keeps its tile and its <video> for ever; only the
// name on it moves.
import { copyOf, drawAvatar, el, given, isLead, keyed, say, write } from './class-dom.js';
import { lesson, leads, watch } from './class-state.js';

/** @typedef {import('./class-state.js').Person} Person */
/** @typedef {{ key: string, person?: Person }} Tile */

const GAP_PX = 8;
const WIDTH_PX_MIN = 130;
const SHOWN_MAX = 48;

const list = el('tiles');
/** @type {Map<string, HTMLElement>} */
const nodes = new Map();
let shown = 0;

/** @param {string} key @param {boolean} hasVideo */
function make(key, hasVideo) {
  const node = copyOf('tile');
  if (hasVideo) {
    const video = document.createElement('video');
    Object.assign(video, { autoplay: true, playsInline: true, muted: true });
    node.prepend(video);
  }
  nodes.set(key, node);
  return node;
}

/** @param {number} count @returns {HTMLVideoElement[]} the <video>s of the tiles that media arrives in */
export function startTiles(count) {
  const videos = [];
  for (let at = 0; at < count; at += 1) videos.push(/** @type {any} */ (make(`slot${at}`, true).firstChild));
  const mine = make('me', true);
  mine.classList.add('mine');
  mine.firstElementChild?.after(Object.assign(document.createElement('p'), { className: 'mark', hidden: true }));
  watch(['people', 'slots', 'hands', 'mine'], draw);
  watch(['speaking'], light);
  new ResizeObserver(fit).observe(list);
  return videos;
}

/** Shows what my camera gives. @param {MediaStreamTrack | null} track */
export function showMine(track) {
  const video = /** @type {HTMLVideoElement} */ (nodes.get('me')?.firstChild);
  video.srcObject = track && new MediaStream([track]);
  nodes.get('me')?.classList.toggle('live', !!track);
}

/** Says on my own picture what is wrong with it. @param {string} said empty: nothing */
export function markMine(said) {
  const mark = /** @type {HTMLElement} */ (nodes.get('me')?.querySelector('.mark'));
  mark.hidden = !said;
  write(mark, said);
}

/** The lead whom the stage shows. */
export const onStage = () => (isLead ? null : (lesson.slots.teacher ?? leads('inside')[0]?.id ?? null));

function draw() {
  if (!lesson.inside) return;
  const { people, slots, you, hands } = lesson;
  const inSlots = new Set(slots.tiles);
  const others = [...people.values()].filter(
    ({ id, whereabouts }) =>
      (whereabouts === 'inside' || whereabouts === 'away') && id !== you && !inSlots.has(id) && id !== onStage(),
  );
  const rank = (/** @type {Person} */ { id }) => (hands.includes(id) ? hands.indexOf(id) : hands.length);
  others.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, given.lang));
  /** @type {Tile[]} */
  const tiles = [{ key: 'me', person: people.get(you) }];
  for (let at = 0; nodes.has(`slot${at}`); at += 1) {
    tiles.push({ key: `slot${at}`, person: people.get(slots.tiles[at] ?? 0) });
  }
  for (const person of others.slice(0, SHOWN_MAX)) tiles.push({ key: String(person.id), person });
  if (others.length > SHOWN_MAX) tiles.push({ key: 'more' });
  keyed(list, tiles, ({ key }) => key, ({ key }) => nodes.get(key) ?? make(key, false), update);
  const more = nodes.get('more');
  if (more) write(more, say('more_people', others.length - SHOWN_MAX));
  for (const key of nodes.keys()) if (/^\d/.test(key) && !people.has(+key)) nodes.delete(key);
  const count = tiles.filter(({ key, person }) => person || key === 'more').length;
  if (count !== shown) {
    shown = count;
    fit();
  }
}

/** @param {HTMLElement} node @param {Tile} tile */
function update(node, { key, person }) {
  if (key === 'more') return;
  node.hidden = !person;
  if (!person) return reveal(node, 0);
  const { id, name, camera, mic } = person;
  const isAway = person.whereabouts === 'away';
  const [hand, label] = [/** @type {HTMLElement} */ (node.querySelector('.hand')), node.querySelector('.label')];
  drawAvatar(node.querySelector('.avatar'), name, id);
  if (label?.lastChild) write(/** @type {Element} */ (label.lastChild), key === 'me' ? say('me') : isAway ? `${name}, ${say('away')}` : name);
  const isOn = key === 'me' ? lesson.mine.mic : mic;
  label?.classList.toggle('muted', !isOn);
  node.classList.toggle('gone', isAway);
  node.classList.toggle('speaking', lesson.speaking.includes(id));
  const rank = lesson.hands.indexOf(id);
  hand.hidden = rank < 0;
  write(/** @type {Element} */ (hand.lastChild), String(rank + 1));
  if (key.startsWith('slot')) reveal(node, camera ? id : 0);
}

/** Shows a picture once it is of the person whose name is on it. @param {HTMLElement} node @param {number} id */
function reveal(node, id) {
  if (Number(node.dataset.shows ?? 0) === id) return;
  node.dataset.shows = String(id);
  node.classList.remove('live');
  const video = /** @type {any} */ (node.firstChild);
  const show = () => node.classList.toggle('live', id !== 0 && node.dataset.shows === String(id));
  if (id && video?.requestVideoFrameCallback) video.requestVideoFrameCallback(show);
  else show();
}

function light() {
  for (const [key, node] of nodes) {
    const at = key.startsWith('slot') ? lesson.slots.tiles[+key.slice(4)] : key === 'me' ? lesson.you : +key;
    node.classList.toggle('speaking', !!at && lesson.speaking.includes(at));
  }
}

/** As many columns as make the tiles largest. */
function fit() {
  const { clientWidth: width, clientHeight: height } = list;
  if (!shown || !width) return;
  const ratio = width < height ? 4 / 3 : 16 / 9;
  let best = 0;
  for (let at = 1; at <= shown; at += 1) {
    const rows = Math.ceil(shown / at);
    const size = Math.min((width - GAP_PX * (at - 1)) / at, ((height - GAP_PX * (rows - 1)) / rows) * ratio);
    best = Math.max(best, size);
  }
  if (best < WIDTH_PX_MIN) {
    const columns = Math.max(2, Math.floor(width / (WIDTH_PX_MIN + GAP_PX)));
    best = (width - GAP_PX * (columns - 1)) / columns;
  }
  list.style.setProperty('--width', `${Math.floor(best)}px`);
  list.style.setProperty('--ratio', String(ratio));
}
