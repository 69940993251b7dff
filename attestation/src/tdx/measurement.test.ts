import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { encodeAbiParameters, keccak256 } from 'viem';
import { evidenceHash, platformIdOf } from '../dcap/hashes.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { measurementHash } from './measurement.ts';

const quote = parseTdxQuote(sampleEvidence().quote);

test('measurementHash is keccak256 of the ABI encoding that Solidity makes', () => {
  const { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner } = quote.report;
  const types = [{ type: 'uint8' }, ...Array.from({ length: 7 }, () => ({ type: 'bytes' }))];
  const encoded = encodeAbiParameters(types, [2, mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mrConfigId, mrOwner]);
  expect(measurementHash(quote.report)).toBe(keccak256(encoded));
});

test('every measured field changes the measurement hash', () => {
  const fields = ['mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'mrConfigId', 'mrOwner'] as const;
  const changed = fields.map((field) =>
    measurementHash({ ...quote.report, [field]: `0x${'99'.repeat(48)}` }),
  );
  expect(new Set([...changed, measurementHash(quote.report)]).size).toBe(fields.length + 1);
});

test('evidenceHash is SHA-256 over the quote without padding, and 32 zero bytes for the absent GPU', () => {
  const { quote: bytes } = sampleEvidence();
  const expected = createHash('sha256').update(bytes).update(new Uint8Array(32)).digest('hex');
  const padded = Uint8Array.from([...bytes, 1, 2, 3]);
  expect(evidenceHash(quote)).toBe(`0x${expected}`);
  expect(evidenceHash(parseTdxQuote(padded))).toBe(`0x${expected}`);
});

test('platformId is keccak256 of the PPID', () => {
  expect(platformIdOf(`0x${'ab'.repeat(16)}`)).toBe(keccak256(`0x${'ab'.repeat(16)}`));
});
