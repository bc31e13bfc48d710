// @ts-check
// The network of real life: a firewall that lets no UDP through, and no more sent
// than is looked at.
import {
  expectPictureOfWidth, expectToHear, expectToSee, layersSent, protocolsUsed, soundConcealed,
} from '../harness/media.js';
import { expect, test } from '../harness/fixtures.js';
import { Line } from '../harness/line.js';

test('where UDP does not get through, the class goes over TCP by itself', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.context.addInitScript(() => {
    /** @type {(this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>} */
    const connect = RTCPeerConnection.prototype.setRemoteDescription;
    // What a firewall does to UDP, the page's browser sees as candidates that never answer.
    RTCPeerConnection.prototype.setRemoteDescription = function (/** @type {RTCSessionDescriptionInit} */ description) {
      const sdp = description.sdp?.replace(/a=candidate:\S+ \d udp [^\r]*\r\n/gi, '');
      return connect.call(this, { ...description, sdp });
    };
  });
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

test('where a tenth is lost, sound is whole and the picture moves', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door);
  line.become({ lost: 10 });
  // What is lost has to be noticed first.
  await pupil.page.waitForTimeout(4000);
  expect(await soundConcealed(pupil.page, 8000)).toBeLessThan(0.02);
  await expectToSee(pupil.page);
});

test('on 100 kbit/s with a delay there is sound, and the page says why no more', async ({ school, door }) => {
  const { pupil, line } = await onALine(school, door);
  line.become({ kbitS: 100, delayMs: 150 });
  await expect(pupil.page.locator('#banner')).toContainText(/réseau/i, { timeout: 30_000 });
  await pupil.page.waitForTimeout(3000);
  expect(await soundConcealed(pupil.page, 8000)).toBeLessThan(0.03);
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
 */
async function onALine(school, door) {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  const line = await Line.under(pupil.context);
  await pupil.enterAsPupil();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
  return { teacher, pupil, line };
}

/** What the page asks of the camera. */
const CAMERA_WIDTH = 960;
