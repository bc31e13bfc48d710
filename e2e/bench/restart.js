// @ts-check
// kill -9 in mid-lesson: from the moment of the kill to everybody back in the
// class, with the restart of the server in between. A message said just before
// must be there.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';
import { summary } from './figures.js';

const CRASHES = Number(process.env.CRASHES ?? 10);

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
/** @type {number[]} */
const back = [];
try {
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  await teacher.enterAsTeacher();
  const pupils = [];
  for (const person of school.pupils) {
    const pupil = await Visitor.signIn(browser, school, person);
    await pupil.enterAsPupil();
    pupils.push(pupil);
  }
  const all = [teacher, ...pupils];
  const welcomes = (/** @type {Visitor} */ visitor) =>
    visitor.frames.filter((frame) => frame.includes('"t":"welcome"')).length;
  for (let crash = 0; crash < CRASHES; crash += 1) {
    const text = `Avant la panne ${crash}.`;
    await teacher.say(text);
    const before = all.map(welcomes);
    const killed = performance.now();
    await school.kill('SIGKILL');
    await school.start();
    while (!all.every((visitor, at) => welcomes(visitor) > before[at])) {
      await new Promise((again) => setTimeout(again, 5));
    }
    back.push(performance.now() - killed);
    for (const { names } of all) await names.chat.getByText(text, { exact: true }).waitFor();
  }
} finally {
  await browser.close();
  await school.close();
}
console.log(`crashes: ${CRASHES}, a teacher and two pupils, kill -9 and restart on the same data`);
console.log(`kill to everybody back in the class, ms: ${summary(back)}`);
