// @ts-check
// Somebody at a browser of their own: a context with a microphone and a camera,
// a record of everything that the page was sent, and of everything that went wrong.
import { expect } from '@playwright/test';

import { names } from '../names.js';
import { watchConnections } from './media.js';

/**
 * @typedef {import('@playwright/test').Browser} Browser
 * @typedef {import('@playwright/test').BrowserContextOptions} Options
 * @typedef {import('./school.js').Person} Person
 * @typedef {import('./school.js').School} School
 */

export class Visitor {
  /** The name that others see, once they are signed in. */
  name = '';
  /** Every text that arrived on the page's WebSockets. @type {string[]} */
  frames = [];
  /** Addresses outside of the school that the page asked for. @type {string[]} */
  elsewhere = [];
  /** Exceptions that no script of the page caught. @type {string[]} */
  exceptions = [];
  /** What the page wrote on the console as an error. @type {string[]} */
  consoleErrors = [];

  /**
   * @param {School} school
   * @param {import('@playwright/test').BrowserContext} context
   * @param {import('@playwright/test').Page} page
   * @param {string} lang
   */
  constructor(school, context, page, lang) {
    this.school = school;
    this.context = context;
    this.page = page;
    this.names = names(page, lang);
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => this.frames.push(String(payload)));
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOwn = url.origin === school.base || ['data:', 'blob:', 'about:'].includes(url.protocol);
      if (!isOwn) this.elsewhere.push(request.url());
    });
    page.on('pageerror', (error) => this.exceptions.push(error.stack ?? String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(`${message.text()} (${message.location().url})`);
    });
  }

  /**
   * Somebody without a card.
   * @param {Browser} browser
   * @param {School} school
   * @param {Options} options
   */
  static async arrive(browser, school, options = {}) {
    const locale = options.locale ?? 'fr-FR';
    const context = await browser.newContext({
      baseURL: school.base,
      permissions: ['microphone', 'camera'],
      reducedMotion: 'reduce',
      ...options,
      locale,
    });
    await watchConnections(context);
    const page = await context.newPage();
    return new Visitor(school, context, page, locale.slice(0, 2));
  }

  /**
   * Somebody who puts their card on a new device, and sees Today.
   * @param {Browser} browser
   * @param {School} school
   * @param {Person} person
   * @param {Options} options
   */
  static async signIn(browser, school, person, options = {}) {
    const visitor = await Visitor.arrive(browser, school, options);
    await visitor.takeCard(person.card);
    await expect(visitor.names.homeHeading).toBeVisible();
    visitor.name = ((await visitor.names.whoami.textContent()) ?? '').trim();
    return visitor;
  }

  /**
   * Opens a card link and puts the card on this device.
   * @param {string} link
   */
  async takeCard(link) {
    const response = await this.page.goto(link);
    const told = async () => `${response?.status()} ${this.page.url()}\n${await this.page.innerText('body')}`;
    expect(response?.status(), await told()).toBe(200);
    // A link that is certainly opened by hand is taken at once, another one asks first.
    await expect(this.names.homeHeading.or(this.names.takeCard), await told()).toBeVisible();
    if (await this.names.takeCard.isVisible()) await this.names.takeCard.click();
  }

  /**
   * Their login, as their account tells it.
   * @returns {Promise<string>}
   */
  async readLogin() {
    await this.page.goto('/account');
    const told = await this.names.ownLogin.innerText();
    return told.split(':')[1].trim();
  }

  /**
   * A link that puts their card on another device, once.
   * @returns {Promise<string>}
   */
  async makeCardLink() {
    await this.page.goto('/account');
    await this.names.makeCardLink.click();
    return this.names.cardAddress.innerText();
  }

  /**
   * Tries to sign in with a password, from the page that asks for it.
   * @param {string} login
   * @param {string} password
   */
  async tryPassword(login, password) {
    await this.names.login.fill(login);
    await this.names.password.fill(password);
    await this.names.signIn.click();
  }

  /** They carry no card any more: every page asks to sign in. */
  async expectSignedOut() {
    await this.page.goto('/');
    await expect(this.names.signIn).toBeVisible();
  }

  /** From Today into the class that they lead, which opens it. */
  async enterAsTeacher() {
    await this.names.openClass.click();
    await this.enter();
  }

  /** From Today into the class. */
  async enterAsPupil() {
    await this.goToLobby();
    await this.enter();
  }

  /** From Today to the device check. */
  async goToLobby() {
    await this.names.joinLesson.click();
    await expect(this.names.enter).toBeEnabled();
  }

  /** From the device check into the class. */
  async enter() {
    await this.names.enter.click();
    await this.expectInside();
  }

  /** They are in the class: what only somebody inside has is there. */
  async expectInside() {
    await expect(this.names.leave).toBeVisible();
    await this.openChat();
  }

  /** After a reload or a crash: back in the class by themselves. */
  async backInside() {
    await this.expectInside();
  }

  /** Shows who is here, where it is not shown already. */
  async openPeople() {
    await this.#open(this.names.peopleOpen);
    await expect(this.names.people).toBeVisible();
  }

  /** Shows the chat, where it is not shown already. */
  async openChat() {
    await this.#open(this.names.chatOpen);
    await expect(this.names.chatField).toBeVisible();
  }

  /** Shows the settings of the class. */
  async openSettings() {
    if (await this.names.settings.isVisible()) return;
    await this.names.settingsOpen.click();
    await expect(this.names.settings).toBeVisible();
  }

  /** Shuts them. */
  async closeSettings() {
    await this.page.keyboard.press('Escape');
    await expect(this.names.settings).toBeHidden();
  }

  /**
   * The teacher makes a link for guests.
   * @returns {Promise<string>}
   */
  async makeGuestLink() {
    await this.openSettings();
    await this.names.makeGuestLink.click();
    await expect(this.names.guestLink).toHaveValue(/\/guest\//);
    const link = await this.names.guestLink.inputValue();
    await this.closeSettings();
    return link;
  }

  /** The teacher takes the link for guests back. */
  async revokeGuestLink() {
    await this.openSettings();
    await this.names.revokeGuestLink.click();
    await expect(this.names.guestLink).toBeHidden();
    await this.closeSettings();
  }

  /** @param {import('@playwright/test').Locator} button */
  async #open(button) {
    if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  }

  /**
   * Presses a button that stays pressed, unless it is already as wanted.
   * @param {import('@playwright/test').Locator} button
   * @param {boolean} on
   */
  async turn(button, on) {
    await expect(button).toBeEnabled();
    if ((await button.getAttribute('aria-pressed')) !== String(on)) await button.click();
    await expect(button).toHaveAttribute('aria-pressed', String(on));
  }

  /**
   * Writes to the class.
   * @param {string} text
   */
  async say(text) {
    await this.names.chatField.fill(text);
    await this.names.chatField.press('Enter');
    await expect(this.names.chat.getByText(text, { exact: true })).toHaveCount(1);
  }

  /**
   * Everything that the page shows or holds, and everything that its sockets received.
   * @returns {Promise<string>}
   */
  async everythingReceived() {
    return [await this.page.content(), ...this.frames].join('\n');
  }

  /** Nothing went wrong on the page, and it asked nobody else for anything. */
  expectFaultless() {
    expect(this.elsewhere, 'requests to third parties').toEqual([]);
    expect(this.exceptions, 'exceptions that no script caught').toEqual([]);
  }
}
