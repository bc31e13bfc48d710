// @ts-check
// Cards and passwords: getting in, getting onto another device, getting out.
import { PASSWORD } from '../harness/school.js';
import { expect, test } from '../harness/fixtures.js';
import { SAID } from '../names.js';

const NEW_PASSWORD = 'quatre chevaux bleus';

test('a password opens the school, a wrong one does not', async ({ school, door }) => {
  const login = await (await door.signIn(school.pupils[0])).readLogin();
  const { page, names, tryPassword } = await arriveAtSignIn(door);

  await tryPassword(login, 'pas le bon');
  await expect(page.getByRole('alert')).toHaveText(SAID.passwordWrong);
  await expect(names.login).toHaveValue(login);
  await tryPassword('personne.inconnue', PASSWORD);
  await expect(page.getByRole('alert')).toHaveText(SAID.passwordWrong);

  await tryPassword(login, PASSWORD);
  await expect(names.todayHeading).toBeVisible();
  await names.signOut.click();
  await page.goto('/account');
  await expect(names.signOut).toBeHidden();
});

test('a changed password takes the place of the old one', async ({ school, door }) => {
  const pupil = await door.signIn(school.pupils[0]);
  const login = await pupil.readLogin();
  await pupil.names.passwordNow.fill('pas le bon');
  await pupil.names.passwordNew.fill(NEW_PASSWORD);
  await pupil.names.passwordAgain.fill(NEW_PASSWORD);
  await pupil.names.changePassword.click();
  await expect(pupil.page.getByRole('alert')).toBeVisible();
  await pupil.names.passwordNow.fill(PASSWORD);
  await pupil.names.passwordNew.fill(NEW_PASSWORD);
  await pupil.names.passwordAgain.fill(NEW_PASSWORD);
  await pupil.names.changePassword.click();
  await expect(pupil.page.getByText(SAID.passwordChanged)).toBeVisible();

  const { page, names, tryPassword } = await arriveAtSignIn(door);
  await tryPassword(login, PASSWORD);
  await expect(page.getByRole('alert')).toHaveText(SAID.passwordWrong);
  await tryPassword(login, NEW_PASSWORD);
  await expect(names.todayHeading).toBeVisible();
});

test('a card link is spent by the first device that opens it', async ({ school, door }) => {
  const link = await (await door.signIn(school.pupils[0])).makeCardLink();
  const phone = await door.arrive();
  await phone.takeCard(link);
  await expect(phone.names.todayHeading).toBeVisible();

  const finder = await door.arrive();
  await finder.page.goto(link);
  await expect(finder.page.getByRole('heading', { name: SAID.cardLinkSpent })).toBeVisible();
  await finder.expectSignedOut();

  await test.step('not even the same device uses it twice', async () => {
    await phone.names.signOut.click();
    await phone.page.goto(link);
    await expect(phone.page.getByRole('heading', { name: SAID.cardLinkSpent })).toBeVisible();
  });
});

test('a lost device loses its card, the others keep theirs', async ({ school, door }) => {
  const lost = await door.signIn(school.pupils[0]);
  const kept = await door.signIn(school.pupils[0]);
  await kept.page.goto('/account');
  await expect(kept.names.devices).toHaveCount(2);
  await kept.names.takeCardOff.click();
  await expect(kept.names.devices).toHaveCount(1);
  await lost.expectSignedOut();
  await kept.page.goto('/');
  await expect(kept.names.todayHeading).toBeVisible();
});

test('signing out everywhere ends every session, and the links not yet used', async ({ school, door }) => {
  const here = await door.signIn(school.pupils[0]);
  const elsewhere = await door.signIn(school.pupils[0]);
  const somebodyElse = await door.signIn(school.pupils[1]);
  const link = await elsewhere.makeCardLink();

  await here.page.goto('/account');
  await here.names.signOutEverywhere.click();
  await expect(here.names.signIn).toBeVisible();
  await here.expectSignedOut();
  await elsewhere.expectSignedOut();
  const late = await door.arrive();
  await late.page.goto(link);
  await late.expectSignedOut();
  await somebodyElse.page.goto('/');
  await expect(somebodyElse.names.todayHeading).toBeVisible();
});

/** @param {import('../harness/fixtures.js').Door} door */
async function arriveAtSignIn(door) {
  const visitor = await door.arrive();
  await visitor.page.goto('/');
  await expect(visitor.names.signIn).toBeVisible();
  return { page: visitor.page, names: visitor.names, tryPassword: visitor.tryPassword.bind(visitor) };
}
