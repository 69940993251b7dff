import { expect, test } from '@jest/globals';
import type { Hex } from '../bytes/hex.ts';
import { boundGpuNonce, hearthGpuNonce } from './gpu-nonce.ts';
import { boundReportData } from './report-data.ts';

const nonce: Hex = `0x${'0a'.repeat(32)}`;

test('pitfall 21: no two GPUs of a machine answer one nonce, and none answers the verifier’s own', () => {
  const nonces = [0, 1, 2].map((index) => Buffer.from(boundGpuNonce(nonce, index)).toString('hex'));
  expect(new Set([...nonces, nonce.slice(2)]).size).toBe(4);
});

test('pitfall 26: the key that the peer speaks with is part of report data, so a relay shows another', () => {
  const statement = { nonce, provider: '0x', gpuEvidenceSha256: new Uint8Array(32) } as const;
  const own = boundReportData({ ...statement, keys: ['0x04aa'] });
  expect(boundReportData({ ...statement, keys: ['0x04bb'] })).not.toBe(own);
  expect(boundReportData({ ...statement, keys: ['0x04aa', '0x04bb'] })).not.toBe(own);
});

test('pitfall 26: a GPU that answered for one enclave key is no answer for another', () => {
  const block: Hex = `0x${'16'.repeat(32)}`;
  const [one, other] = [`0x${'13'.repeat(20)}`, `0x${'14'.repeat(20)}`] as const;
  expect(hearthGpuNonce(one, block)).not.toEqual(hearthGpuNonce(other, block));
});
