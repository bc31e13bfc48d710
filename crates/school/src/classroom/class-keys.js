// @ts-check
// Single keys press the buttons of the class: never while writing, and anybody
// can switch them off.
import { el, keep, kept } from './class-dom.js';
import { openPanel } from './class-panels.js';
import { lesson } from './class-state.js';

/** @type {Record<string, () => void>} */
const keys = {
  m: () => el('mic').click(),
  v: () => el('camera').click(),
  h: () => el('hand').click(),
  c: () => {
    openPanel('chat');
    el('say-text').focus();
  },
};

export function startKeys() {
  const use = el('keys');
  use.checked = kept(localStorage, 'class-keys') ?? true;
  use.onchange = () => keep(localStorage, 'class-keys', use.checked);
  addEventListener('keydown', (event) => {
    const act = keys[event.key.toLowerCase()];
    const isWriting = /** @type {Element} */ (event.target).matches('input:not([type=checkbox]), textarea, select');
    const isHeld = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    const isElsewhere = !lesson.inside || document.querySelector('dialog[open]');
    if (!act || !use.checked || isWriting || isHeld || isElsewhere) return;
    event.preventDefault();
    act();
  });
}
