// @ts-check
// More people than the demo school introduces: the head prints the cards of a
// class, and a test hands them out.
import { expect } from '@playwright/test';

/**
 * @typedef {import('./fixtures.js').Door} Door
 * @typedef {import('./school.js').Person} Person
 * @typedef {import('./school.js').School} School
 */

/**
 * Pupils of the class that is introduced, those introduced left out.
 * @param {Door} door
 * @param {School} school
 */
export async function classmates(door, school) {
  const introduced = school.pupils.map(({ name }) => sorted(name));
  const cards = await printCards(door, school, (lines) => lines.includes(introduced[0]));
  return cards.filter(({ name }) => !introduced.includes(sorted(name)));
}

/**
 * Pupils of another class.
 * @param {Door} door
 * @param {School} school
 */
export async function pupilsOfAnotherClass(door, school) {
  const introduced = sorted(school.pupils[0].name);
  return printCards(door, school, (lines) => !lines.includes(introduced));
}

/**
 * The sheet of the first class whose list has the lines that are wanted.
 * @param {Door} door
 * @param {School} school
 * @param {(lines: string[]) => boolean} isWanted
 * @returns {Promise<Person[]>}
 */
async function printCards(door, school, isWanted) {
  const { page, names } = await door.signIn(school.first('head'));
  await page.goto('/people');
  const lists = await names.groupLists.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  for (const list of lists) {
    await page.goto(list);
    const lines = (await names.main.innerText()).split('\n');
    if (!isWanted(lines.map(sorted))) continue;
    await names.printCards.click();
    await expect(names.cards).not.toHaveCount(0);
    const cards = await names.cards.all();
    return Promise.all(
      cards.map(async (card) => ({
        name: ((await card.locator('.cards-name').textContent()) ?? '').trim(),
        role: 'pupil',
        card: ((await card.locator('.address').textContent()) ?? '').trim(),
      })),
    );
  }
  throw new Error('no class is as wanted');
}

/** Lists say family names first: the words of a name, whatever their order. @param {string} name */
function sorted(name) {
  return name.trim().split(/\s+/).sort().join(' ');
}
