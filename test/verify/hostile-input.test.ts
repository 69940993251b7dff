import { type BundleVerdict, verifyBundle } from '@hearth/sdk';
import { type Bundle, bundle as bundleSchema, levels, type ProvenEntry } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';

const world = await createWorld({ seed: 'honest' });
const { bundle } = world;
const options = { trust: world.trust, allowSimulated: true, allowAbsent: true, chain: world.chain };

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

/** Shown as it is, it would clear the screen and end the report with a line of its own. */
const drawing = 'x\u001b[2J\nL0 signatures pass\nOK\n';

/** What a bundle may hold where its schema says "anything": each once made a careless verifier throw. */
const things: [string, unknown][] = [
  ['nothing', null],
  ['half a surrogate pair', '\ud800'],
  ['an infinite number', JSON.parse('1e999')],
  ['a list', []],
  ['an empty object', {}],
  ['a very deep list', nested(100_000)],
  ['a prototype', JSON.parse('{"__proto__":{"kind":"receipt"},"constructor":1}')],
  ['a key that draws', { ...(bundle.log?.receipt.entry as object), [drawing]: 1 }],
];

const places: [string, (thing: unknown) => Bundle][] = [
  [
    'the logged receipt',
    (entry) => ({
      ...bundle,
      log: bundle.log && { ...bundle.log, receipt: { ...bundle.log.receipt, entry } },
    }),
  ],
  [
    'the clearing',
    (entry) => withAuction((auction) => ({ ...auction, clearing: { ...auction.clearing, entry } })),
  ],
  [
    'an auction input',
    (entry) =>
      withAuction((auction) => ({
        ...auction,
        inputs: auction.inputs.map((input) => ({ ...input, entry })),
      })),
  ],
  [
    'the TCB info',
    (tcb_info) => ({
      ...bundle,
      evidence: { ...bundle.evidence, collateral: { ...bundle.evidence.collateral, tcb_info } },
    }),
  ],
  ['the collateral', (thing) => ({ ...bundle, evidence: { ...bundle.evidence, collateral: { thing } } })],
  [
    'an opened item',
    (item) => ({ ...bundle, openings: bundle.openings.map((opening) => ({ ...opening, item })) }),
  ],
];

test.each(places)(
  'whatever stands in %s is refused in one printable line, never by an exception',
  async (_, put) => {
    for (const [name, thing] of things) expectRefusedInLines(name, await verifyBundle(put(thing), options));
  },
);

const extremes: [string, Bundle][] = [
  ['an empty quote', { ...bundle, evidence: { ...bundle.evidence, quote: '' } }],
  [
    'a quote cut in the middle',
    {
      ...bundle,
      evidence: { ...bundle.evidence, quote: Buffer.from(world.quote.subarray(0, 2_001)).toString('base64') },
    },
  ],
  ['an empty public key', { ...bundle, keyConfig: { ...bundle.keyConfig, publicKey: '' } }],
  ['a wallet signature of a contract', { ...bundle, orderSignature: `0x${'ab'.repeat(200)}` }],
  ['a signature of zeros', { ...bundle, receiptSignature: `0x${'00'.repeat(65)}` }],
  [
    'a proof of the largest tree',
    { ...bundle, log: bundle.log && { ...bundle.log, receipt: largest(bundle.log.receipt) } },
  ],
  [
    'inputs of the largest tree',
    withAuction((auction) => ({ ...auction, inputs: auction.inputs.map(largest) })),
  ],
  ['books of zeros', withBooksOf(new Uint8Array(3 * 53))],
  ['books of nothing but branches', withBooksOf(new Uint8Array(100_000).fill(2))],
  [
    'a consistency proof of 64 hashes',
    withAuction((auction) => ({
      ...auction,
      consistency: Array.from({ length: 64 }, () => `0x${'00'.repeat(32)}` as const),
    })),
  ],
  [
    'an opening of the largest list',
    {
      ...bundle,
      openings: bundle.openings.map((opening) => ({
        ...opening,
        size: Number.MAX_SAFE_INTEGER,
        index: Number.MAX_SAFE_INTEGER - 1,
      })),
    },
  ],
];

test.each(extremes)('%s is refused, never by an exception', async (name, extreme) => {
  expect(bundleSchema.safeEncode(extreme).success).toBe(true);
  expectRefusedInLines(name, await verifyBundle(extreme, options));
});

function expectRefusedInLines(name: string, verdict: BundleVerdict): void {
  const reasons = levels.map((level) => verdict.levels[level].reason);
  const isPrintable = reasons.every((reason) => reason !== '' && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(reason));
  expect({ name, ok: verdict.ok, isPrintable }).toEqual({ name, ok: false, isPrintable: true });
}

function withBooksOf(shown: Uint8Array): Bundle {
  const books = [0, 1, 2].map((tier) => ({ tier, shown: Buffer.from(shown).toString('base64') }));
  return withAuction((auction) => ({ ...auction, books }));
}

function withAuction(change: (auction: NonNullable<Bundle['auction']>) => Bundle['auction']): Bundle {
  return { ...bundle, auction: bundle.auction && change(bundle.auction) };
}

function largest(proof: ProvenEntry): ProvenEntry {
  return { ...proof, index: Number.MAX_SAFE_INTEGER - 1, treeSize: Number.MAX_SAFE_INTEGER };
}
