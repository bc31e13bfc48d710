// @ts-check
// The network as this page feels it: three bars, what they mean, what to do. The
// teacher's page tells its level to the class, so that nobody looks at home for a
// fault that is elsewhere.
import { turn } from './class-controls.js';
import { el, given, isLead, say, write } from './class-dom.js';
import { onStage } from './class-stage.js';
import { lesson, watch } from './class-state.js';
import { banner } from './class-toasts.js';

/**
 * What two looks at the statistics tell of the time between them; nothing where
 * the browser does not count it.
 * @typedef {object} Figures
 * @property {number} [trip] there and back, in ms
 * @property {number} [concealed] share of the sound that was made up for what did not arrive
 * @property {number} [lost] share of the packets
 */

const EVERY_MS = 2000;
const TOLD_MS_MIN = 5000;
/** Without a packet, even of silence (every 400 ms). */
const OFF_MS = 600;
/** Samples in a row that make it worse, and better. */
const [WORSE, BETTER] = [2, 4];
const LEVELS = ['good', 'weak', 'bad'];

/** What the levels mean: here, and nowhere else. Where nothing arrives there are no figures. @param {Figures | null} figures */
function rank(figures) {
  if (!figures) return 2;
  const { trip = 0, concealed = 0, lost = 0 } = figures;
  if (concealed > 0.08 || trip > 800) return 2;
  return concealed >= 0.02 || trip >= 300 || lost >= 0.05 ? 1 : 0;
}

/** In `LEVELS`; -1: not known yet. */
let level = -1;
/** The last samples' ranks. @type {number[]} */
let recent = [];
/** @type {Figures | null} */
let figures = null;
/** @type {RTCStatsReport | null} */
let before = null;
/** What the class knows of a lead's, and since when. */
let told = -1;
let toldAt = 0;

/**
 * @param {() => Promise<RTCStatsReport> | null} stats of a connection that is up
 * @param {(message: object) => boolean} send
 */
export function startNetwork(stats, send) {
  const percent = new Intl.NumberFormat(given.lang, { style: 'percent', maximumFractionDigits: 1 });
  const ms = new Intl.NumberFormat(given.lang, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 });

  async function sample() {
    if (!lesson.inside) return;
    if (lesson.isCut) return forget();
    const now = await stats();
    figures = now && read(now, before);
    before = now;
    recent = [...recent, rank(figures)].slice(-BETTER);
    const worse = Math.min(...recent.slice(-WORSE));
    // One good sample is enough to begin with, a bad one never is.
    if (worse > level && (recent.length >= WORSE || !worse)) level = worse;
    else if (recent.length === BETTER) level = Math.min(level, Math.max(...recent));
    if (isLead && level >= 0 && level !== told && performance.now() - toldAt >= TOLD_MS_MIN) {
      toldAt = performance.now();
      if (send({ t: 'network', level: LEVELS[level] })) told = level;
    }
    draw();
  }

  function draw() {
    const { isCut, reach } = lesson;
    // What is measured is of what is sent: a line that all of the class does not go through is not good.
    const felt = level === 0 && reach !== 'cameras' ? 1 : level;
    const name = isCut ? 'cut' : (LEVELS[felt] ?? 'none');
    // Of the teacher's nobody knows anything while cut off.
    const lead = isCut ? undefined : lesson.people.get(onStage() ?? 0);
    el('network').dataset.level = name;
    write(el('network-name'), say('network', say(`network_${name}`)));
    write(el('network-mine'), isCut ? say('network_cut_mine') : say('network_mine', say(`network_${name}`)));
    write(el('network-then'), passes(name));
    const { trip, concealed, lost } = figures ?? {};
    write(el('network-trip'), trip === undefined ? '–' : ms.format(trip));
    write(el('network-concealed'), concealed === undefined ? '–' : percent.format(concealed));
    write(el('network-lost'), lost === undefined ? '–' : percent.format(lost));
    el('network-camera').hidden = isCut || felt < 1 || !lesson.mine.camera;
    write(el('network-lead'), lead ? say('network_lead', say(`network_${lead.network ?? 'none'}`)) : '');
    banner('network', lead?.network === 'bad' && felt === 0 ? say('network_not_you') : '');
  }

  el('network-camera').onclick = () => {
    turn('camera', false);
    el('network-mine').focus();
  };
  watch(['people', 'slots', 'mine'], draw);
  setInterval(sample, EVERY_MS);
}

/** What a new line to the server is like has to be measured anew. */
function forget() {
  [level, recent, figures, before] = [-1, [], null, null];
}

/** What comes through, and what to do. @param {string} name of the state */
function passes(name) {
  const isLess = name === 'good' && lesson.level !== 'cameras';
  return say(isLess ? `quality_${lesson.level}` : `network_${name}_then`);
}

/** The server does not know it, or did not take it: it is told again. */
export function tellAgain() {
  told = -1;
}

/** @param {RTCStatsReport} now @param {RTCStatsReport | null} before @returns {Figures | null} null: nothing arrives */
function read(now, before) {
  let [pair, packets, gone, heard, made] = [/** @type {any} */ (null), 0, 0, 0, 0];
  for (const one of now.values()) {
    const was = before?.get(one.id) ?? one;
    const since = (/** @type {string} */ key) => Math.max(0, one[key] - was[key]) || 0;
    if (one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded') pair ??= one;
    if (one.type === 'transport') pair = now.get(one.selectedCandidatePairId) ?? pair;
    if (one.type !== 'inbound-rtp') continue;
    const came = since('packetsReceived');
    packets += came;
    gone += since('packetsLost');
    // A microphone that was switched off leaves a silence that nothing is missing from.
    if (!came || one.timestamp - one.lastPacketReceivedTimestamp > OFF_MS) continue;
    heard += since('totalSamplesReceived');
    made += since('concealedSamples') - since('silentConcealedSamples');
  }
  // Answers to the checks of the path come while everybody is silent too; where they are not counted, this is never equal.
  const arrived = (/** @type {any} */ one) => one.bytesReceived + one.responsesReceived;
  const was = pair && before?.get(pair.id);
  if (!pair || (was && arrived(pair) === arrived(was))) return null;
  return {
    trip: pair.currentRoundTripTime && pair.currentRoundTripTime * 1000,
    concealed: heard ? Math.max(0, made) / heard : undefined,
    lost: packets + gone ? gone / (packets + gone) : undefined,
  };
}
