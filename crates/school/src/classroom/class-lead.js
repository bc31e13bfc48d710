// @ts-check
// What only whoever leads the lesson does: rights, door, pace, end, and the acts
// on one person. Every act is a message; the answer redraws the switches.
import { el, say } from './class-dom.js';
import { writeTo } from './class-chat.js';
import { startGuestLink } from './class-guest-link.js';
import { startKnocks } from './class-knocks.js';
import { startPeople } from './class-people.js';
import { lesson, watch } from './class-state.js';
import { toast } from './class-toasts.js';

/**
 * @param {(message: object) => boolean} send
 * @param {() => void} leave goes out, without a question
 */
export function startLead(send, leave) {
  for (const box of el('rights').querySelectorAll('[name]')) {
    box.onchange = () => send({ t: 'allow', what: box.name, on: box.checked });
  }
  el('slow').onchange = () => send({ t: 'slow', seconds: Number(el('slow').value) });
  el('lock').onchange = () => send({ t: 'lock', on: el('lock').checked });
  el('mute-all').onclick = () => send({ t: 'mute_all' });
  el('lower-all').onclick = () => send({ t: 'lower_all' });
  const end = () => send({ t: 'end' });
  el('end').onclick = () => ask('end-ask', { end });
  el('leave').onclick = () => (isAlone() ? leave() : ask('leave-ask', { end, leave }));
  startPeople((act, { id: person, name }) => {
    if (act === 'write') return writeTo(person);
    if (act === 'floor') return send({ t: 'floor', person, on: !lesson.floor.includes(person) });
    send({ t: act, person });
    if (act !== 'remove') return;
    toast(say('removed', name), { label: say('undo'), act: () => send({ t: 'pardon', person }) });
  });
  startKnocks(send);
  startGuestLink();
  watch(['rules'], draw);
}

const isAlone = () => ![...lesson.people.values()].some(({ id, whereabouts }) => id !== lesson.you && whereabouts === 'inside');

/** Asks, and does what the button that is pressed stands for, if anything. @param {string} dialog @param {Record<string, () => void>} acts */
function ask(dialog, acts) {
  const box = el(dialog);
  box.returnValue = '';
  box.onclose = () => acts[box.returnValue]?.();
  box.showModal();
}

function draw() {
  for (const box of el('rights').querySelectorAll('[name]')) {
    box.checked = lesson.allow[/** @type {'mic'} */ (box.name)];
  }
  const slow = el('slow');
  // A pace set elsewhere that this page does not offer still shows.
  if (![...slow.options].some(({ value }) => Number(value) === lesson.slow)) {
    slow.add(new Option(`${lesson.slow} s`, String(lesson.slow)));
  }
  slow.value = String(lesson.slow);
  el('lock').checked = lesson.locked;
}
