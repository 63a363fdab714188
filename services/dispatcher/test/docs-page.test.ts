/** The page at /docs in a real browser. */
import { INSTALL_DEADLINE_MS, launchBrowser } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  servers = await startServers();
  dispatcher = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
}, INSTALL_DEADLINE_MS);
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await dispatcher?.close();
  await servers?.stop();
});

/** The page with its operations shown, and what the browser complained of, requests to other sites too. */
async function visit(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== dispatcher.url) complaints.push(request.url());
  });
  await page.goto(`${dispatcher.url}/docs`);
  await page.getByText('Add a job', { exact: true }).waitFor();
  return { page, complaints };
}

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const)('it is shown in %s on %i pixels, within its policy and its width', async (colorScheme, width) => {
  const { page, complaints } = await visit({ colorScheme, viewport: { width, height: 900 } });
  await page.getByText('Add a job', { exact: true }).click();
  await page.getByText('Request body').waitFor();
  await page.locator('section.models').getByText('Workspace', { exact: true }).waitFor();

  await page.waitForFunction(`document.title === 'Fairlead API'`);
  expect(await page.locator('html.dark-mode').count()).toBe(colorScheme === 'dark' ? 1 : 0);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  expect(complaints).toEqual([]);
});

test('nothing inline and nothing of other sites may run, and no other page may frame it', async () => {
  const policy = (await fetch(`${dispatcher.url}/docs`)).headers.get('content-security-policy') ?? '';
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
});

test('a pasted key lets calls be tried out, and is forgotten with the page', async () => {
  const { page, complaints } = await visit();
  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.getByLabel('Value').fill(dispatcher.key);
  await page.getByRole('button', { name: 'Apply credentials' }).click();
  await page.getByRole('button', { name: 'Close' }).first().click();

  await page.getByText('Add a job', { exact: true }).click();
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Execute' }).click();
  expect((await answered).status()).toBe(202);
  expect(new URL((await answered).url()).pathname).toBe('/v1/workspaces/acme/jobs');
  expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  expect(complaints).toEqual([]);
});
