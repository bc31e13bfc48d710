// @ts-check
// The demonstration that plays a morning: whoever opens the control room reads
// what happens, sees quality give way and come back, and hears how it ended.
import { auditEveryLook } from '../harness/audit.js';
import { expect, testOfRush as test } from '../harness/fixtures.js';

/** From the welcome to the end: half a minute of arrivals, and what is around them. */
const MORNING_MS_MAX = 240_000;

test('a newcomer watches a morning to its end, and is told what to look at', async ({ school, door }) => {
  const operator = await door.signIn(school.first('operator'), { viewport: { width: 1440, height: 900 } });
  const { page } = operator;
  await page.goto('/regie');
  const show = page.locator('.show');
  await expect(show).toBeVisible();
  // The acts as they come: the page is drawn anew each second, and none is missed.
  await page.evaluate(() => {
    const seen = /** @type {string[]} */ ([]);
    const look = () => {
      const act = /** @type {HTMLElement | null} */ (document.querySelector('.show'))?.dataset.act ?? '';
      if (act && seen.at(-1) !== act) seen.push(act);
      document.body.dataset.acts = seen.join(' ');
    };
    look();
    new MutationObserver(look).observe(document.querySelector('#picture') ?? document.body, { childList: true });
  });
  const level = (/** @type {string} */ name) =>
    page.locator('.key li').filter({ hasText: new RegExp(`^\\s*${name} \\d`) }).locator('strong');

  await expect(show, 'the line falls while they come').toHaveAttribute('data-act', 'give-way', { timeout: MORNING_MS_MAX });
  await expect(page.getByRole('heading', { name: 'La qualité cède' })).toBeVisible();
  await expect(page.locator('.journal > li').first()).toContainText('la ligne tombe à un dixième');
  await expect(level('caméras')).toHaveText('0');
  await expect(page.locator('.steps [aria-current=step]')).toHaveText('La qualité cède');

  await expect(show, 'and comes back').toHaveAttribute('data-act', 'return', { timeout: MORNING_MS_MAX });
  await expect(page.getByText("Aucun levier n'est actionné")).toBeVisible();
  await expect(level('voix')).toHaveText('0');
  expect(Number(await level('caméras').innerText())).toBeGreaterThan(0);

  await expect(show, 'to its end').toHaveAttribute('data-act', 'over', { timeout: MORNING_MS_MAX });
  const ending = await page.getByRole('heading', { name: 'La matinée est passée' }).innerText();
  const [held, demanded] = (ending.match(/\d+/g) ?? []).map(Number);
  expect(demanded).toBeGreaterThan(20);
  expect(held, ending).toBeGreaterThanOrEqual(Math.floor(demanded * 0.95));
  const acts = await page.evaluate(() => document.body.dataset.acts);
  expect(acts).toMatch(/(before )?arrive give-way (wait )?(give-way )?full (give-way full )*return over$/);
  await auditEveryLook(page, 'control room after a morning');
});
