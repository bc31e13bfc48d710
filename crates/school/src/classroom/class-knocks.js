// @ts-check
// Whoever knocks, in view wherever the lead looks: let in, or not, one by one.
import { copyOf, el, keyed, say, write } from './class-dom.js';
import { lesson, watch } from './class-state.js';
import { toast } from './class-toasts.js';

/** @param {(message: object) => boolean} send */
export function startKnocks(send) {
  const section = el('knocks');
  const list = section.querySelector('ul');
  watch(['knocks'], () => {
    section.hidden = !lesson.knocks.length;
    keyed(list, lesson.knocks, ({ person }) => person, make, (node, { name, guest }) => {
      const who = `${name} (${say(guest ? 'knock_guest' : 'knock_late')})`;
      write(/** @type {Element} */ (node.firstElementChild), who);
    });
  });

  /** @param {import('./class-state.js').Knock} knock */
  function make({ person, name }) {
    const node = copyOf('knock');
    const [admit, refuse] = node.querySelectorAll('button');
    admit.onclick = () => send({ t: 'admit', person });
    refuse.onclick = () => {
      send({ t: 'refuse', person });
      toast(say('refused', name), { label: say('undo'), act: () => send({ t: 'pardon', person }) });
    };
    return node;
  }
}
