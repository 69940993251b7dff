import { readFile } from 'node:fs/promises';
import { type DrandNetwork, faultOfRound, parseRound, quicknet } from '@hearth/sdk/drand';
import { drandNetwork } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BeaconSource } from './beacon-source.ts';
import { Config } from './config.ts';
import { Loops } from './loops.ts';
import { StructuredLog } from './structured-log.ts';

const timeoutMs = 5_000;

/** Brings the newest round of a drand network, where one is configured: from a node's HTTP API, or from a file that somebody keeps. */
@Injectable()
export class DrandRounds implements OnApplicationBootstrap {
  private network: DrandNetwork = quicknet;

  constructor(
    private readonly beacons: BeaconSource,
    private readonly loops: Loops,
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { drandSource, drandNetworkFile } = this.config;
    if (drandSource === undefined) return;
    if (drandNetworkFile !== undefined)
      this.network = drandNetwork.parse(JSON.parse(await readFile(drandNetworkFile, 'utf8')));
    // Before anything is sold, so that the first checkpoints already carry it.
    await this.look(drandSource).catch((error: unknown) => this.log.failure('drand.unavailable', error));
    this.loops.start({
      intervalMs: this.network.periodSec * 1000,
      step: () => this.look(drandSource),
      failure: 'drand.unavailable',
    });
  }

  /** One look at the source. @throws Error when there is no round, or one that its network did not sign */
  private async look(source: string): Promise<void> {
    const round = parseRound(this.network, await newestOf(source));
    const fault = faultOfRound(this.network, round);
    if (fault !== undefined) throw new Error(fault);
    this.beacons.seeRound(round);
  }
}

async function newestOf(source: string): Promise<unknown> {
  if (!/^https?:/.test(source)) return JSON.parse(await readFile(source, 'utf8'));
  const url = `${source.replace(/\/$/, '')}/public/latest`;
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`drand ${url}: status ${response.status}`);
  return response.json();
}
