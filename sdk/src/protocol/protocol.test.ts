import { fromHex, sha256, toHex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  ask,
  askId,
  assertMessageSignedBy,
  type Checkpoint,
  canonicalBytes,
  creditPayload,
  decodeLinkFrame,
  ed25519Key,
  encodeLinkFrame,
  hold,
  isInRegions,
  isMessageSignedBy,
  leaseId,
  linkFrameTypes,
  orderCodec,
  parseCredit,
  regionCode,
  regionsHash,
  signCheckpoint,
  signMessage,
  uintString,
  verifyCheckpoint,
} from './index.ts';

const key = ed25519Key(sha256(Buffer.from('protocol test')));
const h32 = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const;
const address = `0x${'a'.repeat(40)}` as const;

const askBody = ask.body.parse({
  v: 1,
  nodeKey: key.publicKey,
  provider: address,
  enclaveKey: address,
  model: 'ember-2m-q8_0',
  modelDigest: h32(1),
  priceCardHash: h32(2),
  region: 'DE-BY',
  tier: 0,
  class: 0,
  multiplierPpm: 950_000,
  slots: 2,
  maxContextTokens: 512,
  validFromMs: 1,
  validUntilMs: 2,
  seq: 1,
  prevAskHash: h32(0),
});

test('an ask has the canonical bytes and the id of its published vector', () => {
  expect(new TextDecoder().decode(canonicalBytes(askBody))).toBe(
    `{"class":0,"enclaveKey":"${address}","maxContextTokens":512,"model":"ember-2m-q8_0","modelDigest":"${h32(1)}","multiplierPpm":950000,"nodeKey":"${key.publicKey}","prevAskHash":"${h32(0)}","priceCardHash":"${h32(2)}","provider":"${address}","region":"DE-BY","seq":1,"slots":2,"tier":0,"v":1,"validFromMs":1,"validUntilMs":2}`,
  );
  expect(askId(askBody)).toBe(toHex(sha256(Buffer.from('hearth ask/1\n'), canonicalBytes(askBody))));
});

test('a signature covers the kind as well as the body', () => {
  const signed = signMessage(ask, askBody, key);
  expect(isMessageSignedBy(ask, signed, key.publicKey)).toBe(true);
  expect(isMessageSignedBy({ ...ask, kind: 'offer' }, signed, key.publicKey)).toBe(false);
  const dearer = { ...signed, body: { ...askBody, multiplierPpm: 950_001 } };
  expect(() => assertMessageSignedBy(ask, dearer, key.publicKey)).toThrow('expected a signature by');
});

test('wide integers are signed in their wire form and survive the round trip', () => {
  const body = {
    v: 1 as const,
    orderHash: h32(3),
    enclaveKey: address,
    heldCumulativePicoUsd: 2n ** 100n,
    holdSequence: 1,
    expiresAtMs: 5,
  };
  const message = signMessage(hold, body, key);
  const wire = z.encode(hold.schema, message);
  expect(wire.body).toMatchObject({ heldCumulativePicoUsd: '1267650600228229401496703205376' });
  const back = hold.schema.parse(JSON.parse(JSON.stringify(wire)));
  expect(back).toEqual(message);
  expect(isMessageSignedBy(hold, back, key.publicKey)).toBe(true);
});

test.each(['01', '-1', '1e3', '', ' 1', '0x1', '18446744073709551616'])('%j is not a uint64', (text) => {
  expect(uintString(64).safeParse(text).success).toBe(false);
});

test('an order with a member too many, or one too few, is refused', () => {
  const order = Object.fromEntries(
    ['policyHash', 'salt']
      .map((name) => [name, h32(1)])
      .concat(
        ['buyer', 'sessionKey'].map((name) => [name, address]),
        [
          'maxSpendMicroUsd',
          'maxPriceInput',
          'maxPriceCachedInput',
          'maxPriceOutput',
          'maxSpendPerEnclaveMicroUsd',
          'validAfterUnixSec',
          'validUntilUnixSec',
        ].map((name) => [name, '1']),
      ),
  );
  expect(orderCodec.safeParse({ ...order, minTier: 0 }).success).toBe(true);
  expect(orderCodec.safeParse(order).success).toBe(false);
  expect(orderCodec.safeParse({ ...order, minTier: 0, extra: 1 }).success).toBe(false);
  expect(orderCodec.safeParse({ ...order, minTier: 0, buyer: address.toUpperCase() }).success).toBe(false);
});

const checkpoint: Checkpoint = {
  origin: 'log.hearth.test',
  treeSize: 7,
  root: h32(9),
  timeMs: 1_790_000_000_000,
  beacon: { blockNumber: 12, blockHash: h32(8), timestampMs: 1_789_999_999_000 },
};

test('a checkpoint note is read back, and no byte of it can change', () => {
  const note = signCheckpoint(checkpoint, key);
  expect(verifyCheckpoint(note, key.publicKey)).toEqual(checkpoint);
  const bytes = Buffer.from(note);
  for (let offset = 0; offset < bytes.length - 1; offset += 1) {
    const changed = Buffer.from(bytes);
    changed[offset] = (changed[offset] as number) ^ 1;
    expect(() => verifyCheckpoint(changed.toString(), key.publicKey)).toThrow();
  }
});

test('a checkpoint signed by another key is refused', () => {
  const forger = ed25519Key(sha256(Buffer.from('forger')));
  expect(() => verifyCheckpoint(signCheckpoint(checkpoint, forger), key.publicKey)).toThrow(
    'expected a signature by log key',
  );
});

test('link frames are read back and anything shorter or of another type is a violation', () => {
  const frame = encodeLinkFrame(linkFrameTypes.credit, 7, creditPayload(65_536));
  expect(decodeLinkFrame(frame)).toEqual({ type: 4, stream: 7, payload: creditPayload(65_536) });
  expect(parseCredit(decodeLinkFrame(frame).payload)).toBe(65_536);
  expect(() => decodeLinkFrame(frame.subarray(0, 4))).toThrow('not a frame');
  expect(() => decodeLinkFrame(Uint8Array.of(9, 0, 0, 0, 1))).toThrow('type 9');
  expect(() => parseCredit(new Uint8Array(3))).toThrow('credit is a u32');
});

test('regions: the empty set is any, a country covers its parts, the hash ignores order', () => {
  expect(isInRegions('DE-BY', [])).toBe(true);
  expect(isInRegions('DE-BY', ['FR', 'DE'])).toBe(true);
  expect(isInRegions('DE', ['DE-BY'])).toBe(false);
  expect(isInRegions('DEX', ['DE'])).toBe(false);
  expect(regionsHash(['FR', 'DE'])).toBe(regionsHash(['DE', 'FR', 'DE']));
  expect(regionsHash([])).toBe(h32(0));
  expect(regionCode('DE-BY')).toBe('0x44452d4259000000');
});

test('a lease id depends on both the request and the ask', () => {
  expect(leaseId(h32(1), h32(2))).not.toBe(leaseId(h32(2), h32(1)));
  expect(fromHex(leaseId(h32(1), h32(2)))).toHaveLength(32);
});
