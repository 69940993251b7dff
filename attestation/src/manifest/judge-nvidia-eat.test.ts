import { expect, test } from '@jest/globals';
import { unsigned } from '../nvidia/eat/faults.ts';
import {
  createEatIssuerKey,
  simulatedEatIssuerUrl as issuer,
  simulatedEatKeyId,
  writeJwks,
} from '../simulated/eat/eat-writer.ts';
import { sampleEat, sampleEatNonce } from '../simulated/eat/sample-eat.ts';
import { sampleAtUnixSec } from '../simulated/sample-evidence.ts';
import { manifestEntrySchema } from './entry.ts';
import { judgeNvidiaEatEntry } from './judge-nvidia-eat.ts';

const jwks = new TextEncoder().encode(writeJwks({ [simulatedEatKeyId]: createEatIssuerKey() }));
const nonce = Buffer.from(sampleEatNonce).toString('hex');

function judge(eat: Uint8Array, policy: object, files: object = { eat: 'e', jwks: 'k' }) {
  const entry = manifestEntrySchema.parse({
    id: 'sample',
    kind: 'nvidia-eat',
    files,
    at: sampleAtUnixSec,
    policy,
    expect: { verdict: 'valid' },
  });
  return judgeNvidiaEatEntry(entry, (field) => (field === 'jwks' ? jwks : eat));
}

test('a bundle is judged by the keys that the entry gives', () => {
  const { eat } = sampleEat();
  expect(judge(eat, { issuer, nonce })).toMatchObject({
    verdict: 'valid',
    fields: {
      nonce,
      overallResult: true,
      devices: ['GPU-0', 'GPU-1'],
      hwmodel: 'GH100',
      driver: '600.10.01',
    },
  });
  expect(judge(eat, { issuer }).verdict).toBe('valid');
});

test('without keys nothing is valid, and without another issuer it is NVIDIA’s', () => {
  const { eat } = sampleEat();
  expect(judge(eat, { issuer, nonce }, { eat: 'e' })).toMatchObject({
    verdict: 'invalid',
    reason: 'signature',
  });
  expect(judge(eat, { nonce })).toMatchObject({ verdict: 'invalid', reason: 'chain' });
});

test('another nonce, an unsigned token and garbage are verdicts', () => {
  expect(judge(sampleEat().eat, { issuer, nonce: '00' })).toMatchObject({ reason: 'binding' });
  expect(judge(unsigned().eat, { issuer, nonce })).toMatchObject({ reason: 'signature' });
  expect(judge(new Uint8Array(), { issuer, nonce })).toMatchObject({
    reason: 'format',
    fields: { devices: [] },
  });
});

test('a policy that nobody understands stops the judge', () => {
  expect(() => judge(sampleEat().eat, { audience: 'all' })).toThrow('policy');
});
