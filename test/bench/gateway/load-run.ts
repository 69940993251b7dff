import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { startProcess } from '../../market/managed-process.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import type { LoadConfig, LoadResult } from './load-config.ts';
import { scriptPath } from './script-path.ts';

export type TargetName = 'plain' | 'sealed' | 'portkey';

/** A relay with its far end, and what is sent through it. */
export interface Target {
  readonly name: TargetName;
  readonly url: string;
  /** Process whose CPU time is the relay's. */
  readonly relayPid: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One for each connection. */
  readonly bodies: readonly Buffer[];
  readonly answer: Buffer;
}

/** How long one run takes. */
export type LoadTiming = Pick<LoadConfig, 'warmupMs' | 'measureMs'>;

export interface LoadRun extends LoadResult {
  readonly rps: number;
  /** CPU seconds of the relay process within the measured time; undefined where the system does not tell. */
  readonly relayCpuSeconds: number | undefined;
}

/** One run against one target over so many connections, with the load generator in a process of its own. */
export async function runLoad(
  parts: Lifecycle,
  target: Target,
  connections: number,
  timing: LoadTiming,
  dir: string,
): Promise<LoadRun> {
  const path = join(dir, `load-${target.name}.json`);
  writeFileSync(path, JSON.stringify(loadOf(target, connections, timing)), { mode: 0o600 });
  const starting = startProcess({
    name: `load-${target.name}`,
    args: [scriptPath('load-generator'), path],
    logDir: dir,
  });
  const generator = await parts.start('load generator', starting);
  try {
    await generator.until('measuring', (line) => line['measuring'] === true);
    const before = cpuSecondsOf(target.relayPid);
    await generator.until('measured', (line) => line['measured'] === true);
    const after = cpuSecondsOf(target.relayPid);
    const line = await generator.until('result', (said) => said['result'] !== undefined);
    const result = line['result'] as LoadResult;
    const relayCpuSeconds = before === undefined || after === undefined ? undefined : after - before;
    return { ...result, rps: result.measured / result.seconds, relayCpuSeconds };
  } finally {
    await generator.stop();
  }
}

function loadOf(target: Target, connections: number, timing: LoadTiming): LoadConfig {
  const bodies = target.bodies.slice(0, connections);
  if (bodies.length < connections)
    throw new Error(`${target.name}: expected ${connections} bodies, got ${bodies.length}`);
  const requests = bodies.map((body) => httpRequest(target, body).toString('base64'));
  return { url: target.url, requests, answer: target.answer.toString('base64'), ...timing };
}

function httpRequest({ url, path, headers }: Target, body: Buffer): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, text]) => `${name}: ${text}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
