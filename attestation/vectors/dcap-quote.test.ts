import { describe, expect, test } from '@jest/globals';
import { CollateralCache } from '../src/index.ts';
import { differences, type EntryVerdict, type ManifestEntry } from '../src/manifest/entry.ts';
import { dcapKinds, judgeDcapEntry, judgeDcapEntryWith } from '../src/manifest/judge-dcap.ts';
import { loadManifest, readerOf } from './manifest.ts';

const manifest = loadManifest();
const entries = manifest?.filter(({ kind }) => dcapKinds.some((one) => one === kind));

if (entries === undefined) test.skip('DCAP conformance: the vectors are not here', () => {});
else describe('DCAP conformance', () => judgeAll(entries));

function judgeAll(all: readonly ManifestEntry[]): void {
  const cases = all.map((entry) => [entry.id, entry] as const);
  const uncached = new Map<string, EntryVerdict>();
  for (const entry of all) uncached.set(entry.id, judgeDcapEntry(entry, readerOf(entry)));

  test('the set is there, with both verdicts and both technologies', () => {
    expect(all.length).toBeGreaterThanOrEqual(86);
    expect(new Set(all.map(({ expect: { verdict } }) => verdict))).toEqual(new Set(['valid', 'invalid']));
    expect(new Set(all.map(({ kind }) => kind.slice(0, 3)))).toEqual(new Set(['sgx', 'tdx']));
  });

  test.each(cases)('%s', (id, entry) => {
    const verdict = uncached.get(id) as EntryVerdict;
    expect(differences(entry, verdict)).toEqual([]);
    // A status is shown only of evidence whose cryptography holds.
    if (entry.expect.tcbStatus === undefined) expect(verdict.tcbStatus).toBeUndefined();
  });

  test('a cache of collateral changes nothing in any verdict, whatever was judged before', () => {
    const cache = new CollateralCache();
    const judge = judgeDcapEntryWith(cache);
    const twice = shuffled([...all, ...all]);
    const changed = twice.filter((entry) => {
      const verdict = judge(entry, readerOf(entry));
      return JSON.stringify(verdict) !== JSON.stringify(uncached.get(entry.id));
    });
    expect(changed.map(({ id }) => id)).toEqual([]);
    expect(cache.hits).toBeGreaterThan(all.length / 2);
  });

  test('a cache of one place, always full, changes nothing either', () => {
    const judge = judgeDcapEntryWith(new CollateralCache(1));
    const changed = shuffled([...all, ...all]).filter(
      (entry) => JSON.stringify(judge(entry, readerOf(entry))) !== JSON.stringify(uncached.get(entry.id)),
    );
    expect(changed.map(({ id }) => id)).toEqual([]);
  });

  test('evidence that verifies is judged anew at every moment, also from the cache', () => {
    const valid = all.filter(({ expect: { verdict } }) => verdict === 'valid');
    const judge = judgeDcapEntryWith(new CollateralCache());
    for (const entry of valid) judge(entry, readerOf(entry));
    const centuryLater = valid.map((entry) => ({ ...entry, at: entry.at + 100 * 365 * 86_400 }));
    const accepted = centuryLater.filter((entry) => judge(entry, readerOf(entry)).reason !== 'expired');
    expect(accepted.map(({ id }) => id)).toEqual([]);
  });
}

/** Fisher and Yates with a fixed seed: a failure must come back. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const result = [...items];
  let state = 20_261_121;
  for (let last = result.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const other = (state >>> 8) % (last + 1);
    [result[last], result[other]] = [result[other] as Item, result[last] as Item];
  }
  return result;
}
