import {
  type CollateralSource,
  createNetworkSource,
  type Endpoints,
  type FetchLimits,
  type Ports,
} from '@hearth/attestation/fetch';
import type { SimulatedTd } from '@hearth/attestation/simulated';
import { type Answer, VendorServer } from '../builders/vendors/vendor-server.ts';
import { VirtualTime } from '../builders/vendors/virtual-time.ts';

/** Delays that a test can tell apart by their length. */
export const limits: FetchLimits = {
  attemptTimeoutMs: 10_000,
  retry: { attempts: 3, baseDelayMs: 500, maxDelayMs: 4_000, deadlineMs: 60_000 },
};

export type FetchWorld = {
  readonly server: VendorServer;
  readonly time: VirtualTime;
  readonly ports: Ports;
  readonly endpoints: Endpoints;
  readonly source: CollateralSource;
  readonly stop: AbortController;
};

/** One local server as every vendor, the platform's own fetch, and time that stands still. */
export async function createFetchWorld(
  answer: Answer,
  atUnixSec: number,
  rate = { intervalMs: 1, burst: 1000 },
): Promise<FetchWorld> {
  const server = await VendorServer.start(answer);
  const time = new VirtualTime(atUnixSec * 1000);
  const endpoint = { baseUrl: server.url, rate };
  const endpoints: Endpoints = {
    intelPcs: endpoint,
    intelCertificates: endpoint,
    amdKds: endpoint,
    nvidiaOcsp: endpoint,
    nvidiaRim: endpoint,
  };
  const ports: Ports = {
    fetch: (url, init) => fetch(url, init),
    clock: time.clock,
    random: { fraction: () => 0.5 },
    timers: time.timers,
  };
  const stop = new AbortController();
  const source = createNetworkSource({ ports, endpoints, limits, signal: stop.signal });
  return { server, time, ports, endpoints, source, stop };
}

export const sampleTd: SimulatedTd = {
  mrtd: new Uint8Array(48).fill(1),
  rtmrs: [new Uint8Array(48), new Uint8Array(48), new Uint8Array(48), new Uint8Array(48)],
  mrConfigId: new Uint8Array(48),
  mrOwner: new Uint8Array(48),
  reportData: new Uint8Array(64),
};

/** For `rejects.toMatchObject`. */
export function failure(code: string, reaction: string): object {
  return { name: 'CollateralFetchError', code, reaction };
}
