import { expect, test } from '@jest/globals';
import { bytesToHex } from '../bytes/hex.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { deviceSha256, gpuEvidenceSha256, type HashedDevice } from './gpu-evidence-hash.ts';
import { boundGpuNonce, hearthGpuNonce } from './gpu-nonce.ts';
import { boundReportData } from './report-data.ts';

const { chainPem, evidence } = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });
const device: HashedDevice = { kind: 'gpu', evidence: evidence(new Uint8Array(32)), chain: chainPem };
const hashOf = (change: Partial<HashedDevice>): string => bytesToHex(deviceSha256({ ...device, ...change }));

test('the nonces are the hashes that the protocol names, computed here by other means', async () => {
  const key = `0x${'13'.repeat(20)}` as const;
  const block = `0x${'16'.repeat(32)}` as const;
  const digest = async (text: string, hex: string) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', Buffer.concat([Buffer.from(text), Buffer.from(hex, 'hex')])),
    );
  expect(hearthGpuNonce(key, block)).toEqual(await digest('hearth gpu', key.slice(2) + block.slice(2)));
  expect(boundGpuNonce(block, 258)).toEqual(
    await digest('hearth bound/1 gpu\0', `${block.slice(2)}00000102`),
  );
});

test('a key or block of another length is refused', () => {
  expect(() => hearthGpuNonce('0x13', `0x${'16'.repeat(32)}`)).toThrow('expected 20 bytes');
  expect(() => boundGpuNonce('0x13', 0)).toThrow('expected 32 bytes');
});

test('a device’s hash covers kind, report and certificates, but not how the PEM is laid out', () => {
  const spaced = Buffer.from(Buffer.from(chainPem).toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  expect(hashOf({ chain: spaced })).toBe(hashOf({}));
  const others = [
    hashOf({ kind: 'switch' }),
    hashOf({ evidence: device.evidence.subarray(1) }),
    hashOf({ chain: createSimulatedDevice({ chip: 'GH100', seed: 'other' }).chainPem }),
  ];
  expect(new Set([hashOf({}), ...others]).size).toBe(4);
});

test('evidence larger than any is not hashed', () => {
  expect(() => hashOf({ evidence: new Uint8Array(16 * 1024 + 1) })).toThrow('GPU evidence');
  expect(() => hashOf({ chain: new Uint8Array(64 * 1024 + 1) })).toThrow('GPU evidence');
});

test('order and number of devices are part of the list’s hash', () => {
  const other = { ...device, evidence: evidence(new Uint8Array(32).fill(1)) };
  const lists = [[], [device], [device, device], [device, other], [other, device]];
  expect(new Set(lists.map((list) => bytesToHex(gpuEvidenceSha256(list)))).size).toBe(lists.length);
  expect(() => gpuEvidenceSha256(Array.from({ length: 33 }, () => device))).toThrow('at most 32 devices');
});

test('a statement has at least one key and no endless parts', () => {
  const statement = {
    nonce: `0x${'00'.repeat(32)}`,
    keys: ['0x01'],
    provider: '0x',
    gpuEvidenceSha256: new Uint8Array(32),
  } as const;
  expect(boundReportData(statement)).toHaveLength(2 + 128);
  expect(() => boundReportData({ ...statement, keys: [] })).toThrow('keys');
  expect(() => boundReportData({ ...statement, provider: `0x${'00'.repeat(65_536)}` })).toThrow(
    'at most 65535',
  );
});
