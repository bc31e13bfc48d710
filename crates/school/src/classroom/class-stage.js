// @ts-check
// The stage: a shared screen (the teacher's picture is then the first of the tiles),
// else the teacher, else whoever speaks. The teacher's own page shows the class instead.
import { drawAvatar, el, isLead, say, write } from './class-dom.js';
import { arrives, isKept, leads, lesson, nameOf, sharer, watch } from './class-state.js';

const stage = el('stage');
const speakerVideo = el('stage-speaker');
/** Whoever spoke last stays, until somebody else does. */
let lastSpeaker = 0;

/** The lead whom the stage shows. */
export const onStage = () => (isLead ? null : (lesson.slots.teacher ?? leads('inside')[0]?.id ?? null));

/** Who has the stage when no screen has it; 0: nobody. */
export const faceOnStage = () =>
  onStage() ?? lesson.slots.teacher ?? (isLead ? 0 : (leads('away')[0]?.id ?? findSpeaker()));

/** @param {HTMLVideoElement[]} tileVideos */
export function startStage(tileVideos) {
  watch(['people', 'slots', 'speaking', 'hands'], () => draw(tileVideos));
  const button = el('fullscreen');
  button.hidden = !document.fullscreenEnabled;
  button.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen());
}

/** @param {HTMLVideoElement[]} tileVideos */
function draw(tileVideos) {
  if (!lesson.inside) return;
  const { slots, people } = lesson;
  const screen = sharer();
  const isScreenKept = !!screen && !arrives('screen');
  const face = faceOnStage();
  const one = people.get(face);
  const isTeachers = face !== 0 && face === slots.teacher;
  const tile = isTeachers ? -1 : slots.tiles.indexOf(face);
  const hasPicture = !screen && !!one?.camera && !isKept(one) && (isTeachers || tile >= 0);
  stage.hidden = !screen && !face;
  el('scene').dataset.layout = stage.hidden ? 'gallery' : 'stage';
  stage.classList.toggle('with-screen', !!screen);
  stage.classList.toggle('speaking', !screen && lesson.speaking.includes(face));
  el('stage-screen').hidden = !screen || isScreenKept;
  el('stage-face').hidden = !(hasPicture && isTeachers);
  speakerVideo.hidden = !(hasPicture && tile >= 0);
  const stream = speakerVideo.hidden ? null : tileVideos[tile].srcObject;
  if (speakerVideo.srcObject !== stream) speakerVideo.srcObject = stream;
  const avatar = el('stage-avatar');
  avatar.hidden = hasPicture || !one || !!screen;
  if (one) drawAvatar(avatar, one.name, one.id);
  write(el('stage-mark'), isScreenKept ? say('screen_kept') : !screen && isKept(one) ? say('picture_kept') : '');
  const name = one && lesson.floor.includes(face) ? `${one.name}, ${say('floor')}` : (one?.name ?? '');
  write(el('stage-name'), screen ? say('screen_of', nameOf(screen)) : name);
}

function findSpeaker() {
  const { speaking, you, people } = lesson;
  lastSpeaker = speaking.find((id) => id !== you) ?? lastSpeaker;
  return people.get(lastSpeaker)?.whereabouts === 'inside' ? lastSpeaker : 0;
}
