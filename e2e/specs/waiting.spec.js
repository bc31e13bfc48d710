// @ts-check
// The door when there is no room: the page says what it is, keeps the place, and
// enters by itself when there is.
import { auditEveryLook } from '../harness/audit.js';
import { expect, testOfNarrowSchool as test } from '../harness/fixtures.js';

const TITLE = 'Votre cours attend des places';

test('a lesson without seats waits, and enters by itself when there are some', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.names.joinLesson.click();
  await expect(pupil.page.getByRole('heading', { name: TITLE })).toBeVisible();
  await expect(pupil.page.getByText('Beaucoup de classes entrent en ce moment')).toBeVisible();
  await auditEveryLook(pupil.page, 'waiting page');
  // What can be read meanwhile is there.
  await pupil.page.getByRole('link', { name: /emploi du temps/ }).click();
  await expect(pupil.page.getByRole('heading', { level: 1 })).toBeVisible();
  await pupil.page.goBack();
  await expect(pupil.page.getByRole('heading', { name: TITLE })).toBeVisible();
  // The server comes back with room: the page finds out, without a hand on it.
  await school.kill();
  school.options = [];
  await school.start();
  await pupil.context.setOffline(true);
  await pupil.context.setOffline(false);
  await expect(pupil.names.enter).toBeEnabled();
});

test('in a flood of strangers, whoever works for it signs in', async ({ school, door }) => {
  await school.kill();
  school.options = ['--strangers', '8'];
  await school.start();
  let isOver = false;
  const flood = async () => {
    while (!isOver) await fetch(`${school.base}/sign-in`).then((answer) => answer.arrayBuffer());
  };
  const hands = Array.from({ length: 4 }, flood);
  const asked = async () => (await (await fetch(`${school.base}/frontier`)).json()).strangers?.bits ?? 0;
  await expect.poll(asked).toBeGreaterThan(0);
  const visitor = await door.arrive();
  await visitor.page.goto(`${school.base}/sign-in`);
  await expect(visitor.page.getByLabel('Mot de passe')).toBeVisible();
  const cookies = await visitor.context.cookies();
  expect(cookies.map((cookie) => cookie.name)).toContain('effort');
  isOver = true;
  await Promise.all(hands);
});

test('the waiting page works without JavaScript, in English too', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[1], { javaScriptEnabled: false });
  await pupil.names.joinLesson.click();
  await expect(pupil.page.getByRole('heading', { name: TITLE })).toBeVisible();
  const html = await pupil.page.content();
  expect(html).toMatch(/http-equiv="refresh" content="\d+"/);
  await pupil.page.goto('/');
  await pupil.page.getByRole('button', { name: 'English' }).click();
  await pupil.page.getByRole('button', { name: 'Join the lesson' }).click();
  await expect(pupil.page.getByRole('heading', { name: 'Your lesson waits for seats' })).toBeVisible();
});
