import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { engine as browser } from './browser-engine.ts';
import { engine as node } from './node-engine.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyBytes = fc.uint8Array({ maxLength: 2_000 });
const plain = (given: Uint8Array) => Uint8Array.from(given);

test('both engines derive the same keys', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, anyBytes, (secret, salt, info) => {
      expect(browser.hkdfSha256(secret, salt, info, 44)).toEqual(node.hkdfSha256(secret, salt, info, 44));
    }),
    { numRuns: 50 },
  );
});

test('what one engine seals the other opens, and neither opens what was bent', () => {
  fc.assert(
    fc.property(bytes(32), bytes(12), anyBytes, anyBytes, fc.nat(), (key, nonce, aad, text, at) => {
      const sealed = plain(node.sealAesGcm(key, nonce, aad, text));
      expect(plain(browser.sealAesGcm(key, nonce, aad, text))).toEqual(sealed);
      const bent = sealed.map((byte, index) => (index === at % sealed.length ? byte ^ 1 : byte));
      for (const engine of [node, browser]) {
        expect(plain(engine.openAesGcm(key, nonce, aad, sealed))).toEqual(text);
        expect(() => engine.openAesGcm(key, nonce, aad, bent)).toThrow();
      }
    }),
    { numRuns: 50 },
  );
});
