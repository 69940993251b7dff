import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type PageServer, servePage } from './page-server.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** HEARTH_CHROMIUM, or a Chromium on PATH (Debian and Ubuntu: `apt-get install chromium`). */
export function findChromium(): string | undefined {
  const named = process.env['HEARTH_CHROMIUM'] ?? '';
  if (named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/**
 * Loads `pageModule`, one ES module, in a page of a headless Chromium and resolves with what it reports. The page gets
 * `input` at /input.json and posts its answer to /result; its content security policy lets it do nothing else.
 */
export async function runInChromium(
  program: string,
  pageModule: string,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const profile = await mkdtemp(join(tmpdir(), 'hearth-chromium-'));
  const server = await servePage(pageModule, input);
  const browser = startBrowser(program, profile, server);
  const exited = new Promise<void>((resolve) => browser.process.once('close', () => resolve()));
  try {
    return await Promise.race([server.result, browser.failure, aborted(signal)]);
  } finally {
    killGroup(browser.process);
    await exited;
    await server.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function startBrowser(program: string, profile: string, server: PageServer) {
  const flags = [
    '--headless',
    '--disable-gpu',
    '--disable-dev-shm-usage', // containers give /dev/shm 64 MB
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    `--user-data-dir=${profile}`,
    // Chromium's sandbox refuses to run as root, and needs user namespaces that containers lack. The page is ours.
    '--no-sandbox',
  ];
  const child = spawn(program, [...flags, server.url], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // a process group of its own, so that its helpers end with it
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4_000);
  });
  const failure = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`${program} ended with ${code} before the page answered:\n${complaints}`)),
    );
  });
  failure.catch(() => {}); // once the page has answered, ending is what it should do
  return { process: child, failure };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // already gone
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  rejection.catch(() => {});
  return rejection;
}
