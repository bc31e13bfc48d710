// @ts-check
// How loud the microphone is, five times a second.

const EVERY_MS = 200;
/** Decibels that draw an empty and a full bar. */
const QUIET_DB = -60;
const LOUD_DB = -12;

/**
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} show from 0 to 1
 * @returns {() => void} stops it
 */
export function measure(track, show) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  // Browsers may hold the context back until the first gesture.
  const wake = () => context.resume();
  addEventListener('pointerdown', wake);
  addEventListener('keydown', wake);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let power = 0;
    for (const sample of samples) power += sample * sample;
    const decibels = 10 * Math.log10(power / samples.length + 1e-9);
    show(Math.min(1, Math.max(0, (decibels - QUIET_DB) / (LOUD_DB - QUIET_DB))));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    removeEventListener('pointerdown', wake);
    removeEventListener('keydown', wake);
    context.close();
  };
}
