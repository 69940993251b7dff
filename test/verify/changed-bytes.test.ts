import { verifyTdxEvidence } from '@hearth/attestation';
import { marketDomain, registryDomain } from '@hearth/contracts';
import { encodeBundle, trustAnchors, verifyBundle } from '@hearth/sdk';
import { bundle as bundleSchema, levels } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { verifyEvidenceLevel } from '../../sdk/src/verify/l1-evidence.ts';
import { runLevel } from '../../sdk/src/verify/level.ts';
import { createWorld, worldAtMs } from '../builders/bundle.ts';
import { tamperings } from '../builders/tampered-json.ts';
import { judge } from './judge.ts';

const world = await createWorld({ seed: 'honest' });
const { bundle, trust } = world;
const options = { trust, allowSimulated: true, allowAbsent: false, chain: world.chain };

/** One bit flipped, another one from place to place. */
function quoteFlippedAt(offset: number): Buffer {
  const quote = Buffer.from(world.quote);
  quote[offset] = (quote[offset] ?? 0) ^ (1 << (offset % 8));
  return quote;
}

test('a changed byte at any offset of the quote fails L1 (the level alone, on the evidence as verified)', async () => {
  const { chainId, settlement, registry } = bundle.domain;
  const judgeL1 = (quote: Uint8Array) => {
    const { collateral } = world;
    const atUnixSec = worldAtMs / 1000;
    const evidence = verifyTdxEvidence({ quote, collateral, atUnixSec, trustAnchors: trustAnchors(trust) });
    return runLevel(() =>
      verifyEvidenceLevel({
        bundle,
        evidence,
        options,
        domain: marketDomain(chainId, settlement),
        registryDomain: registryDomain(chainId, registry),
        judgedAt: { unixSec: atUnixSec, source: 'log' },
      }),
    );
  };
  expect((await judgeL1(world.quote)).result).toBe('pass');
  const unnoticed: number[] = [];
  for (let offset = 0; offset < world.quote.length; offset += 1) {
    if ((await judgeL1(quoteFlippedAt(offset))).result !== 'fail') unnoticed.push(offset);
  }
  expect(unnoticed).toEqual([]);
  expect(world.quote.length).toBeGreaterThan(5_000);
}, 120_000); // room for a busy two-core machine; about 5 s on an idle one

test('every 41st offset of the quote, changed in the bundle, fails L1 of the whole verification', async () => {
  const unnoticed: number[] = [];
  for (let offset = 0; offset < world.quote.length; offset += 41) {
    const evidence = { ...bundle.evidence, quote: quoteFlippedAt(offset).toString('base64') };
    const verdict = await verifyBundle({ ...bundle, evidence }, options);
    if (verdict.levels.L1.result !== 'fail' || verdict.ok) unnoticed.push(offset);
  }
  expect(unnoticed).toEqual([]);
}, 120_000); // room for a busy two-core machine; about 5 s on an idle one

test('any changed leaf of the JSON is refused: as no bundle, or by a level that says why', async () => {
  const json = JSON.parse(encodeBundle(bundle));
  const unnoticed: string[] = [];
  let count = 0;
  for (const { path, json: forged } of tamperings(json)) {
    count += 1;
    const parsed = bundleSchema.safeParse(forged);
    if (!parsed.success) continue;
    const verdict = await judge(world, parsed.data);
    const isNamed = levels.some(
      (level) => verdict.levels[level].result === 'fail' && verdict.levels[level].reason !== '',
    );
    if (verdict.ok || !isNamed) unnoticed.push(path);
  }
  expect(unnoticed).toEqual([]);
  expect(count).toBeGreaterThan(300);
}, 120_000); // room for a busy two-core machine; about 5 s on an idle one
