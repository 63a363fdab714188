/**
 * Takes the picture of the guide, docs/img/bull-board.png, of a board over a private Redis:
 *
 *     node --conditions=development services/board/test/screenshot.ts
 */
import { createClaimer, createScheduler } from '@fairlead/scheduler';
import { launchBrowser, privateRedis } from '@fairlead/testkit';
import { fill } from './fill.ts';
import { openBoard, PASSWORD, USER } from './open-board.ts';

const FILE = new URL('../../../docs/img/bull-board.png', import.meta.url).pathname;

const redis = await privateRedis();
const scheduler = createScheduler({ redis: { url: redis.url } });
await scheduler.ping(10_000);
await scheduler.writeGeneration();
const claimer = createClaimer(scheduler, { replicaId: 'consumer-1', lockMs: 600_000 });
const board = await openBoard(scheduler);
const browser = await launchBrowser();
try {
  await fill(scheduler, claimer);
  const page = await browser.newPage({
    httpCredentials: { username: USER, password: PASSWORD },
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
  });
  await page.goto(`${board.url}/queues`);
  await page.locator('main').getByRole('link', { name: 'quarry-stone' }).waitFor();
  await page.screenshot({ path: FILE });
  console.log(FILE);
} finally {
  await browser.close();
  await board.close();
  await claimer.stop();
  await scheduler.close();
  await redis.stop();
}
