// @ts-check
// The gate before a site that exists, in a real browser across two hosts: by our
// card, and by a provider of identities that others wrote.
import { expect, test as base } from '@playwright/test';

import { auditEveryLook } from '../harness/audit.js';
import { Identities, ProtectingGate, Site } from '../harness/protected.js';

/**
 * @typedef {import('@playwright/test').Page} Page
 * @typedef {{ gate: ProtectingGate, identities: Identities, seats: number }} Own
 */

const test = base.extend(
  /** @type {import('@playwright/test').Fixtures<Own, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */ ({
    locale: 'fr-FR',
    viewport: { width: 390, height: 844 },
    seats: [100, { option: true }],
    identities: async ({}, use) => {
      const identities = await Identities.start(`http://localhost:${await port}/enter/back`);
      await use(identities);
      identities.close();
    },
    gate: async ({ identities, seats }, use, info) => {
      const site = await Site.start();
      const gate = await ProtectingGate.start({ port: await port, site, issuer: identities.issuer, seats });
      await use(gate);
      await gate.close();
      site.close();
      if (info.status !== info.expectedStatus) {
        await info.attach('server.log', { body: gate.log, contentType: 'text/plain' });
      }
    },
  }),
);

// A worker plays one test at a time, so one port does for all of its gates.
const port = ProtectingGate.findPort();

/**
 * Signs in at the provider's own pages, and agrees.
 * @param {Page} page
 * @param {string} login
 */
async function signInThere(page, login) {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('anything');
  await page.getByRole('button', { name: /sign-in/i }).click();
  await page.getByRole('button', { name: /continue/i }).click();
}

/**
 * The site is there and does its work through the gate: a page, a form, a WebSocket.
 * @param {Page} page
 * @param {string} path
 * @param {string} role
 */
async function expectSite(page, path, role) {
  await expect(page.getByRole('heading', { name: 'Bienvenue dans l’ENT' })).toBeVisible();
  await expect(page.locator('#path')).toHaveText(`GET ${path}`);
  await expect(page.locator('#role')).toHaveText(role);
  expect(page.url()).not.toContain('pass=');
  await page.getByLabel('Note').fill('quinze');
  await page.getByRole('button', { name: 'Envoyer' }).click();
  await expect(page.locator('#path')).toHaveText('POST /note');
  await expect(page.locator('#note')).toHaveText('quinze');
  const heard = await page.evaluate(
    () =>
      new Promise((said, failed) => {
        const socket = new WebSocket(`ws://${location.host}/socket`);
        socket.onopen = () => socket.send('bonjour');
        socket.onmessage = (message) => said(message.data);
        socket.onerror = () => failed(new Error('the WebSocket did not open'));
      }),
  );
  expect(heard).toBe('bonjour');
}

/** Puts a card on this device. @param {Page} page @param {string} link */
async function takeCard(page, link) {
  await page.goto(link);
  const take = page.getByRole('button', { name: /carte/ });
  // An operator's card leads to the control room.
  const home = page.getByRole('heading', { level: 1, name: /Aujourd|Régie/ });
  await expect(take.or(home)).toBeVisible();
  if (await take.isVisible()) await take.click();
  await expect(home).toBeVisible();
}

test('whoever has our card comes in without a question, whoever has none signs in first', async ({ page, gate }) => {
  await page.goto(gate.of('carte', '/cours?id=1&x=2'));
  await expect(page.getByLabel('Mot de passe')).toBeVisible();
  expect(new URL(page.url()).host).toBe(new URL(gate.base).host);
  await takeCard(page, gate.cards[0]);
  await page.goto(gate.of('carte', '/cours?id=1&x=2'));
  await expectSite(page, '/cours?id=1&x=2', 'digital_lead');
});

test('whoever signs in at a provider comes in, and is asked only once', async ({ page, gate, identities }) => {
  await page.goto(gate.of('ent', '/cours?id=1&x=2'));
  await expect(page.locator('input[name=login]')).toBeVisible();
  expect(page.url()).toContain(identities.issuer);
  await signInThere(page, 'claire@0750001A');
  await expectSite(page, '/cours?id=1&x=2', 'teacher');
  const person = await page.locator('#sub').innerText();
  expect(person).toMatch(/^\d+$/);
  // Of the site's visit nothing is left, of the provider's session it is: no question again.
  await page.context().clearCookies({ domain: 'ent.localhost' });
  await page.goto(gate.of('ent'));
  await expect(page.getByRole('heading', { name: 'Bienvenue dans l’ENT' })).toBeVisible();
  await expect(page.locator('#sub')).toHaveText(person);
  const names = (await page.context().cookies(`${gate.base}/enter/back`)).map((cookie) => cookie.name);
  expect(names).not.toContain('errand_ent');
});

test('what goes wrong at the provider is told, in a page that leads on', async ({ page, gate, identities }) => {
  await page.goto(gate.of('ent', '/a'));
  await page.getByText('Cancel').click();
  await expect(page.getByRole('heading', { name: 'La connexion a été refusée' })).toBeVisible();
  await auditEveryLook(page, 'refused');
  await page.getByRole('link', { name: 'Recommencer' }).click();
  await signInThere(page, 'marc@0690001B');
  await expect(page.getByRole('heading', { name: 'Votre établissement n’est pas reconnu' })).toBeVisible();
  await auditEveryLook(page, 'no school');
  // An address from elsewhere, such as somebody else's link, begins nothing.
  await page.goto(`${gate.base}/enter/back?state=ent.x&code=y`);
  await expect(page.getByRole('heading', { name: 'La connexion n’a pas abouti' })).toBeVisible();
  await auditEveryLook(page, 'late');
  // The provider goes away while somebody is there, and comes back: so does the page, by itself.
  const handle = identities.handle;
  await page.context().clearCookies();
  await page.goto(gate.of('ent', '/b'));
  await page.locator('input[name=login]').fill('claire@0750001A');
  await page.locator('input[name=password]').fill('anything');
  await page.getByRole('button', { name: /sign-in/i }).click();
  const agree = page.getByRole('button', { name: /continue/i });
  await expect(agree).toBeVisible();
  identities.handle = (request, response) =>
    request.url === '/token' ? void response.writeHead(503).end() : handle(request, response);
  await agree.click();
  await expect(page.getByRole('heading', { name: 'Le service de connexion ne répond pas' })).toBeVisible();
  identities.handle = handle;
  await expectSite(page, '/b', 'teacher');
});

test.describe('a site with one seat', () => {
  test.use({ seats: 1 });

  test('the second waits on a page that names it, and comes in when the first leaves', async ({ page, browser, gate }) => {
    await takeCard(page, gate.cards[0]);
    await page.goto(gate.of('carte'));
    await expect(page.locator('#role')).toHaveText('digital_lead');
    const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 390, height: 844 } });
    const other = await context.newPage();
    await takeCard(other, gate.cards[1]);
    await other.goto(gate.of('carte', '/notes'));
    await expect(other.getByRole('heading', { name: /Votre tour vient vers \d+ h \d\d/ })).toBeVisible();
    await expect(other.getByText('Moins de 5 personnes passent avant vous')).toBeVisible();
    await expect(other.getByText('Beaucoup de personnes veulent entrer dans L’ENT')).toBeVisible();
    await auditEveryLook(other, 'waiting page of a site');
    await page.getByRole('link', { name: 'Partir' }).click();
    await expect(page.locator('#path')).toHaveText('GET /leave');
    await expect(other.locator('#path')).toHaveText('GET /notes', { timeout: 120_000 });
    await context.close();
  });
});
