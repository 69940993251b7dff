import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEatIssuerKey, simulatedEatIssuerUrl, writeJwks } from '../../simulated/eat/eat-writer.ts';
import { sampleEat, sampleEatNonce } from '../../simulated/eat/sample-eat.ts';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import { eatCheckReasons } from './check-ids.ts';
import { eatFaults, unsigned } from './faults.ts';
import { nrasIssuer, parseJwks } from './issuer.ts';
import { type EatVerification, verifyEat } from './verify.ts';

/** Failed checks, without those that only follow from another's failure. */
function failures({ checks }: Pick<EatVerification, 'checks'>): string[] {
  return checks
    .filter(({ result, actual }) => result === 'fail' && !actual?.startsWith('not evaluated'))
    .map(({ id }) => id);
}

test('a bundle without a fault passes every check', () => {
  const verification = verifyEat(sampleEat());
  expect(verification.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(verification.checks.map(({ id }) => id)).toEqual(Object.keys(eatCheckReasons));
  expect(verification).toMatchObject({
    ok: true,
    simulated: true,
    issuer: simulatedEatIssuerUrl,
    overallResult: true,
    earliestExpiryUnixSec: at + 3_540,
  });
  expect(verification.devices).toMatchObject([
    { name: 'GPU-0', hardwareModel: 'GH100', driverVersion: '600.10.01', leafSerial: '0x01be11837647c6' },
    { name: 'GPU-1', vbiosVersion: '96.00.9F.00.04', measurementResult: 'success', secureBoot: true },
  ]);
});

test.each(eatFaults)('%s alone fails when %s', (id, _fault, input) => {
  const verification = verifyEat(input());
  expect(failures(verification)).toEqual([id]);
  expect(verification).toMatchObject({
    ok: false,
    reason: eatCheckReasons[id],
    earliestExpiryUnixSec: undefined,
  });
  expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(eatCheckReasons));
});

test('every check has a fault', () => {
  expect(new Set(eatFaults.map(([id]) => id))).toEqual(new Set(Object.keys(eatCheckReasons)));
});

test('an unsigned token names no issuer, and what it claims is shown as unproven', () => {
  expect(verifyEat(unsigned())).toMatchObject({
    ok: false,
    reason: 'signature',
    issuer: undefined,
    simulated: false,
    overallResult: true,
  });
});

test('without an expected nonce the verdict says that freshness was not checked', () => {
  const verification = verifyEat({ ...sampleEat(), nonce: 'ignore' });
  expect(verification.ok).toBe(true);
  expect(verification.checks.find(({ id }) => id === 'eat.nonce')?.result).toBe('ignored');
});

test('hex of the nonce and of digests may be of either case', () => {
  const shout = (claims: Readonly<Record<string, unknown>>) => ({
    ...claims,
    eat_nonce: String(claims.eat_nonce).toUpperCase(),
    ...(claims.submods === undefined
      ? {}
      : {
          submods: JSON.parse(
            JSON.stringify(claims.submods).replace(/[0-9a-f]{64}/g, (hex) => hex.toUpperCase()),
          ),
        }),
  });
  expect(verifyEat(sampleEat({ overall: shout, device: shout })).ok).toBe(true);
});

test('a device that says little is shown with little', () => {
  const bare = sampleEat({ device: ({ iss, iat, exp, eat_nonce }) => ({ iss, iat, exp, eat_nonce }) });
  expect(verifyEat(bare)).toMatchObject({
    ok: false,
    devices: [
      { name: 'GPU-0', hardwareModel: undefined, leafSerial: undefined, driverVersion: undefined },
      {},
    ],
  });
});

test('a switch confirms its report under its own names', () => {
  const input = sampleEat({
    device: (claims) => ({
      ...Object.fromEntries(Object.entries(claims).filter(([name]) => !name.startsWith('x-nvidia-gpu'))),
      'x-nvidia-switch-attestation-report-nonce-match': true,
      'x-nvidia-switch-attestation-report-signature-verified': true,
      'x-nvidia-switch-bios-version': '96.10.55.00.01',
    }),
  });
  expect(verifyEat(input)).toMatchObject({ ok: true, devices: [{ vbiosVersion: '96.10.55.00.01' }, {}] });
});

test('no single-character change of a token is accepted', () => {
  const { eat } = sampleEat();
  const text = new TextDecoder().decode(eat);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...alphabet), (place, character) => {
      if (text[place] === character) return;
      const changed = text.slice(0, place) + character + text.slice(place + 1);
      expect(verifyEat({ ...sampleInput, eat: new TextEncoder().encode(changed) }).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

const sampleInput = sampleEat();

test('no changed byte of a bundle is accepted', () => {
  const accepted: number[] = [];
  for (let place = 0; place < sampleInput.eat.length; place += 5) {
    const eat = sampleInput.eat.map((byte, index) => (index === place ? byte ^ (1 << (place % 8)) : byte));
    if (verifyEat({ ...sampleInput, eat }).ok) accepted.push(place);
  }
  expect(accepted).toEqual([]);
});

test('garbage never throws', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (json, token) => {
      const encode = (text: string) => new TextEncoder().encode(text);
      expect(verifyEat({ ...sampleInput, eat: encode(json) }).ok).toBe(false);
      const garbled = JSON.stringify([['JWT', token], { 'GPU-0': token }]);
      expect(verifyEat({ ...sampleInput, eat: encode(garbled) }).ok).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('the keys of NVIDIA’s service are whatever the caller fetched from it', () => {
  const keys = parseJwks(writeJwks({ one: createEatIssuerKey(), two: createEatIssuerKey('another') }));
  expect(keys.map(({ kid }) => kid)).toEqual(['one', 'two']);
  expect(nrasIssuer(keys)).toMatchObject({ issuer: 'https://nras.attestation.nvidia.com', simulated: false });
  expect(verifyEat({ ...sampleInput, issuer: nrasIssuer(keys), nonce: sampleEatNonce }).ok).toBe(false);
});

const key = JSON.parse(writeJwks({ one: createEatIssuerKey() })).keys[0];

test('keys that cannot sign ES384 are left out', () => {
  const rsa = { kty: 'RSA', kid: 'rsa', n: 'AQAB', e: 'AQAB' };
  const p256 = { ...key, crv: 'P-256' };
  expect(parseJwks(JSON.stringify({ keys: [rsa, p256, key] }))).toHaveLength(1);
});

test.each([
  ['no JSON', ''],
  ['no list', '{"keys":{}}'],
  ['a key id twice', JSON.stringify({ keys: [key, key] })],
  ['a key without id', JSON.stringify({ keys: [{ ...key, kid: undefined }] })],
  ['a short coordinate', JSON.stringify({ keys: [{ ...key, x: 'AQAB' }] })],
  ['a point off the curve', JSON.stringify({ keys: [{ ...key, x: key.y }] })],
  ['a coordinate in plain base64', JSON.stringify({ keys: [{ ...key, x: `${key.x.slice(0, -1)}+` }] })],
  ['257 keys', JSON.stringify({ keys: Array.from({ length: 257 }, () => key) })],
  ['more than a mebibyte', ' '.repeat(1024 * 1024 + 1)],
])('a key set with %s is refused', (_what, text) => {
  expect(() => parseJwks(text)).toThrow('JWKS');
});
