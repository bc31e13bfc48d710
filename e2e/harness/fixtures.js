// @ts-check
// The test object of every spec: a school of its own for each test, and visitors
// who leave when it ends. A test that ends well has also seen no uncaught
// exception and no request to a third party on any of its pages.
import { test as base } from '@playwright/test';

import { School } from './school.js';
import { Visitor } from './visitor.js';

/**
 * @typedef {import('@playwright/test').BrowserContextOptions} Options
 * @typedef {import('./school.js').Person} Person
 *
 * @typedef {object} Door
 * @property {(person: Person, options?: Options) => Promise<Visitor>} signIn
 * @property {(options?: Options) => Promise<Visitor>} arrive
 */

/**
 * @typedef {import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions} TestArgs
 * @typedef {import('@playwright/test').PlaywrightWorkerArgs & import('@playwright/test').PlaywrightWorkerOptions} WorkerArgs
 * @typedef {{ school: School, door: Door }} Own
 * @typedef {{ sharedSchool: School }} Shared
 */

/** @type {import('@playwright/test').Fixtures<Own, Shared, TestArgs, WorkerArgs>} */
const fixtures = {
  // A school that tests which change nothing may share.
  sharedSchool: [
    async ({}, use) => {
      const school = await School.open();
      await use(school);
      await school.close();
    },
    { scope: 'worker' },
  ],

  school: async ({}, use, info) => {
    const school = await School.open();
    await use(school);
    await school.close();
    if (info.status !== info.expectedStatus) {
      await info.attach('server.log', { body: school.log, contentType: 'text/plain' });
    }
  },

  door: async ({ browser, school }, use) => {
    /** @type {Visitor[]} */
    const visitors = [];
    const keep = async (/** @type {Promise<Visitor>} */ coming) => {
      const visitor = await coming;
      visitors.push(visitor);
      return visitor;
    };
    await use({
      signIn: (person, options) => keep(Visitor.signIn(browser, school, person, options)),
      arrive: (options) => keep(Visitor.arrive(browser, school, options)),
    });
    for (const visitor of visitors) await visitor.context.close();
    for (const visitor of visitors) visitor.expectFaultless();
  },
};

export const test = base.extend(fixtures);

/**
 * The same, in one school for all tests of a file: for tests that leave nothing
 * behind that another one minds.
 */
export const testOfSharedSchool = test.extend({
  school: async ({ sharedSchool }, use) => use(sharedSchool),
});

/** A school with seats for hardly anybody, so that its lessons wait at the door. */
export const testOfNarrowSchool = test.extend({
  school: async ({}, use) => {
    const school = await School.open('--ceiling', '1');
    await use(school);
    await school.close();
  },
});

/** A demonstration that plays a morning, as short as one may be. */
export const testOfRush = test.extend({
  school: async ({}, use) => {
    const school = await School.open('--rush=30');
    await use(school);
    // Told to stop, it takes its folder with it.
    await school.kill('SIGTERM');
    await school.close();
  },
});

export { expect } from '@playwright/test';
