// @ts-check
// What people write and are called: names in French sentences, and messages that are
// refused.
import { expect, test } from '../harness/fixtures.js';
import { SAID } from '../names.js';

test('« de Paul », but « d’Emmanuel »; and a guest who left comes back by one press', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const link = await teacher.makeGuestLink();
  const come = async (/** @type {string} */ name) => {
    const guest = await door.arrive();
    await guest.page.goto(link);
    await guest.names.guestName.fill(name);
    await guest.names.guestContinue.click();
    await guest.names.enter.click();
    await teacher.names.admit.click();
    await guest.expectInside();
    await guest.say(`Bonjour, ici ${name}.`);
    return guest;
  };
  const emmanuel = await come('Emmanuel Petit');
  for (const name of ['Paul Martin', 'Élodie Roy']) await come(name);
  for (const whose of ['d’Emmanuel Petit', 'de Paul Martin', 'd’Élodie Roy']) {
    const bin = teacher.names.chat.getByRole('button', { name: `Supprimer le message ${whose} (invité)`, exact: true });
    await expect(bin).toHaveCount(1);
  }

  await emmanuel.names.leave.click();
  await expect(emmanuel.page.getByRole('heading', { name: 'Vous avez quitté le cours' })).toBeFocused();
  await emmanuel.names.goBack.click();
  // Let in once, they need not knock again.
  await emmanuel.enter();
  await expect(emmanuel.page.getByText(SAID.knocking)).toBeHidden();
});

test('a message that the server refuses comes back into the field', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const { chatField, chat } = teacher.names;
  const long = 'é'.repeat(2001);
  // A page of another version, which lets through what this server does not take.
  await chatField.evaluate((field) => (field.dataset.max = '5000'));
  await chatField.fill(long);
  await chatField.press('Enter');
  await expect(teacher.page.getByText("Ce message n'a pas été pris.")).toBeVisible();
  await expect(chatField).toHaveValue(long);
  await expect(chat.getByText('ééé')).toHaveCount(0);
  // It is not said again with the next line, and others go through.
  await chatField.fill('');
  await teacher.say('Plus court.');
  await teacher.page.reload();
  await teacher.backInside();
  await expect(chat.getByText('Plus court.', { exact: true })).toHaveCount(1);
  await expect(chat.getByText('ééé')).toHaveCount(0);
});
