// @ts-check
// What only whoever leads the lesson does: rights, door, pace, end, and the acts
// on one person. Every act is a message; the answer redraws the switches.
import { copyOf, el, keyed, say, write } from './class-dom.js';
import { writeTo } from './class-chat.js';
import { startGuestLink } from './class-guest-link.js';
import { ask } from './class-leave.js';
import { startPeople } from './class-people.js';
import { lesson, watch } from './class-state.js';
import { toast } from './class-toasts.js';

/** @param {(message: object) => boolean} send */
export function startLead(send) {
  for (const box of el('rights').querySelectorAll('[name]')) {
    box.onchange = () => send({ t: 'allow', what: box.name, on: box.checked });
  }
  el('slow').onchange = () => send({ t: 'slow', seconds: Number(el('slow').value) });
  el('lock').onchange = () => send({ t: 'lock', on: el('lock').checked });
  el('mute-all').onclick = () => send({ t: 'mute_all' });
  el('lower-all').onclick = () => send({ t: 'lower_all' });
  el('end').onclick = () => ask('end-ask');
  startPeople((act, { id: person, name }) => {
    if (act === 'write') return writeTo(person);
    if (act.startsWith('floor')) return send({ t: 'floor', person, on: act === 'floor_give' });
    if (!send({ t: act, person }) || act !== 'remove') return;
    toast('removed', name, { label: say('undo'), act: () => send({ t: 'pardon', person }) });
  });
  startKnocks(send);
  startGuestLink();
  watch(['rules'], draw);
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

/** Whoever knocks, in view wherever the lead looks: let in, or not, one by one. @param {(message: object) => boolean} send */
function startKnocks(send) {
  const section = el('knocks');
  const list = section.querySelector('ul');
  watch(['knocks'], () => {
    section.hidden = !lesson.knocks.length;
    keyed(list, lesson.knocks, ({ person }) => person, make, (node, { name, guest }) => {
      write(/** @type {Element} */ (node.firstElementChild), guest ? name : `${name} (${say('knock_late')})`);
    });
  });

  /** @param {import('./class-state.js').Knock} knock */
  function make({ person, name }) {
    const node = copyOf('knock');
    const [admit, refuse] = node.querySelectorAll('button');
    admit.onclick = () => send({ t: 'admit', person });
    refuse.onclick = () => {
      if (!send({ t: 'refuse', person })) return;
      toast('refused', name, { label: say('undo'), act: () => send({ t: 'pardon', person }) });
    };
    return node;
  }
}
