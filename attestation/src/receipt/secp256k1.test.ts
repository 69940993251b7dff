import { describe, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { addressOf, fromHex, type Hex, recoverSigner, signDigest, toHex } from './index.ts';
import { engine as browserEngine } from './secp256k1-browser-engine.ts';
import { nativeEngine } from './secp256k1-native-engine.ts';
import { engine as nodeEngine } from './secp256k1-node-engine.ts';
import { wasmEngine } from './secp256k1-wasm-engine.ts';

const key = fromHex(`0x${'11'.repeat(32)}`);
const digest: Hex = `0x${'ab'.repeat(32)}`;

test('signs the same bytes as an independent implementation and recovers the signer', () => {
  const signature = signDigest(digest, key);
  const reference = secp256k1.sign(fromHex(digest), key, { prehash: false, format: 'recovered' });
  expect(signature).toBe(toHex(Uint8Array.of(...reference.subarray(1), 27 + (reference[0] as number))));
  expect(recoverSigner(digest, signature)).toBe(addressOf(key));
});

test('the high-s twin of a valid signature recovers to nobody', () => {
  const bytes = fromHex(signDigest(digest, key));
  const s = BigInt(toHex(bytes.subarray(32, 64)));
  const high = (secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0');
  const twin = `${toHex(bytes.subarray(0, 32))}${high}${bytes[64] === 27 ? '1c' : '1b'}` as Hex;
  expect(recoverSigner(digest, twin)).toBeUndefined();
});

test.each(['0x', `0x${'00'.repeat(65)}`, `0x${'ff'.repeat(65)}`, `0x${'11'.repeat(64)}`] as Hex[])(
  'malformed signature %s recovers to nobody',
  (signature) => expect(recoverSigner(digest, signature)).toBeUndefined(),
);

test('machines that a native build is shipped for use it', () => {
  const isShipped = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(
    `${process.platform}-${process.arch}`,
  );
  expect(nodeEngine === nativeEngine).toBe(isShipped);
});

const others = { browser: browserEngine, wasm: wasmEngine };
describe.each(Object.entries(others))('the %s engine', (_name, engine) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  test('signs the same bytes as the one for Node, and recovers the same key', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (message, privateKey) => {
        const publicKey = nodeEngine.publicKeyOf(privateKey);
        expect(engine.publicKeyOf(privateKey)).toEqual(publicKey);
        if (publicKey === undefined) return;
        const signed = nodeEngine.sign(message, privateKey);
        expect(engine.sign(message, privateKey)).toEqual(signed);
        const recoveryId = signed.recoveryId === 1 ? 1 : 0;
        expect(engine.recover(message, signed.signature, recoveryId)).toEqual(publicKey);
      }),
      { numRuns: 20 },
    );
  });

  test('agrees with the one for Node on any r and s at all', () => {
    fc.assert(
      fc.property(bytes(32), bytes(64), fc.constantFrom(0, 1), (message, signature, recoveryId) => {
        expect(engine.recover(message, signature, recoveryId)).toEqual(
          nodeEngine.recover(message, signature, recoveryId),
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['zero', new Uint8Array(32)],
    ['the order', fromHex('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')],
  ])('knows no key of %s', (_name, privateKey) => {
    for (const each of [nodeEngine, engine]) expect(each.publicKeyOf(privateKey)).toBeUndefined();
  });
});
