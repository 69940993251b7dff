import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { outcomes } from '../protocol/enums.ts';
import type { LogEntry } from '../protocol/log.ts';
import { closePeriod, type Period } from './close-period.ts';
import { foldFacts, isEjected, type MarketFacts, noFacts } from './market-facts.ts';
import { PeriodTally } from './period-tally.ts';
import { account, hash, sampleLeaf } from './sample-market.ts';

const pool = hash(0x9001);
const signature: Hex = `0x${'00'.repeat(64)}`;
const signed = <Body>(body: Body) => ({ body, signature });

const receipt = (node: number, over: object = {}): LogEntry => ({
  kind: 'receipt',
  atMs: 1,
  message: signed(sampleLeaf({ provider: account(node), nodeKey: hash(node), ...over })),
});
const reject = (node: number, reason: 'slots_full' | 'exposure' = 'slots_full'): LogEntry => ({
  kind: 'reject',
  atMs: 1,
  message: signed({ v: 1, leaseId: hash(3), nodeKey: hash(node), reason, atMs: 1 }),
});
const abort = (node: number, leaseId: Hex, reason: 'enclave_lost' | 'draining'): LogEntry => ({
  kind: 'abort',
  atMs: 1,
  message: signed({ v: 1, leaseId, nodeKey: hash(node), reason, atMs: 1 }),
});
const counter = (node: number, used: number): LogEntry => ({
  kind: 'slot-counter',
  atMs: 1,
  message: signed({
    v: 1,
    nodeKey: hash(node),
    enclaveKey: account(node),
    slots: 8,
    used,
    pause: null,
    seq: 1,
    atMs: 1,
  }),
});
/** Only what a tally reads. */
const miss = (node: number, job: number, leaseId = hash(job)): LogEntry =>
  ({
    kind: 'miss',
    atMs: 1,
    miss: { v: 1, accept: signed({ leaseId, nodeKey: hash(node) }), jobHeader: { jobId: hash(job) } },
  }) as unknown as LogEntry;
const sale = (node: number): LogEntry =>
  ({
    kind: 'clearing',
    atMs: 1,
    clearing: { winner: { askId: hash(0xa5000 + node) } },
  }) as unknown as LogEntry;

const times = (count: number, entry: LogEntry) => Array.from({ length: count }, () => entry);
const nodes = [1, 2, 3, 4, 5];

/** Nodes 1 to 5, each an owner of its own with a standing ask in the pool. */
function close(entries: readonly LogEntry[], facts: MarketFacts = noFacts, over: Partial<Period> = {}) {
  const tally = new PeriodTally((askId) =>
    nodes.map((n) => hash(n)).find((_, i) => askId === hash(0xa5001 + i)),
  );
  for (const entry of entries) tally.add(entry);
  return closePeriod({
    facts,
    toIndex: facts.coveredSize + entries.length,
    atMs: 1_000,
    tally,
    placeOf: (nodeKey) => {
      const n = Number(nodeKey);
      return nodes.includes(n)
        ? { platformId: hash(0xf000 + n), provider: account(n), pools: [pool] }
        : undefined;
    },
    membersOf: () => nodes.map((n) => ({ nodeKey: hash(n), provider: account(n) })),
    ...over,
  });
}
const folded = (
  { quality, ejections }: ReturnType<typeof close>,
  facts: MarketFacts = noFacts,
  atMs = 1_000,
) =>
  [
    { kind: 'quality' as const, atMs, quality },
    ...ejections.map((ejection) => ({ kind: 'ejection' as const, atMs, ejection })),
  ].reduce((known, entry) => foldFacts(known, entry, 7), facts);

test('a period without news has an empty table', () => {
  expect(close([])).toEqual({
    quality: { v: 1, fromIndex: 0, toIndex: 0, platforms: [], nodes: [], pools: [] },
    ejections: [],
  });
});

test('final receipts and lost jobs make the record of a platform; interim ones and those of strangers make none', () => {
  const { quality } = close([
    ...times(9, receipt(1)),
    miss(1, 1),
    receipt(2, { outcome: outcomes.interim }),
    receipt(2, { outcome: outcomes.failedOver }),
    receipt(3, { outcome: outcomes.providerError }),
    receipt(99),
  ]);
  expect(quality.platforms).toEqual([
    { platformId: hash(0xf001), receipts: 9, doneMilli: 9_000, missedMilli: 1_000, qualityPpm: 764_269 },
    { platformId: hash(0xf003), receipts: 0, doneMilli: 0, missedMilli: 1_000, qualityPpm: 604_666 },
  ]);
});

test('one lost job is one fault, though two gateways and the node itself tell of it', () => {
  const { quality } = close([miss(1, 1), miss(1, 1), abort(2, hash(7), 'enclave_lost'), miss(2, 8, hash(7))]);
  expect(quality.platforms.map(({ missedMilli }) => missedMilli)).toEqual([1_000, 1_000]);
});

test('a declared drain is no fault', () => {
  expect(close([abort(1, hash(1), 'draining')]).quality.platforms).toEqual([]);
});

test('only refusals for want of a slot speak against a counter, and each table goes on where the last one was', () => {
  expect(close([...times(50, sale(1)), ...times(300, reject(2, 'exposure'))]).quality.nodes).toEqual([]);
  const facts = folded(close([...times(100, sale(1)), ...times(20, reject(1)), counter(1, 3)]));
  expect(facts.nodes.get(hash(1))).toMatchObject({ offers: 120, accepts: 100, maxUsed: 3, slotLimit: null });
  const { quality } = close([...times(80, sale(1)), counter(1, 2)], facts);
  expect(quality.nodes).toEqual([{ nodeKey: hash(1), offers: 0, accepts: 0, maxUsed: 0, slotLimit: 3 }]);
});

test('a platform is established after 200 receipts; the pool counts what newcomers sold, and its established owners', () => {
  const facts = folded(close([1, 2, 3].flatMap((n) => times(200, receipt(n)))));
  const { quality } = close([receipt(1), receipt(2), receipt(3), receipt(4, { billedTokens: 3 })], facts);
  expect(quality.pools).toEqual([
    { poolId: pool, receipts: 4, tokens: 33, pricePpm: null, owners: 3, newcomerTokens: 3, ceilingPpm: null },
  ]);
});

test('from the thousandth receipt the ceiling is one and a half times the median of the windows’ prices', () => {
  const window = (toMs: number, effectiveAsk: number, tokens: number): LogEntry => ({
    kind: 'window',
    atMs: toMs,
    window: {
      v: 1,
      poolId: pool,
      fromMs: toMs - 5_000,
      toMs,
      fromIndex: 0,
      toIndex: 1,
      providers: [1, 2, 3].map((n) => ({
        provider: account(n),
        receipts: 3,
        asks: [{ effectiveAsk, billedTokens: 100 * tokens }],
      })),
    },
  });
  const period = [window(5_000, 1_000_000, 100), window(10_000, 1_200_000, 90), ...times(999, receipt(1))];
  const first = close(period);
  expect(first.quality.pools[0]).toMatchObject({ pricePpm: 1_000_000, ceilingPpm: null });
  const facts = folded(first);
  expect(close([receipt(1)], facts).quality.pools[0]).toMatchObject({
    pricePpm: null,
    ceilingPpm: 1_500_000,
  });
  const weekLater = { atMs: 1_000 + 7 * 24 * 3_600_000 };
  expect(close([receipt(1)], facts, weekLater).quality.pools[0]).toMatchObject({ ceilingPpm: null });
});

test('an outlier is out from its entry on, until its time is over, and the next time for twice as long', () => {
  const bad = [miss(1, 1), miss(1, 2), miss(1, 3)];
  const facts = folded(close(bad));
  expect([1_000, 600_999, 601_000].map((atMs) => isEjected(facts, hash(1), atMs))).toEqual([
    true,
    true,
    false,
  ]);
  expect(close(bad, facts, { atMs: 2_000 }).ejections).toEqual([]); // it is out already
  expect(close(bad, facts, { atMs: 700_000 }).ejections[0]?.untilMs).toBe(700_000 + 1_200_000);
});

test('windows are kept for a minute, and an older state stays what it was', () => {
  const window = (toMs: number): LogEntry => ({
    kind: 'window',
    atMs: toMs,
    window: { v: 1, poolId: pool, fromMs: toMs - 5_000, toMs, fromIndex: 0, toIndex: toMs, providers: [] },
  });
  const early = [5_000, 10_000, 65_000].map(window).reduce(foldFacts, noFacts);
  expect(early.windows.get(pool)?.map(({ toMs }) => toMs)).toEqual([10_000, 65_000]);
  const later = foldFacts(early, window(70_000), 3);
  expect(later.windows.get(pool)?.map(({ toMs }) => toMs)).toEqual([65_000, 70_000]);
  expect(early.windows.get(pool)).toHaveLength(2);
  expect(later).toMatchObject({ windowsToMs: 70_000, windowedSize: 70_000 });
});
