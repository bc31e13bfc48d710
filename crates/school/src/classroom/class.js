// @ts-check
// The live class, put together: one line to the server, what it says folded into
// the state, and the parts of the page that watch it.
import { el, given, isLead, say } from './class-dom.js';
import { stayAwake } from './class-awake.js';
import { resend, refuse, startChat } from './class-chat.js';
import { declareAll, enterWith, forgetChoice, lastChoice, pause, renew, startControls, stopped, turn } from './class-controls.js';
import { cut, mended, missed } from './class-cut.js';
import { announce, watchTeacher } from './class-news.js';
import { shut } from './class-devices.js';
import { sayGoodbye } from './class-farewell.js';
import { takeEvent } from './class-fold.js';
import { choice, endLobby, forgetReady, knockAgain, showDoor, startLobby, wantsIn } from './class-lobby.js';
import { startKeys } from './class-keys.js';
import { startLead } from './class-lead.js';
import { guardBack, startLeave } from './class-leave.js';
import { makeMedia } from './class-media.js';
import { startNetwork, tellAgain } from './class-network.js';
import { startPanels } from './class-panels.js';
import { startPeople } from './class-people.js';
import { openLine } from './class-socket.js';
import { listen, makeVoices } from './class-sound.js';
import { startStage } from './class-stage.js';
import { forgetMedia, lesson, nameOf, takeMedia, takeWelcome, touch } from './class-state.js';
import { startTiles } from './class-tiles.js';
import { banner, float, toast } from './class-toasts.js';
import { startWatching } from './class-watch.js';

const VOICES = 4;
const TILES = 8;
const ASLEEP_MS = 5000;
const isGuest = given.seat === 'guest';

const tileVideos = startTiles(TILES);
const voices = makeVoices(VOICES);
const send = (/** @type {any} */ message) => line.send(message) || missed(message.t);
const media = makeMedia(
  { voices, teacher: el('stage-face'), screen: el('stage-screen'), tiles: tileVideos },
  {
    send,
    deaf: () => line.renew(),
    flow: (flows) => banner('media', flows ? '' : say('media_lost')),
  },
);

startPanels();
startStage(tileVideos);
startControls({ send, put: media.put });
startKeys();
startChat(send);
startLeave(send, leave);
if (isLead) startLead(send);
else startPeople(() => {});
watchTeacher();
startNetwork(media.stats, send);
const watchAgain = startWatching(tileVideos, send);
startLobby(() => send({ t: 'enter' }), renew);

const line = openLine({
  since: () => lesson.seq,
  open() {
    forgetMedia();
    banner('quality', '');
    banner('reach', '');
    // Those on the roster are connected while they wait; a stranger once let in.
    if (!isGuest) media.open();
  },
  down(why) {
    media.close();
    if (lesson.inside) cut(why);
    else el('door').textContent = say('connecting');
  },
  message: hear,
});

/** What to have on was chosen here; whoever was inside a moment ago comes straight in. */
let wasAsked = false;

/** @param {any} said */
function hear(said) {
  switch (said.t) {
    case 'lobby':
      wasAsked = true;
      showDoor(said);
      if (wantsIn()) send({ t: 'enter' });
      break;
    case 'welcome':
      return goIn(said);
    case 'event':
      if (takeEvent(said)) announce(said.event);
      break;
    case 'answer':
      return media.answer(said.sdp);
    case 'wanted':
      return media.want(said);
    case 'reach':
      return takeReach(said.level);
    case 'quality':
      return takeQuality(said.level);
    case 'slots':
    case 'speaking':
    case 'media':
    case 'network':
      return takeMedia(said);
    case 'paused':
      return pause(said.on);
    case 'stopped':
      return stopped(said);
    case 'reaction':
      return float(said.emoji, nameOf(said.person));
    case 'notice':
      if (said.what === 'saved') toast('saved');
      return banner('log', said.what === 'unsaved' ? say('unsaved') : '');
    case 'no':
      if (said.key !== undefined) refuse(said.why, said.key);
      else if (said.why === 'slow') tellAgain();
      else if (!lesson.inside && said.why === 'full') knockAgain();
      else if (!lesson.inside && said.why === 'gone') goOut('no_guests');
      break;
    case 'goodbye':
      return goOut(said.why);
  }
}

/** @param {import('./class-lines.js').Level} level */
function takeQuality(level) {
  if (level === 'cameras' && lesson.level !== level) toast('quality_cameras');
  lesson.level = level;
  touch('mine', 'people');
  media.limit(level);
  banner('quality', level === 'cameras' ? '' : say(`quality_${level}`));
}

/** @param {import('./class-lines.js').Level} level */
function takeReach(level) {
  lesson.reach = level;
  touch('people');
  banner('reach', level === 'cameras' ? '' : say(`reach_${level}`));
}

/** @param {any} said the welcome */
function goIn(said) {
  const isFirst = !lesson.inside;
  mended();
  takeWelcome(said);
  tellAgain();
  watchAgain();
  resend();
  if (isGuest) media.open();
  media.admit();
  if (!isFirst) return declareAll();
  const [wanted, before] = [choice(), lastChoice()];
  endLobby();
  guardBack();
  el('check').hidden = true;
  el('class').hidden = false;
  el('class-title').focus();
  enterWith(wanted);
  if (!wasAsked && !wanted.mic && (isLead || before?.mic)) {
    toast('mic_unheard', '', { label: say('floor_speak'), act: () => turn('mic', true) });
  }
  listen(voices);
  stayAwake();
}

/** @param {string} why */
function goOut(why) {
  media.close();
  lesson.inside = false;
  forgetReady();
  shut('mic');
  shut('camera');
  // The door's own page says what the lesson waits for, and goes on by itself.
  if (why === 'waits') setTimeout(() => location.reload(), Math.random() * 2_000);
  else if (why === 'left' && !isGuest) location.replace('/');
  else sayGoodbye(why);
}

function leave() {
  forgetChoice();
  if (!send({ t: 'leave' })) goOut('left');
}

// Shown again out of the browser's memory: come back in as by any other link.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  forgetChoice();
  location.reload();
});

let hiddenAt = 0;
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hiddenAt = performance.now();
  else if (performance.now() - hiddenAt > ASLEEP_MS) media.check();
  stayAwake();
});
