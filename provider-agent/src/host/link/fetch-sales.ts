import type { Hex } from '@hearth/attestation/receipt';
import {
  checkpointResponse,
  jobClasses,
  logEntriesResponse,
  logEntry,
  type ModelListing,
  marketInfo,
  modelList,
  routes,
  verifyCheckpoint,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError, messageOf } from '../../agent-error.ts';
import type { Sale } from '../../energy/price/preview.ts';
import { publicUrl } from './node-outcomes.ts';

export type Sales = { readonly sales: readonly Sale[]; readonly isComplete: boolean };

const TIMEOUT_MS = 30_000;
const PAGE_ENTRIES = 1_000;
/** Of the newest entries; who trades more than that in a day has enough to go by. */
const MAX_PAGES = 100;

/** What the market has sold of a model since `fromMs`, from its public log, newest first. */
export function fetchSales(gateways: readonly string[], modelDigest: Hex, fromMs: number): Promise<Sales> {
  return fromAny(gateways, async (get) => {
    const { log } = await get(routes.market, {}, marketInfo);
    const { note } = await get(routes.checkpoint, {}, checkpointResponse);
    const sales: Sale[] = [];
    let end = verifyCheckpoint(note, log.publicKey).treeSize;
    for (let page = 0; page < MAX_PAGES && end > 0; page += 1) {
      const start = Math.max(0, end - PAGE_ENTRIES);
      const { entries } = await get(routes.logEntries, { start, end }, logEntriesResponse);
      for (const json of entries.toReversed()) {
        const entry = logEntry.parse(json);
        if (entry.atMs < fromMs) return { sales, isComplete: true };
        if (entry.kind !== 'clearing') continue;
        const { request, winner } = entry.clearing;
        const { modelDigest: sold, class: jobClass } = request.request;
        if (sold === modelDigest && jobClass === jobClasses.chat)
          sales.push({ atMs: entry.atMs, effectiveAskPpm: Number(winner.effectiveAsk) });
      }
      end = start;
    }
    return { sales, isComplete: end === 0 };
  });
}

/** The models of the market with their public base prices. */
export async function fetchModels(gateways: readonly string[]): Promise<readonly ModelListing[]> {
  return fromAny(gateways, async (get) => (await get(routes.models, {}, modelList)).models);
}

type Get = <Schema extends z.ZodType>(
  route: string,
  query: Readonly<Record<string, number>>,
  schema: Schema,
) => Promise<z.output<Schema>>;

/** The first gateway that answers all of it. @throws AgentError `gateway_unreachable` */
async function fromAny<T>(gateways: readonly string[], read: (get: Get) => Promise<T>): Promise<T> {
  const problems: string[] = [];
  for (const gateway of gateways) {
    try {
      return await read(async (route, query, schema) => {
        const url = publicUrl(gateway, route);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, `${value}`);
        const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (!response.ok) throw new Error(`${route}: HTTP ${response.status}`);
        return schema.parse(await response.json());
      });
    } catch (error) {
      problems.push(`${gateway}: ${messageOf(error)}`);
    }
  }
  throw new AgentError('gateway_unreachable', `no gateway answered:\n  ${problems.join('\n  ')}`);
}
