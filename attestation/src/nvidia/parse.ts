import { ByteReader } from '../bytes/byte-reader.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import {
  dmtfHeaderLength,
  dmtfRawBit,
  dmtfSpecification,
  evidenceLimits,
  measurementLength,
  nonceLength,
  request,
  responseHeader,
  signatureLength,
} from './layout.ts';

/** Evidence as it stands in the bytes; nothing is verified yet. Arrays are views of the input. */
export type NvidiaReport = {
  /** From the request, which the signature covers: the only nonce that proves freshness. */
  readonly nonce: Hex;
  readonly slot: number;
  /** The device's own random part. */
  readonly responseNonce: Hex;
  /** Block index (1-based) → SHA-384 value. */
  readonly measurements: ReadonlyMap<number, Hex>;
  /** TLV type → bytes. */
  readonly opaque: ReadonlyMap<number, Uint8Array>;
  /** Everything before the signature, request included. */
  readonly signedBytes: Uint8Array;
  /** P-384 r ‖ s over `signedBytes` with SHA-384. */
  readonly signature: Uint8Array;
};

/** Parses GET_MEASUREMENTS ‖ MEASUREMENTS, to the last byte. Throws EvidenceError `format`. */
export function parseNvidiaReport(bytes: Uint8Array): NvidiaReport {
  if (bytes.length > evidenceLimits.maxBytes) {
    throw formatError('NVIDIA evidence', {
      expected: `at most ${evidenceLimits.maxBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  const reader = new ByteReader(bytes, 'NVIDIA evidence');
  expectHeader(reader, request.header, 4, 'request header');
  const nonce = bytesToHex(reader.take(nonceLength, 'request nonce'));
  const slot = readUint8(reader, 'request slot');
  expectHeader(reader, responseHeader, 2, 'response header');
  reader.take(2, 'response parameters');
  const measurements = readMeasurements(reader);
  const responseNonce = bytesToHex(reader.take(nonceLength, 'response nonce'));
  const opaque = readOpaque(reader);
  const signedBytes = bytes.subarray(0, reader.offset);
  const signature = reader.take(signatureLength, 'signature');
  reader.finish();
  return { nonce, slot, responseNonce, measurements, opaque, signedBytes, signature };
}

/** Block count u8, record length u24, blocks; all three must agree. */
function readMeasurements(reader: ByteReader): Map<number, Hex> {
  const count = readUint8(reader, 'block count');
  const low = reader.uint16('record length');
  const length = low + readUint8(reader, 'record length') * 0x1_0000;
  const record = new ByteReader(reader.take(length, 'measurement record'), 'measurement record');
  const measurements = new Map<number, Hex>();
  let previous = 0;
  for (let block = 0; block < count; block += 1) {
    const { index, value } = readBlock(record);
    // Ascending, so that no index comes twice: which of two values would count?
    if (index <= previous) {
      throw formatError('measurement index', { expected: `more than ${previous}`, actual: `${index}` });
    }
    previous = index;
    measurements.set(index, value);
  }
  record.finish();
  return measurements;
}

/** {index u8, specification u8, size u16, {DMTF type u8, value size u16, value}}. */
function readBlock(record: ByteReader): { index: number; value: Hex } {
  const index = readUint8(record, 'block index');
  expectNumber('measurement specification', dmtfSpecification, readUint8(record, 'block specification'));
  expectNumber('block size', dmtfHeaderLength + measurementLength, record.uint16('block size'));
  expectNumber('raw measurement bit', 0, readUint8(record, 'DMTF type') & dmtfRawBit);
  expectNumber('measurement size', measurementLength, record.uint16('measurement size'));
  return { index, value: bytesToHex(record.take(measurementLength, 'measurement')) };
}

function readOpaque(reader: ByteReader): Map<number, Uint8Array> {
  const length = reader.uint16('opaque length');
  const fields = new ByteReader(reader.take(length, 'opaque data'), 'opaque data');
  const opaque = new Map<number, Uint8Array>();
  while (fields.remaining > 0) {
    const type = fields.uint16('type');
    const value = fields.take(fields.uint16('length'), `field ${type}`);
    if (opaque.has(type)) {
      throw formatError('opaque data', { expected: `field ${type} once`, actual: 'twice' });
    }
    opaque.set(type, value);
  }
  return opaque;
}

function readUint8(reader: ByteReader, field: string): number {
  return reader.take(1, field)[0] ?? 0;
}

function expectHeader(reader: ByteReader, expected: Hex, length: number, field: string): void {
  const actual = bytesToHex(reader.take(length, field));
  if (actual !== expected) throw formatError(`NVIDIA evidence, ${field}`, { expected, actual });
}

function expectNumber(field: string, expected: number, actual: number): void {
  if (actual !== expected) throw formatError(field, { expected: `${expected}`, actual: `${actual}` });
}
