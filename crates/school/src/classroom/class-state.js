// @ts-check
// What this page knows of the lesson: the welcome, then every event folded in.
// Nobody else changes it; the rest of the page watches topics and redraws.

/**
 * @typedef {{ id: number, name: string, seat: 'teacher' | 'pupil' | 'guest', whereabouts: string,
 *   mic: boolean, camera: boolean, screen: boolean, network?: 'good' | 'weak' | 'bad' }} Person
 * @typedef {{ person: number, name: string, guest: boolean }} Knock
 * @typedef {{ seq: number, at: number, from: number, name: string, key: number, thread: number | null,
 *   text: string, deleted: boolean }} Message
 * @typedef {'mic' | 'camera' | 'screen'} Kind
 * @typedef {'people' | 'hands' | 'knocks' | 'chat' | 'rules' | 'slots' | 'speaking' | 'mine'} Topic
 */

export const lesson = {
  seq: 0,
  you: 0,
  inside: false,
  locked: false,
  slow: 0,
  allow: { mic: true, camera: true, screen: false, chat: true },
  /** @type {Map<number, Person>} */
  people: new Map(),
  /** @type {number[]} */
  hands: [],
  /** Who may speak, whatever pupils may do. @type {number[]} */
  floor: [],
  /** No lead is there: what the others send does not flow. */
  paused: false,
  /** @type {Knock[]} */
  knocks: [],
  /** @type {Set<number>} */
  barred: new Set(),
  /** In order. @type {Message[]} */
  chat: [],
  /** Loudest first. @type {number[]} */
  speaking: [],
  slots: noSlots(),
  /** What of the lesson flows now. @type {import('./class-lines.js').Level} */
  level: 'cameras',
  /** What of it this page's own network carries. @type {import('./class-lines.js').Level} */
  reach: 'cameras',
  /** The line to the server is gone, and not back yet. */
  isCut: false,
  /** What this page sends. */
  mine: { mic: false, camera: false, screen: false },
};

function noSlots() {
  return {
    /** @type {(number | null)[]} */
    voices: [],
    /** @type {number | null} */
    teacher: null,
    /** @type {number | null} */
    screen: null,
    /** @type {(number | null)[]} */
    tiles: [],
  };
}

/** @type {Map<() => void, Topic[]>} */
const watchers = new Map();
/** @type {Set<Topic>} */
const touched = new Set();

/** Runs `redraw` after any of the topics changed, at most once a frame. @param {Topic[]} topics @param {() => void} redraw */
export function watch(topics, redraw) {
  watchers.set(redraw, topics);
}

/** @param {Topic[]} topics */
export function touch(...topics) {
  if (!touched.size) {
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  }
  for (const topic of topics) touched.add(topic);
}

function flush() {
  const now = new Set(touched);
  touched.clear();
  for (const [redraw, topics] of watchers) if (topics.some((topic) => now.has(topic))) redraw();
}

/** A new connection: what was told about media is void. */
export function forgetMedia() {
  lesson.slots = noSlots();
  lesson.speaking = [];
  lesson.level = 'cameras';
  lesson.reach = 'cameras';
  touch('slots', 'speaking');
}

/** @param {any} said */
export function takeWelcome(said) {
  // A server that knows less than we do lost what it never acknowledged: it tells all again.
  if (said.seq < lesson.seq) lesson.chat = [];
  const { seq, you, locked, slow, allow, hands, floor, paused, knocks } = said;
  Object.assign(lesson, { seq, you, locked, slow, allow, hands, floor, paused, knocks, inside: true, isCut: false });
  lesson.people = new Map(said.people.map((/** @type {Person} */ one) => [one.id, one]));
  lesson.barred = new Set(said.barred);
  for (const message of said.chat) put(message);
  touch('people', 'hands', 'knocks', 'chat', 'rules', 'mine');
}

/** @param {Message} message */
export function put(message) {
  let at = lesson.chat.length;
  while (at > 0 && lesson.chat[at - 1].seq > message.seq) at -= 1;
  if (at > 0 && lesson.chat[at - 1].seq === message.seq) lesson.chat[at - 1] = message;
  else lesson.chat.splice(at, 0, message);
}

/** Media, slots, speaking, the network of a lead: what is not in the log. @param {any} said */
export function takeMedia(said) {
  if (said.t === 'slots') {
    // Nobody is sent their own picture, whoever the class has in the line.
    const others = (/** @type {number | null} */ id) => (id === lesson.you ? null : id);
    const { voices, tiles } = said;
    lesson.slots = { voices, teacher: others(said.teacher), screen: others(said.screen), tiles: tiles.map(others) };
  } else if (said.t === 'speaking') {
    lesson.speaking = said.people;
  } else {
    const one = lesson.people.get(said.person);
    if (!one) return;
    const { mic, camera, screen } = said;
    if (said.t === 'network') one.network = said.level;
    else Object.assign(one, { mic, camera, screen });
  }
  touch(said.t === 'slots' || said.t === 'speaking' ? said.t : 'people');
}

/** From the thinnest line to the best. @type {import('./class-lines.js').Level[]} */
const LEVELS = ['voice', 'screen', 'teacher', 'cameras'];

/** Whether this page is sent what such a rung has: the class's, and its own line's. @param {import('./class-lines.js').Level} level */
export const arrives = (level) => !lesson.isCut && [lesson.level, lesson.reach].every((rung) => LEVELS.indexOf(rung) >= LEVELS.indexOf(level));

/** Whose screen has the stage, whether it gets here or not. */
export const sharer = () =>
  lesson.slots.screen
  ?? (arrives('screen') ? null : [...lesson.people.values()].find(({ id, screen }) => screen && id !== lesson.you)?.id ?? null);

/** Whether somebody's camera is on and does not get here. @param {Person | undefined} one */
export const isKept = (one) => !!one?.camera && !arrives(one.seat === 'teacher' ? 'teacher' : 'cameras');

/** The names that people are called by. @param {number} id */
export const nameOf = (id) => lesson.people.get(id)?.name ?? '';

/** Leads who are in one of these places. @param {string} whereabouts */
export const leads = (whereabouts) =>
  [...lesson.people.values()].filter((one) => one.seat === 'teacher' && one.whereabouts === whereabouts);
