// @ts-check
// What just happened, said once to whom it matters.
import { turn } from './class-controls.js';
import { isLead, say } from './class-dom.js';
import { isOpen } from './class-panels.js';
import { leads, lesson, nameOf, watch } from './class-state.js';
import { banner, toast, untoast } from './class-toasts.js';

/** @typedef {'mic' | 'camera' | 'screen' | 'chat'} Right */

let wasUp = false;

/** @param {any} event that was new to this page */
export function announce(event) {
  (isLead ? forLeads : forPupils)[event.t]?.(event);
  wasUp = lesson.hands.includes(lesson.you);
}

/** @type {Record<string, (event: any) => void>} */
const forLeads = {
  hand: ({ person, up }) => {
    if (!up) lowered(person);
    else if (person !== lesson.you) toast('hand_up', nameOf(person));
  },
  floor: ({ person }) => lowered(person),
  knocked: ({ name }) => toast('knocks_now', name),
  locked: ({ on }) => toast(on ? 'lock_on' : 'lock_off'),
  said: ({ from, thread }) => thread && from !== lesson.you && toast('from_one', nameOf(from)),
};

const lowered = (/** @type {number} */ person) => untoast(`hand${nameOf(person)}`);

/** @type {Record<string, (event: any) => void>} */
const forPupils = {
  hand: ({ person, up }) => !up && person === lesson.you && wasUp && !document.activeElement?.matches('#hand') && toast('hand_lowered'),
  hands_lowered: () => wasUp && toast('hand_lowered'),
  allowed: ({ what, on }) => toast(`${/** @type {Right} */ (what)}_${on ? 'opened' : 'closed'}`),
  floor: ({ person, on }) => person === lesson.you && tellFloor(on),
  said: ({ from, thread }) => thread && from !== lesson.you && !isOpen('chat') && toast('from_one', nameOf(from)),
};

/** Whoever has the floor is one press from being heard. @param {boolean} on */
function tellFloor(on) {
  const act = () => turn('mic', true);
  if (on) toast('mic_given', '', lesson.mine.mic ? undefined : { label: say('floor_speak'), act });
  // Where everybody may speak, it is the microphone that they hear of.
  else if (!lesson.allow.mic) toast('mic_over');
}

/** Pupils stay together, and see that the teacher is coming back. */
export function watchTeacher() {
  if (isLead) return;
  watch(['people'], () => {
    const key = lesson.paused ? 'paused' : leads('inside').length ? '' : 'teacher_away';
    banner('teacher', lesson.inside && key ? say(key) : '');
  });
}
