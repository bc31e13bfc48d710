// @ts-check
// One entry of the lesson's log, folded into what the page knows. The server's
// own fold is the model: crates/lesson/src/state.rs.
import { lesson, nameOf, put, touch } from './class-state.js';

/** @typedef {import('./class-state.js').Topic} Topic */

/**
 * Takes an entry that is new to us; says whether it was.
 * @param {{ seq: number, at: number, event: any, who?: import('./class-state.js').Person }} entry
 */
export function takeEvent({ seq, at, event, who }) {
  if (seq <= lesson.seq) return false;
  lesson.seq = seq;
  if (who) lesson.people.set(who.id, who);
  touch(...(folds[event.t]?.(event, seq, at) ?? []));
  return true;
}

/** @type {Record<string, (event: any, seq: number, at: number) => Topic[]>} */
const folds = {
  arrived: ({ person }) => place(person, 'lobby'),
  entered: ({ person }) => [...place(person, 'inside'), ...answered(person)],
  away: ({ person, left }) => stepOut(person, left),
  knocked: ({ person, name, guest }) => {
    lesson.knocks = [...lesson.knocks.filter((knock) => knock.person !== person), { person, name, guest }];
    return ['knocks'];
  },
  admitted: ({ person }) => [...answered(person), 'people'],
  withdrew: ({ person }) => [...answered(person), ...stepOut(person, false)],
  refused: ({ person }) => bar(person),
  removed: ({ person }) => bar(person),
  pardoned: ({ person }) => {
    lesson.barred.delete(person);
    return ['people'];
  },
  said: ({ from, key, thread, text }, seq, at) => {
    put({ seq, at, from, name: nameOf(from), key, thread, text, deleted: false });
    return ['chat'];
  },
  deleted: ({ message }) => {
    const said = lesson.chat.find((one) => one.seq === message);
    if (said) put({ ...said, text: '', deleted: true });
    return ['chat'];
  },
  hand: ({ person, up }) => {
    const others = lesson.hands.filter((one) => one !== person);
    lesson.hands = up ? [...others, person] : others;
    return ['hands'];
  },
  hands_lowered: () => {
    lesson.hands = [];
    return ['hands'];
  },
  allowed: ({ what, on }) => {
    lesson.allow = { ...lesson.allow, [what]: on };
    if (what !== 'mic') return ['rules'];
    lesson.floor = [];
    return ['rules', 'hands'];
  },
  floor: ({ person, on }) => {
    if (!on) return giveUpFloor(person);
    lesson.hands = lesson.hands.filter((one) => one !== person);
    lesson.floor = [...lesson.floor, person];
    return ['rules', 'hands'];
  },
  slowed: ({ seconds }) => {
    lesson.slow = seconds;
    return ['rules'];
  },
  locked: ({ on }) => {
    lesson.locked = on;
    return ['rules'];
  },
};

/** @param {number} person @param {string} whereabouts @returns {Topic[]} */
function place(person, whereabouts) {
  const one = lesson.people.get(person);
  if (one) one.whereabouts = whereabouts;
  return ['people'];
}

/** @param {number} person @param {boolean} left @returns {Topic[]} */
function stepOut(person, left) {
  const one = lesson.people.get(person);
  if (!one) return [];
  if (one.whereabouts === 'inside') one.whereabouts = left ? 'left' : 'away';
  else if (one.whereabouts === 'lobby') one.whereabouts = 'absent';
  Object.assign(one, { mic: false, camera: false, screen: false });
  if (!left) return ['people'];
  lesson.hands = lesson.hands.filter((hand) => hand !== person);
  return ['people', ...giveUpFloor(person)];
}

/** @param {number} person @returns {Topic[]} */
function giveUpFloor(person) {
  lesson.floor = lesson.floor.filter((one) => one !== person);
  return ['rules', 'hands'];
}

/** @param {number} person @returns {Topic[]} */
function answered(person) {
  lesson.knocks = lesson.knocks.filter((knock) => knock.person !== person);
  return ['knocks'];
}

/** @param {number} person @returns {Topic[]} */
function bar(person) {
  lesson.barred.add(person);
  lesson.hands = lesson.hands.filter((hand) => hand !== person);
  return [...answered(person), ...stepOut(person, true), 'hands'];
}
