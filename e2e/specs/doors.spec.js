// @ts-check
// Who gets in, and what those outside learn: nothing.
import { pupilsOfAnotherClass } from '../harness/cards.js';
import { mediaStats } from '../harness/media.js';
import { expect, test } from '../harness/fixtures.js';
import { SAID } from '../names.js';

/** @typedef {import('../harness/visitor.js').Visitor} Visitor */

/**
 * Every name on the roster, as the teacher's page received it.
 * @param {Visitor} teacher
 * @returns {string[]}
 */
function rosterOf(teacher) {
  const welcome = teacher.frames.flatMap((frame) => JSON.parse(frame)).find((message) => message.t === 'welcome');
  return welcome.people.map((/** @type {{ name: string }} */ person) => person.name);
}

/**
 * No name but these, no chat and no media has reached the visitor's page.
 * @param {Visitor} visitor
 * @param {string[]} roster
 * @param {string[]} chat
 */
async function expectToKnowNothing(visitor, roster, chat = []) {
  const received = await visitor.everythingReceived();
  expect(roster.length, 'names on the roster').toBeGreaterThan(3);
  const known = [...roster, ...chat].filter((text) => received.includes(text));
  expect(known, 'names and sentences that have reached them').toEqual([]);
  expect((await mediaStats(visitor.page)).bytes, 'bytes of media').toBe(0);
}

test('a stranger without a card gets no page and no socket', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const lesson = new URL(teacher.page.url()).pathname;
  await teacher.say('Bonjour à tous.');

  const stranger = await door.arrive();
  await stranger.page.goto('/');
  await expect(stranger.names.login).toBeVisible();
  await stranger.page.goto(lesson);
  await expect(stranger.names.enter).toBeHidden();

  const heard = await stranger.page.evaluate(async (slot) => {
    /** @type {string[]} */
    const texts = [];
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/live/${slot}`);
    socket.onmessage = ({ data }) => texts.push(String(data));
    socket.onopen = () => {
      socket.send('{"t":"hello","pass":"AQcCTAAAAAAAAABMAAAAAAAAAAIAAAAAAAAAAQBQXBijAQAATkxMTExMTExMTExM","since":0}');
      socket.send('{"t":"enter"}');
    };
    await new Promise((closed) => (socket.onclose = closed));
    return texts;
  }, lesson.split('/').pop());
  stranger.frames.push(...heard);
  for (const message of stranger.frames.flatMap((frame) => JSON.parse(frame))) expect(message.t).toBe('goodbye');
  await expectToKnowNothing(stranger, rosterOf(teacher), ['Bonjour à tous.']);
});

test('a pupil of another class is told that the lesson is not theirs', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const lesson = new URL(teacher.page.url()).pathname;

  const [outsider] = await pupilsOfAnotherClass(door, school);
  const other = await door.signIn(outsider);
  await other.page.goto(lesson);
  await expect(other.page.getByText(SAID.notYours)).toBeVisible();
  await expect(other.names.enter).toBeHidden();
  await expectToKnowNothing(other, rosterOf(teacher));
});

test('a pupil who is early waits, and enters by themselves when the lesson opens', async ({ school, door }) => {
  const [early] = school.pupils;
  const pupil = await door.signIn(early);
  await pupil.goToLobby();
  await pupil.names.enter.click();
  await expect(pupil.page.getByText(SAID.noted)).toBeVisible();
  await expect(pupil.names.chatField).toBeHidden();
  // Loaded anew, they are still ready.
  await pupil.page.reload();
  await expect(pupil.page.getByText(SAID.noted)).toBeVisible();

  const teacher = await door.signIn(school.teacher);
  await teacher.names.openClass.click();
  await expect(teacher.names.enter).toBeEnabled();
  // The door is still shut: the teacher is only at her own device check.
  await expect(pupil.page.getByText(SAID.waiting)).toBeVisible();
  const framesBefore = [...pupil.frames];
  const pageBefore = await pupil.page.content();

  await teacher.enter();
  await pupil.expectInside();
  const others = rosterOf(teacher).filter((name) => name !== early.name && name !== school.teacher.name);
  expect(others.length).toBeGreaterThan(3);
  for (const name of others) expect([pageBefore, ...framesBefore].join('\n')).not.toContain(name);
});

test('a pupil who has not pressed the button stays at the device check, and chooses', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.goToLobby();
  await expect(pupil.page.getByText(SAID.waiting)).toBeVisible();
  await expect(pupil.names.withMic).toBeChecked();

  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await expect(pupil.page.getByText(SAID.open)).toBeVisible();
  await teacher.say('Il manque quelqu\'un.');
  await expect(pupil.names.enter).toBeVisible();
  await expectToKnowNothing(pupil, rosterOf(teacher).filter((name) => name !== pupil.name && name !== teacher.name));

  await pupil.enter();
  await expect(pupil.names.mic).toHaveAttribute('aria-pressed', 'true');
});

test('on a slow network, no button is offered before it works', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0]);
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  /** @type {(value?: undefined) => void} */
  let scriptsArrive = () => {};
  const arrived = new Promise((resolve) => (scriptsArrive = resolve));
  await pupil.page.route('**/*.js', async (route) => {
    await arrived;
    await route.continue();
  });
  await pupil.page.goto(new URL(teacher.page.url()).pathname, { waitUntil: 'commit' });
  await expect(pupil.names.enter).toBeVisible();
  await expect(pupil.names.enter).toBeDisabled();
  scriptsArrive();
  await pupil.enter();
});

test('a guest knocks, and is let in or refused by hand', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await teacher.say('Avant les invités.');
  const link = await teacher.makeGuestLink();

  /** @param {string} name */
  const knock = async (name) => {
    const guest = await door.arrive();
    await guest.page.goto(link);
    await guest.names.guestName.fill(name);
    await guest.names.guestContinue.click();
    await guest.names.enter.click();
    await expect(guest.page.getByText(SAID.knocking)).toBeVisible();
    await expect(teacher.names.knock(name)).toBeVisible();
    await expectToKnowNothing(guest, rosterOf(teacher), ['Avant les invités.']);
    return guest;
  };

  await test.step('refused: out, and told so', async () => {
    const refused = await knock('Inconnu Curieux');
    await teacher.names.refuse.click();
    await expect(refused.page.getByText(SAID.removed)).toBeVisible();
    // Loaded anew, their page does not knock by itself.
    const ready = () => Object.entries(sessionStorage).filter(([name]) => name.startsWith('class-ready'));
    expect((await refused.page.evaluate(ready)).map(([, value]) => value)).toEqual(['null']);
    await expectToKnowNothing(refused, rosterOf(teacher), ['Avant les invités.']);
  });

  await test.step('let in: in the class', async () => {
    const guest = await knock('Mme Dupont, auteure');
    const marked = 'Mme Dupont, auteure (invité)';
    await expect(teacher.names.knock(marked).locator('.who')).toHaveText(marked);
    // Loaded anew, they still knock.
    await guest.page.reload();
    await expect(guest.page.getByText(SAID.knocking)).toBeVisible();
    await expect(teacher.names.knock('Mme Dupont, auteure')).toHaveCount(1);
    await teacher.names.admit.click();
    await guest.expectInside();
    const row = teacher.names.people.getByRole('listitem').filter({ hasText: marked });
    await expect(row.locator('.who')).toHaveText(marked);
    await expect(row.locator('.avatar')).toHaveText('DA');
    await guest.say('Merci de votre accueil.');
    await expect(teacher.names.chat.getByText('Merci de votre accueil.', { exact: true })).toHaveCount(1);
  });

  await test.step('a link taken back opens nothing', async () => {
    await teacher.revokeGuestLink();
    const late = await door.arrive();
    await late.page.goto(link);
    await expect(late.page.getByText(SAID.guestsDead)).toBeVisible();
  });
});
