import { addressOf, hashLeaseRequest, signDigest, toHex } from '@hearth/attestation/receipt';
import { type Authorization, type LeaseRequest, marketDomain } from '@hearth/contracts/typed-data';
import {
  ed25519Key,
  type FromAgent,
  hold,
  isMessageSignedBy,
  lease,
  type Offer,
  regionsHash,
  signLeaseRelease,
} from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import type { OnOffer } from '../asks/ask-desk.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import { LeaseBook } from '../slots/lease-book.ts';
import { account, hash } from '../testing/sample-receipt.ts';
import { DirectDesk } from './direct-desk.ts';

const nodeKey = ed25519Key(new Uint8Array(32).fill(7));
const sessionPrivateKey = new Uint8Array(32).fill(9);
const domain = marketDomain(31337, account('5e'));
const onOffer = {
  terms: {
    nodeKey: nodeKey.publicKey,
    provider: account('0a'),
    enclaveKey: account('0e'),
    model: 'ember',
    modelDigest: hash('0d'),
    priceCardHash: hash('0c'),
    region: 'DE-BY',
    tier: 0,
    class: 0,
    multiplierPpm: 900_000,
    slots: 1,
    maxContextTokens: 512,
  },
  card: { inputMicroUsdPerMTok: 20n, cachedInputMicroUsdPerMTok: 10n, outputMicroUsdPerMTok: 200n },
  statement: { region: 'DE-BY' },
} as unknown as OnOffer;

/** A desk with one slot for sale, on a chain that sets aside what it is asked to. */
function desk(changes: { isLinked?: boolean; onOffer?: OnOffer; slotsFull?: boolean; rest?: bigint } = {}) {
  let assured = 0n;
  const reserved: Authorization[] = [];
  const released: string[] = [];
  const journal: JournalRecord[] = [];
  const offers: Offer[] = [];
  const leases = new LeaseBook();
  const made = new DirectDesk({
    nodeKey,
    domain,
    leases,
    slots: {
      answer: async ({ body }, reply) => {
        offers.push(body);
        const type = changes.slotsFull ? 'reject' : 'accept';
        reply({ type, message: { body: { reason: 'slots_full' } } } as unknown as FromAgent);
      },
      release: (leaseId) => void released.push(leaseId),
    },
    chain: { assuredMicroUsd: async () => assured },
    transactions: {
      reserve: async (authorization) => {
        const wanted = authorization.cumulativeCapPicoUsd / 1_000_000n;
        if (wanted > (changes.rest ?? 1_000n)) throw new Error('OrderRestTooLow()');
        reserved.push(authorization);
        assured = wanted;
        return { txHash: hash('f0') };
      },
    },
    clock: { nowMs: () => 1_000 },
    isLinked: () => changes.isLinked ?? false,
    statementOf: () => onOffer.statement,
    onOffer: (modelDigest, jobClass) => {
      const { terms } = onOffer;
      if (modelDigest !== terms.modelDigest || jobClass !== terms.class) return undefined;
      return 'onOffer' in changes ? changes.onOffer : onOffer;
    },
    append: async (record) => void journal.push(record),
  });
  return { made, reserved, released, journal, offers, leases };
}

function asked(changes: Partial<LeaseRequest> = {}, cumulativeCapPicoUsd = 50_000_000n) {
  const request: LeaseRequest = {
    orderHash: hash('01'),
    modelDigest: hash('0d'),
    policyHash: hash('02'),
    regionsHash: regionsHash(['DE']),
    minTier: 0,
    class: 0,
    contextTokens: 100,
    maxPriceInput: 18n,
    maxPriceCachedInput: 9n,
    maxPriceOutput: 180n,
    holdPicoUsd: cumulativeCapPicoUsd,
    checkpointSize: 1n,
    checkpointRoot: hash('03'),
    requestedAtMs: 1_000n,
    salt: hash('04'),
    ...changes,
  };
  const signature = signDigest(hashLeaseRequest(domain, request), sessionPrivateKey);
  const reserve = { cumulativeCapPicoUsd, jobHeaderHash: hash('05'), sessionSignature: signature };
  return { request: request as never, signature, regions: ['DE'], reserve };
}

test('a node sells its slot at its own ask, once the chain has set the money aside, and signs lease and hold itself', async () => {
  const { made, reserved, journal, leases, offers } = desk();
  const grant = await made.grant(asked());
  expect(isMessageSignedBy(lease, grant.lease, nodeKey.publicKey)).toBe(true);
  expect(isMessageSignedBy(hold, grant.hold, nodeKey.publicKey)).toBe(true);
  const { body } = grant.lease;
  expect(body).toMatchObject({ multiplierPpm: 900_000, priceInput: 18n, priceOutput: 180n });
  expect(body.sessionKey).toBe(addressOf(sessionPrivateKey));
  expect(grant.hold.body.heldCumulativePicoUsd).toBe(50_000_000n);
  expect(reserved).toMatchObject([{ enclaveKey: account('0e'), cumulativeCapPicoUsd: 50_000_000n }]);
  expect(journal).toEqual([{ kind: 'lease', lease: grant.lease, hold: grant.hold, isDirect: true }]);
  expect(leases.find(body.leaseId)?.lease).toBe(grant.lease);
  expect(leases.heldPicoUsd(body.orderHash, body.enclaveKey, 1_000)).toBe(50_000_000n);
  expect(made.find(offers[0]?.askId ?? '0x')).toMatchObject({ multiplierPpm: 900_000 });
});

test('a lease goes back on the word of its buyer, and of nobody else', async () => {
  const { made, released } = desk();
  const { body } = (await made.grant(asked())).lease;
  expect(() => made.release(signLeaseRelease(domain, body, hash('0b')))).toThrow(/session key/);
  expect(released).toEqual([]);
  made.release(signLeaseRelease(domain, body, toHex(sessionPrivateKey)));
  expect(released).toEqual([body.leaseId]);
});

test('what is set aside already is not set aside again', async () => {
  const { made, reserved } = desk();
  await made.grant(asked());
  await made.grant(asked({ salt: hash('06') }));
  expect(reserved).toHaveLength(1);
});

test('without the money on the chain nothing is sold, and the slot is free again', async () => {
  const { made, released, offers, journal } = desk({ rest: 10n });
  await expect(made.grant(asked())).rejects.toMatchObject({ code: 'insufficient_funds' });
  expect(released).toEqual(offers.map(({ leaseId }) => leaseId));
  expect(journal).toEqual([]);
});

test('a node that a gateway reaches sells by auction alone, and one with nothing on offer not at all', async () => {
  await expect(desk({ isLinked: true }).made.grant(asked())).rejects.toMatchObject({ code: 'unavailable' });
  await expect(desk({ onOffer: undefined as unknown as OnOffer }).made.grant(asked())).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(desk({ slotsFull: true }).made.grant(asked())).rejects.toMatchObject({
    code: 'no_bid',
    details: { answers: ['slots_full'] },
  });
});

test('a model that the node does not serve is not sold', async () => {
  const { made, offers } = desk();
  await expect(made.grant(asked({ modelDigest: hash('77') }))).rejects.toMatchObject({ code: 'unavailable' });
  expect(offers).toEqual([]);
});

test.each<[string, Partial<LeaseRequest>]>([
  ['tier', { minTier: 1 }],
  ['context', { contextTokens: 513 }],
  ['price', { maxPriceInput: 17n }],
  ['price', { maxPriceCachedInput: 8n }],
  ['price', { maxPriceOutput: 179n }],
  ['regions', { regionsHash: regionsHash(['FR']) }],
])('a request beyond its %s is not served', async (what, changes) => {
  const { made, offers } = desk();
  await expect(made.grant(asked(changes))).rejects.toMatchObject({
    code: 'no_bid',
    message: expect.stringContaining(what),
  });
  expect(offers).toEqual([]);
});
