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
      write(/** @type {Element} */ (node.firstElementChild), guest ? name : `${name} (${say('knock_late')})`);
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
