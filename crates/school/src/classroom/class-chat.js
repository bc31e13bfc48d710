// @ts-check
// What is written: to the class, or between one pupil and the teacher. A message
// of mine waits, greyed, until the server says it back; nothing is lost meanwhile.
import { clock, copyOf, el, given, isLead, keep, kept, keyed, say, write } from './class-dom.js';
import { lesson, nameOf, touch, watch } from './class-state.js';
import { linked } from './class-links.js';
import { isOpen, openPanel } from './class-panels.js';
import { rove } from './class-rove.js';
import { drawThreads } from './class-threads.js';
import { toast } from './class-toasts.js';

/** @typedef {import('./class-state.js').Message} Message */
/** @typedef {import('./class-threads.js').Thread} Thread */

const END_PX = 60;
const READ = `class-read-${given.slot}`;
/** What the server has not said back yet, by key. @type {Map<number, Message>} */
const pending = new Map();
/** The last message read of each thread; a reload knows it still. @type {Map<Thread, number>} */
const read = new Map(kept(sessionStorage, READ) ?? []);
/** @type {Set<Thread>} */
const threads = new Set([0]);
/** @type {Thread} */
let current = 0;
let isAtEnd = true;
const [log, field] = [el('log'), el('say-text')];
const settle = rove(log, '.bin', -1);
/** @type {(message: object) => boolean} */
let send = () => false;

/** @param {(message: object) => boolean} sender */
export function startChat(sender) {
  send = sender;
  watch(['chat', 'rules'], draw);
  el('say').onsubmit = submit;
  field.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
  };
  el('threads').onchange = (/** @type {any} */ event) => choose(Number(event.target.value));
  log.onscroll = () => {
    isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < END_PX;
  };
  new ResizeObserver(followEnd).observe(log);
  log.onclick = (/** @type {any} */ event) => {
    const bin = event.target.closest('.bin');
    if (bin) send({ t: 'delete', message: Number(bin.closest('.message').dataset.key) });
  };
}

/** A new welcome: what it did not say back is said again. */
export function resend() {
  const said = new Set(lesson.chat.filter(({ from }) => from === lesson.you).map(({ key }) => key));
  for (const [key, { text, thread }] of pending) {
    if (said.has(key)) pending.delete(key);
    else send({ t: 'say', key, text, thread });
  }
}

/** A lead writes to one pupil. @param {Thread} thread */
export function writeTo(thread) {
  threads.add(thread);
  choose(thread);
  openPanel('chat');
  field.focus();
}

/** The server did not take a message. @param {string} why @param {number} key */
export function refuse(why, key) {
  const message = pending.get(key);
  if (!pending.delete(key) || !message) return;
  if (!field.value) field.value = message.text;
  toast(why === 'not_allowed' ? 'chat_closed' : why === 'slow' || why === 'full' ? `no_${why}` : 'no_other');
  touch('chat');
}

/** @param {Event} event */
function submit(event) {
  event.preventDefault();
  // What the server would refuse can't be seen anyway.
  const text = field.value.replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '').trim();
  if (!text || field.disabled) return;
  // What is too long stays in the field: one that cut it would lose its end without a word.
  const longest = Number(field.dataset.max);
  if ([...text].length > longest) return toast('no_long', longest);
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  const key = (high >>> 11) * 2 ** 32 + low;
  const thread = current || null;
  pending.set(key, { seq: 0, at: Date.now(), from: lesson.you, name: nameOf(lesson.you), key, thread, text, deleted: false });
  send({ t: 'say', key, text, thread });
  field.value = '';
  isAtEnd = true;
  draw();
}

/** @param {Thread} thread */
function choose(thread) {
  current = thread;
  isAtEnd = true;
  draw();
}

export function draw() {
  if (!lesson.inside) return;
  for (const { from, key } of lesson.chat) if (from === lesson.you) pending.delete(key);
  for (const { thread } of lesson.chat) if (thread) threads.add(thread);
  if (!isLead) threads.add(lesson.you);
  const shown = [...lesson.chat, ...pending.values()].filter(({ thread }) => (thread ?? 0) === current);
  keyed(log, shown, ({ seq, key }) => seq || `p${key}`, () => copyOf('message'), update);
  settle();
  if (isOpen('chat')) {
    read.set(current, shown.findLast(({ seq }) => seq)?.seq ?? 0);
    keep(sessionStorage, READ, [...read]);
  }
  drawThreads(threads, current, read);
  drawField();
  followEnd();
}

/** Whoever reads the end keeps reading it. */
function followEnd() {
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

/** @param {HTMLElement} node @param {Message} message */
function update(node, { seq, at, from, name, text, deleted }) {
  const state = seq ? (deleted ? 'deleted' : 'said') : 'waiting';
  if (node.dataset.state === state) return;
  node.dataset.state = state;
  node.classList.toggle('mine', from === lesson.you);
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (node.querySelector(name));
  write(part('b'), name);
  write(part('time'), seq ? clock(at) : say('sending'));
  part('.text').replaceChildren(...(deleted ? [say('deleted')] : linked(text)));
  node.querySelector('.bin')?.remove();
  if (!isLead || state !== 'said') return;
  const bin = el('row').content.querySelector('.more').cloneNode(true);
  bin.className = 'quiet bin';
  bin.removeAttribute('aria-expanded');
  bin.querySelector('use').setAttribute('href', '#i-bin');
  bin.setAttribute('aria-label', say('delete', name));
  part('.from').append(bin);
}

function drawField() {
  const who = nameOf(current);
  const isClosed = !isLead && !current && !lesson.allow.chat;
  const label = say(current ? (isLead ? 'field_one' : 'field_teacher') : 'field_class', who);
  write(el('say-label'), label);
  field.placeholder = isClosed ? say('chat_closed') : label;
  field.disabled = isClosed;
  el('chat').classList.toggle('private', current !== 0);
  const hint = current
    ? say(isLead ? 'private_one' : 'private_teacher', who)
    : lesson.slow && !isLead ? say('slow', lesson.slow) : '';
  write(el('chat-hint'), hint);
}
