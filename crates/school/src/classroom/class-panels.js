// @ts-check
// The two panels, the small menus, and the dialogs. A large screen holds
// both panels beside the stage; any other holds one.
import { el, keep, kept } from './class-dom.js';
import { touch } from './class-state.js';

/** @typedef {'people' | 'chat'} Panel */

const LARGE = matchMedia('(min-width: 900px) and (min-height: 521px)');
/** @type {Panel[]} */
const PANELS = ['people', 'chat'];
/** @type {Panel[]} */
let open = [];

export function startPanels() {
  for (const panel of PANELS) el(`${panel}-open`).onclick = () => (isOpen(panel) ? closePanel(panel) : openPanel(panel));
  for (const button of document.querySelectorAll('[data-close]')) {
    const panel = /** @type {Panel} */ (/** @type {HTMLElement} */ (button).dataset.close);
    /** @type {HTMLElement} */ (button).onclick = () => leavePanel(panel);
  }
  addEventListener('keydown', ({ key, isComposing }) => {
    const isElsewhere = LARGE.matches || isComposing || document.querySelector('dialog[open]');
    if (key === 'Escape' && !isElsewhere) open.forEach(leavePanel);
  });
  LARGE.onchange = arrange;
  arrange();
  startMenu(el('react'), el('reactions'));
  startMenu(el('network'), el('network-panel'));
  el('settings-open').onclick = () => el('settings').showModal();
}

/** @param {Panel} panel */
export const isOpen = (panel) => open.includes(panel);

function arrange() {
  if (LARGE.matches) show(kept(sessionStorage, 'class-panels') ?? PANELS);
  // On a phone the class comes first; its button counts what is said meanwhile.
  else show([]);
}

/** @param {Panel} panel */
export function openPanel(panel) {
  if (isOpen(panel)) return;
  choose(LARGE.matches ? [...open, panel] : [panel]);
}

/** @param {Panel} panel */
function closePanel(panel) {
  choose(open.filter((one) => one !== panel));
}

/** @param {Panel} panel */
function leavePanel(panel) {
  closePanel(panel);
  el(`${panel}-open`).focus();
}

/** @param {Panel[]} panels */
function choose(panels) {
  if (LARGE.matches) keep(sessionStorage, 'class-panels', panels);
  show(panels);
}

/** @param {Panel[]} panels */
function show(panels) {
  open = panels;
  for (const panel of PANELS) {
    el(panel).hidden = !isOpen(panel);
    el(`${panel}-open`).setAttribute('aria-expanded', String(isOpen(panel)));
  }
  el('side').hidden = !open.length;
  el('class').classList.toggle('with-side', open.length > 0);
  touch('chat');
}

/** A button that opens a small menu, closed by Escape, a choice, or a look elsewhere. @param {HTMLElement} button @param {HTMLElement} menu */
function startMenu(button, menu) {
  const turn = (/** @type {boolean} */ on) => {
    menu.hidden = !on;
    button.setAttribute('aria-expanded', String(on));
  };
  button.onclick = () => {
    turn(!!menu.hidden);
    if (!menu.hidden) /** @type {HTMLElement} */ (menu.firstElementChild).focus();
  };
  menu.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    turn(false);
    button.focus();
  };
  addEventListener('pointerdown', ({ target }) => {
    const node = /** @type {Node} */ (target);
    if (!menu.contains(node) && !button.contains(node)) turn(false);
  });
}
