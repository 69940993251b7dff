import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes, sealedJobContentType } from '@hearth/sdk/protocol';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { startProcess } from '../../market/managed-process.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import type { LoadConfig, LoadResult } from './load-config.ts';
import { scriptPath } from './script-path.ts';

export interface Target {
  readonly name: 'plain' | 'sealed';
  readonly url: string;
  /** Process whose CPU time is the relay's. */
  readonly relayPid: number;
  readonly load: LoadConfig;
}

export interface LoadRun extends LoadResult {
  readonly rps: number;
  /** CPU seconds of the relay process within the measured time; undefined where the system does not tell. */
  readonly relayCpuSeconds: number | undefined;
}

/** One round against one target, with the load generator in a process of its own. */
export async function runLoad(parts: Lifecycle, target: Target, dir: string): Promise<LoadRun> {
  const path = join(dir, `load-${target.name}.json`);
  writeFileSync(path, JSON.stringify(target.load), { mode: 0o600 });
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

/** A whole HTTP request; the same bytes go to either relay but for the host. */
export function jobRequest(url: string, headers: Readonly<Record<string, string>>, body: Buffer): string {
  const lines = [
    `POST ${routes.jobs} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `content-type: ${sealedJobContentType}`,
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, text]) => `${name}: ${text}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]).toString('base64');
}
