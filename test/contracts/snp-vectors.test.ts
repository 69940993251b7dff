import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { judgeEntry, type ManifestEntry, parseManifest } from '@hearth/attestation/manifest';
import { expect, jest } from '@jest/globals';
import { testUnless } from '../environment/skip.ts';
import { bend, seeded } from './mutations.ts';
import {
  hintsFor,
  type OnChainSnpPolicy,
  type SnpChain,
  type SnpContracts,
  startSnpChain,
} from './snp-chain.ts';
import { refusalOf } from './vector-chain.ts';

// Real reports of real machines, real ones bent, and made ones, read in place: the production code under the policy that the
// manifest states must say of each what the library says. AMD's own lists are not among the vectors: judged without.
const folder = resolve(process.env.HEARTH_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'));
const missing = existsSync(join(folder, 'manifest.json'))
  ? undefined
  : `no vectors at ${folder}; set HEARTH_VECTORS`;

const ROOM_FOR_DEPLOYMENT_SEC = 600;

jest.setTimeout(1_800_000); // a limit for thousands of reports on a busy machine, not an expectation

/** What the contracts cannot be asked, and why. */
const unsupported: readonly [reason: string, (entry: ManifestEntry) => boolean][] = [
  ['VLEK: a key for a cloud, which names no chip; refused on the chain', ({ id }) => id.includes('vlek')],
  ['Azure’s paravisor: keys stand in runtime data, not in the report', ({ files }) => 'hcl' in files],
  [
    'allow-lists are the registry’s to decide',
    ({ policy }) => Object.keys(policy ?? {}).some((key) => key !== 'maxVmpl' && key !== 'minTcb'),
  ],
];

testUnless(missing)('every SEV-SNP vector gets the same verdict on and off the chain', async () => {
  const all = readVectors();
  const entries = all.filter((entry) => !unsupported.some(([, applies]) => applies(entry)));
  const verdicts = new Map<string, { offChain: boolean; onChain: boolean; refusal: string }>();
  const earliest = Math.min(...entries.map(({ at }) => at));
  const chain = await startSnpChain({ startsAtUnixSec: earliest - ROOM_FOR_DEPLOYMENT_SEC });
  try {
    const contracts = await chain.deploy('mock');
    const rewind = await chain.remember();
    for (const entry of entries) {
      await chain.moveTo(entry.at);
      const { verdict } = judgeEntry(entry, readerOf(entry));
      const refusal = await refusalOnChain(chain, contracts, entry);
      verdicts.set(entry.id, { offChain: verdict === 'valid', onChain: refusal === '', refusal });
      await rewind();
    }
  } finally {
    await chain.chain.stop();
  }
  expect([...verdicts].filter(([, { offChain, onChain }]) => offChain !== onChain)).toEqual([]);
  const accepted = [...verdicts.values()].filter(({ onChain }) => onChain).length;
  expect(accepted).toBeGreaterThanOrEqual(6);
  expect(verdicts.size - accepted).toBeGreaterThanOrEqual(20);
  expect(all.length - entries.length).toBe(3);
});

testUnless(missing)('bent reports get the same verdict on and off the chain', async () => {
  const count = Number(process.env.HEARTH_MUTATED_REPORTS ?? 24);
  const entry = readVectors().find(({ id }) => id === 'snp-genoa-v5-cai');
  if (entry === undefined) throw new Error('expected the Genoa vector');
  const random = seeded(20_261_121);
  const chain = await startSnpChain({ startsAtUnixSec: entry.at });
  try {
    const read = readerOf(entry);
    const [report, leaf] = [read('report'), read('leaf')];
    const contracts = await chain.deploy('mock');
    await prepare(chain, contracts, entry);
    const hints = await hintsFor(report, leaf);
    await chain.verify(contracts, report, hints, leaf);
    // Hints are of what was signed: bent elsewhere they fit still, and for what nobody signed there are none.
    for (let index = 0; index < count; index += 1) {
      const bent = bend(report, report.length, random);
      const offChain = judgeEntry(entry, (field) => (field === 'report' ? bent : read(field)));
      const onChain = await chain.verify(contracts, bent, hints, leaf).then(
        () => 'valid',
        () => 'invalid',
      );
      expect({ index, onChain }).toEqual({ index, onChain: offChain.verdict });
    }
  } finally {
    await chain.chain.stop();
  }
});

/** '' for a report that verifies. */
async function refusalOnChain(
  chain: SnpChain,
  contracts: SnpContracts,
  entry: ManifestEntry,
): Promise<string> {
  const read = readerOf(entry);
  try {
    await prepare(chain, contracts, entry);
    const [report, leaf] = [read('report'), read('leaf')];
    await chain.verify(contracts, report, await hintsFor(report, leaf), leaf);
    return '';
  } catch (error) {
    return refusalOf(error);
  }
}

/** Sends what the evidence brings along; throws what the contracts say about it. */
async function prepare(chain: SnpChain, contracts: SnpContracts, entry: ManifestEntry): Promise<void> {
  const read = readerOf(entry);
  await chain.relax(contracts, policyOf(entry), entry.files.root === undefined ? undefined : read('root'));
  const [ask, root, ...others] = readFileSync(join(folder, entry.files.chain ?? ''), 'latin1')
    .split(/(?<=-----END CERTIFICATE-----)\s*/)
    .filter((pem) => pem.includes('BEGIN'))
    .map((pem) => new Uint8Array(new X509Certificate(pem).raw));
  if (ask === undefined || root === undefined || others.length > 0) throw new Error('not a chain of two');
  await chain.registerAsk(contracts, ask);
  await chain.registerVcek(contracts, read('leaf'), ask);
}

/** The manifest's defaults: no debug, no migration agent, VMPL 0; everything else is let through. */
function policyOf({ policy }: ManifestEntry): OnChainSnpPolicy {
  const { maxVmpl = 0, minTcb = {} } = (policy ?? {}) as {
    maxVmpl?: number;
    minTcb?: Record<string, number>;
  };
  const { bl = 0, tee = 0, snp = 0, ucode = 0, fmc = 0 } = minTcb;
  if (fmc !== 0) throw new Error('no vector asks for an FMC floor');
  return {
    maxVmpl,
    mayBeProvisional: true,
    allowedGuestBits: 2n ** 64n - 1n - (1n << 18n) - (1n << 19n),
    requiredPlatformBits: 0n,
    // Milan and Genoa; the one floor among the vectors is for Genoa
    tcbFloor: (BigInt(bl) << 56n) | (BigInt(tee) << 48n) | (BigInt(snp) << 8n) | BigInt(ucode),
  };
}

function readVectors(): readonly ManifestEntry[] {
  return parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8')).filter(
    ({ kind }) => kind === 'sev-snp-report',
  );
}

function readerOf({ files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => new Uint8Array(readFileSync(join(folder, files[field] ?? '')));
}
