import { ByteReader } from '../bytes/byte-reader.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { readSgxReport, type SgxReport } from '../sgx/report.ts';
import { tdReport10Length } from '../tdx/layout.ts';
import { readTdReport, type TdReport } from '../tdx/report.ts';
import { teeTypeCode } from '../tee-type.ts';
import { bodyTypes, certificationType, header, quoteLimits, sgxReportLength } from './layout.ts';

/** A quote as it stands in the bytes; nothing is verified yet. Arrays are views of the input. */
export type QuoteParts = {
  readonly version: 3 | 4 | 5;
  readonly userData: Hex;
  /** Header ‖ body; in version 5 with the body descriptor between. */
  readonly signedBytes: Uint8Array;
  /** r ‖ s by the attestation key over `signedBytes`. */
  readonly signature: Uint8Array;
  /** x ‖ y. */
  readonly attestationKey: Uint8Array;
  readonly qeReport: SgxReport;
  readonly qeReportBytes: Uint8Array;
  /** r ‖ s by the PCK key over `qeReportBytes`. */
  readonly qeReportSignature: Uint8Array;
  readonly qeAuthenticationData: Uint8Array;
  /** What certifies the PCK key: 5 = PEM chain; 1 to 4 only name it. */
  readonly certification: { readonly type: number; readonly contents: Uint8Array };
  /** The u32 size and exactly that many bytes. */
  readonly authenticationData: Uint8Array;
  /** Real platforms append padding. It is unsigned: reported, never hashed or stored as identity. */
  readonly trailingByteCount: number;
};

export type TdxQuote = QuoteParts & { readonly teeType: typeof teeTypeCode.tdx; readonly report: TdReport };
export type SgxQuote = QuoteParts & { readonly teeType: typeof teeTypeCode.sgx; readonly report: SgxReport };
export type DcapQuote = TdxQuote | SgxQuote;

/** Parses a TDX quote, version 4 or 5. Throws EvidenceError `format`. */
export function parseTdxQuote(bytes: Uint8Array): TdxQuote {
  const quote = parseQuote(bytes);
  if (quote.teeType !== teeTypeCode.tdx) throw formatError('quote', { expected: 'TDX', actual: 'SGX' });
  return quote;
}

/** Parses an SGX quote, version 3, 4 or 5. Throws EvidenceError `format`. */
export function parseSgxQuote(bytes: Uint8Array): SgxQuote {
  const quote = parseQuote(bytes);
  if (quote.teeType !== teeTypeCode.sgx) throw formatError('quote', { expected: 'SGX', actual: 'TDX' });
  return quote;
}

/** Parses any quote of Intel's DCAP. Throws EvidenceError `format`. */
export function parseQuote(bytes: Uint8Array): DcapQuote {
  if (bytes.length > quoteLimits.maxBytes) {
    throw formatError('quote', {
      expected: `at most ${quoteLimits.maxBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  const reader = new ByteReader(bytes, 'quote');
  const { version, teeType, userData } = readHeader(
    new ByteReader(reader.take(header.length, 'header'), 'header'),
  );
  const body = reader.take(version === 5 ? readBodyDescriptor(reader, teeType) : bodyLength(teeType), 'body');
  const signedLength = reader.offset;
  const size = reader.uint32('authentication data size');
  const authentication = new ByteReader(reader.take(size, 'authentication data'), 'authentication data');
  const parts = {
    version,
    userData,
    signedBytes: bytes.subarray(0, signedLength),
    ...readAuthenticationData(authentication, version),
    authenticationData: bytes.subarray(signedLength, reader.offset),
    trailingByteCount: reader.remaining,
  };
  return teeType === header.teeType.tdx
    ? { ...parts, teeType: teeTypeCode.tdx, report: readTdReport(body) }
    : { ...parts, teeType: teeTypeCode.sgx, report: readSgxReport(body) };
}

type Header = { readonly version: 3 | 4 | 5; readonly teeType: number; readonly userData: Hex };

function readHeader(reader: ByteReader): Header {
  const version = reader.uint16('version');
  if (version !== 3 && version !== 4 && version !== 5) {
    throw formatError('quote version', { expected: '3, 4 or 5', actual: `${version}` });
  }
  expectField('attestation key type', header.attestationKeyType, reader.uint16('attestation key type'));
  const teeType = reader.uint32('TEE type');
  const isKnown = teeType === header.teeType.sgx || (version > 3 && teeType === header.teeType.tdx);
  if (!isKnown) {
    const expected = version === 3 ? '0 (SGX)' : '0 (SGX) or 129 (TDX)';
    throw formatError('quote TEE type', { expected, actual: `${teeType}` });
  }
  // Version 3: QE and PCE SVN as the host states them; the certified ones come from the QE report and the PCK.
  reader.take(4, 'reserved');
  expectField('QE vendor id', header.qeVendorId, bytesToHex(reader.take(16, 'QE vendor id')));
  const userData = bytesToHex(reader.take(20, 'user data'));
  return { version, teeType, userData };
}

function bodyLength(teeType: number): number {
  return teeType === header.teeType.tdx ? tdReport10Length : sgxReportLength;
}

function readBodyDescriptor(reader: ByteReader, teeType: number): number {
  const type = reader.uint16('body type');
  const size = reader.uint32('body size');
  const known = bodyTypes.find((one) => one.type === type && one.teeType === teeType);
  if (known === undefined) {
    throw formatError('quote body type', {
      expected: `one of TEE type ${teeType}`,
      actual: `${type}`,
    });
  }
  expectField('body size', known.length, size);
  return known.length;
}

type Authentication = Pick<
  QuoteParts,
  | 'signature'
  | 'attestationKey'
  | 'qeReport'
  | 'qeReportBytes'
  | 'qeReportSignature'
  | 'qeAuthenticationData'
  | 'certification'
>;

function readAuthenticationData(reader: ByteReader, version: 3 | 4 | 5): Authentication {
  const signature = reader.take(64, 'quote signature');
  const attestationKey = reader.take(64, 'attestation key');
  // Version 3 has in line what later versions wrap.
  const qe = version === 3 ? reader : readQeCertification(reader);
  const qeReportBytes = qe.take(sgxReportLength, 'QE report');
  const qeReportSignature = qe.take(64, 'QE report signature');
  const qeAuthenticationData = qe.take(qe.uint16('QE authentication data length'), 'QE authentication data');
  return {
    signature,
    attestationKey,
    qeReport: readSgxReport(qeReportBytes),
    qeReportBytes,
    qeReportSignature,
    qeAuthenticationData,
    certification: readCertified(qe, 'inner'),
  };
}

function readQeCertification(reader: ByteReader): ByteReader {
  const { type, contents } = readCertified(reader, 'outer');
  expectField('outer certification data type', certificationType.qeReport, type);
  return new ByteReader(contents, 'QE certification data');
}

/** {type u16, size u32, data}; the data must fill its parent, so both nested lengths agree. */
function readCertified(reader: ByteReader, which: string): QuoteParts['certification'] {
  const type = reader.uint16(`${which} certification data type`);
  const size = reader.uint32(`${which} certification data size`);
  const contents = reader.take(size, `${which} certification data`);
  reader.finish();
  return { type, contents };
}

function expectField(field: string, expected: number | string, actual: number | string): void {
  if (actual !== expected) {
    throw formatError(`quote ${field}`, { expected: String(expected), actual: String(actual) });
  }
}
