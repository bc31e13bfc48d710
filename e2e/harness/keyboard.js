// @ts-check
// Somebody who has a keyboard and no mouse: reaches things by Tab, sees where
// they are, and uses them by Enter, Space and typing.
import { expect } from '@playwright/test';

const TABS_MAX = 80;

/**
 * Presses Tab until the element has the focus.
 * @param {import('@playwright/test').Page} page
 * @param {import('@playwright/test').Locator} target
 */
export async function tabTo(page, target) {
  await expect(target).toBeVisible();
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      expect(await target.evaluate((element) => element.matches(':focus-visible')), 'the focus shows').toBe(true);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${target}`);
}

/**
 * Tabs to the element and presses a key on it.
 * @param {import('@playwright/test').Page} page
 * @param {import('@playwright/test').Locator} target
 * @param {string} key
 */
export async function pressOn(page, target, key = 'Enter') {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/**
 * Tabs to a field and types.
 * @param {import('@playwright/test').Page} page
 * @param {import('@playwright/test').Locator} target
 * @param {string} text
 */
export async function typeInto(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.type(text);
}
