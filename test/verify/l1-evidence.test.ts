import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { teeTypes } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld, worldAtMs } from '../builders/bundle.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { failuresOf, judge, lyingWorld, other32 } from './judge.ts';

const platform = createSimulatedPlatform({ seed: 'honest', atUnixSec: worldAtMs / 1000 });
const dayMs = 86_400_000;

const defects: Defect[] = [
  {
    says: 'a quote made for other keys',
    lies: { td: (td) => ({ ...td, reportData: new Uint8Array(64).fill(7) }) },
    fails: ['L1'],
    reason: /report data: expected 0x/,
  },
  {
    says: 'collateral that had expired',
    change: (bundle) => ({
      ...bundle,
      evidence: { ...bundle.evidence, collateral: platform.collateral('expired') },
    }),
    fails: ['L1', 'L3'],
    reason: /quote or collateral: /,
  },
  {
    says: 'a revoked machine',
    change: (bundle) => ({
      ...bundle,
      evidence: { ...bundle.evidence, collateral: platform.collateral('revoked') },
    }),
    fails: ['L1', 'L3'],
    reason: /quote or collateral: .*revo/i,
  },
  {
    says: 'collateral that had expired when the log took the receipt',
    lies: {
      receiptEntry: (entry) => ({ ...entry, atMs: worldAtMs + 31 * dayMs }),
      checkpoint: (checkpoint) => ({ ...checkpoint, timeMs: worldAtMs + 31 * dayMs }),
    },
    fails: ['L1', 'L3'],
    reason: /quote or collateral: /,
  },
  {
    says: 'simulated evidence that calls itself a real TEE',
    lies: { enclaveKeys: (keys) => ({ ...keys, tier: 1 }), ask: (ask) => ({ ...ask, tier: 1 }) },
    fails: ['L1'],
    reason: /tier of simulated evidence: expected 0, got 1/,
  },
  {
    says: 'tier 2 without evidence of a GPU',
    lies: { enclaveKeys: (keys) => ({ ...keys, tier: 2 }), ask: (ask) => ({ ...ask, tier: 2 }) },
    fails: ['L1'],
    reason: /tier 2: .*GPU/,
  },
  {
    says: 'a receipt of another tier than the enclave keys',
    lies: { execution: (execution) => ({ ...execution, tier: 1 }) },
    fails: ['L1', 'L6'],
    reason: /receipt: tier/,
  },
  {
    says: 'a receipt of another TEE type',
    lies: { execution: (execution) => ({ ...execution, teeType: teeTypes.sevSnp }) },
    fails: ['L1'],
    reason: /TEE type/,
  },
  {
    says: 'evidence labelled as of another TEE',
    change: (bundle) => ({ ...bundle, evidence: { ...bundle.evidence, teeType: teeTypes.sgx } }),
    fails: ['L1'],
    reason: /TEE type: expected 1, got 2/,
  },
  {
    says: 'a TDX quote that everybody calls SEV-SNP',
    lies: { enclaveKeys: (keys) => ({ ...keys, teeType: teeTypes.sevSnp }) },
    change: (bundle) => ({ ...bundle, evidence: { ...bundle.evidence, teeType: teeTypes.sevSnp } }),
    fails: ['L1'],
    reason: /TEE type of the quote: expected 2, got 3/,
  },
  {
    says: 'a receipt for other evidence',
    lies: { execution: (execution) => ({ ...execution, evidenceHash: other32('1') }) },
    fails: ['L0', 'L1'],
    reason: /recipients/,
  },
  {
    says: 'a root that the trust file does not name',
    options: ({ trust }) => ({ trust: { ...trust, vendorRootSha256: [] } }),
    fails: ['L1', 'L3', 'L5'],
    reason: /quote or collateral: /,
  },
];

test.each([
  ['evidence', { evidenceHash: other32('1') }, /receipt: evidence hash/],
  ['code', { measurementHash: other32('1') }, /receipt: measurement hash/],
])(
  'a receipt about other %s than the quote shows fails L1, whatever L0 says of its recipients',
  async (_, change, reason) => {
    const world = await lyingWorld({ execution: (execution) => ({ ...execution, ...change }) });
    expect((await judge(world)).levels.L1.reason).toMatch(reason);
  },
);

test.each(rows(defects))('L1 refuses %s', (_, defect) => expectRefused(defect));

test('a quote under another root fails L1, even if that root is in the trust file: only pinned roots count', async () => {
  const forged = await createWorld({ seed: 'honest', rootKey: new Uint8Array(32).fill(9) });
  const verdict = await judge(forged);
  expect(failuresOf(verdict)).toContain('L1');
  expect(verdict.levels.L0.result).toBe('pass');
  expect(verdict.simulated).toBe(false);
});

test('L1 says whose clock it judged by', async () => {
  const world = await lyingWorld({});
  expect((await judge(world)).levels.L1.reason).toContain(
    'when the log took the receipt'.replace('when', 'at the time'),
  );
  const unlogged = await judge(world, { ...world.bundle, log: null, auction: null }, { allowAbsent: true });
  expect(unlogged.levels.L1.reason).toContain("the receipt's own time, which no log confirms");
});
