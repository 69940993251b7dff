import { gzipSync } from 'node:zlib';
import { encodeBundle, observeChain } from '@hearth/sdk';
import type { Bundle } from '@hearth/sdk/protocol';
import { trustFile } from '@hearth/sdk/protocol';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { bundleForBrowser, nodeGlobalUses } from '../attestation/browser-bundle.ts';
import { findChromium, runInChromium } from '../attestation/chromium.ts';
import { createWorld } from '../builders/bundle.ts';
import { testUnless } from '../environment/skip.ts';
import { allPass, other32, resultsOf } from '../verify/judge.ts';
import { type BundleCase, verifyCases } from './browser-cases.ts';

jest.setTimeout(60_000); // a browser starts in a second on a quiet machine

/** Bytes, minified and on the wire; a tenth to a sixth above what was measured when they were written. */
const budgets = {
  '@hearth/sdk/verify': { minified: 760_000, gzipped: 200_000 },
  '@hearth/sdk/policy': { minified: 650_000, gzipped: 160_000 },
  '@hearth/sdk/sealed-job': { minified: 730_000, gzipped: 188_000 },
} as const;

let cases: readonly BundleCase[];
beforeAll(async () => {
  const world = await createWorld({ seed: 'honest' });
  const observed = await observeChain(world.chain, world.bundle);
  const trust = z.encode(trustFile, { ...world.trust, chain: { ...world.trust.chain, observed } });
  const bent = (change: (bundle: Bundle) => Bundle): unknown =>
    JSON.parse(encodeBundle(change(world.bundle)));
  const [opening, ...others] = world.bundle.openings;
  if (opening === undefined) throw new Error('the bundle opens its messages');
  cases = [
    { id: 'whole', bundle: bent((bundle) => bundle), trust },
    {
      id: 'another price in the receipt',
      bundle: bent((bundle) => {
        const { receipt } = bundle;
        return {
          ...bundle,
          receipt: {
            ...receipt,
            execution: { ...receipt.execution, priceOutput: receipt.execution.priceOutput + 1n },
          },
        };
      }),
      trust,
    },
    {
      id: 'another message opened',
      bundle: bent((bundle) => ({ ...bundle, openings: [{ ...opening, salt: other32('1') }, ...others] })),
      trust,
    },
  ];
});

test.each(Object.entries(budgets))(
  '%s bundles without Node builtins and globals, and keeps its budget',
  async (entryPoint, budget) => {
    const bundle = await bundleForBrowser(`export * from '${entryPoint}';`);
    expect(nodeGlobalUses(bundle)).toEqual([]);
    expect(bundle.ownSources).toContain('sdk/src/crypto/browser-engine.ts');
    expect(bundle.ownSources).not.toContain('sdk/src/crypto/node-engine.ts');
    const size = { minified: Buffer.byteLength(bundle.code), gzipped: gzipSync(bundle.code).length };
    process.stderr.write(`${entryPoint} in a browser: ${size.minified} bytes, ${size.gzipped} gzipped\n`);
    expect(size.minified).toBeLessThanOrEqual(budget.minified);
    expect(size.gzipped).toBeLessThanOrEqual(budget.gzipped);
    expect(size.minified).toBeGreaterThan(budget.minified * 0.75); // one far above the truth would say nothing
  },
);

test('offline, a bundle passes L0 to L7 by what its trust file saw of the chain', async () => {
  const verdicts = await verifyCases(cases);
  expect(resultsOf(verdicts['whole'] as never)).toEqual(allPass);
  expect(Object.values(verdicts).map(({ ok }) => ok)).toEqual([true, false, false]);
});

const chromium = findChromium();
const missing =
  chromium === undefined
    ? 'needs Chromium: apt-get install chromium, or name one in HEARTH_CHROMIUM'
    : undefined;

testUnless(missing)(
  'a page without a network verifies a bundle through L7 as Node does, level by level, and seals and opens a job',
  async () => {
    const { code } = await bundleForBrowser("import '../sdk/browser-page.ts';");
    const inPage = await runInChromium(chromium ?? 'chromium', code, cases, AbortSignal.timeout(50_000));
    expect(inPage).toEqual({
      verdicts: JSON.parse(JSON.stringify(await verifyCases(cases))),
      answer: '{"messages":[{"role":"user","content":"hi"}]} 32',
    });
  },
);
