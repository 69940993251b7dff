import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../host/ports.ts';
import type { SampleSink } from './energy-source.ts';
import type { Meter } from './polled-source.ts';

/** Microjoules between two readings of a counter that starts anew after `rangeMicroJoules`. */
export function counterDifference(before: number, now: number, rangeMicroJoules: number): number {
  return now >= before ? now - before : now + rangeMicroJoules - before;
}

/** No package draws more. */
const MAX_PACKAGE_W = 2_000;

type Zone = { readonly folder: string; readonly range: number; last: number | undefined };

/**
 * Intel's and AMD's own count of what the processor packages use: `/sys/class/powercap/intel-rapl:N/energy_uj`. Readable by
 * root only since PLATYPUS; absent in virtual machines; no GPU, no power supply, no disks: an estimate of the node with
 * `restW` put on top.
 */
export class RaplMeter implements Meter {
  readonly #root: string;
  readonly #restW: number;
  readonly #clock: Clock;
  #zones: Zone[] | undefined;
  #lastMs = 0;

  constructor(clock: Clock, restW: number, root = '/sys/class/powercap') {
    this.#clock = clock;
    this.#restW = restW;
    this.#root = root;
  }

  async read(sink: SampleSink): Promise<void> {
    this.#zones ??= await this.#findZones();
    const nowMs = this.#clock.nowMs();
    const seconds = (nowMs - this.#lastMs) / 1_000;
    let joules = 0;
    let isFirst = false;
    let isBroken = false;
    for (const zone of this.#zones) {
      const now = await this.#number(zone.folder, 'energy_uj');
      if (zone.last === undefined) isFirst = true;
      else {
        const used = counterDifference(zone.last, now, zone.range) / 1e6;
        isBroken ||= used > MAX_PACKAGE_W * seconds; // it has gone back, and not because it was full
        joules += used;
      }
      zone.last = now;
    }
    this.#lastMs = nowMs;
    if (isFirst || seconds <= 0) return;
    if (isBroken) sink.status('RAPL: a counter has gone backwards');
    const mapping = { signal: 'nodeW', unit: 'W', isInverted: false } as const;
    sink.sample(mapping, {
      value: isBroken ? null : joules / seconds + this.#restW,
      measuredAtMs: nowMs,
      isPartial: true,
    });
  }

  /** Packages only: their parts are counted in them. */
  async #findZones(): Promise<Zone[]> {
    const names = await readdir(this.#root).catch(() => []);
    const packages = names.filter((name) => /^intel-rapl:\d+$/.test(name)).sort();
    if (packages.length === 0)
      throw new Error(`${this.#root}: no intel-rapl zone; in a virtual machine there is none`);
    return Promise.all(
      packages.map(async (folder) => ({
        folder,
        range: await this.#number(folder, 'max_energy_range_uj'),
        last: undefined,
      })),
    );
  }

  async #number(folder: string, file: string): Promise<number> {
    const path = join(this.#root, folder, file);
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      const hint = cause.code === 'EACCES' ? ': only root may read it' : '';
      throw new Error(`${path}: ${cause.code}${hint}`, { cause });
    });
    return Number(text.trim());
  }
}
