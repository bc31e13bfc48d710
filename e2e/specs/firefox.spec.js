// @ts-check
// The class in another engine than Chromium's: Firefox, which many schools have.
import { FirefoxVisitor } from '../harness/firefox.js';
import { expect, test as base } from '../harness/fixtures.js';
import { expectToHear, expectToSee, protocolsUsed } from '../harness/media.js';

/** @typedef {(person: import('../harness/school.js').Person) => Promise<FirefoxVisitor>} SignIn */

const test = base.extend(/** @type {import('@playwright/test').Fixtures<{ firefox: SignIn }>} */ ({
  firefox: async ({}, use) => {
    /** @type {FirefoxVisitor[]} */
    const visitors = [];
    await use(async (person) => {
      const visitor = await FirefoxVisitor.signIn(person);
      visitors.push(visitor);
      return visitor;
    });
    for (const visitor of visitors) await visitor.close();
    for (const visitor of visitors) visitor.expectFaultless();
  },
}));

test('a pupil at Firefox hears, sees, is heard and seen, and comes back', async ({ school, door, firefox }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await firefox(school.pupils[0]);
  await pupil.enter('Rejoindre le cours');
  for (const tool of [teacher.names.mic, teacher.names.camera, teacher.names.screen]) await teacher.turn(tool, true);
  await pupil.turnOn('Micro');
  await pupil.turnOn('Caméra');
  await expectToHear(pupil.page);
  await expectToSee(pupil.page, 2);
  await expectToHear(teacher.page);
  await expectToSee(teacher.page);
  expect(await protocolsUsed(pupil.page)).toEqual(['udp']);

  // Another network, says the system.
  await pupil.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expectToHear(pupil.page);
  await expectToSee(pupil.page, 2);
});

test('a teacher at Firefox opens the class, is heard and seen', async ({ school, door, firefox }) => {
  const teacher = await firefox(school.teacher);
  await teacher.enter('Ouvrir la classe');
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  await teacher.turnOn('Micro');
  await teacher.turnOn('Caméra');
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
});
