// @ts-check
// From the click that pulls a lever until whom it is for feels it, and from the
// click that undoes it until they are as before: a class that steps down, and
// somebody on the waiting page. Two pages of Chromium each.
import { chromium } from '@playwright/test';

import config from '../playwright.config.js';
import { School } from '../harness/school.js';
import { Visitor } from '../harness/visitor.js';
import { summary } from './figures.js';

const PULLS = Number(process.env.PULLS ?? 20);
const TOLD = 'les voix et les messages passent';
const SHUT = 'Les entrées sont en pause';
const SAID = 'Retour à 9 h 15';
const INSIDE = 'Mon compte';

const school = await School.open();
const browser = await chromium.launch(config.use?.launchOptions);
/** Milliseconds of each kind. @type {Record<string, number[]>} */
const took = {};
try {
  const operator = await Visitor.signIn(browser, school, school.first('operator'));
  /** @param {Record<string, string>} form */
  const pull = async (form) => {
    const answer = await operator.page.request.post('/regie/lever', { form: { why: 'mesure', ...form } });
    if (!answer.ok()) throw new Error(`the lever was answered with ${answer.status()}`);
  };
  /**
   * Pulls at no fixed moment of the gate's second, slower than the journal's limit.
   * @param {string} what @param {Record<string, string>} form
   * @param {import('@playwright/test').Page} page @param {string} words @param {boolean} areThere
   */
  const measure = async (what, form, page, words, areThere) => {
    await page.waitForTimeout(1_500 + Math.random() * 1_000);
    const from = Date.now();
    await pull(form);
    await page.waitForFunction(
      ([text, wanted]) => document.body?.innerText.includes(String(text)) === wanted,
      /** @type {[string, boolean]} */ ([words, areThere]),
      { polling: 20, timeout: 30_000 },
    );
    (took[what] ??= []).push(Date.now() - from);
  };
  const teacher = await Visitor.signIn(browser, school, school.teacher);
  await teacher.enterAsTeacher();
  for (let number = 0; number < PULLS; number += 1) {
    await measure('a class told of another level', { lever: 'ceiling', value: '1' }, teacher.page, TOLD, true);
    await measure('that undone, the class as before', { lever: 'ceiling-off' }, teacher.page, TOLD, false);
  }
  await teacher.context.close();
  // Whoever has a seat at the desk keeps it, so each of them waits once.
  const waiting = [school.first('guardian'), school.first('head'), ...school.pupils];
  for (const person of waiting) {
    const { page, context } = await Visitor.signIn(browser, school, person);
    await pull({ lever: 'pause' });
    await page.waitForTimeout(1_500);
    await page.goto('/account');
    await page.getByText(SHUT).waitFor();
    for (let number = 0; number < PULLS / waiting.length; number += 1) {
      const message = { lever: 'message', fr: SAID, en: SAID };
      await measure('a message on a page that waits', message, page, SAID, true);
      await measure('that undone, the page without it', { lever: 'message-off' }, page, SAID, false);
    }
    await measure('the pause undone, who waited is in', { lever: 'pause-off' }, page, INSIDE, true);
    await context.close();
  }
} finally {
  await browser.close();
  await school.close();
}
console.log(`levers: ${PULLS} of each, Chromium on loopback; ms from the click`);
for (const [what, numbers] of Object.entries(took)) console.log(`${what}: ${summary(numbers)}`);
