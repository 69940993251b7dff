import { expect, test } from '@jest/globals';
import { onHold } from '../nvidia/rim/faults/faulty-rim.ts';
import type { RimInput } from '../nvidia/rim/verify.ts';
import { createRimAuthorities } from '../simulated/nvidia-rim/rim-authorities.ts';
import { sampleRim } from '../simulated/nvidia-rim/sample-rim.ts';
import { sampleAtUnixSec } from '../simulated/sample-evidence.ts';
import { manifestEntrySchema } from './entry.ts';
import { judgeNvidiaRimEntry } from './judge-nvidia-rim.ts';

type Change = { readonly files?: object; readonly policy?: object; readonly at?: number };

function judge({ rim, ocsp }: RimInput, { files = {}, policy = {}, at = sampleAtUnixSec }: Change = {}) {
  const entry = manifestEntrySchema.parse({
    id: 'sample',
    kind: 'nvidia-rim',
    files: Object.fromEntries(
      Object.entries({ rim: 'r', root: 't', ...files }).filter(([, path]) => path !== undefined),
    ),
    at,
    policy,
    expect: { verdict: 'valid' },
  });
  const [, , root] = createRimAuthorities().chain;
  const [first, second] = ocsp?.answers ?? [];
  const contents = new Map([
    ['rim', rim],
    ['root', root],
    ['ocsp0', first?.der],
    ['ocsp1', second?.der],
  ]);
  return judgeNvidiaRimEntry(entry, (field) => contents.get(field) ?? new Uint8Array());
}

const answers = { ocsp0: 'a', ocsp1: 'b' };

test('a manifest is judged by its signature, and its facts are named as manifests name them', () => {
  expect(judge(sampleRim())).toMatchObject({
    verdict: 'valid',
    fields: { version: '600.10.01', product: 'GH100', active: 2, measurements: 3 },
  });
});

test('without a root of its own the entry is judged by NVIDIA’s', () => {
  expect(judge(sampleRim(), { files: { root: undefined } })).toMatchObject({
    verdict: 'invalid',
    reason: 'chain',
    fields: {},
  });
});

test('answers about the signers count where the entry has them', () => {
  expect(judge(sampleRim(), { files: answers }).checks.every(({ result }) => result === 'pass')).toBe(true);
  expect(judge(onHold(), { files: answers })).toMatchObject({ verdict: 'invalid', reason: 'revoked' });
  expect(judge(onHold(), { files: answers, policy: { allowHold: true } }).verdict).toBe('valid');
});

test('a policy that nobody understands stops the judge', () => {
  expect(() => judge(sampleRim(), { policy: { allowEverything: true } })).toThrow('policy');
});
