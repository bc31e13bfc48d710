// @ts-check
// A shared screen that can be read: slides of text in place of the browser's own
// fake screen, and how well what arrives at a page is the slide that was shown.
import { expect } from '@playwright/test';

/**
 * From now on pages of this context share slides, when they share their screen.
 * @param {import('@playwright/test').BrowserContext} context
 */
export async function shareSlides(context) {
  await context.addInitScript(`window.drawSlide = ${drawSlide};`);
  await context.addInitScript(() => {
    /** @type {any} */
    const own = window;
    if (!navigator.mediaDevices) return;
    const canvas = document.createElement('canvas');
    own.showSlide = (/** @type {number} */ number) => own.drawSlide(canvas, number);
    own.showSlide(0);
    navigator.mediaDevices.getDisplayMedia = async () => {
      // A screen that stands still is captured again all the same.
      setInterval(() => canvas.getContext('2d')?.fillRect(0, 0, 1, 1), 100);
      return canvas.captureStream(15);
    };
  });
}

/** Another slide. @param {import('@playwright/test').Page} page @param {number} number */
export async function showSlide(page, number) {
  await page.evaluate((slide) => /** @type {any} */ (window).showSlide(slide), number);
}

/**
 * A page shows a slide, and not another: returns after how many milliseconds.
 * @param {import('@playwright/test').Page} page @param {number} number @param {number} [timeout]
 */
export async function expectToRead(page, number, timeout) {
  const from = Date.now();
  const poll = { message: `slide ${number} can be read`, intervals: [50], ...(timeout && { timeout }) };
  await expect.poll(() => likeness(page, number), poll).toBeGreaterThan(LIKENESS_MIN);
  return Date.now() - from;
}

/** Another slide is at 14 to 15; this one at 480 lines, as the small layer has it, at 23 and more. */
const LIKENESS_MIN = 20;

/**
 * How near what a page sees of the screen is to a slide, in decibels (PSNR).
 * @param {import('@playwright/test').Page} page @param {number} number
 */
async function likeness(page, number) {
  return page.evaluate(([draw, number]) => {
    const drawSlide = /** @type {Function} */ ((0, eval)(`(${draw})`));
    const video = /** @type {HTMLVideoElement} */ (document.querySelector('#stage-screen'));
    if (!video.videoWidth) return 0;
    const [wanted, seen] = [document.createElement('canvas'), document.createElement('canvas')];
    drawSlide(wanted, Number(number));
    Object.assign(seen, { width: wanted.width, height: wanted.height });
    const onto = /** @type {CanvasRenderingContext2D} */ (seen.getContext('2d'));
    onto.drawImage(video, 0, 0, seen.width, seen.height);
    const [one, other] = [wanted, seen].map(
      (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height).data,
    );
    let sum = 0;
    // The green of each pixel stands for its brightness.
    for (let at = 1; at < one.length; at += 4) sum += (one[at] - other[at]) ** 2;
    return 10 * Math.log10(255 ** 2 / Math.max(sum / (one.length / 4), 0.01));
  }, /** @type {[string, number]} */ ([String(drawSlide), number]));
}

/**
 * A page of text, different for each number. In the page, without what is around it here.
 * @param {HTMLCanvasElement} canvas @param {number} number
 */
function drawSlide(canvas, number) {
  Object.assign(canvas, { width: 1280, height: 720 });
  const onto = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  onto.fillStyle = '#fff';
  onto.fillRect(0, 0, canvas.width, canvas.height);
  onto.fillStyle = '#111';
  onto.font = 'bold 48px sans-serif';
  onto.fillText(`Leçon ${number + 1} : le théorème de Thalès`, 60, 90);
  onto.font = '28px sans-serif';
  for (let line = 0; line < 12; line += 1) {
    const words = ['droite', 'triangle', 'parallèle', 'rapport', 'longueur', 'segment', 'sommet'];
    const text = words.map((_, at) => words[(at * (number + 2) + line * 3) % words.length]).join(' ');
    onto.fillText(`${line + 1}. ${text}`, 60, 160 + line * 44);
  }
}
