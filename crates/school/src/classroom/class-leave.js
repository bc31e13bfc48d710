// @ts-check
// Ways out: the button, which asks whoever would leave pupils behind, and the back
// button, which asks everybody, because a phone's is pressed by mistake.
import { el, isLead } from './class-dom.js';
import { lesson } from './class-state.js';

/** @type {() => void} */
let leave = () => {};
/** @type {Record<string, () => void>} */
const acts = { leave: () => leave() };

/**
 * @param {(message: object) => boolean} send
 * @param {() => void} out goes out, without a question
 */
export function startLeave(send, out) {
  leave = out;
  acts.end = () => send({ t: 'end' });
  el('leave').onclick = () => (isLead ? askToLeave() : leave());
  addEventListener('popstate', ({ state }) => {
    if (state?.inside) return;
    if (lesson.inside) askToLeave();
    // What was to be held back is over: one press is one step back.
    else history.back();
  });
  // A second press: gone, and not cut off. Loaded anew, the page is still at its guard.
  addEventListener('pagehide', () => {
    if (lesson.inside && !history.state?.inside) send({ t: 'leave' });
  });
}

/** From now on the first press of the back button asks; while the question stands, a second one goes. */
export function guardBack() {
  if (!history.state?.inside) history.pushState({ inside: true }, '');
}

/** Asks, and does what the button that is pressed stands for, if anything. @param {string} dialog */
export function ask(dialog) {
  const box = el(dialog);
  box.returnValue = '';
  box.onclose = () => {
    const act = acts[box.returnValue];
    if (act) act();
    else guardBack();
  };
  if (!box.open) box.showModal();
}

function askToLeave() {
  const isAlone = ![...lesson.people.values()].some(({ id, whereabouts }) => id !== lesson.you && whereabouts === 'inside');
  if (isAlone && isLead) leave();
  else ask('leave-ask');
}
