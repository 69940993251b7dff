import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { encodeAbiParameters, keccak256 } from 'viem';
import { sampleMachine, sampleSnpEvidence } from '../simulated/sev-snp/sample-evidence.ts';
import { snpEvidenceHash, snpMeasurementHash, snpPlatformIdOf } from './measurement.ts';
import { parseSnpReport } from './parse.ts';

const { report: bytes } = sampleSnpEvidence();
const { report } = parseSnpReport(bytes);

test('the measurement hash is keccak256 of the ABI encoding that Solidity makes', () => {
  const { measurement, hostData, idKeyDigest, authorKeyDigest } = report;
  const types = [{ type: 'uint8' }, ...Array.from({ length: 4 }, () => ({ type: 'bytes' }))];
  const encoded = encodeAbiParameters(types, [3, measurement, hostData, idKeyDigest, authorKeyDigest]);
  expect(snpMeasurementHash(report)).toBe(keccak256(encoded));
});

test('every measured field changes the measurement hash', () => {
  const lengths = { measurement: 48, hostData: 32, idKeyDigest: 48, authorKeyDigest: 48 };
  const changed = Object.entries(lengths).map(([field, length]) =>
    snpMeasurementHash({ ...report, [field]: `0x${'99'.repeat(length)}` }),
  );
  expect(new Set([...changed, snpMeasurementHash(report)]).size).toBe(5);
});

test('the evidence hash covers report, leaf and GPU evidence', () => {
  const { leafDer } = sampleMachine();
  const hash = (gpu: Uint8Array) =>
    `0x${createHash('sha256').update(bytes).update(leafDer).update(gpu).digest('hex')}`;
  const gpu = new Uint8Array(32).fill(9);
  expect(snpEvidenceHash(bytes, leafDer)).toBe(hash(new Uint8Array(32)));
  expect(snpEvidenceHash(bytes, leafDer, gpu)).toBe(hash(gpu));
});

test('platformId is keccak256 of the chip id', () => {
  expect(snpPlatformIdOf(report.chipId)).toBe(keccak256(report.chipId));
});
