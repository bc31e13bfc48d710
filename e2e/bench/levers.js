// @ts-check
// From the click that pulls a lever until a class feels it, and from the click
// that undoes it until the class is as before: two pages of Chromium.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';
import { summary } from './figures.js';

const PULLS = Number(process.env.PULLS ?? 20);
const TOLD = 'les voix et les messages passent';

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
/** @type {number[]} */
const felt = [];
/** @type {number[]} */
const undone = [];
try {
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  await teacher.enterAsTeacher();
  const operator = await Visitor.signIn(browser, school, school.first('operator'));
  /** @param {Record<string, string>} form */
  const pull = async (form) => {
    const answer = await operator.page.request.post('/regie/lever', { form: { why: 'mesure', ...form } });
    if (!answer.ok()) throw new Error(`the lever was answered with ${answer.status()}`);
  };
  /** @param {boolean} isTold */
  const isSo = (isTold) =>
    teacher.page.waitForFunction(
      ([words, wanted]) => document.body.innerText.includes(String(words)) === wanted,
      /** @type {[string, boolean]} */ ([TOLD, isTold]),
      { polling: 20, timeout: 30_000 },
    );
  for (let number = 0; number < PULLS; number += 1) {
    // At no fixed moment of the gate's second; slower than the journal's limit.
    await teacher.page.waitForTimeout(2_000 + Math.random() * 1_000);
    let from = Date.now();
    await pull({ lever: 'ceiling', value: '1' });
    await isSo(true);
    felt.push(Date.now() - from);
    await teacher.page.waitForTimeout(1_000 + Math.random() * 1_000);
    from = Date.now();
    await pull({ lever: 'ceiling-off' });
    await isSo(false);
    undone.push(Date.now() - from);
  }
} finally {
  await browser.close();
  await school.close();
}
console.log(`levers: ${PULLS}, a class of Chromium on loopback`);
console.log(`click to the class told of another level, ms: ${summary(felt)}`);
console.log(`undone to the class as before, ms: ${summary(undone)}`);
