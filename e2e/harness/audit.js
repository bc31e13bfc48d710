// @ts-check
// What every page has to stand: an accessibility audit in each look and size,
// no scrolling sideways, a strict content security policy, a small weight.
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';

/**
 * @typedef {import('@playwright/test').Page} Page
 * @typedef {import('./visitor.js').Visitor} Visitor
 */

const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];
/** @type {('light' | 'dark')[]} */
const SCHEMES = ['light', 'dark'];
const PAGES_MAX = 40;

/**
 * Audits what is shown in both sizes and both colour schemes.
 * @param {Page} page
 * @param {string} what
 */
export async function auditEveryLook(page, what) {
  const sizeBefore = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await audit(page, `${what}, ${size.width} px, ${colorScheme}`);
    }
  }
  if (sizeBefore) await page.setViewportSize(sizeBefore);
}

/**
 * @param {Page} page
 * @param {string} what
 */
async function audit(page, what) {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(sideways, `${what}: pixels to scroll sideways`).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
  expect.soft(found, `${what}: axe`).toEqual([]);
}

/**
 * One address of each kind of page that links lead to from Today: `/slot/12` and
 * `/slot/34` are of one kind. A new page is in here by itself once it is linked.
 * @param {Visitor} visitor
 * @returns {Promise<string[]>}
 */
export async function findPages(visitor) {
  /** @type {Map<string, string>} */
  const found = new Map([['/', '/']]);
  for (const path of found.values()) {
    if (found.size >= PAGES_MAX) break;
    await visitor.page.goto(path);
    for (const link of await visitor.page.locator('a[href]').all()) {
      const url = new URL((await link.getAttribute('href')) ?? '', visitor.page.url());
      const isPage = url.origin === visitor.school.base && !/^\/(assets|lesson|card|guest)\//.test(url.pathname);
      if (isPage && !found.has(kindOf(url))) found.set(kindOf(url), url.pathname + url.search);
    }
  }
  return [...found.values()];
}

/** @param {URL} url */
function kindOf(url) {
  const path = url.pathname.replace(/\d+/g, '{}');
  return [path, ...new Set(url.searchParams.keys())].sort().join('&');
}

/**
 * The answer that made the page, checked for what protects it.
 * @param {Page} page
 * @param {string} path
 */
export async function openProtected(page, path) {
  const response = await page.goto(path);
  if (!response) throw new Error(`no answer for ${path}`);
  const policy = (await response.headerValue('content-security-policy')) ?? '';
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'"]) {
    expect(policy.split(/;\s*/), `${path}: content security policy`).toContain(rule);
  }
  expect(policy).not.toContain('unsafe');
  expect(policy).toContain("frame-ancestors 'none'");
  const html = await response.text();
  expect(html.match(/<style|<[^>]+\sstyle=|<[^>]+\son[a-z]+=|<script(?![^>]*\s(?:src|type="application\/json"))/gi), `${path}: inline`).toBeNull();
  return response;
}

/**
 * Bytes of everything that makes up the page, as they came over the wire less
 * the headers: HTML, styles, scripts, pictures.
 * @param {Page} page
 */
export async function weigh(page) {
  return page.evaluate(() => {
    const parts = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return parts.reduce((bytes, part) => bytes + /** @type {PerformanceResourceTiming} */ (part).encodedBodySize, 0);
  });
}

/**
 * Keeps the texts that the page loads and that came larger than they need to:
 * styles and scripts without brotli, which is done once when they are built;
 * pages without any compression.
 * @param {Page} page
 * @returns {string[]}
 */
export function watchUncompressed(page) {
  /** @type {string[]} */
  const uncompressed = [];
  page.on('response', (response) => {
    const kind = response.headers()['content-type'] ?? '';
    const encoding = response.headers()['content-encoding'] ?? 'none';
    const isWell = /html/.test(kind) ? /^(br|gzip|zstd)$/ : /css|javascript/.test(kind) ? /^br$/ : /./;
    if (response.status() === 200 && !isWell.test(encoding)) uncompressed.push(`${encoding}: ${response.url()}`);
  });
  return uncompressed;
}
