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

test('the list of participants is one stop of the Tab key, and the arrows go along it', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const [first, second] = [await door.signIn(school.pupils[0]), await door.signIn(school.pupils[1])];
  for (const pupil of [first, second]) {
    await pupil.enterAsPupil();
    await pupil.turn(pupil.names.hand, true);
  }
  await expect(teacher.names.handsUp).toHaveCount(2);
  const { page, names } = teacher;
  const list = names.people.locator('.scroll');
  const isInside = () => list.evaluate((box) => box.contains(document.activeElement));
  await expect(list.locator('button:visible')).not.toHaveCount(1);
  await expect(list.locator('button[tabindex="0"]:visible')).toHaveCount(1);

  await tabTo(page, names.actOn(first.name));
  await expect(names.actOn(first.name)).toHaveAccessibleDescription(/^main levée, n° 1, micro (allumé|coupé)$/);
  await page.keyboard.press('ArrowDown');
  await expect(names.giveFloor(first.name)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(names.actOn(second.name)).toBeFocused();
  await page.keyboard.press('End');
  await expect(list.locator('.more:visible').last()).toBeFocused();
  await page.keyboard.press('Tab');
  expect(await isInside()).toBe(false);
  await page.keyboard.press('Shift+Tab');
  await expect(list.locator('.more:visible').last()).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  expect(await isInside()).toBe(false);

  await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(names.takeFloor(first.name)).toBeFocused();
  await page.keyboard.press('Enter');
  // The button has gone with the floor; the keyboard stays with the person.
  await expect(names.actOn(first.name)).toBeFocused();
});
