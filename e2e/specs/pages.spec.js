// @ts-check
// What holds for every page: accessible, in both languages, in every size and
// look; protected; small; and usable without JavaScript. The pages are found by
// following links from Today, so a new one is checked as soon as it is linked.
import { auditEveryLook, findPages, openProtected, watchUncompressed, weigh } from '../harness/audit.js';
import { expect, test as testOfOwnSchool, testOfSharedSchool as test } from '../harness/fixtures.js';

const CLASS_BYTES_MAX = 40_000;
const PAGE_BYTES_MAX = 30_000;

/** Pages that somebody of each role has at least. @type {Record<string, string[]>} */
const PAGES = {
  teacher: ['/', '/timetable', '/rollcalls', '/account'],
  pupil: ['/', '/timetable', '/account'],
  guardian: ['/', '/timetable', '/account'],
  head: ['/', '/timetable', '/rollcalls', '/people', '/account'],
};
const STRANGERS_PAGES = ['/sign-in', '/nowhere', '/card/unknown', '/guest/unknown'];
const LOCALES = ['fr-FR', 'en-GB'];
/** @type {Record<string, RegExp>} */
const AFTER = { 'fr-FR': /^Le cours est terminé/, 'en-GB': /^The lesson is over/ };

for (const locale of LOCALES) {
  for (const [role, expected] of Object.entries(PAGES)) {
    test(`pages of a ${role} in ${locale}: accessible in every look`, async ({ school, door }) => {
      const visitor = await door.signIn(school.first(role), { locale });
      const paths = await findPages(visitor);
      expect(paths.map((path) => path.split('?')[0])).toEqual(expect.arrayContaining(expected));
      for (const path of paths) {
        await openProtected(visitor.page, path);
        await expect(visitor.page.locator('html')).toHaveAttribute('lang', locale.slice(0, 2));
        await auditEveryLook(visitor.page, path);
      }
      expect(visitor.consoleErrors).toEqual([]);
    });
  }

  test(`pages of a stranger in ${locale}: accessible in every look`, async ({ door }) => {
    const visitor = await door.arrive({ locale });
    for (const path of STRANGERS_PAGES) {
      await openProtected(visitor.page, path);
      await auditEveryLook(visitor.page, path);
    }
  });

  testOfOwnSchool(`the class in ${locale}: accessible in every look`, async ({ school, door }) => {
    const teacher = await door.signIn(school.teacher, { locale });
    await teacher.names.openClass.click();
    await expect(teacher.names.enter).toBeEnabled();
    await auditEveryLook(teacher.page, 'device check');
    await teacher.enter();
    const pupil = await door.signIn(school.pupils[0], { locale });
    await pupil.enterAsPupil();
    await pupil.turn(pupil.names.hand, true);
    await teacher.say(`Bonjour à tous en ${locale}.`);
    await expect(pupil.names.chat).toContainText(`Bonjour à tous en ${locale}.`);
    await auditEveryLook(teacher.page, 'class of the teacher');
    await auditEveryLook(pupil.page, 'class of a pupil');
    await teacher.openPeople();
    await auditEveryLook(teacher.page, 'participants of the teacher');
    await teacher.openSettings();
    await auditEveryLook(teacher.page, 'settings of the teacher');
    await teacher.closeSettings();
    await teacher.names.end.click();
    await auditEveryLook(teacher.page, 'question before the end');
    await teacher.names.endYes.click();
    for (const { page } of [teacher, pupil]) {
      await expect(page.getByRole('heading', { name: AFTER[locale] })).toBeVisible();
      await auditEveryLook(page, 'after the class');
    }
    expect([...teacher.consoleErrors, ...pupil.consoleErrors]).toEqual([]);
  });
}

test('in the grid of a week, every subject stays within its cell', async ({ school, door }) => {
  const pupil = await door.signIn(school.first('pupil'), { viewport: { width: 1440, height: 900 } });
  await pupil.page.goto('/timetable');
  const subjects = pupil.page.locator('.cell-subject');
  for (const width of [1440, 1100, 900]) {
    await pupil.page.setViewportSize({ width, height: 900 });
    expect(await subjects.count()).toBeGreaterThan(5);
    const wide = await subjects.evaluateAll((all) => all
      .filter((one) => one.getBoundingClientRect().right > (one.closest('.cell')?.getBoundingClientRect().right ?? 0))
      .map((one) => one.textContent));
    expect(wide, `${width} pixels`).toEqual([]);
  }
});

test('every page is small, and comes compressed', async ({ school, door }) => {
  /** @type {Record<string, number>} */
  const weights = {};
  for (const role of Object.keys(PAGES)) {
    const visitor = await door.signIn(school.first(role));
    const uncompressed = watchUncompressed(visitor.page);
    for (const path of await findPages(visitor)) {
      await visitor.page.goto(path, { waitUntil: 'networkidle' });
      weights[`${path} of a ${role}`] = await weigh(visitor.page);
    }
    expect(uncompressed).toEqual([]);
  }
  test.info().annotations.push({ type: 'bytes', description: JSON.stringify(weights) });
  expect(Object.entries(weights).filter(([, bytes]) => bytes === 0 || bytes > PAGE_BYTES_MAX)).toEqual([]);
});

testOfOwnSchool('the class page is small, whatever one does in it', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  const uncompressed = watchUncompressed(teacher.page);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await teacher.openPeople();
  await teacher.openSettings();
  const bytes = await weigh(teacher.page);
  test.info().annotations.push({ type: 'bytes', description: String(bytes) });
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(CLASS_BYTES_MAX);
  expect(uncompressed).toEqual([]);
});

for (const [role, expected] of Object.entries(PAGES)) {
  test(`a ${role} without JavaScript has all pages but the class`, async ({ school, door }) => {
    const visitor = await door.signIn(school.first(role), { javaScriptEnabled: false });
    const { page } = visitor;
    const paths = await findPages(visitor);
    expect(paths.map((path) => path.split('?')[0])).toEqual(expect.arrayContaining(expected));
    for (const path of paths) {
      const response = await page.goto(path);
      expect(response?.status(), path).toBe(200);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    }
    await page.goto('/');
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page.getByRole('heading', { name: 'Today', level: 1 })).toBeVisible();
    // The language is the person's own: other tests of this school read French.
    await page.getByRole('button', { name: 'Français' }).click();
    await expect(page.getByRole('heading', { name: "Aujourd'hui", level: 1 })).toBeVisible();
    await page.getByRole('button', { name: 'Se déconnecter' }).click();
    await expect(page.getByRole('button', { name: 'Se connecter' })).toBeVisible();
  });
}

test('the class says that it needs JavaScript', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0], { javaScriptEnabled: false });
  await pupil.names.joinLesson.click();
  // Playwright does not look for text in there, so it is named by its tag.
  const said = pupil.page.locator('noscript > p');
  await expect(said).toBeVisible();
  await expect(said).toHaveText(/La classe en direct a besoin de JavaScript/);
});
