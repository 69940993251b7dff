import { ByteReader } from '../bytes/byte-reader.ts';
import { type FieldsOf, readFields } from '../bytes/field-table.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { parseSgxReport, type SgxReport, sgxReportLength } from '../sgx/report.ts';
import {
  certificationType,
  header,
  quoteLimits,
  signedLength,
  tdReportFields,
  tdReportLength,
} from './layout.ts';

/** TD report 1.0; every field as hex of its bytes in the report. */
export type TdReport = FieldsOf<typeof tdReportFields>;

/** A TDX quote v4 as it stands in the bytes; nothing is verified yet. Arrays are views of the input. */
export type TdxQuote = {
  readonly userData: Hex;
  readonly report: TdReport;
  /** Header ‖ TD report. */
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
  /** PEM: PCK leaf, intermediate, root. */
  readonly pckChainPem: string;
  /** The u32 size and exactly that many bytes. */
  readonly authenticationData: Uint8Array;
  /** Real platforms append padding. It is unsigned: reported, never hashed or stored as identity. */
  readonly trailingByteCount: number;
};

/** Parses a TDX v4 quote with an inner PCK chain (certification type 5). Throws EvidenceError `format`. */
export function parseTdxQuote(bytes: Uint8Array): TdxQuote {
  if (bytes.length > quoteLimits.maxBytes) {
    throw formatError('TDX quote', {
      expected: `at most ${quoteLimits.maxBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  const quote = new ByteReader(bytes, 'TDX quote');
  const { userData } = readHeader(new ByteReader(quote.take(header.length, 'header'), 'quote header'));
  const reportBytes = quote.take(tdReportLength, 'TD report');
  const size = quote.uint32('authentication data size');
  const authentication = quote.take(size, 'authentication data');
  return {
    userData,
    report: readFields(reportBytes, tdReportFields),
    signedBytes: bytes.subarray(0, signedLength),
    ...readAuthenticationData(new ByteReader(authentication, 'authentication data')),
    authenticationData: bytes.subarray(signedLength, quote.offset),
    trailingByteCount: quote.remaining,
  };
}

function readHeader(reader: ByteReader): { userData: Hex } {
  expectField('version', header.version, reader.uint16('version'));
  expectField('attestation key type', header.attestationKeyType, reader.uint16('attestation key type'));
  expectField('TEE type', header.teeTypeTdx, reader.uint32('TEE type'));
  reader.take(4, 'reserved');
  expectField('QE vendor id', header.qeVendorId, bytesToHex(reader.take(16, 'QE vendor id')));
  const userData = bytesToHex(reader.take(20, 'user data'));
  reader.finish();
  return { userData };
}

type Authentication = Omit<
  TdxQuote,
  'userData' | 'report' | 'signedBytes' | 'authenticationData' | 'trailingByteCount'
>;

function readAuthenticationData(reader: ByteReader): Authentication {
  const signature = reader.take(64, 'quote signature');
  const attestationKey = reader.take(64, 'attestation key');
  const qe = readCertified(reader, 'outer', certificationType.qeReport);
  const qeReportBytes = qe.take(sgxReportLength, 'QE report');
  const qeReportSignature = qe.take(64, 'QE report signature');
  const qeAuthenticationData = qe.take(qe.uint16('QE authentication data length'), 'QE authentication data');
  const chain = readCertified(qe, 'inner', certificationType.pckChain);
  return {
    signature,
    attestationKey,
    qeReport: parseSgxReport(qeReportBytes),
    qeReportBytes,
    qeReportSignature,
    qeAuthenticationData,
    pckChainPem: Buffer.from(chain.take(chain.remaining, 'PCK chain')).toString('latin1'),
  };
}

/** {type u16, size u32, data}; the data must fill its parent, so both nested lengths agree. */
function readCertified(reader: ByteReader, which: string, type: number): ByteReader {
  expectField(`${which} certification data type`, type, reader.uint16(`${which} certification data type`));
  const size = reader.uint32(`${which} certification data size`);
  const contents = reader.take(size, `${which} certification data`);
  reader.finish();
  return new ByteReader(contents, `${which} certification data`);
}

function expectField(field: string, expected: number | string, actual: number | string): void {
  if (actual !== expected) {
    throw formatError(`quote ${field}`, { expected: String(expected), actual: String(actual) });
  }
}
