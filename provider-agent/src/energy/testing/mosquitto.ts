import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { OnPublished } from './test-broker.ts';

/** Debian puts it where a user's PATH does not lead. */
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** `apt-get install mosquitto`; undefined where it is not installed. */
export const mosquittoProgram = folders
  .map((folder) => join(folder, 'mosquitto'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const PUBLISHED = /Received PUBLISH from (\S+) \(d\d, q\d, r\d, m\d+, '(.*)', /;

/** Without a configuration it serves this machine only, to anybody. @returns how to stop it */
export async function startMosquitto(
  program: string,
  port: number,
  onPublished: OnPublished,
): Promise<() => Promise<void>> {
  const broker = spawn(program, ['-p', String(port), '-v'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(broker, 'exit');
  const running = Promise.withResolvers<void>();
  createInterface(broker.stderr).on('line', (line) => {
    if (/mosquitto version \S+ running/.test(line)) running.resolve();
    const [, clientId, topic] = PUBLISHED.exec(line) ?? [];
    if (clientId !== undefined && topic !== undefined) onPublished(clientId, topic);
  });
  const early = exited.then(([code]) => {
    throw new Error(`${program} -p ${port}: ended with ${code} before it ran`);
  });
  early.catch(() => {}); // a stop later on is none
  await Promise.race([running.promise, early]);
  return async () => {
    broker.kill('SIGTERM');
    await exited;
  };
}
