import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { engine as browser } from './browser-engine.ts';
import { engine as node } from './node-engine.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyBytes = fc.uint8Array({ maxLength: 2_000 });
const plain = (given: Uint8Array) => Uint8Array.from(given);

test('both engines hash and encode alike', () => {
  fc.assert(
    fc.property(anyBytes, bytes(32), anyBytes, (data, salt, info) => {
      expect(browser.encodeBase64(data)).toBe(node.encodeBase64(data));
      expect(browser.decodeBase64(node.encodeBase64(data))).toEqual(data);
      expect(node.decodeBase64(browser.encodeBase64(data))).toEqual(data);
      const hashes = [node.newSha256(), browser.newSha256()];
      for (const piece of [data, salt, info]) {
        for (const hash of hashes) hash.update(piece);
        const [a, b] = hashes.map((hash) => plain(hash.digest()));
        expect(b).toEqual(a);
      }
    }),
    { numRuns: 50 },
  );
});

test('what one engine signs the other verifies, and neither verifies what was bent', () => {
  fc.assert(
    fc.property(bytes(32), anyBytes, fc.nat(63), (seed, message, at) => {
      const [signer, other] = [node.ed25519Signer(seed), browser.ed25519Signer(seed)];
      expect(other.publicKey).toEqual(signer.publicKey);
      const signature = signer.sign(message);
      expect(plain(other.sign(message))).toEqual(signature);
      const bent = signature.map((byte, index) => (index === at ? byte ^ 1 : byte));
      for (const engine of [node, browser]) {
        expect(engine.verifyEd25519(message, signature, signer.publicKey)).toBe(true);
        expect(verifies(engine, message, bent, signer.publicKey)).toBe(false);
      }
    }),
    { numRuns: 20 },
  );
});

/** A malformed signature may be an exception or `false`. */
function verifies(engine: typeof node, ...given: Parameters<typeof node.verifyEd25519>): boolean {
  try {
    return engine.verifyEd25519(...given);
  } catch {
    return false;
  }
}
