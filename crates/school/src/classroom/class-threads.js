// @ts-check
// The choice of who will read: the class, the teacher, or one pupil. What was
// not read yet is counted on each.
import { el, isLead, keyed, say, write } from './class-dom.js';
import { lesson, nameOf } from './class-state.js';

/** A thread is the pupil whose it is; 0 is the class. @typedef {number} Thread */

/**
 * @param {Set<Thread>} threads
 * @param {Thread} current
 * @param {Map<Thread, number>} read the last message read of each
 */
export function drawThreads(threads, current, read) {
  const unread = new Map([...threads].map((thread) => [thread, 0]));
  for (const { thread, seq, from } of lesson.chat) {
    const at = thread ?? 0;
    if (from !== lesson.you && seq > (read.get(at) ?? 0)) unread.set(at, (unread.get(at) ?? 0) + 1);
  }
  const all = [...unread.values()].reduce((sum, count) => sum + count, 0);
  write(el('chat-badge'), all ? String(all) : '');
  el('threads').hidden = threads.size < 2;
  keyed(el('threads'), [...threads], (thread) => thread, make, (node, thread) => {
    const [radio, label] = /** @type {any} */ (node.children);
    radio.checked = thread === current;
    const count = unread.get(thread);
    write(label, name(thread) + (count ? ` (${count})` : ''));
  });
}

/** @param {Thread} thread */
function make(thread) {
  const label = document.createElement('label');
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'thread', value: thread });
  label.append(radio, document.createElement('span'));
  return label;
}

/** @param {Thread} thread */
function name(thread) {
  if (!thread) return say('to_class');
  return isLead ? say('to_one', nameOf(thread)) : say('to_teacher');
}
