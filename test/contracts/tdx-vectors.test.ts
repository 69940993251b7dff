import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type DcapCollateral,
  type EvidencePolicy,
  intelSgxRootCa,
  judgeTdxEvidence,
  strictEvidencePolicy,
  strictTdxPolicy,
} from '@hearth/attestation';
import type { DeployedMarket } from '@hearth/contracts';
import { expect, jest } from '@jest/globals';
import { testUnless } from '../environment/skip.ts';
import { bend, seeded } from './mutations.ts';
import { refusalOf, startVectorChain } from './vector-chain.ts';

// Real quotes of real machines with their collateral, and real ones bent, read in place: the production contracts must say
// of each what the library says under the registry's policy.
const folder = resolve(process.env.HEARTH_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'));
const missing = existsSync(join(folder, 'manifest.json'))
  ? undefined
  : `no vectors at ${folder}; set HEARTH_VECTORS`;

/** Every transaction is a block, every block at least a second. */
const ROOM_FOR_DEPLOYMENT_SEC = 600;

jest.setTimeout(1_800_000); // a limit for ten thousand quotes on a busy machine, not an expectation

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly files: { readonly quote: string; readonly collateral: string; readonly root?: string };
  readonly policy?: unknown;
}

/** What the contracts cannot be asked, and why. */
const unsupported: readonly [reason: string, (vector: Vector) => boolean][] = [
  ['made under a root of their own: the roots are compiled in', ({ files }) => files.root !== undefined],
  ['a relying party’s policy: the registry’s is fixed', ({ policy }) => policy !== undefined],
];

/** What the registry demands of a quote, in the library's words. */
const registryPolicy: EvidencePolicy = strictEvidencePolicy({
  tdx: { ...strictTdxPolicy([]), measurementHash: 'ignore', xfamWithinFixedBits: 'ignore' },
});

testUnless(missing)('every TDX v4 and v5 vector gets the same verdict on and off the chain', async () => {
  const all = readVectors();
  const vectors = all.filter((vector) => !unsupported.some(([, applies]) => applies(vector)));
  const verdicts = new Map<string, { offChain: boolean; onChain: boolean; refusal: string }>();
  const earliest = Math.min(...vectors.map(({ at }) => at));
  const chain = await startVectorChain({ startsAtUnixSec: earliest - ROOM_FOR_DEPLOYMENT_SEC });
  try {
    const market = await chain.deploy();
    const rewind = await chain.remember();
    for (const vector of vectors) {
      await chain.moveTo(vector.at);
      verdicts.set(vector.id, await compare(chain, market, vector));
      await rewind();
    }
  } finally {
    await chain.chain.stop();
  }
  const disagreements = [...verdicts].filter(([, { offChain, onChain }]) => offChain !== onChain);
  expect(disagreements).toEqual([]);
  const accepted = [...verdicts.values()].filter(({ onChain }) => onChain).length;
  expect(accepted).toBeGreaterThan(9);
  expect(verdicts.size - accepted).toBeGreaterThan(25);
  expect(all.length - vectors.length).toBe(32);
});

testUnless(missing)('bent quotes get the same verdict on and off the chain', async () => {
  const count = Number(process.env.HEARTH_MUTATED_QUOTES ?? 80);
  const bases = readVectors().filter(({ id }) => ['tdx4-azure-mar2026', 'tdx5-google-uptodate'].includes(id));
  expect(bases).toHaveLength(2);
  const random = seeded(20_261_121);
  for (const base of bases) {
    const chain = await startVectorChain({ startsAtUnixSec: base.at });
    try {
      const market = await chain.deploy();
      const { quote, collateral } = read(base);
      await chain.bring(market, quote, collateral);
      const { timestamp } = await chain.publicClient.getBlock();
      expect((await chain.judge(market, quote)).accepted).toBe(true);
      for (let index = 0; index < count / bases.length; index += 1) {
        const bent = bend(quote, quote[0] === 5 ? 1322 : 1258, random) /* up to its certificate chain */;
        const onChain = await chain.judge(market, bent);
        const offChain = judgeOffChain(bent, collateral, Number(timestamp));
        expect({ index, ...onChain }).toEqual({ index, ...onChain, accepted: offChain });
      }
    } finally {
      await chain.chain.stop();
    }
  }
});

testUnless(missing)('a chain without the P-256 precompile gives the same verdicts, dearer', async () => {
  const [base] = readVectors().filter(({ id }) => id === 'tdx4-azure-mar2026');
  if (base === undefined) throw new Error('expected the vector tdx4-azure-mar2026');
  const chain = await startVectorChain({ startsAtUnixSec: base.at, hardfork: 'prague' });
  try {
    const market = await chain.deploy();
    const { quote, collateral } = read(base);
    await chain.bring(market, quote, collateral);
    expect(await chain.judge(market, quote)).toEqual({ accepted: true, refusal: 'ReportDataWrong' });
    const bent = quote.slice();
    bent[700] = (bent[700] ?? 0) ^ 1;
    bent[640] = (bent[640] ?? 0) ^ 1;
    expect((await chain.judge(market, bent)).accepted).toBe(false);
    bent[700] = quote[700] ?? 0;
    expect((await chain.judge(market, bent)).refusal).toBe('QuoteSignatureInvalid');
  } finally {
    await chain.chain.stop();
  }
});

type VectorChain = Awaited<ReturnType<typeof startVectorChain>>;

async function compare(chain: VectorChain, market: DeployedMarket, vector: Vector) {
  const { quote, collateral } = read(vector);
  const { timestamp } = await chain.publicClient.getBlock();
  const offChain = judgeOffChain(quote, collateral, Number(timestamp));
  try {
    await chain.bring(market, quote, collateral);
  } catch (error) {
    return { offChain, onChain: false, refusal: refusalOf(error) };
  }
  const { accepted, refusal } = await chain.judge(market, quote);
  return { offChain, onChain: accepted, refusal };
}

function judgeOffChain(quote: Uint8Array, collateral: DcapCollateral, atUnixSec: number): boolean {
  const evidence = { quote, collateral, atUnixSec, trustAnchors: [intelSgxRootCa] };
  return judgeTdxEvidence(evidence, registryPolicy, { keys: 'ignore', nonce: 'ignore' }).ok;
}

function readVectors(): Vector[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Vector[];
  return manifest.filter(({ kind }) => kind === 'tdx-quote-v4' || kind === 'tdx-quote-v5');
}

function read({ files }: Vector): { quote: Uint8Array; collateral: DcapCollateral } {
  return {
    quote: new Uint8Array(readFileSync(join(folder, files.quote))),
    collateral: JSON.parse(readFileSync(join(folder, files.collateral), 'utf8')) as DcapCollateral,
  };
}
