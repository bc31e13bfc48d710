// @ts-check
// The voices of the class: one <audio> a line, and a button to allow them where
// the browser lets no page sound that nobody has touched.
import { el } from './class-dom.js';

/** @param {number} count @returns {HTMLAudioElement[]} */
export function makeVoices(count) {
  return Array.from({ length: count }, () => {
    const voice = document.createElement('audio');
    voice.autoplay = true;
    el('sound').append(voice);
    return voice;
  });
}

/** @param {HTMLAudioElement[]} voices */
export async function listen(voices) {
  const plays = await Promise.allSettled(voices.map((voice) => voice.play()));
  const isMute = plays.some((play) => play.status === 'rejected' && play.reason.name === 'NotAllowedError');
  el('unmute').hidden = !isMute;
  const button = el('unmute').firstElementChild;
  button.onclick = () => listen(voices);
  if (isMute) button.focus();
}
