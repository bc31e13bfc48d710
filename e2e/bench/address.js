// @ts-check
// From the moment in which a pupil's line gets another address, as from wifi to
// mobile, until sound is heard again: Chromium behind a relay that moves. Their
// microphone is off, so that nothing but the page finds out.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { Line } from '../harness/line.js';
import { expectToHear } from '../harness/media.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';
import { summary } from './figures.js';

const MOVES = Number(process.env.MOVES ?? 30);
/** Between two looks at the statistics. */
const LOOK_MS = 10;
/** What was on its way still comes. */
const STRAGGLERS_MS = 60;

/**
 * Notes, from now on, when sound came that was not made up.
 * @param {import('@playwright/test').Page} page
 */
async function watchSound(page) {
  await page.evaluate((every) => {
    /** @type {any} */
    const own = window;
    /** @type {{ at: number, packets: number, real: number }[]} */
    own.looks = [];
    const look = async () => {
      let [packets, real] = [0, 0];
      for (const connection of own.watchedConnections) {
        if (connection.connectionState === 'closed') continue;
        for (const report of (await connection.getStats()).values()) {
          if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue;
          packets += report.packetsReceived;
          real += report.totalSamplesReceived - report.concealedSamples;
        }
      }
      own.looks = [...own.looks.slice(-2000), { at: Date.now(), packets, real }];
      setTimeout(look, every);
    };
    look();
  }, LOOK_MS);
}

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
/** @type {number[]} */
const heard = [];
try {
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await Visitor.signIn(browser, school, school.pupils[0]);
  const line = await Line.under(pupil.context);
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.mic, true);
  if (process.env.CAMERA) await teacher.turn(teacher.names.camera, true);
  await expectToHear(pupil.page);
  await watchSound(pupil.page);
  for (let move = 0; move < MOVES; move += 1) {
    // At no fixed moment between two checks of the browser.
    await pupil.page.waitForTimeout(3000 + Math.random() * 2500);
    const movedAt = Date.now();
    line.move();
    const backAt = await pupil.page.waitForFunction(([from]) => {
      /** @type {{ at: number, packets: number, real: number }[]} */
      const looks = /** @type {any} */ (window).looks;
      const start = looks.findIndex(({ at }) => at >= from);
      if (start < 0) return 0;
      const back = looks.findIndex(({ packets }, at) => at > start && packets > looks[start].packets);
      if (back < 0) return 0;
      return looks.find(({ real }, at) => at > back && real > looks[back].real)?.at ?? 0;
    }, [movedAt + STRAGGLERS_MS], { polling: 50, timeout: 30_000 });
    heard.push((await backAt.jsonValue()) - movedAt);
  }
} finally {
  await browser.close();
  await school.close();
}
console.log(`moves: ${MOVES}, a pupil who listens, Chromium on loopback`);
console.log(`another address to sound again, ms: ${summary(heard)}`);
console.log(heard.join(' '));
