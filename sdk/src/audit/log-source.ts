import type { Hex } from '@hearth/attestation/receipt';
import { connectGateway } from '../client/gateway.ts';
import {
  checkpointResponse,
  checkpointsResponse,
  consistencyResponse,
  HearthError,
  inclusionResponse,
  logEntriesResponse,
  routes,
} from '../protocol/index.ts';

/** The public side of a log: everything that an audit reads. */
export interface LogSource {
  readonly url: string;
  /** The newest note, with cosignatures where the log has witnesses. */
  checkpoint(): Promise<string>;
  /** Signed notes after (`treeSize`, `afterMs`), by size and time; a page, empty at the end. */
  notes(treeSize: number, afterMs: number): Promise<readonly string[]>;
  /** Entries [start, end) as JSON; a page, at least one. */
  entries(start: number, end: number): Promise<readonly unknown[]>;
  inclusion(index: number, treeSize: number): Promise<readonly Hex[]>;
  consistency(from: number, to: number): Promise<readonly Hex[]>;
}

const LIMITS = { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 };

/** A log behind the gateway's public routes; no account is needed. */
export function httpLogSource(url: string): LogSource {
  const nobody = { current: () => undefined, renew: async () => false };
  const gateway = connectGateway(url, nobody, LIMITS);
  const get: typeof gateway.get = (path, schema) => retried(() => gateway.get(path, schema));
  const query = (path: string, parameters: Record<string, number | string>) =>
    `${path}?${new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, `${value}`]))}`;
  return {
    url: gateway.url,
    checkpoint: async () =>
      (await get(query(routes.checkpoint, { witnessed: 'true' }), checkpointResponse)).note,
    notes: async (treeSize, afterMs) =>
      (await get(query(routes.checkpoints, { treeSize, afterMs }), checkpointsResponse)).notes,
    entries: async (start, end) =>
      (await get(query(routes.logEntries, { start, end }), logEntriesResponse)).entries,
    inclusion: async (index, treeSize) =>
      (await get(query(routes.inclusion, { index, treeSize }), inclusionResponse)).path,
    consistency: async (from, to) =>
      (await get(query(routes.consistency, { from, to }), consistencyResponse)).path,
  };
}

const ATTEMPTS = 3;

/** Hours of reading must not end with one connection that was reset; a log that stays away does end it. */
async function retried<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof HearthError) || error.code !== 'unavailable')
        throw error;
    }
  }
}
