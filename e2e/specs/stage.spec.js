// @ts-check
// A shared screen is there to be read: nothing lies on it, whatever the screen that
// shows it; and where it does not get through, its place says so.
import { auditEveryLook } from '../harness/audit.js';
import { expect, test } from '../harness/fixtures.js';
import { Line } from '../harness/line.js';
import { expectToRead, shareSlides, showSlide } from '../harness/slides.js';
import { SAID } from '../names.js';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * A teacher who shows herself and slides, and a pupil.
 * @param {import('../harness/school.js').School} school
 * @param {import('../harness/fixtures.js').Door} door
 * @param {import('@playwright/test').BrowserContextOptions} [device] the pupil's
 */
async function showSlides(school, door, device) {
  const teacher = await door.signIn(school.teacher);
  await shareSlides(teacher.context);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.camera, true);
  const pupil = await door.signIn(school.pupils[0], device);
  const line = await Line.under(pupil.context);
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.screen, true);
  await expectToRead(pupil.page, 0);
  return { teacher, pupil, line };
}

/**
 * What lies on the shared screen, wherever it draws something.
 * @param {import('@playwright/test').Page} page
 */
const covers = (page) => page.evaluate(() => {
  const screen = /** @type {HTMLVideoElement} */ (document.querySelector('#stage-screen'));
  const { left, top, width, height } = screen.getBoundingClientRect();
  const scale = Math.min(width / screen.videoWidth, height / screen.videoHeight);
  const [wide, high] = [screen.videoWidth * scale, screen.videoHeight * scale];
  const found = new Set();
  if (wide < 200 || top < 0 || left < 0) found.add(`a screen of ${wide} x ${high} at ${left}, ${top}`);
  for (let x = 2; x < wide; x += 8) {
    for (let y = 2; y < high; y += 8) {
      const there = document.elementFromPoint(left + (width - wide) / 2 + x, top + (height - high) / 2 + y);
      if (there !== screen) found.add(there?.outerHTML.slice(0, 80));
    }
  }
  return [...found];
});

test('on a phone nothing covers a shared screen: upright, sideways, with the chat, over a keyboard', async ({ school, door }) => {
  const { teacher, pupil: phone } = await showSlides(school, door, PHONE);
  const face = phone.page.locator('.tile video').first();
  for (const [width, height] of [[390, 844], [844, 390]]) {
    await phone.page.setViewportSize({ width, height });
    await phone.names.chatOpen.click();
    await expect(phone.names.chatField).toBeHidden();
    await expect(face).toBeInViewport({ ratio: 0.9 });
    expect(await covers(phone.page)).toEqual([]);
    await phone.openChat();
    expect(await covers(phone.page)).toEqual([]);
    await expect(phone.names.chatField).toBeInViewport({ ratio: 1 });
  }
  for (const [width, height] of [[390, 500], [844, 200]]) {
    await phone.page.setViewportSize({ width, height });
    await expect(phone.names.chatField).toBeInViewport({ ratio: 1 });
    expect(await covers(phone.page)).toEqual([]);
  }
  // The teacher's picture has the stage again when the screen goes.
  await phone.page.setViewportSize({ width: 390, height: 844 });
  await teacher.turn(teacher.names.screen, false);
  await expect(phone.page.locator('#stage-face')).toBeVisible();
});

test('on a computer nothing covers a shared screen, and the teacher is beside it', async ({ school, door }) => {
  const { pupil } = await showSlides(school, door, { viewport: { width: 1440, height: 900 } });
  expect(await covers(pupil.page)).toEqual([]);
  const first = pupil.page.locator('.tile').first();
  await expect(first).toContainText(school.teacher.name);
  await expect(first).toHaveClass(/live/);
});

test('where the screen does not get through, its place says so, and it comes back', async ({ school, door }) => {
  const { teacher, pupil, line } = await showSlides(school, door);
  const mark = pupil.page.getByText(SAID.screenKept);
  line.become({ kbitS: 64, delayMs: 50 });
  await expect(mark).toBeVisible({ timeout: 60_000 });
  await expect(pupil.page.locator('#stage-screen')).toBeHidden();
  // Nor is a picture shown that stands still.
  await expect(pupil.page.locator('.tile').first()).toContainText(SAID.pictureKept);
  await expect(pupil.page.locator('.tile').first()).not.toHaveClass(/live/);
  await auditEveryLook(pupil.page, 'a screen that does not get through');
  line.become({});
  await showSlide(teacher.page, 1);
  await expect(mark).toBeHidden({ timeout: 120_000 });
  await expectToRead(pupil.page, 1);
});

test('whoever has the stage has no tile beside it', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  const tiles = pupil.page.locator('.tile:visible .label');
  await expect(tiles).toHaveCount(1);
  // Her line breaks, and she keeps the stage.
  await teacher.page.goto('about:blank');
  await expect(pupil.page.locator('#banner')).toHaveText('Le professeur se reconnecte…');
  await expect(pupil.page.locator('#stage-name')).toHaveText(school.teacher.name);
  await expect(tiles).toHaveText(['Vous']);
});
