/** The board's pages in a real browser. */
import { INSTALL_DEADLINE_MS, launchBrowser, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { fill } from './fill.ts';
import { type OpenBoard, type OpenBoardOptions, PASSWORD, USER } from './open-board.ts';
import { useRig } from './rig.ts';

const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

const rig = useRig();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, INSTALL_DEADLINE_MS);
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
});
afterAll(() => browser?.close());

interface Visit {
  readonly board: OpenBoard;
  readonly page: Page;
  /** What the browser complained of: policy violations, script errors, failed requests, requests to other sites. */
  readonly complaints: string[];
}

async function visit(path: string, options: OpenBoardOptions = {}): Promise<Visit> {
  const board = await rig.board(options);
  const context = await browser.newContext({
    httpCredentials: { username: USER, password: PASSWORD },
    viewport: { width: 1280, height: 800 },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== board.url) complaints.push(request.url());
  });
  await page.goto(board.url + path);
  return { board, page, complaints };
}

test('shows a card with counts for every workspace, within its own content security policy', async () => {
  const workspaces = await fill(rig.scheduler, rig.claimer);
  const { page, complaints } = await visit('/');
  await page.locator('main').getByRole('link', { name: 'acme' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/queues');
  const cards = await page.locator('main').textContent();
  for (const workspace of workspaces) expect(cards).toContain(workspace);
  await page.getByRole('link', { name: 'cobalt-bank' }).first().click();
  await page.getByText('mailbox unavailable').first().waitFor();
  expect(complaints).toEqual([]);
});

test('shows markup in names, data, results, errors, logs and progress as text', async () => {
  await rig.add('acme', 4, { type: HOSTILE, payload: { html: HOSTILE } });
  const answer = await rig.claimer.claim(3);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  const [failed, done, running] = answer.jobs;
  await rig.claimer.log(failed!, HOSTILE);
  await rig.claimer.fail(failed!, new Error(HOSTILE));
  await rig.claimer.complete(done!, { html: HOSTILE });
  await rig.claimer.progress(running!, { html: HOSTILE });

  const { board, page, complaints } = await visit('/queues/queue/acme', { showPayloads: true });
  // How often it is in each view of the three jobs: as the name, and where it was put.
  const times = {
    Data: [2, 3, 2],
    Progress: [1, 1, 2],
    Options: [1, 1, 1],
    Logs: [2, 1, 1],
    Error: [2, 1, 1],
  };
  const shown = async () => (await page.locator('main').textContent())?.split('<img src=x onerror=') ?? [];
  for (const [place, job] of answer.jobs.entries()) {
    await page.goto(`${board.url}/queues/queue/acme/${job.id}`);
    for (const [name, expected] of Object.entries(times)) {
      await page.getByRole('tab', { name, exact: true }).click();
      // What is in a view may come after it.
      await waitFor(async () => (await shown()).length - 1 === expected[place], {
        what: `it is in ${name} of job ${place} ${expected[place]} times`,
        deadlineMs: 20_000,
      });
    }
  }
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(await page.evaluate('window.pwned')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('hides payloads by default, and says so', async () => {
  await rig.add('acme', 1, { payload: { token: 'canary-7f3a' } });
  const { page } = await visit('/queues/queue/acme');
  await page.getByText('hidden: FAIRLEAD_BOARD_SHOW_PAYLOADS=on shows it').waitFor();
  expect(await page.content()).not.toContain('canary');
});

test('offers no action while it is read-only', async () => {
  await rig.add('acme', 1);
  const { page } = await visit('/queues/queue/acme?status=waiting');
  await page.getByText('demo.echo').first().waitFor();
  const buttons = await page.locator('main button').allInnerTexts();
  expect(buttons.filter((text) => /retry|clean|pause|promote|add|obliterate/i.test(text))).toEqual([]);
});

test('with actions on promotes delayed jobs at a click, and says why other changes are refused', async () => {
  await rig.add('acme', 2, { delayMs: 3_600_000 });
  const { page } = await visit('/queues/queue/acme?status=delayed', { actions: true });
  await page.getByRole('button', { name: 'Clean all' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('This board only retries and promotes jobs.').waitFor();
  await page.getByRole('button', { name: 'Promote all' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  const counts = async () => (await rig.scheduler.counts(['acme']))[0];
  await waitFor(async () => (await counts())?.waiting === 2, { what: 'both are promoted' });
  expect(await counts()).toMatchObject({ delayed: 0, waiting: 2 });
  await page.getByText('demo.echo').first().waitFor({ state: 'detached' });
});

test.each([
  ['cannot be framed by another page', false],
  ['could be, were it not for its headers', true],
])('%s', async (_what, withoutHeaders) => {
  const { board, page } = await visit('/queues');
  const framed = `${board.url}/queues`;
  await page.route('http://other.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${framed}"></iframe>` }),
  );
  if (withoutHeaders) {
    await page.route(framed, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { 'content-type': 'text/html' } });
    });
  }
  await page.goto('http://other.example/');
  // A refused frame holds an error page of the browser.
  expect((await page.frames()[1]?.title()) === 'Fairlead').toBe(withoutHeaders);
});

test('asks for a session, and shows nothing without one', async () => {
  await rig.add('acme', 1, { type: 'secret.work' });
  const board = await rig.board();
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const path of ['/', '/queues', '/queues/queue/acme', '/queues/api/queues']) {
    const answered = page.waitForResponse(board.url + path);
    // Chromium shows a page of its own for a 401 that it has no password for.
    await Promise.allSettled([page.goto(board.url + path)]);
    const answer = await answered;
    expect([path, answer.status()]).toEqual([path, 401]);
    expect(answer.headers()['www-authenticate']).toMatch(/^Basic /);
  }
  const refusal = await context.request.get(`${board.url}/queues/queue/acme`);
  expect(await refusal.text()).not.toMatch(/secret\.work|Bull/);
});

test('runs no inline script, whoever puts it on the page', async () => {
  const { page, complaints } = await visit('/queues');
  await page.evaluate(`
    const script = document.createElement('script');
    script.textContent = 'window.pwned = 1';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<img src="/queues/absent" onerror="window.pwned = 2">');
  `);
  await waitFor(() => complaints.filter((text) => text.includes('script-src')).length >= 2, {
    what: 'the browser complains of both',
  });
  expect(await page.evaluate('window.pwned')).toBeUndefined();
});

test.each([
  ['while it is read-only', false, 405],
  ['with actions on', true, 403],
])(
  'a form on another site that posts to the board with the visitor’s session is refused %s',
  async (_what, actions, status) => {
    await rig.add('acme', 1, { delayMs: 3_600_000 });
    const { board, page } = await visit('/queues', { actions });
    const target = `${board.url}/queues/api/queues/acme/promote`;
    await page.route('http://other.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${target}"><button>Win a prize</button></form>`,
      }),
    );
    await page.goto('http://other.example/');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url() === target && response.status() !== 401),
      page.getByRole('button').click(),
    ]);
    expect(answer.status()).toBe(status);
    expect(await answer.request().headerValue('origin')).not.toBe(board.url);
    expect((await rig.scheduler.counts(['acme']))[0]).toMatchObject({ delayed: 1 });
  },
);

test('a script on the board’s own page is told that it is read-only', async () => {
  await rig.add('acme', 1, { delayMs: 3_600_000 });
  const { page } = await visit('/queues');
  const answer = await page.evaluate(`
    fetch('/queues/api/queues/acme/promote', { method: 'PUT' }).then(async (response) => ({
      status: response.status,
      code: (await response.json()).code,
    }))
  `);
  expect(answer).toEqual({ status: 405, code: 'METHOD_NOT_ALLOWED' });
});
