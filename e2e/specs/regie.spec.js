// @ts-check
// The control room: what the gate does, seen as it happens; levers that take
// effect in a class within a moment, and are undone in one click.
import { auditEveryLook, findPages, openProtected, weigh } from '../harness/audit.js';
import { expect, test } from '../harness/fixtures.js';

const PAGE_BYTES_MAX = 30_000;

/**
 * Opens a lever, fills it in, and pulls it.
 * @param {import('../harness/visitor.js').Visitor} operator
 * @param {string} name
 * @param {Record<string, string>} fields
 * @param {string} button
 */
async function pull(operator, name, fields, button) {
  const lever = operator.page.locator('details.lever').filter({ hasText: name });
  if (!(await lever.getAttribute('open'))) await lever.locator('summary').click();
  for (const [label, value] of Object.entries(fields)) await lever.getByLabel(label).fill(value);
  await lever.getByLabel('Pourquoi').fill('un essai');
  await lever.getByRole('button', { name: button }).click();
  await expect(operator.page.getByText("C'est fait.")).toBeVisible();
}

/** @param {import('../harness/visitor.js').Visitor} operator @param {string} name */
const figure = (operator, name) => operator.page.locator('.figures > div').filter({ hasText: name }).locator('dd');

for (const locale of ['fr-FR', 'en-GB']) {
  test(`pages of an operator in ${locale}: accessible in every look, and small`, async ({ school, door }) => {
    const operator = await door.signIn(school.first('operator'), { locale });
    const paths = await findPages(operator);
    expect(paths).toEqual(expect.arrayContaining(['/', '/regie', '/account']));
    for (const path of paths) {
      await openProtected(operator.page, path);
      await auditEveryLook(operator.page, path);
      expect(await weigh(operator.page), path).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    }
    await operator.page.goto('/regie');
    await operator.page.locator('details.lever').evaluateAll((levers) => {
      for (const lever of levers) {
        lever.removeAttribute('name');
        lever.setAttribute('open', '');
      }
    });
    await auditEveryLook(operator.page, 'every lever open');
    expect(operator.consoleErrors).toEqual([]);
  });
}

test('a ceiling that the operator sets is felt in class, and undone in one click', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  await teacher.turn(teacher.names.camera, true);
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  const operator = await door.signIn(school.first('operator'));
  await operator.page.goto('/regie');
  // Without a reload: the page hears of each second.
  await expect(figure(operator, 'Personnes en cours')).toHaveText('2');
  await expect(figure(operator, 'Cours en cours')).toHaveText('1');
  await pull(operator, 'Plafond', { 'Mbit/s': '1' }, 'Appliquer ce plafond');
  const told = /les voix et les messages passent/;
  for (const { page } of [teacher, pupil]) await expect(page.locator('#banner')).toContainText(told);
  await expect(operator.page.locator('#picture .state')).toContainText('qualité plus basse');
  await auditEveryLook(operator.page, 'control room with a lever pulled');
  await operator.page.getByRole('button', { name: 'Revenir à la configuration Plafond à 1 Mbit/s' }).click();
  await expect(operator.page.getByText("Aucun levier n'est actionné")).toBeVisible();
  const journal = operator.page.locator('.journal > li');
  await expect(journal).toHaveCount(2);
  await expect(journal.first()).toContainText('Plafond de la configuration');
  await expect(journal.last()).toContainText('un essai');
  const isBack = 'Toutes les caméras sont de retour.';
  for (const { page } of [teacher, pupil]) {
    await expect(page.getByText(isBack).first()).toBeVisible({ timeout: 60_000 });
  }
});

test('a lever that is refused comes back in its form, with what was typed and where it is wrong', async ({ school, door }) => {
  const operator = await door.signIn(school.first('operator'));
  const { page } = operator;
  await page.goto('/regie');
  const lever = page.locator('details.lever').filter({ hasText: 'Plafond' });
  await lever.locator('summary').click();
  // Past the browser's own check, as a script or an old browser would send it.
  await lever.locator('form').evaluate((form) => form.setAttribute('novalidate', ''));
  await lever.getByLabel('Mbit/s').fill('0');
  await lever.getByLabel('Pourquoi').fill('à');
  const answered = page.waitForResponse((response) => response.url().endsWith('/regie/lever'));
  await lever.getByRole('button', { name: 'Appliquer ce plafond' }).click();
  expect((await answered).status()).toBe(422);
  const [ceiling, why] = [lever.getByLabel('Mbit/s'), lever.getByLabel('Pourquoi')];
  await expect(ceiling).toBeFocused();
  await expect(ceiling).toHaveValue('0');
  await expect(ceiling).toHaveAccessibleDescription(/Le plafond est un nombre entier/);
  await expect(why).toHaveValue('à');
  await expect(why).toHaveAccessibleDescription(/Dites pourquoi/);
  for (const field of [ceiling, why]) await expect(field).toHaveAttribute('aria-invalid', 'true');
  await auditEveryLook(page, 'a lever that was refused');
  // The picture goes on, and nothing was done.
  await expect(page.getByText("Aucun levier n'est actionné")).toBeVisible();
  await ceiling.fill('400');
  await why.fill('un essai');
  await lever.getByRole('button', { name: 'Appliquer ce plafond' }).click();
  await expect(page.getByText("C'est fait.")).toBeVisible();
  await expect(page.locator('#hand')).toContainText('Plafond à 400 Mbit/s');
  // A form that came back is not sent again by a reload.
  await lever.locator('summary').click();
  await lever.locator('form').evaluate((form) => form.setAttribute('novalidate', ''));
  await lever.getByRole('button', { name: 'Appliquer ce plafond' }).click();
  await expect(why).toBeFocused();
  await page.reload();
  await expect(why).toBeHidden();
  expect(new URL(page.url()).pathname).toBe('/regie');
  expect(operator.consoleErrors.filter((error) => !error.includes('422'))).toEqual([]);
});

test('in a pause newcomers are told why, whoever is in stays, and its end lets them in', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  await teacher.enterAsTeacher();
  const operator = await door.signIn(school.first('operator'));
  await operator.page.goto('/regie');
  const message = 'Travaux sur le réseau, retour à 9 h.';
  await pull(operator, 'Portes et qualité', {}, 'Mettre en pause');
  const guardian = await door.signIn(school.first('guardian'));
  await guardian.page.goto('/account');
  await expect(guardian.page.getByRole('heading', { name: 'Les entrées sont en pause' })).toBeVisible();
  await expect(guardian.page.getByText(message)).toBeHidden();
  // Whoever waits already hears it where they are.
  await pull(operator, 'Message à ceux qui attendent', { 'En français': message }, 'Publier le message');
  await expect(guardian.page.getByText(message)).toBeVisible();
  expect(await guardian.page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
  await auditEveryLook(guardian.page, 'waiting page with a message');
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.enterAsPupil();
  await teacher.expectInside();
  await operator.page.getByRole('button', { name: 'Annuler Pause' }).click();
  await expect(guardian.page.getByRole('heading', { name: 'Mon compte' })).toBeVisible({ timeout: 60_000 });
});

test('in a pause a teacher whose class is not open is told so, her pupils in the lobby too, and its end lets them in', async ({ school, door }) => {
  const operator = await door.signIn(school.first('operator'));
  await operator.page.goto('/regie');
  const pupil = await door.signIn(school.pupils[0]);
  await pupil.goToLobby();
  const teacher = await door.signIn(school.teacher);
  await pull(operator, 'Portes et qualité', {}, 'Mettre en pause');
  const lobby = pupil.page.locator('#door');
  await expect(lobby).toContainText('Les entrées sont en pause', { timeout: 30_000 });
  await expect(lobby).toContainText('Appuyez déjà sur le bouton');
  await pupil.names.enter.click();
  await expect(lobby).toHaveText('Les entrées sont en pause : la classe ouvrira à la reprise. Restez là.');
  await auditEveryLook(pupil.page, 'lobby in a pause');
  await teacher.page.goto(new URL(pupil.page.url()).pathname);
  await expect(teacher.page.getByRole('heading', { name: 'Les entrées sont en pause' })).toBeVisible();
  await expect(teacher.page).toHaveTitle('Entrées en pause · Préau');
  // Her lesson is among those that wait.
  await expect(operator.page.locator('#hand')).toContainText('heure d\'ouverture pas encore connue', { timeout: 30_000 });
  await expect(figure(operator, 'Cours qui attendent')).toHaveText('1');
  await operator.page.getByRole('button', { name: 'Annuler Pause' }).click();
  await expect(lobby).toContainText('Le professeur n\'a pas encore ouvert la classe');
  await expect(teacher.names.enter).toBeEnabled({ timeout: 30_000 });
  await teacher.enter();
  await pupil.expectInside();
});

test('levers are for the operator alone, and survive a crash', async ({ school, door }) => {
  const teacher = await door.signIn(school.teacher);
  expect((await teacher.page.goto('/regie'))?.status()).toBe(403);
  const refused = await teacher.page.request.post('/regie/lever', { form: { lever: 'pause', why: 'pour voir' } });
  expect(refused.status()).toBe(403);
  const operator = await door.signIn(school.first('operator'));
  await operator.page.goto('/regie');
  await pull(operator, 'Portes et qualité', {}, 'Geler la qualité');
  await school.kill();
  await expect(operator.page.locator('#link')).toBeVisible();
  await school.start();
  await expect(operator.page.locator('#link')).toBeHidden({ timeout: 30_000 });
  await operator.page.reload();
  await expect(operator.page.locator('#hand')).toContainText('Qualité gelée');
});
