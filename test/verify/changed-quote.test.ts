import { verifyTdxEvidence } from '@hearth/attestation';
import { marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import { trustAnchors } from '@hearth/sdk';
import { expect, test } from '@jest/globals';
import { verifyEvidenceLevel } from '../../sdk/src/verify/l1-evidence.ts';
import { runLevel } from '../../sdk/src/verify/level.ts';
import { createWorld, worldAtMs } from '../builders/bundle.ts';

const world = await createWorld({ seed: 'honest' });
const { bundle, trust } = world;
const options = { trust, allowSimulated: true, allowAbsent: false, chain: world.chain };

// That every offset counts: attestation/src/tdx/quote-mutation.test.ts; any changed leaf of a bundle: test/e2e/paid-job.story.ts.
/** One bit flipped, another one from place to place. */
function quoteFlippedAt(offset: number): Buffer {
  const quote = Buffer.from(world.quote);
  quote[offset] = (quote[offset] ?? 0) ^ (1 << (offset % 8));
  return quote;
}

test('a changed byte of the quote fails L1 (the level alone, on the evidence as verified)', async () => {
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
  for (let offset = 0; offset < world.quote.length; offset += 13) {
    if ((await judgeL1(quoteFlippedAt(offset))).result !== 'fail') unnoticed.push(offset);
  }
  expect(unnoticed).toEqual([]);
  expect(world.quote.length).toBeGreaterThan(5_000);
});
