// @ts-check
// One teacher and three pupils in one lesson, in four browsers' worth of pages:
// they hear, see and write to each other, and the teacher leads.
import { auditEveryLook } from '../harness/audit.js';
import { classmates } from '../harness/cards.js';
import { expectPictureOfWidth, expectSilence, expectToHear, expectToSee, loseMedia } from '../harness/media.js';
import { expect, test } from '../harness/fixtures.js';
import { SAID } from '../names.js';

/** What the fake screen of the browser measures; its fake camera is narrower. */
const SCREEN_WIDTH = 1280;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * The teacher and three pupils, all inside.
 * @param {import('../harness/school.js').School} school
 * @param {import('../harness/fixtures.js').Door} door
 */
async function holdLesson(school, door) {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupils = [];
  const [third] = await classmates(door, school);
  for (const person of [...school.pupils, third].slice(0, 3)) {
    const pupil = await door.signIn(person);
    await pupil.enterAsPupil();
    pupils.push(pupil);
  }
  expect(pupils).toHaveLength(3);
  return { teacher, pupils, all: [teacher, ...pupils] };
}

test('a teacher and three pupils hear, see and write to each other', async ({ school, door }) => {
  const { teacher, pupils, all } = await holdLesson(school, door);
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await pupils[0].turn(pupils[0].names.mic, true);
  await pupils[0].turn(pupils[0].names.camera, true);

  await test.step('sound and pictures arrive at each of them', async () => {
    for (const visitor of all) {
      await expectToHear(visitor.page);
      await expectToSee(visitor.page);
    }
    // The others see the teacher and the pupil.
    await expectToSee(pupils[1].page, 2);
  });

  await test.step('what one writes, all read, once', async () => {
    await teacher.say('Ouvrez le livre page 12.');
    await pupils[1].say('Laquelle ? <b>12</b> & 13');
    for (const { names } of all) {
      await expect(names.chat.getByText('Ouvrez le livre page 12.', { exact: true })).toHaveCount(1);
      await expect(names.chat.getByText('Laquelle ? <b>12</b> & 13', { exact: true })).toHaveCount(1);
    }
  });

  await test.step('the teacher mutes everybody', async () => {
    await teacher.names.muteAll.click();
    await expect(pupils[0].names.mic).toHaveAttribute('aria-pressed', 'false');
    await expectSilence(teacher.page);
    await expect(teacher.names.mic).toHaveAttribute('aria-pressed', 'true');
    await expectToHear(pupils[2].page);
  });

  await test.step('a pupil speaks again', async () => {
    await pupils[0].turn(pupils[0].names.mic, true);
    await expectToHear(teacher.page);
  });
});

test('hands stand in the order in which they went up', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [first, second, third] = [pupils[2], pupils[0], pupils[1]];
  for (const pupil of [first, second, third]) {
    await pupil.turn(pupil.names.hand, true);
    await expect(teacher.names.handsUp).toHaveCount([first, second, third].indexOf(pupil) + 1);
  }
  await expect(teacher.names.handsUp).toContainText([first.name, second.name, third.name]);

  await second.turn(second.names.hand, false);
  await expect(teacher.names.handsUp).toContainText([first.name, third.name]);
});

test('the teacher shares her screen, and each pupil sees it', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  await teacher.turn(teacher.names.screen, true);
  for (const pupil of pupils) await expectPictureOfWidth(pupil.page, SCREEN_WIDTH);
  await teacher.turn(teacher.names.screen, false);
});

test('somebody removed is out, and does not come back', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [removed, stays] = pupils;
  await test.step('what can be done about somebody: of one at a time, closed by Escape', async () => {
    for (const { name } of [removed, stays]) {
      await teacher.names.actOn(name).click();
      await expect(teacher.names.remove).toHaveCount(1);
    }
    await teacher.page.keyboard.press('Escape');
    await expect(teacher.names.remove).toHaveCount(0);
    await expect(teacher.names.actOn(stays.name)).toBeFocused();
  });

  await teacher.names.actOn(removed.name).click();
  await teacher.names.remove.click();
  await expect(removed.page.getByText(SAID.removed)).toBeVisible();
  await expect(removed.names.chatField).toBeHidden();

  await test.step('not on the same page, nor on another device', async () => {
    await removed.page.reload();
    await expect(removed.page.getByText(SAID.removed)).toBeVisible();
    const elsewhere = await door.signIn(school.pupils[0]);
    await elsewhere.names.joinLesson.click();
    await expect(elsewhere.page.getByText(SAID.removed)).toBeVisible();
    await stays.say('On continue.');
    await expect(teacher.names.chat.getByText('On continue.', { exact: true })).toHaveCount(1);
    expect(await elsewhere.everythingReceived()).not.toContain('On continue.');
  });
});

test('what a pupil writes in private, the teacher alone receives', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [writer, other] = pupils;
  await writer.names.chatToTeacher.check();
  await writer.names.privateField.fill("Je n'entends rien.");
  await writer.names.privateField.press('Enter');
  await expect.poll(() => teacher.frames.some((frame) => frame.includes("Je n'entends rien."))).toBe(true);
  // What is written afterwards has arrived: so had the private message, if it came.
  await teacher.say('On reprend.');
  await expect(other.names.chat.getByText('On reprend.', { exact: true })).toHaveCount(1);
  expect(await other.everythingReceived()).not.toContain("Je n'entends rien.");
});

test('a message beyond the limit stays in the field, and harms nothing', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const { chatField, chat } = teacher.names;
  await chatField.evaluate((field) => (/** @type {HTMLTextAreaElement} */ (field).value = 'é'.repeat(2001)));
  await chatField.press('Enter');
  await expect(teacher.page.getByText('Ce message est trop long : 2000 signes au plus.')).toBeVisible();
  await expect(chatField).toHaveValue('é'.repeat(2001));
  await expect(chat.getByText('ééé')).toHaveCount(0);
  // As many as there may be, of those that a browser counts twice.
  const most = '🙂'.repeat(2000);
  await chatField.evaluate((field, text) => (/** @type {HTMLTextAreaElement} */ (field).value = text), most);
  await chatField.press('Enter');
  await expect(chat.getByText(most, { exact: true })).toHaveCount(1);
  // It stands there as soon as it is on its way.
  await expect.poll(() => teacher.frames.join().includes(most)).toBe(true);
});

test('the teacher drops and comes back: her authority does too', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const pageOfTheLesson = teacher.page.url();
  await teacher.page.goto('about:blank');
  await pupils[0].say('Madame ?');
  await expect(pupils[1].names.chat.getByText('Madame ?', { exact: true })).toHaveCount(1);

  await teacher.page.goto(pageOfTheLesson);
  await teacher.backInside();
  await expect(teacher.names.chat.getByText('Madame ?', { exact: true })).toHaveCount(1);
  await teacher.names.muteAll.click();
  for (const { names } of pupils) await expect(names.mic).toHaveAttribute('aria-pressed', 'false');
});

test('a phone of 390 pixels has all of the class', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  const phone = await door.signIn(school.pupils[0], PHONE);
  await phone.enterAsPupil();
  await expectToHear(phone.page);
  await expectToSee(phone.page);
  await phone.openChat();
  await phone.say('Depuis mon téléphone.');
  await expect(teacher.names.chat.getByText('Depuis mon téléphone.', { exact: true })).toHaveCount(1);
  await phone.turn(phone.names.hand, true);
  await phone.openPeople();
  await expect(phone.names.handsUp).toContainText([phone.name]);
  await phone.page.keyboard.press('Escape');
  await expect(phone.names.people).toBeHidden();
  await expect(phone.names.peopleOpen).toBeFocused();
  for (const button of [phone.names.mic, phone.names.camera, phone.names.hand, phone.names.leave]) {
    await expect(button).toBeInViewport({ ratio: 1 });
  }
});

test('everybody sees how their network is, and the teacher\'s', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.mic, true);
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  await expectToHear(pupil.page);
  const { network, networkPanel } = pupil.names;
  await expect(network).toHaveText('Réseau : bon');

  await test.step('the panel opens and closes by keyboard', async () => {
    await network.press('Enter');
    await expect(networkPanel.getByRole('heading', { name: 'Votre réseau est bon' })).toBeFocused();
    await expect(networkPanel).toContainText(/Aller-retour des données\s*[\d.,]+\sms/);
    await expect(networkPanel).toContainText(/Sons reconstitués\s*[\d.,]+\s%/);
    await expect(networkPanel).toContainText('Le réseau du professeur : bon');
    await auditEveryLook(pupil.page, 'network of a pupil');
    await pupil.page.keyboard.press('Escape');
    await expect(networkPanel).toBeHidden();
    await expect(network).toBeFocused();
  });

  await test.step('a teacher whose network goes is not taken for a fault at home', async () => {
    await loseMedia(teacher.page);
    await expect(teacher.names.network).toHaveText('Réseau : mauvais');
    await expect(pupil.page.getByText('Le réseau du professeur est mauvais en ce moment.')).toBeVisible();
    await expect(network).toHaveText('Réseau : bon');
  });

  await test.step('the camera is one press away from better', async () => {
    await teacher.turn(teacher.names.camera, true);
    await teacher.names.network.click();
    await auditEveryLook(teacher.page, 'bad network of the teacher');
    await teacher.names.networkPanel.getByRole('button', { name: 'Couper ma caméra' }).click();
    await expect(teacher.names.camera).toHaveAttribute('aria-pressed', 'false');
  });

  await test.step('somebody who comes later knows too', async () => {
    const late = await door.signIn(school.pupils[1]);
    await late.enterAsPupil();
    await late.names.network.click();
    await expect(late.names.networkPanel).toContainText('Le réseau du professeur : mauvais');
  });
});

test('where no camera goes through, the page says so, and no longer shows one as seen', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  for (const { turn, names } of [teacher, pupil]) await turn(names.camera, true);
  const operator = await door.signIn(school.first('operator'));
  await operator.page.goto('/regie');
  const lever = operator.page.locator('details.lever').filter({ hasText: 'Plafond' });
  await lever.locator('summary').click();
  await lever.getByLabel('Mbit/s').fill('1');
  await lever.getByLabel('Pourquoi').fill('un essai');
  await lever.getByRole('button', { name: 'Appliquer ce plafond' }).click();

  const unseen = "Personne ne vous voit pour l'instant.";
  for (const { page, names } of [teacher, pupil]) {
    await expect(page.getByText(unseen)).toBeVisible();
    await expect(names.camera).toHaveAccessibleDescription(unseen);
    await expect(names.network).toHaveText('Réseau : bon');
    await names.network.click();
    await expect(names.networkPanel).toContainText('les voix et les messages passent');
    await auditEveryLook(page, 'a class of voices');
    await names.network.click();
  }
  await operator.page.getByRole('button', { name: 'Revenir à la configuration Plafond à 1 Mbit/s' }).click();
  for (const { page, names } of [teacher, pupil]) {
    await expect(page.getByText(unseen)).toBeHidden();
    await expect(names.camera).not.toHaveAccessibleDescription(unseen);
  }
});

test('a reload in mid-lesson keeps the seat, the chat and the hand', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [pupil] = pupils;
  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await teacher.say('Première phrase.');
  await pupil.say('Deuxième phrase.');
  await pupil.turn(pupil.names.hand, true);
  await expect(teacher.names.handsUp).toHaveCount(1);

  await pupil.page.reload();
  await pupil.backInside();
  await expect(pupil.names.chat.getByText('Première phrase.', { exact: true })).toHaveCount(1);
  await expect(pupil.names.chat.getByText('Deuxième phrase.', { exact: true })).toHaveCount(1);
  await expect(pupil.names.hand).toHaveAttribute('aria-pressed', 'true');
  await expect(teacher.names.handsUp).toContainText([pupil.name]);
  await expectToHear(pupil.page);
  await expectToSee(pupil.page);
});

test('a teacher who leaves pupils behind: they pause, and all is as before when she is back', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [speaker, listener] = pupils;
  const answer = (/** @type {string} */ name) => teacher.page.getByRole('dialog', { name: 'Sortir de la classe ?' })
    .getByRole('button', { name, exact: true });
  await speaker.turn(speaker.names.mic, true);
  await speaker.turn(speaker.names.camera, true);
  await expectToHear(listener.page);
  await expectToSee(listener.page);
  await teacher.names.leave.click();
  await auditEveryLook(teacher.page, 'the question before leaving');
  await answer('Rester').click();
  await teacher.say('Je reste.');

  await teacher.names.leave.click();
  await answer('Sortir un moment').click();
  await expect(teacher.names.todayHeading).toBeVisible();
  for (const { page } of pupils) await expect(page.locator('#banner')).toHaveText(SAID.paused);
  await expectSilence(listener.page);
  await expect(speaker.names.mic).toHaveAttribute('aria-pressed', 'true');
  await speaker.say('Elle revient ?');
  await expect(listener.names.chat.getByText('Elle revient ?', { exact: true })).toHaveCount(1);
  await auditEveryLook(listener.page, 'a class without its teacher');
  await test.step('somebody who comes anew is paused too', async () => {
    await speaker.page.reload();
    await speaker.backInside();
    await expect(speaker.page.locator('#banner')).toHaveText(SAID.paused);
    await expect(speaker.names.mic).toHaveAttribute('aria-pressed', 'true');
    await expectSilence(listener.page);
  });

  await teacher.names.goBack.click();
  await teacher.enter();
  await expectToHear(listener.page);
  await expectToSee(listener.page);
  for (const { page } of pupils) await expect(page.locator('#banner')).toBeEmpty();
  await expect(teacher.names.chat.getByText('Elle revient ?', { exact: true })).toHaveCount(1);

  await teacher.names.leave.click();
  await answer('Terminer le cours pour tous').click();
  for (const { page } of [teacher, ...pupils]) {
    await expect(page.getByRole('heading', { name: SAID.ended })).toBeVisible();
  }
});

test('with all microphones closed, a raised hand is answered by the floor, and it is taken back', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [speaker, other] = pupils;
  await teacher.openSettings();
  await teacher.names.allowMic.uncheck();
  await teacher.closeSettings();
  for (const pupil of pupils) await expect(pupil.names.mic).toHaveAttribute('aria-pressed', 'false');
  await expectSilence(teacher.page);

  await test.step('by keyboard, from the hand in the list', async () => {
    await speaker.turn(speaker.names.hand, true);
    await teacher.names.giveFloor(speaker.name).press('Enter');
    await expect(teacher.names.takeFloor(speaker.name)).toBeFocused();
    await expect(teacher.names.handsUp).toHaveCount(0);
    await speaker.page.getByRole('button', { name: 'Allumer mon micro' }).click();
    await expect(speaker.names.mic).toHaveAttribute('aria-pressed', 'true');
    await expectToHear(teacher.page);
    await expectToHear(other.page);
    await expect(other.names.people.getByText('a la parole')).toHaveCount(1);
    await expect(other.page.locator('.tile').filter({ hasText: 'a la parole' })).toContainText(speaker.name);
    await expect(speaker.page.locator('.tile.mine')).toContainText('vous avez la parole');
    await auditEveryLook(teacher.page, 'somebody has the floor');
  });

  await test.step('nobody else speaks meanwhile', async () => {
    await other.names.mic.click();
    await expect(other.page.getByText('Le professeur a fermé les micros.').last()).toBeVisible();
    await expect(other.names.mic).toHaveAttribute('aria-pressed', 'false');
  });

  await test.step('one press takes it back', async () => {
    await teacher.names.takeFloor(speaker.name).click();
    await expect(speaker.names.mic).toHaveAttribute('aria-pressed', 'false');
    await expect(speaker.page.getByText('Votre tour de parole est terminé.')).toBeVisible();
    await expectSilence(teacher.page);
  });

  await test.step('from the menu of somebody whose hand is down', async () => {
    await teacher.names.actOn(other.name).click();
    await teacher.names.giveFloor(other.name).click();
    await other.turn(other.names.mic, true);
    await expectToHear(teacher.page);
  });
});

test('of two hands up, a fast second press is not taken for the other', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  const [first, second] = pupils;
  for (const pupil of [first, second]) await pupil.turn(pupil.names.hand, true);
  await expect(teacher.names.handsUp).toHaveCount(2);
  // High enough for all of the list.
  await teacher.page.setViewportSize({ width: 1280, height: 1000 });
  const box = await teacher.names.giveFloor(second.name).boundingBox();
  const [x, y] = [(box?.x ?? 0) + 30, (box?.y ?? 0) + 10];
  await teacher.page.mouse.click(x, y);
  // A hand is never quite still; meanwhile the class has answered.
  await expect.poll(async () => {
    await teacher.page.mouse.move(x + Math.random(), y);
    return teacher.frames.some((frame) => frame.includes('"t":"floor"'));
  }, { intervals: [20] }).toBe(true);
  await teacher.page.mouse.click(x, y);

  await expect(teacher.names.takeFloor(second.name)).toBeVisible();
  await expect(teacher.names.giveFloor(first.name)).toBeVisible();
  await expect(first.names.hand).toHaveAttribute('aria-pressed', 'true');
  await expect(teacher.names.people.getByText('a la parole')).toHaveCount(1);
});

test('what is newly said of the microphones takes the place of what was', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  const said = () => pupil.page.locator('#toasts p').allTextContents();
  await teacher.openSettings();
  await teacher.names.allowMic.uncheck();
  await expect.poll(said).toEqual(['Le professeur a fermé les micros.']);
  await teacher.names.allowMic.check();
  const opened = 'Vous pouvez de nouveau parler au micro.';
  await expect.poll(async () => (await said()).includes(opened), { intervals: [50] }).toBe(true);
  // At once: by and by the older one would go by itself.
  expect(await said()).toEqual([opened]);
});

test('back asks before it leaves; whoever comes back is not heard unasked', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const phone = await door.signIn(school.pupils[0], PHONE);
  const { page, names } = phone;
  await phone.enterAsPupil();
  await phone.turn(names.mic, true);
  const question = page.getByRole('dialog', { name: 'Sortir de la classe ?' });
  await page.goBack();
  await auditEveryLook(page, 'the question of the back button');
  await question.getByRole('button', { name: 'Rester' }).click();
  await expect(names.mic).toHaveAttribute('aria-pressed', 'true');

  await test.step('a second press goes', async () => {
    await page.goBack();
    await expect(question).toBeVisible();
    await page.goBack();
    await expect(names.todayHeading).toBeVisible();
    // Gone on purpose: nobody waits for them to reconnect.
    await expect(teacher.page.locator('#absent li', { hasText: phone.name })).toHaveCount(1);
  });
  await test.step('Forward leads to the door', async () => {
    await page.goForward();
    await phone.enter();
  });
  await test.step('whoever was elsewhere for a moment is back in with the microphone off, and told so', async () => {
    await page.goto('/');
    await expect(names.todayHeading).toBeVisible();
    await page.goBack();
    await phone.expectInside();
    await expect(page.getByText('Votre micro est coupé : la classe ne vous entend pas.')).toBeVisible();
    await expect(names.mic).toHaveAttribute('aria-pressed', 'false');
  });
  await test.step('a teacher is asked what the button asks her', async () => {
    await teacher.page.goBack();
    const hers = teacher.page.getByRole('dialog', { name: 'Sortir de la classe ?' });
    await expect(hers.getByRole('button', { name: 'Terminer le cours pour tous' })).toBeVisible();
    await hers.getByRole('button', { name: 'Rester' }).click();
    await teacher.say('Je reste.');
  });
  await test.step('the answer leaves', async () => {
    await page.goBack();
    await question.getByRole('button', { name: 'Quitter' }).click();
    await expect(names.todayHeading).toBeVisible();
  });
});

test('the lesson ends for everybody, and nobody comes back in', async ({ school, door }) => {
  const { teacher, pupils } = await holdLesson(school, door);
  await teacher.names.end.click();
  await teacher.names.endYes.click();
  for (const { page } of [teacher, ...pupils]) {
    await expect(page.getByRole('heading', { name: SAID.ended })).toBeVisible();
  }
  await pupils[0].page.reload();
  await expect(pupils[0].page.getByText(SAID.ended)).toBeVisible();
  await expect(pupils[0].names.enter).toBeHidden();
});
