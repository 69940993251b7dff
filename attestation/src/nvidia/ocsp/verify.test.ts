import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import { ocspCheckReasons } from './check-ids.ts';
import { byIssuer, ocspFaults, sampleNonce, sampleOcsp } from './faults.ts';
import { type OcspVerification, verifyOcspResponse } from './verify.ts';

const hold = { revokedAtUnixSec: at - 9, reason: 6 };

/** Failed checks, without those that only follow from another's failure. */
function failures({ checks }: Pick<OcspVerification, 'checks'>): string[] {
  return checks
    .filter(({ result, actual }) => result === 'fail' && !actual?.startsWith('not evaluated'))
    .map(({ id }) => id);
}

test('a good answer passes every check', () => {
  const verification = verifyOcspResponse(sampleOcsp());
  expect(verification.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(verification.checks.map(({ id }) => id)).toEqual(Object.keys(ocspCheckReasons));
  expect(verification).toMatchObject({
    ok: true,
    status: 'good',
    reason: undefined,
    validUntilUnixSec: at - 3_600 + 86_400,
  });
});

test.each(ocspFaults)('%s alone fails when %s', (id, _fault, input) => {
  const verification = verifyOcspResponse(input());
  expect(failures(verification)).toEqual([id]);
  expect(verification).toMatchObject({ ok: false, reason: ocspCheckReasons[id] });
  expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(ocspCheckReasons));
});

test('every check has a fault', () => {
  expect(new Set(ocspFaults.map(([id]) => id))).toEqual(new Set(Object.keys(ocspCheckReasons)));
});

test.each(['key', 'name'] as const)('the issuer may answer itself, named by its %s', (id) => {
  expect(verifyOcspResponse(byIssuer(id))).toMatchObject({ ok: true, status: 'good' });
});

test('a status shows only once the answer is authentic and fresh', () => {
  const revoked = { status: { revokedAtUnixSec: at - 9 } } as const;
  const fresh = sampleOcsp({ single: (spec) => ({ ...spec, ...revoked }) });
  expect(verifyOcspResponse(fresh)).toMatchObject({ status: 'revoked', revokedAtUnixSec: at - 9 });
  expect(verifyOcspResponse({ ...fresh, atUnixSec: at + 90_000 }).status).toBe(undefined);
  expect(verifyOcspResponse({ ...fresh, nonce: new Uint8Array(32) }).status).toBe(undefined);
});

test('a hold is a revocation unless the caller allows it, and is told apart from one', () => {
  const input = sampleOcsp({ single: (spec) => ({ ...spec, status: hold }) });
  expect(verifyOcspResponse(input)).toMatchObject({ ok: false, status: 'hold', reason: 'revoked' });
  expect(verifyOcspResponse({ ...input, allowHold: true })).toMatchObject({ ok: true, status: 'hold' });
  const revoked = sampleOcsp({ single: (spec) => ({ ...spec, status: { revokedAtUnixSec: at } }) });
  expect(verifyOcspResponse({ ...revoked, allowHold: true }).ok).toBe(false);
});

test('both ends of an answer’s life belong to it', () => {
  const input = sampleOcsp();
  for (const [moment, ok] of [
    [at - 3_601, false],
    [at - 3_600, true],
    [at + 82_800, true],
    [at + 82_801, false],
  ] as const) {
    expect(verifyOcspResponse({ ...input, atUnixSec: moment }).ok).toBe(ok);
  }
});

test('an answer is good no longer than its responder’s certificate', () => {
  const input = sampleOcsp({ responder: (spec) => ({ ...spec, notAfterUnixSec: at + 5 }) });
  expect(verifyOcspResponse(input).validUntilUnixSec).toBe(at + 5);
});

test('without a nonce sent the verdict says that none was checked', () => {
  const { nonce: _, ...input } = sampleOcsp();
  expect(verifyOcspResponse(input).checks.find(({ id }) => id === 'ocsp.nonce')).toMatchObject({
    result: 'ignored',
  });
  expect(verifyOcspResponse(input).ok).toBe(true);
});

test('no single-byte change of an answer is accepted', () => {
  const input = sampleOcsp();
  const isAccepted = (at: number, bits: number): boolean => {
    const der = input.der.map((byte, index) => (index === at ? byte ^ bits : byte));
    return verifyOcspResponse({ ...input, der }).ok;
  };
  const accepted = Array.from(input.der.keys()).filter((offset) => isAccepted(offset, 1 << (offset % 8)));
  expect(accepted).toEqual([]);
  fc.assert(
    fc.property(fc.nat(input.der.length - 1), fc.integer({ min: 1, max: 255 }), (offset, bits) => {
      expect(isAccepted(offset, bits)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('random bytes and cut answers never throw', () => {
  const input = sampleOcsp();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(input.der.length), (bytes, cut) => {
      expect(verifyOcspResponse({ ...input, der: bytes }).ok).toBe(false);
      expect(verifyOcspResponse({ ...input, der: input.der.subarray(0, cut) }).ok).toBe(
        cut === input.der.length,
      );
      const spliced = Uint8Array.of(...input.der.subarray(0, cut), ...bytes);
      expect(() => verifyOcspResponse({ ...input, der: spliced, nonce: sampleNonce })).not.toThrow();
    }),
    { numRuns: 200 },
  );
});
