/**
 * The browser of the tests: Debian's Chromium, or one that is there already. As root on Debian and its kin it is
 * installed when it is missing; elsewhere the test fails and says what to install. It is never skipped.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long an installation may take, for the deadline of whoever calls `launchBrowser` first. */
export const INSTALL_DEADLINE_MS = 300_000;

/** A headless browser with a fresh profile. @throws Error that says what to install */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PLACES.find(existsSync) ?? (await install());
  // Loaded here alone: most tests have no page.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: FLAGS });
}

async function install(): Promise<string> {
  const apt = existsSync('/usr/bin/apt-get');
  if (apt && process.getuid?.() === 0) {
    say('Chromium is missing: installing it with apt-get (about 100 MB)');
    // `update` has no option to wait for another apt-get, so it is tried again.
    for (let attempt = 1; attempt <= 3; attempt++) {
      if (await aptGet(['update'])) break;
    }
    await aptGet(['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'chromium']);
    const installed = PLACES.find(existsSync);
    if (installed) {
      say(execFileSync(installed, ['--version', '--no-sandbox'], { encoding: 'utf8' }).trim());
      return installed;
    }
  }
  throw new Error(
    `This test needs a browser. Install Chromium${apt ? ' with "sudo apt-get install chromium"' : ' or Google Chrome'}, ` +
      `so that one of these exists: ${PLACES.join(', ')}.`,
  );
}

/** Runs apt-get with a line of progress for each of its own that says something; whether it ended with 0. */
function aptGet(args: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split(/[\r\n]+/)) if (/^(Get|Fetched|Setting up|E:|W:)/.test(line)) say(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

/** Past Jest, which holds back what tests print. */
function say(line: string): void {
  process.stderr.write(`  test: ${line}\n`);
}
