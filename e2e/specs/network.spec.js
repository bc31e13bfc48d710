// @ts-check
// The network of real life: a firewall that lets no UDP through, and no more sent
// than is looked at.
import {
  expectPictureOfWidth, expectToHear, expectToSee, layersSent, protocolsUsed, soundConcealed,
} from '../harness/media.js';
import { expect, test } from '../harness/fixtures.js';
import { Line } from '../harness/line.js';
import { expectToRead, shareSlides, showSlide } from '../harness/slides.js';

test('where UDP does not get through, the class goes over TCP by itself', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  const line = await Line.under(pupil.context, { hasTcp: true });
  // As a firewall does: what is sent is never answered.
  line.become({ lost: 100 });
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await pupil.turn(pupil.names.mic, true);
  await pupil.turn(pupil.names.camera, true);
  for (const { page } of [teacher, pupil]) {
    await expectToHear(page);
    await expectToSee(page);
  }
  expect(await protocolsUsed(pupil.page)).toEqual(['tcp']);
  expect(await protocolsUsed(teacher.page)).toEqual(['udp']);
});

test('where UDP stops getting through in mid-lesson, TCP takes over by itself', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door, { hasTcp: true });
  expect(await protocolsUsed(pupil.page)).toEqual(['udp']);
  line.become({ lost: 100 });
  await expect.poll(() => protocolsUsed(pupil.page), { timeout: 30_000 }).toEqual(['tcp']);
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
});

test('a picture is sent as large as it is shown', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.camera, true);
  const layers = async () => Object.keys(await layersSent(teacher.page)).length;
  await expectPictureOfWidth(pupil.page, CAMERA_WIDTH);
  expect(await layers()).toBe(3);
  const large = pupil.page.viewportSize() ?? { width: 1280, height: 720 };
  await pupil.page.setViewportSize({ width: 390, height: 700 });
  await expectPictureOfWidth(pupil.page, CAMERA_WIDTH / 2);
  await expect.poll(layers, { message: 'layers that somebody watches' }).toBe(2);
  await pupil.page.setViewportSize(large);
  await expectPictureOfWidth(pupil.page, CAMERA_WIDTH);
});

for (const [share, lost] of /** @type {[string, number][]} */ ([['a twentieth', 5], ['a tenth', 10]])) {
  test(`where ${share} is lost, sound is whole and the picture moves`, async ({ school, door }) => {
    const { pupil, line } = await onALine(school, door);
    line.become({ lost });
    // What is lost has to be noticed first.
    await pupil.page.waitForTimeout(4000);
    expect(await soundConcealed(pupil.page, 8000)).toBeLessThan(0.02);
    await expectToSee(pupil.page);
  });
}

test('at 300 ms from the server, sound is whole and the picture moves', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door);
  line.become({ delayMs: 150 });
  // The change itself is a gap.
  await pupil.page.waitForTimeout(4000);
  expect(await soundConcealed(pupil.page, 8000)).toBeLessThan(0.05);
  await expectToSee(pupil.page);
});

test('on 100 kbit/s with a delay there is sound, and the page says why no more', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door);
  line.become({ kbitS: 100, delayMs: 150 });
  await expect(pupil.page.locator('#banner')).toContainText(/réseau/i, { timeout: 30_000 });
  await pupil.page.waitForTimeout(3000);
  expect(await soundConcealed(pupil.page, 8000)).toBeLessThan(0.03);
});

test('on 64 kbit/s there are the voice and the chat', async ({ school, door }) => {
  const { teacher, pupil, line } = await onALine(school, door);
  line.become({ kbitS: 64, delayMs: 50 });
  await expect(pupil.page.locator('#banner')).toContainText(/réseau/i, { timeout: 30_000 });
  // What was on its way is gone by then.
  await pupil.page.waitForTimeout(4000);
  expect(await soundConcealed(pupil.page, 10_000)).toBeLessThan(0.03);
  await teacher.say('Ouvrez vos cahiers.');
  await expect(pupil.page.getByText('Ouvrez vos cahiers.')).toBeVisible();
});

test('on 250 kbit/s there are the voice and a screen that can be read', async ({ school, door }) => {
  const { teacher, pupil, line } = await onALine(school, door, { prepare: shareSlides });
  await teacher.turn(teacher.names.screen, true);
  await expectToRead(pupil.page, 0);
  line.become({ kbitS: 250, delayMs: 50 });
  await showSlide(teacher.page, 1);
  // Everything but the voice goes first, and the screen comes back.
  await expectToRead(pupil.page, 1, 60_000);
  const sound = soundConcealed(pupil.page, 20_000);
  for (const slide of [2, 3, 4]) {
    // A slide is looked at for a while.
    await pupil.page.waitForTimeout(5000);
    await showSlide(teacher.page, slide);
    const ms = await expectToRead(pupil.page, slide);
    test.info().annotations.push({ type: 'ms until a slide is read', description: String(ms) });
  }
  expect(await sound).toBeLessThan(0.03);
});

test('from one network to another, sound goes on', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door);
  line.move();
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
});

/**
 * A teacher with camera and voice, and a pupil on a line that is good still.
 * @param {any} school @param {any} door
 * @param {{ hasTcp?: boolean, prepare?: (teacher: import('@playwright/test').BrowserContext) => Promise<void> }} [beside]
 */
async function onALine(school, door, beside) {
  const teacher = await door.signIn(school.teacher);
  await beside?.prepare?.(teacher.context);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  const line = await Line.under(pupil.context, beside);
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
  return { teacher, pupil, line };
}

/** What the page asks of the camera. */
const CAMERA_WIDTH = 960;
