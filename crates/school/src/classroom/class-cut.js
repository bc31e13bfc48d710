// @ts-check
// While the line to the server is cut: what is shown is of before, and says so; what
// is pressed meanwhile is not lost without a word.
import { clock, el, say } from './class-dom.js';
import { lesson, touch } from './class-state.js';
import { banner, toast } from './class-toasts.js';

/** Said again by themselves once the line is back, or needless. */
const AGAIN = ['enter', 'leave', 'media', 'network', 'offer', 'say', 'watch'];
let cutAt = 0;

/** @param {string} why */
export function cut(why) {
  if (!lesson.isCut) cutAt = Date.now();
  lesson.isCut = true;
  lesson.speaking = [];
  el('class').classList.add('cut');
  touch('people', 'speaking');
  banner('line', say(why, clock(cutAt)));
}

/** A welcome has told how all is now. */
export function mended() {
  el('class').classList.remove('cut');
  banner('line', '');
}

/** Nobody heard it: a switch that was turned goes back. @param {string} what */
export function missed(what) {
  if (!AGAIN.includes(what)) {
    toast('unsent');
    touch('rules');
  }
  return false;
}
