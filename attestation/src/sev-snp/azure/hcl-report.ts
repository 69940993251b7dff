import { ByteReader } from '../../bytes/byte-reader.ts';
import { formatError } from '../../errors.ts';
import { reportLength } from '../layout.ts';

/**
 * What Azure's paravisor (HCL) keeps in its vTPM (NV index 0x01400001): header 32 bytes, SNP report, runtime data header 20
 * bytes, JSON. Integers are little-endian.
 */
export type HclReport = {
  readonly reportBytes: Uint8Array;
  /** The JSON, byte for byte: its SHA-256 is in the report. */
  readonly runtimeData: Uint8Array;
  /** The NV index is longer than its contents; nothing signs the rest. */
  readonly trailingByteCount: number;
};

const hclMagic = 0x414c_4348; // "HCLA"
const headerLength = 32;
const runtimeHeaderLength = 20;
const maxBytes = 16 * 1024;
const reportType = { snp: 2 } as const;
const hashType = { sha256: 1 } as const;

/** Throws EvidenceError `format`. */
export function parseHclReport(bytes: Uint8Array): HclReport {
  if (bytes.length > maxBytes) {
    throw formatError('HCL report', { expected: `at most ${maxBytes} bytes`, actual: `${bytes.length}` });
  }
  const reader = new ByteReader(bytes, 'HCL report');
  const size = readHeader(new ByteReader(reader.take(headerLength, 'header'), 'HCL header'));
  const reportBytes = reader.take(reportLength, 'SNP report');
  const runtime = new ByteReader(reader.take(runtimeHeaderLength, 'runtime header'), 'runtime header');
  const dataSize = runtime.uint32('data size');
  expectField('runtime data version', 1, runtime.uint32('version'));
  expectField('report type', reportType.snp, runtime.uint32('report type'));
  expectField('hash type', hashType.sha256, runtime.uint32('hash type'));
  const variableSize = runtime.uint32('variable size');
  expectField('runtime data size', variableSize + runtimeHeaderLength, dataSize);
  const runtimeData = reader.take(variableSize, 'runtime data');
  expectField('size', reader.offset, size);
  return { reportBytes, runtimeData, trailingByteCount: reader.remaining };
}

/** Yields the declared size of everything that is used. */
function readHeader(header: ByteReader): number {
  expectField('magic', hclMagic, header.uint32('magic'));
  const version = header.uint32('version');
  if (version !== 1 && version !== 2) {
    throw formatError('HCL report, version', { expected: '1 or 2', actual: `${version}` });
  }
  const size = header.uint32('size');
  header.uint32('request type');
  expectField('status', 0, header.uint32('status'));
  return size;
}

function expectField(field: string, expected: number, actual: number): void {
  if (expected !== actual) {
    throw formatError(`HCL report, ${field}`, { expected: `${expected}`, actual: `${actual}` });
  }
}
