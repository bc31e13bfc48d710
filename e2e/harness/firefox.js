// @ts-check
// Somebody at Firefox: Debian's, as schools have it. Playwright drives a Firefox of
// its own only, so another hand does it, over WebDriver BiDi; what is looked at is
// the same.
import puppeteer from 'puppeteer-core';

/**
 * @typedef {import('./school.js').Person} Person
 * @typedef {import('puppeteer-core').Page} FirefoxPage
 */

const executablePath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/** Microphone and camera are made up and never asked for; loopback is a network like another. */
const PREFERENCES = {
  'intl.accept_languages': 'fr-FR',
  'media.autoplay.default': 0,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
};

const PATIENCE_MS = 45_000;

export class FirefoxVisitor {
  /** Exceptions that no script of the page caught. @type {string[]} */
  exceptions = [];

  /**
   * @param {import('puppeteer-core').Browser} browser
   * @param {FirefoxPage} page
   */
  constructor(browser, page) {
    this.browser = browser;
    /** For what `media.js` asks of a page: to evaluate something there. @type {any} */
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => {
      this.exceptions.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }

  /** Somebody who puts their card on a new device, and sees Today. @param {Person} person */
  static async signIn(person) {
    const browser = await puppeteer.launch({
      browser: 'firefox', executablePath, headless: true, extraPrefsFirefox: PREFERENCES,
    });
    const visitor = new FirefoxVisitor(browser, await browser.newPage());
    await visitor.page.evaluateOnNewDocument(() => {
      /** @type {any} */
      const own = window;
      own.watchedConnections = [];
      own.RTCPeerConnection = class extends own.RTCPeerConnection {
        /** @param {any[]} settings */
        constructor(...settings) {
          super(...settings);
          own.watchedConnections.push(this);
        }
      };
    });
    await visitor.page.goto(person.card);
    await visitor.#find('h1', "Aujourd'hui");
    return visitor;
  }

  /** From Today into the class. @param {'Ouvrir la classe' | 'Rejoindre le cours'} way */
  async enter(way) {
    await (await this.#find('a | //button', way)).click();
    await (await this.#find('button[not(@disabled)]', 'Entrer en classe')).click();
    await this.#find('button', 'Quitter');
  }

  /** Presses a button that stays pressed, unless it is. @param {string} name */
  async turnOn(name) {
    const button = await this.#find('button[not(@disabled)]', name);
    const isOn = () => button.evaluate((/** @type {Element} */ one) => one.getAttribute('aria-pressed'));
    if ((await isOn()) !== 'true') await button.click();
  }

  /** Nothing went wrong on their page. */
  expectFaultless() {
    if (this.exceptions.length > 0) throw new Error(`in Firefox: ${this.exceptions.join('\n')}`);
  }

  async close() {
    await this.browser.close();
  }

  /**
   * What is shown with these words. Apostrophes of print are as good as those of keyboards.
   * @param {string} kind as XPath names it
   * @param {string} words
   * @returns {Promise<any>}
   */
  #find(kind, words) {
    const said = `contains(translate(normalize-space(.), "’", "'"), "${words}")`;
    const path = kind.split(' | //').map((one) => `//${one}[${said}]`).join(' | ');
    return this.page.waitForSelector(`::-p-xpath(${path})`, { visible: true });
  }
}
