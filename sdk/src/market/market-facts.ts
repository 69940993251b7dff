import type { Hex } from '@hearth/attestation/receipt';
import type { LogEntry } from '../protocol/log.ts';
import type {
  AnswerRecord,
  Ejection,
  PlatformRecord,
  PoolRecord,
  PriceWindow,
  QualityTable,
} from '../protocol/market-record.ts';
import { CEILING_MEMORY_MS, type PricedPeriod } from './ceiling.ts';
import { WINDOW_MEMORY_MS } from './window-price.ts';

/** A past ejection makes the next one longer for a day after its end. */
const EJECTION_MEMORY_MS = 24 * 3_600_000;

/** A record, and the log entry that says it. */
export type Logged<Record> = Record & { readonly logIndex: number };

/** A pool's newest record, and its periods of the last seven days, that record's included. */
export interface PoolFacts {
  readonly newest: Logged<PoolRecord>;
  readonly periods: readonly (PricedPeriod & { readonly atMs: number })[];
}

/**
 * What the market's own records in the log say: the fold of windows, quality tables and ejections, in log order. Asks and
 * slot counters are the book's. Values are never changed: an older state stays what it was.
 */
export interface MarketFacts {
  readonly platforms: ReadonlyMap<Hex, Logged<PlatformRecord>>;
  readonly nodes: ReadonlyMap<Hex, Logged<AnswerRecord>>;
  /** By node, of those that were found to have less than they said. */
  readonly slotLimits: ReadonlyMap<Hex, number>;
  readonly pools: ReadonlyMap<Hex, PoolFacts>;
  /** By node, oldest first. */
  readonly ejections: ReadonlyMap<Hex, readonly Logged<Ejection>[]>;
  /** By pool, oldest first, up to a minute before its newest. */
  readonly windows: ReadonlyMap<Hex, readonly Logged<PriceWindow>[]>;
  /** Leaves that tables cover, and when the last one was made. */
  readonly coveredSize: number;
  readonly tableAtMs: number;
  /** End of the newest window of any pool, and the leaves that windows cover. */
  readonly windowsToMs: number;
  readonly windowedSize: number;
}

export const noFacts: MarketFacts = {
  platforms: new Map(),
  nodes: new Map(),
  slotLimits: new Map(),
  pools: new Map(),
  ejections: new Map(),
  windows: new Map(),
  coveredSize: 0,
  tableAtMs: 0,
  windowsToMs: 0,
  windowedSize: 0,
};

/** Takes the next entry of the log; of most kinds nothing follows. */
export function foldFacts(facts: MarketFacts, entry: LogEntry, logIndex: number): MarketFacts {
  switch (entry.kind) {
    case 'window':
      return withWindow(facts, { ...entry.window, logIndex });
    case 'quality':
      return withTable(facts, entry.quality, entry.atMs, logIndex);
    case 'ejection':
      return withEjection(facts, { ...entry.ejection, logIndex }, entry.atMs);
    default:
      return facts;
  }
}

function withWindow(facts: MarketFacts, window: Logged<PriceWindow>): MarketFacts {
  const earlier = facts.windows.get(window.poolId) ?? [];
  const kept = earlier.filter(({ toMs }) => toMs > window.toMs - WINDOW_MEMORY_MS);
  return {
    ...facts,
    windows: new Map(facts.windows).set(window.poolId, [...kept, window]),
    windowsToMs: Math.max(facts.windowsToMs, window.toMs),
    windowedSize: Math.max(facts.windowedSize, window.toIndex),
  };
}

function withTable(facts: MarketFacts, table: QualityTable, atMs: number, logIndex: number): MarketFacts {
  const pools = new Map(facts.pools);
  for (const record of table.pools) {
    const { receipts, tokens, pricePpm } = record;
    const newest = { ...record, logIndex };
    const periods = recentPeriods(pools.get(newest.poolId), atMs);
    pools.set(newest.poolId, { newest, periods: [...periods, { atMs, receipts, tokens, pricePpm }] });
  }
  const slotLimits = new Map(facts.slotLimits);
  for (const { nodeKey, slotLimit } of table.nodes) {
    if (slotLimit === null) slotLimits.delete(nodeKey);
    else slotLimits.set(nodeKey, slotLimit);
  }
  return {
    ...facts,
    slotLimits,
    platforms: merged(facts.platforms, table.platforms, ({ platformId }) => platformId, logIndex),
    nodes: merged(facts.nodes, table.nodes, ({ nodeKey }) => nodeKey, logIndex),
    pools,
    coveredSize: table.toIndex,
    tableAtMs: atMs,
  };
}

function withEjection(facts: MarketFacts, ejection: Logged<Ejection>, atMs: number): MarketFacts {
  const earlier = (facts.ejections.get(ejection.nodeKey) ?? []).filter(
    ({ untilMs }) => untilMs > atMs - EJECTION_MEMORY_MS,
  );
  return { ...facts, ejections: new Map(facts.ejections).set(ejection.nodeKey, [...earlier, ejection]) };
}

/** What counts for a ceiling that is computed at `atMs`. */
export function recentPeriods(pool: PoolFacts | undefined, atMs: number): PoolFacts['periods'] {
  return (pool?.periods ?? []).filter((period) => period.atMs > atMs - CEILING_MEMORY_MS);
}

/** Ejections of a node that still weigh at `atMs`. */
export function earlierEjections({ ejections }: MarketFacts, nodeKey: Hex, atMs: number): number {
  return (ejections.get(nodeKey) ?? []).filter(({ untilMs }) => untilMs > atMs - EJECTION_MEMORY_MS).length;
}

export function isEjected({ ejections }: MarketFacts, nodeKey: Hex, atMs: number): boolean {
  return (ejections.get(nodeKey) ?? []).some(({ untilMs }) => untilMs > atMs);
}

function merged<Row>(
  older: ReadonlyMap<Hex, Logged<Row>>,
  rows: readonly Row[],
  keyOf: (row: Row) => Hex,
  logIndex: number,
): ReadonlyMap<Hex, Logged<Row>> {
  const all = new Map(older);
  for (const row of rows) all.set(keyOf(row), { ...row, logIndex });
  return all;
}
