import { type Ask, leaseId, type Offer } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { account, hash } from '../testing/sample-receipt.ts';
import { type OfferFacts, refuseOffer } from './check-offer.ts';

const ask: Ask = {
  v: 1,
  nodeKey: hash('4e'),
  provider: account('99'),
  enclaveKey: account('0e'),
  model: 'ember',
  modelDigest: hash('0c'),
  priceCardHash: hash('ca'),
  region: 'DE',
  tier: 0,
  class: 0,
  multiplierPpm: 1_500_000,
  slots: 1,
  maxContextTokens: 512,
  validFromMs: 0,
  validUntilMs: 1_000_000,
  seq: 1,
  prevAskHash: hash('00'),
};

const facts: OfferFacts = {
  nodeKey: ask.nodeKey,
  ask,
  priceCard: {
    v: 1,
    model: 'ember',
    modelDigest: ask.modelDigest,
    class: 0,
    inputMicroUsdPerMTok: 3n,
    cachedInputMicroUsdPerMTok: 1n,
    outputMicroUsdPerMTok: 5n,
    validFromMs: 0,
  },
  enclaveKey: ask.enclaveKey,
  isDraining: false,
  exposurePicoUsd: 0n,
  maxExposurePicoUsd: 100n,
  nowMs: 1_000,
};

const offer: Offer = {
  v: 1,
  leaseId: leaseId(hash('0a'), hash('0b')),
  requestId: hash('0a'),
  askId: hash('0b'),
  orderHash: hash('01'),
  sessionKey: account('55'),
  nodeKey: ask.nodeKey,
  enclaveKey: ask.enclaveKey,
  provider: ask.provider,
  modelDigest: ask.modelDigest,
  multiplierPpm: 1_500_000,
  effectiveAsk: 1,
  poolId: hash('90'),
  priceInput: 5n, // ceil(3 × 1.5)
  priceCachedInput: 2n,
  priceOutput: 8n,
  holdPicoUsd: 100n,
  leaseExpiresAtMs: 600_000,
  answerByMs: 1_150,
};

test('what we asked, at the price we asked, is taken', () => {
  expect(refuseOffer(offer, facts)).toBeUndefined();
});

test('more than we asked is taken as well: the second price is the market’s to set', () => {
  const dearer = { multiplierPpm: 2_000_000, priceInput: 6n, priceCachedInput: 2n, priceOutput: 10n };
  expect(refuseOffer({ ...offer, ...dearer }, facts)).toBeUndefined();
});

test.each<[string, Partial<Offer>]>([
  ['lower multiplier', { multiplierPpm: 1_499_999 }],
  ['input price rounded down', { priceInput: 4n }],
  ['cached price', { priceCachedInput: 1n }],
  ['output price', { priceOutput: 7n }],
  ['lease id that somebody chose', { leaseId: hash('33') }],
  ['other node', { nodeKey: hash('44') }],
  ['other enclave', { enclaveKey: account('44') }],
  ['other provider', { provider: account('44') }],
  ['other model', { modelDigest: hash('44') }],
  ['answer wanted in the past', { answerByMs: 1_000 }],
  ['lease that is over', { leaseExpiresAtMs: 1_000 }],
  ['lease of an hour', { leaseExpiresAtMs: 3_601_000 }],
])('%s: these are not our terms', (_, change) => {
  expect(refuseOffer({ ...offer, ...change }, facts)).toBe('terms_differ');
});

test.each<[Partial<OfferFacts>, string]>([
  [{ isDraining: true }, 'draining'],
  [{ enclaveKey: undefined }, 'draining'],
  [{ ask: undefined }, 'ask_withdrawn'],
  [{ priceCard: undefined }, 'ask_withdrawn'],
  [{ enclaveKey: account('77') }, 'ask_withdrawn'],
  [{ exposurePicoUsd: 1n }, 'exposure'],
])('%p refuses as %s', (change, reason) => {
  expect(refuseOffer(offer, { ...facts, ...change })).toBe(reason);
});
