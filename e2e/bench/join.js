// @ts-check
// From the click on "Entrer en classe" to the first decoded picture and the
// first sound of the teacher, in Chromium on loopback: the figure "click to
// first frame after the device check". Measured inside the page, every 10 ms.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';
import { summary } from './figures.js';

const JOINS = Number(process.env.JOINS ?? 20);

/**
 * Notes the moment of the click on a button of this name, and those of the
 * first picture and the first sound after it.
 * @param {import('@playwright/test').Page} page
 * @param {string} label
 */
async function watchJoin(page, label) {
  await page.evaluate((name) => {
    /** @type {any} */
    const own = window;
    own.joined = {};
    document.addEventListener(
      'click',
      (event) => {
        const button = event.target instanceof Element ? event.target.closest('button') : null;
        if (button?.textContent?.trim() === name) own.joined.clicked ??= performance.now();
      },
      { capture: true },
    );
    const look = async () => {
      for (const connection of own.watchedConnections) {
        for (const report of (await connection.getStats()).values()) {
          if (report.type !== 'inbound-rtp' || own.joined.clicked === undefined) continue;
          if (report.kind === 'video' && report.framesDecoded > 0) own.joined.seen ??= performance.now();
          if (report.kind === 'audio' && report.totalAudioEnergy > 0) own.joined.heard ??= performance.now();
        }
      }
      if (own.joined.seen === undefined || own.joined.heard === undefined) setTimeout(look, 10);
    };
    look();
  }, label);
}

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
const [seen, heard] = [[], []].map(() => /** @type {number[]} */ ([]));
try {
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  // They leave and come back on the same page: Chromium now and then hangs for minutes
  // when a context is closed in the moment in which its page leaves a call.
  const pupils = await Promise.all(school.pupils.map((person) => Visitor.signIn(browser, school, person)));
  for (let join = 0; join < JOINS; join += 1) {
    const pupil = pupils[join % pupils.length];
    await pupil.goToLobby();
    await pupil.page.waitForFunction(() =>
      /** @type {any} */ (window).watchedConnections?.some(
        (/** @type {RTCPeerConnection} */ one) => one.connectionState === 'connected',
      ),
    );
    await watchJoin(pupil.page, 'Entrer en classe');
    await pupil.names.enter.click();
    await pupil.page.waitForFunction(() => {
      const { joined } = /** @type {any} */ (window);
      return joined.seen !== undefined && joined.heard !== undefined;
    });
    const joined = await pupil.page.evaluate(() => /** @type {any} */ (window).joined);
    seen.push(joined.seen - joined.clicked);
    heard.push(joined.heard - joined.clicked);
    await pupil.names.leave.click();
    await pupil.names.todayHeading.waitFor();
  }
} finally {
  await browser.close();
  await school.close();
}
console.log(`joins: ${JOINS}, one teacher with camera and microphone, Chromium on loopback`);
console.log(`click to first decoded frame, ms: ${summary(seen)}`);
console.log(`click to first sound, ms:         ${summary(heard)}`);
