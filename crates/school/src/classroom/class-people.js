// @ts-check
// Who is here: those who have the floor, then hands in the order in which they went
// up. Leads also see who waits, who is missing, and what they can do about each.
import { copyOf, drawAvatar, el, given, isLead, keyed, say, write } from './class-dom.js';
import { rove } from './class-rove.js';
import { lesson, touch, watch } from './class-state.js';

/** @typedef {import('./class-state.js').Person} Person */
/** @typedef {(act: string, person: Person) => void} Act */

/** @type {Act} */
let onAct = () => {};
/** The tab stop of the list, after a change. */
let settle = () => {};
/** Nothing moves under a pointer that is about to press something. */
const REST_MS = 600;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let hold;

/** @param {Act} act a lead wants something of somebody */
export function startPeople(act) {
  onAct = act;
  watch(['people', 'hands', 'mine'], draw);
  watch(['speaking'], light);
  if (!isLead) return;
  const list = el('inside').parentElement;
  settle = rove(list, '.more, .answer');
  list.onpointermove = list.onpointerdown = rest;
  addEventListener('click', onClick);
  // Before it reaches the window, where it closes a panel.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const more = closeActs();
    if (!more) return;
    event.stopPropagation();
    more.focus();
  });
}

/** The list stands still until the pointer has rested for a while. */
function rest() {
  clearTimeout(hold);
  hold = setTimeout(() => {
    hold = undefined;
    touch('people');
  }, REST_MS);
}

function draw() {
  if (!lesson.inside) return;
  const all = [...lesson.people.values()];
  const here = all.filter(({ whereabouts }) => whereabouts === 'inside' || whereabouts === 'away');
  const { hands, floor } = lesson;
  // Who speaks, who would like to, who leads, all others.
  const rank = (/** @type {Person} */ { id, seat }) =>
    floor.includes(id) ? -2e6 : hands.includes(id) ? hands.indexOf(id) - 1e6 : seat === 'teacher' ? -1 : 0;
  write(el('people-count'), String(here.filter(({ whereabouts }) => whereabouts === 'inside').length));
  write(el('people-badge'), hands.length ? String(hands.length) : '');
  if (hold) return;
  const held = document.activeElement;
  fill('inside', here.sort((a, b) => rank(a) - rank(b) || byName(a, b)));
  if (!isLead) return;
  el('lower-all').hidden = !hands.length;
  const waiting = all.filter(({ whereabouts }) => whereabouts === 'lobby').sort(byName);
  const absent = all.filter(({ whereabouts }) => whereabouts === 'absent' || whereabouts === 'left').sort(byName);
  fill('waiting', waiting);
  fill('absent', absent);
  el('lobby-title').hidden = !waiting.length;
  el('absent-title').hidden = !absent.length;
  // A button that goes leaves the keyboard in its row.
  if (held?.matches('.answer[hidden]')) moreOf(held).focus();
  settle();
}

/** @param {Element} within a row @returns {HTMLElement} */
const moreOf = (within) => /** @type {any} */ (within.closest('.person')?.querySelector('.more'));

/** @param {Person} a @param {Person} b */
const byName = (a, b) => a.name.localeCompare(b.name, given.lang);

/** @param {string} list @param {Person[]} people */
function fill(list, people) {
  keyed(el(list), people, ({ id }) => id, () => copyOf('row'), update);
}

/** @param {HTMLElement} row @param {Person} person */
function update(row, person) {
  const { id, name, seat, whereabouts } = person;
  const isYou = id === lesson.you;
  const { mic, camera } = isYou ? lesson.mine : person;
  const rank = lesson.hands.indexOf(id);
  const isBarred = lesson.barred.has(id);
  const hasFloor = lesson.floor.includes(id);
  // Most redraws change nothing of most rows.
  const face = [name, seat, whereabouts, mic, camera, rank, isBarred, hasFloor].join();
  if (row.dataset.face === face) return;
  row.dataset.face = face;
  const part = (/** @type {string} */ name) => /** @type {any} */ (row.querySelector(name));
  drawAvatar(part('.avatar'), name, id);
  write(part('.full'), isYou ? say('you', name) : name);
  const notes = [
    // A guest's name carries its mark itself.
    seat === 'teacher' && say(seat),
    hasFloor && say('floor'),
    whereabouts === 'away' && say('away'),
    isBarred ? say('barred') : whereabouts === 'left' && say('left'),
  ];
  const note = notes.filter(Boolean).join(', ');
  write(part('.note'), note);
  const hand = part('.hand');
  hand.hidden = rank < 0;
  write(hand.lastChild, String(rank + 1));
  hand.setAttribute('aria-label', say('hand_rank', rank + 1));
  const isHere = whereabouts === 'inside';
  const micSays = say(mic ? 'mic_on' : 'mic_off');
  icon(part('.mic'), isHere, micSays);
  part('.mic').classList.toggle('off', !mic);
  icon(part('.camera'), isHere && camera, say('camera_on'));
  row.classList.toggle('gone', !isHere);
  if (!isLead) return;
  part('.more').setAttribute('aria-label', say('more_of', name));
  // Whoever goes along the buttons hears of each what the row shows.
  const heard = [note, rank >= 0 && say('hand_rank', rank + 1), isHere && micSays];
  part('.more').setAttribute('aria-description', heard.filter(Boolean).join(', '));
  part('.more').hidden = seat === 'teacher';
  const canSpeak = isHere && seat !== 'teacher';
  for (const floor of /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll('.floor'))) {
    // The act is the one that the button names, whatever has happened meanwhile.
    floor.dataset.act = hasFloor ? 'floor_take' : 'floor_give';
    write(floor, say(floor.dataset.act));
    floor.setAttribute('aria-label', `${floor.textContent}, ${name}`);
    floor.hidden = !canSpeak && !hasFloor;
  }
  // One of the two is beside the hand that it answers.
  part('.answer').hidden = !hasFloor && !(canSpeak && rank >= 0);
  const allowed = {
    mute: isHere && mic,
    lower: rank >= 0,
    write: true,
    remove: !isBarred && whereabouts !== 'absent',
    pardon: isBarred,
  };
  for (const [act, isAllowed] of Object.entries(allowed)) part(`[data-act=${act}]`).hidden = !isAllowed;
}

/** @param {SVGElement & { hidden: boolean }} node @param {boolean} isShown @param {string} name */
function icon(node, isShown, name) {
  node.toggleAttribute('hidden', !isShown);
  node.setAttribute('aria-label', name);
}

function light() {
  for (const row of el('inside').children) {
    row.classList.toggle('speaking', lesson.speaking.includes(Number(row.dataset.key)));
  }
}

/** Opens what can be done about somebody, or does it. @param {MouseEvent} event */
function onClick(event) {
  const button = /** @type {Element} */ (event.target).closest('button');
  const row = /** @type {HTMLElement | null | undefined} */ (button?.closest('.person'));
  if (!button || !row) return;
  const person = lesson.people.get(Number(row.dataset.key));
  const more = /** @type {HTMLElement} */ (row.querySelector('.more'));
  const acts = /** @type {HTMLElement} */ (row.querySelector('.acts'));
  const isOpening = button === more && acts.hidden;
  closeActs();
  if (isOpening) {
    acts.hidden = false;
    more.setAttribute('aria-expanded', 'true');
    // A menu that opens below the edge of the list is brought into sight.
    row.scrollIntoView({ block: 'nearest' });
  }
  if (button === more || !person) return;
  if (acts.contains(button)) more.focus();
  onAct(button.dataset.act ?? '', person);
}

/** Closes what can be done about somebody; the button that had opened it, if any. @returns {HTMLElement | null} */
function closeActs() {
  const acts = /** @type {HTMLElement | null} */ (document.querySelector('.acts:not([hidden])'));
  const more = /** @type {HTMLElement | null | undefined} */ (acts?.closest('.person')?.querySelector('.more'));
  if (!acts || !more) return null;
  acts.hidden = true;
  more.setAttribute('aria-expanded', 'false');
  return more;
}
