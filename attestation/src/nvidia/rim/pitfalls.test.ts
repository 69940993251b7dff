import { expect, test } from '@jest/globals';
import { element, sequence } from '../../simulated/der-writer.ts';
import { sampleEat } from '../../simulated/eat/sample-eat.ts';
import { sampleRim } from '../../simulated/nvidia-rim/sample-rim.ts';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import { derTag } from '../../x509/der-reader.ts';
import { unsigned } from '../eat/faults.ts';
import { verifyEat } from '../eat/verify.ts';
import { sampleOcsp } from '../ocsp/faults.ts';
import { verifyOcspResponse } from '../ocsp/verify.ts';
import { finished } from './faults/faulty-rim.ts';
import { verifyRim } from './verify.ts';

/** Numbers are those of the list of pitfalls seen in other verifiers; here for manifests, OCSP and tokens. */

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test('pitfall 2: a list that proves a certificate good is itself authenticated', () => {
  const { der } = sampleOcsp();
  const issuer = sampleOcsp().certificate;
  expect(verifyOcspResponse({ ...sampleOcsp(), der, issuer }).ok).toBe(false);
  expect(verifyOcspResponse({ ...sampleOcsp(), der: encode('good') }).ok).toBe(false);
});

test('pitfall 7: the root that a manifest brings along counts only if it is the pinned one', () => {
  const forged = sampleRim({ rootKey: new Uint8Array(48).fill(1) });
  expect(verifyRim(forged).ok).toBe(true);
  expect(verifyRim({ ...forged, roots: sampleRim().roots })).toMatchObject({ ok: false, reason: 'chain' });
});

test('pitfall 9: that revocation was not checked shows in the verdict', () => {
  const verification = verifyRim(sampleRim({ ocsp: () => undefined }));
  expect(verification.revocationChecked).toBe(false);
  expect(verification.checks.filter(({ result }) => result === 'ignored')).toHaveLength(3);
});

test('pitfall 12: two spellings of one signature are one manifest, so its bytes are no identity', () => {
  const order =
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
  const negateS = (_match: string, start: string, base64: string): string => {
    const bytes = Buffer.from(base64, 'base64');
    const s = order - BigInt(`0x${bytes.subarray(48).toString('hex')}`);
    const negated = Buffer.from(s.toString(16).padStart(96, '0'), 'hex');
    return start + Buffer.concat([bytes.subarray(0, 48), negated]).toString('base64');
  };
  const spelt = sampleRim({
    text: { finished: (text) => text.replace(/(<ds:SignatureValue>)([^<]*)/, negateS) },
  });
  expect(spelt.rim).not.toEqual(sampleRim().rim);
  expect(verifyRim(spelt)).toMatchObject({ ok: true, rim: verifyRim(sampleRim()).rim });
});

test('pitfall 14: DER of an answer is strict, nesting is bounded, nothing may follow', () => {
  const sample = sampleOcsp();
  let bomb: Uint8Array = new Uint8Array();
  for (let depth = 0; depth < 5_000; depth += 1) bomb = sequence(bomb);
  const indefinite = Uint8Array.of(0x30, 0x80, ...sample.der.subarray(4), 0, 0);
  const longForm = element(derTag.sequence, element(derTag.enumerated, Uint8Array.of(0, 0)));
  for (const der of [bomb, indefinite, longForm, Uint8Array.of(...sample.der, 0)]) {
    const { checks } = verifyOcspResponse({ ...sample, der });
    expect(checks[0]).toMatchObject({ id: 'ocsp.format', result: 'fail' });
  }
});

test('pitfall 15: sizes and counts are bounded before anything is built', () => {
  const bomb = encode(`<a>${'<b>'.repeat(600_000)}`);
  const wide = encode(`<a ${'x="" '.repeat(400_000)}/>`);
  for (const rim of [bomb, wide, new Uint8Array(2 * 1024 * 1024 + 1)]) {
    expect(verifyRim({ ...sampleRim(), rim })).toMatchObject({ ok: false, reason: 'format' });
  }
});

test('pitfall 16: keys that come twice in a token are refused, and what was signed is never written anew', () => {
  const twice = '{"x-nvidia-overall-att-result":false,"x-nvidia-overall-att-result":true}';
  const token = `e30.${Buffer.from(twice).toString('base64url')}.`;
  const eat = encode(JSON.stringify([['JWT', token], {}]));
  expect(verifyEat({ ...sampleEat(), eat })).toMatchObject({ ok: false, reason: 'format' });
});

test('pitfall 22: a stale answer and an unsigned token are refused', () => {
  expect(verifyOcspResponse({ ...sampleOcsp(), atUnixSec: at + 86_400 })).toMatchObject({
    ok: false,
    reason: 'expired',
    status: undefined,
  });
  expect(verifyEat(unsigned())).toMatchObject({ ok: false, reason: 'signature' });
});

test('pitfall 24: no input switches a signature check off', () => {
  const test = { testPurpose: true, skipSignature: true, trust: 'all' };
  expect(verifyRim({ ...finished('a1a1', 'a1a2'), ...test }).ok).toBe(false);
  expect(verifyEat({ ...unsigned(), ...test }).ok).toBe(false);
  expect(verifyOcspResponse({ ...sampleOcsp(), der: new Uint8Array(), ...test }).ok).toBe(false);
});

test('pitfall 25: an empty list of roots or keys trusts nobody', () => {
  expect(verifyRim({ ...sampleRim(), roots: [] })).toMatchObject({ ok: false, reason: 'chain' });
  const { issuer, ...rest } = sampleEat();
  expect(verifyEat({ ...rest, issuer: { ...issuer, keys: [] } })).toMatchObject({
    ok: false,
    reason: 'signature',
  });
});
