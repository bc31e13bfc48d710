// @ts-check
// The server is killed in mid-lesson and started again: everybody is back, and
// nothing that somebody else had read is lost.
import { auditEveryLook } from '../harness/audit.js';
import { expectToHear, expectToSee } from '../harness/media.js';
import { expect, test } from '../harness/fixtures.js';
import { SAID } from '../names.js';

test('kill -9 in mid-lesson loses nothing and nobody', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const [first, second] = [await door.signIn(school.pupils[0]), await door.signIn(school.pupils[1])];
  await first.enterAsPupil();
  await second.enterAsPupil();
  const all = [teacher, first, second];

  await teacher.turn(teacher.names.mic, true);
  await teacher.turn(teacher.names.camera, true);
  await first.say('Question un.');
  await second.say('Question deux.');
  await second.turn(second.names.hand, true);
  await first.turn(first.names.hand, true);
  await expect(teacher.names.handsUp).toHaveCount(2);
  await teacher.openSettings();
  await teacher.names.allowChat.uncheck();
  await teacher.closeSettings();
  await teacher.say('Dernière phrase avant la panne.');
  for (const { names } of all) {
    await expect(names.chat.getByText('Dernière phrase avant la panne.', { exact: true })).toHaveCount(1);
  }
  await expect(first.names.chatField).toBeDisabled();

  await school.kill('SIGKILL');
  await test.step('without a line, nothing is said of anybody else\'s', async () => {
    await first.turn(first.names.camera, true);
    await first.names.network.click();
    await expect(first.names.network).toHaveText('Réseau : coupé');
    const panel = first.page.getByRole('region', { name: 'Connexion perdue.' });
    await expect(panel).toContainText('On revient dès que possible.');
    await expect(panel.getByText(/professeur|caméra/).filter({ visible: true })).toHaveCount(0);
    await first.turn(first.names.camera, false);
  });
  await test.step('what is shown is of before, and what is pressed is not lost without a word', async () => {
    await expect(first.page.locator('#banner')).toHaveText(/Ce que vous voyez date de \d+:\d\d\./);
    await expect(first.page.locator('#stage')).toContainText(SAID.pictureKept);
    await second.names.hand.click();
    await expect(second.page.getByText("Pas de connexion : rien n'est parti.")).toBeVisible();
    await expect(second.names.hand).toHaveAttribute('aria-pressed', 'true');
    await teacher.openSettings();
    await teacher.names.allowMic.click();
    await expect(teacher.names.allowMic).toBeChecked();
    await teacher.closeSettings();
    await auditEveryLook(first.page, 'a class that is cut off');
  });
  await school.start();

  await test.step('everybody is back by themselves, seeing and hearing', async () => {
    await teacher.say('De retour.');
    for (const { names } of all) {
      await expect(names.chat.getByText('De retour.', { exact: true })).toHaveCount(1);
    }
    for (const { page } of [first, second]) {
      await expectToHear(page);
      await expectToSee(page);
    }
  });

  await test.step('hands and permissions are whole', async () => {
    await expect(teacher.names.handsUp).toContainText([second.name, first.name]);
    await expect(first.names.hand).toHaveAttribute('aria-pressed', 'true');
    await expect(first.names.chatField).toBeDisabled();
  });

  await test.step('the chat is whole on a page that starts from nothing', async () => {
    await second.page.reload();
    await second.backInside();
    for (const text of ['Question un.', 'Question deux.', 'Dernière phrase avant la panne.', 'De retour.']) {
      await expect(second.names.chat.getByText(text, { exact: true })).toHaveCount(1);
    }
  });
});

test('a pupil waiting in the lobby through a crash still enters', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.goToLobby();
  await pupil.names.enter.click();
  await expect(pupil.page.getByText(SAID.waiting)).toBeVisible();

  await school.kill('SIGKILL');
  await school.start();

  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await pupil.expectInside();
});
