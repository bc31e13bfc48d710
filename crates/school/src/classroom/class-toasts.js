// @ts-check
// What is said in passing: toasts that leave by themselves, a banner that stays
// for as long as something is not as it should be, emoji that float up.
import { el, say, write } from './class-dom.js';

const SHOWN_MS = 6000;
const TOASTS_MAX = 3;
const FLOAT_MS = 4000;
const FLOATS_MAX = 12;

/**
 * A key begins with its subject: what is newly said of that takes the place of what was.
 * @param {string} key
 * @param {string | number} [what] stands for `%s`, and belongs to the subject
 * @param {{ label: string, act: () => void }} [way] one thing to do about it
 */
export function toast(key, what = '', way = undefined) {
  const node = document.createElement('p');
  node.append(say(key, what));
  node.dataset.about = key.split('_')[0] + what;
  untoast(node.dataset.about);
  if (way) {
    const button = document.createElement('button');
    button.className = 'small';
    button.textContent = way.label;
    button.onclick = () => {
      node.remove();
      way.act();
    };
    node.append(button);
  }
  const box = el('toasts');
  box.append(node);
  if (box.children.length > TOASTS_MAX) box.firstElementChild.remove();
  setTimeout(() => node.remove(), way ? 2 * SHOWN_MS : SHOWN_MS);
}

/** What was said of a subject no longer holds. @param {string} about */
export function untoast(about) {
  for (const node of [...el('toasts').children]) if (node.dataset.about === about) node.remove();
}

/** What is wrong now, the worst first; `screen`: one's own is shared. @type {Map<string, string>} */
const wrong = new Map();
const WORST_FIRST = ['line', 'media', 'teacher', 'network', 'log', 'quality', 'reach'];

/** @param {string} what @param {string} sentence empty: it is well again */
export function banner(what, sentence) {
  wrong.set(what, sentence);
  const worst = WORST_FIRST.map((one) => wrong.get(one)).find(Boolean);
  write(el('banner'), [worst, wrong.get('screen')].filter(Boolean).join(' '));
}

/** @param {string} emoji @param {string} name */
export function float(emoji, name) {
  const box = el('floats');
  if (document.hidden || box.children.length >= FLOATS_MAX) return;
  const node = document.createElement('p');
  const who = document.createElement('span');
  who.textContent = name;
  node.append(emoji, who);
  node.style.setProperty('--at', `${Math.round(Math.random() * 100)}%`);
  box.append(node);
  setTimeout(() => node.remove(), FLOAT_MS);
}
