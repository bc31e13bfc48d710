// @ts-check
// What the page was given, and small ways to show it. Words of people (names,
// messages) only ever become text nodes.

/**
 * @typedef {object} Given
 * @property {number} slot
 * @property {string} pass
 * @property {'teacher' | 'pupil' | 'guest'} seat
 * @property {number} starts_at
 * @property {string} lang
 * @property {string} zone
 * @property {number | null} link_until when the present guest link runs out; for leads
 * @property {Record<string, string>} words
 */

/** @param {string} id @returns {any} */
export const el = (id) => document.getElementById(id);

/** @type {Given} */
export const given = JSON.parse(el('class-data').textContent);

export const isLead = given.seat === 'teacher';

/**
 * A sentence of the page's language.
 * @param {string} key
 * @param {string | number} [what] stands for `%s`
 */
export const say = (key, what = '') => elide(given.words[key] ?? key, String(what)).replace('%s', () => String(what));

/** French: « de » before a vowel, whatever stands on it. @param {string} sentence @param {string} what */
const elide = (sentence, what) =>
  given.lang === 'fr' && /^[aeiouœæ]/i.test(what.normalize('NFD')) ? sentence.replace(/\b(d)e (?=%s)/i, '$1’') : sentence;

const hours = new Intl.DateTimeFormat(given.lang, {
  hour: 'numeric',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: given.zone,
});

/** The time on the school's wall. @param {number} ms */
export const clock = (ms) => hours.format(ms).replace(/^0(?=\d:)/, '');

/** A copy of the first element of a `<template>`. @param {string} id @returns {any} */
export const copyOf = (id) => el(id).content.firstElementChild.cloneNode(true);

/**
 * Writes only what changed.
 * @param {Element} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Shows one element for each item, in order; elements stay with their item's key.
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => number | string} key
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} update
 */
export function keyed(list, items, key, make, update) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement);
  const kept = new Set(items.map((item) => String(key(item))));
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const node of /** @type {HTMLElement[]} */ ([...list.children])) {
    if (kept.has(node.dataset.key ?? '')) known.set(node.dataset.key ?? '', node);
    else node.remove();
  }
  let at = list.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const node = known.get(name) ?? make(item);
    node.dataset.key = name;
    if (node === at) at = at.nextElementSibling;
    else list.insertBefore(node, at);
    update(node, item);
  }
  // What is moved loses the keyboard.
  if (held !== document.activeElement && list.contains(held)) held?.focus();
}

/** The letters and the colour that stand for somebody without a picture. @param {any} node @param {string} name @param {number} id */
export function drawAvatar(node, name, id) {
  const words = name.replace(/^(M\.|Mme|Mr|Ms|Mrs)\s+|\s*\([^)]*\)$/g, '').split(/[\s-]+/);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ''];
  write(node, letters.map((word) => [...word][0] ?? '').join('').toUpperCase());
  node.style.setProperty('--hue', String((id * 47) % 360));
}

/** Remembers a choice on this device, where the browser lets us. @param {Storage} where @param {string} key @param {unknown} value */
export function keep(where, key, value) {
  try {
    where.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows: the choice lasts as long as the page.
  }
}

/** @param {Storage} where @param {string} key @returns {any} */
export function kept(where, key) {
  try {
    return JSON.parse(where.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
