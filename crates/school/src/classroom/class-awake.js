// @ts-check
// A phone that sleeps drops out of its class: inside, the screen stays on.
import { lesson } from './class-state.js';

export function stayAwake() {
  if (!lesson.inside || document.hidden) return;
  // Refused on a low battery, and not offered everywhere: the class goes on all the same.
  navigator.wakeLock?.request('screen').catch(() => {});
}
