// @ts-check
// A pupil who has a keyboard and no mouse: from signing in to leaving the class.
import { PASSWORD } from '../harness/school.js';
import { pressOn, tabTo, typeInto } from '../harness/keyboard.js';
import { expect, test } from '../harness/fixtures.js';

test('keyboard only: sign in, enter the class, raise a hand, write, leave', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const login = await (await door.signIn(school.pupils[0])).readLogin();

  const { page, names } = await door.arrive();
  await page.goto('/');
  await typeInto(page, names.login, login);
  await typeInto(page, names.password, PASSWORD);
  await pressOn(page, names.signIn);
  await expect(names.todayHeading).toBeVisible();

  await pressOn(page, names.joinLesson);
  await expect(names.enter).toBeEnabled();
  await pressOn(page, names.enter);
  await expect(names.leave).toBeVisible();

  await pressOn(page, names.hand, 'Space');
  await expect(names.hand).toHaveAttribute('aria-pressed', 'true');
  await expect(teacher.names.handsUp).toContainText([school.pupils[0].name]);

  await typeInto(page, names.chatField, 'Sans souris.');
  await page.keyboard.press('Enter');
  await expect(teacher.names.chat.getByText('Sans souris.', { exact: true })).toHaveCount(1);

  await tabTo(page, names.leave);
  await page.keyboard.press('Enter');
  await expect(names.todayHeading).toBeVisible();
  await expect(teacher.names.handsUp).toHaveCount(0);
});
