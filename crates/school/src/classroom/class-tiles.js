// @ts-check
// The pictures of the class: mine, those that arrive, and an avatar for whoever
// shows none. A received line keeps its tile and its <video> for ever; only the
// name on it moves.
import { copyOf, drawAvatar, el, given, keyed, say, write } from './class-dom.js';
import { faceOnStage, onStage } from './class-stage.js';
import { isKept, lesson, sharer, watch } from './class-state.js';

/** @typedef {import('./class-state.js').Person} Person */
/** @typedef {{ key: string, person?: Person }} Tile */

const GAP_PX = 8;
const WIDTH_PX_MIN = 130;
const SHOWN_MAX = 48;

const list = el('tiles');
/** @type {Map<string, HTMLElement>} */
const nodes = new Map();
let shown = 0;
/** Who is shown large, or beside the screen: they have no other tile. */
let staged = 0;

const newVideo = () => Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, muted: true });
/** The teacher's picture while a screen has the stage. */
export const faceBeside = newVideo();

/** @param {string} key @param {HTMLVideoElement} [video] */
function make(key, video) {
  const node = copyOf('tile');
  if (video) node.prepend(video);
  nodes.set(key, node);
  return node;
}

/** @param {number} count @returns {HTMLVideoElement[]} the <video>s of the tiles that media arrives in */
export function startTiles(count) {
  /** @type {HTMLVideoElement[]} */
  const videos = [];
  for (let at = 0; at < count; at += 1) {
    videos.push(newVideo());
    make(`slot${at}`, videos[at]);
  }
  make('teacher', faceBeside);
  const mine = make('me', newVideo());
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

/** The teacher, while a screen has the stage. */
const beside = () => (sharer() ? (onStage() ?? lesson.slots.teacher ?? 0) : 0);
const findStaged = () => (sharer() ? beside() : faceOnStage());

function draw() {
  if (!lesson.inside) return;
  const { people, slots, you, hands } = lesson;
  staged = findStaged();
  const elsewhere = new Set([...slots.tiles, you, staged]);
  const others = [...people.values()].filter(
    ({ id, whereabouts }) => (whereabouts === 'inside' || whereabouts === 'away') && !elsewhere.has(id),
  );
  const rank = (/** @type {Person} */ { id }) => (hands.includes(id) ? hands.indexOf(id) : hands.length);
  others.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, given.lang));
  /** @type {Tile[]} */
  const tiles = [{ key: 'teacher', person: people.get(beside()) }, { key: 'me', person: people.get(you) }];
  for (let at = 0; nodes.has(`slot${at}`); at += 1) {
    const id = slots.tiles[at] ?? 0;
    tiles.push({ key: `slot${at}`, person: id === staged ? undefined : people.get(id) });
  }
  for (const person of others.slice(0, SHOWN_MAX)) tiles.push({ key: String(person.id), person });
  if (others.length > SHOWN_MAX) tiles.push({ key: 'more' });
  const face = beside() ? el('stage-face').srcObject : null;
  if (faceBeside.srcObject !== face) faceBeside.srcObject = face;
  keyed(list, tiles, ({ key }) => key, ({ key }) => nodes.get(key) ?? make(key), update);
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
  node.dataset.person = String(person?.id ?? 0);
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
  const hasFloor = lesson.floor.includes(id);
  hand.hidden = rank < 0 && !hasFloor;
  hand.querySelector('use')?.setAttribute('href', hasFloor ? '#i-chat' : '#i-hand');
  write(/** @type {Element} */ (hand.lastChild), hasFloor ? say(key === 'me' ? 'floor_mine' : 'floor') : String(rank + 1));
  const kept = /** @type {HTMLElement} */ (node.querySelector('.kept'));
  kept.hidden = key === 'me' || !isKept(person);
  write(kept, say('picture_kept'));
  if (key !== 'teacher' && !key.startsWith('slot')) return;
  const isInLine = key !== 'teacher' || id === lesson.slots.teacher;
  reveal(node, isInLine && camera && kept.hidden ? id : 0);
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
  if (findStaged() !== staged) draw();
  for (const node of nodes.values()) {
    node.classList.toggle('speaking', lesson.speaking.includes(Number(node.dataset.person)));
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
