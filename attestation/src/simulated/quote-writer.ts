import { createHash } from 'node:crypto';
import type { FieldTable } from '../bytes/field-table.ts';
import { type Hex, hexToBytes, toBytes } from '../bytes/hex.ts';
import { certificationType, header, sgxReportLength } from '../dcap/layout.ts';
import { sgxReportFields } from '../sgx/report.ts';
import { tdReport10Length, tdReport15Fields, tdReport15Length, tdReportFields } from '../tdx/layout.ts';
import type { SigningKey } from './signing-key.ts';

type Fields<Table extends FieldTable> = { readonly [Name in keyof Table]: Uint8Array | Hex };

/** The fields of TD report 1.5 are written only where that body is asked for. */
export type TdReportSpec = Fields<typeof tdReportFields> & Partial<Fields<typeof tdReport15Fields>>;
/** Fields left out are zero. */
export type SgxReportSpec = Partial<Fields<typeof sgxReportFields>>;

export type QuoteBody =
  | { readonly kind: 'sgx'; readonly version: 3 | 4 | 5; readonly report: SgxReportSpec }
  | { readonly kind: 'td-1.0'; readonly version: 4 | 5; readonly report: TdReportSpec }
  | { readonly kind: 'td-1.5'; readonly version: 5; readonly report: TdReportSpec };

export type QuoteSpec = {
  readonly userData: Uint8Array;
  readonly body: QuoteBody;
  readonly attestationKey: SigningKey;
  /** `reportData` is computed from the attestation key, unless a fault test gives it. */
  readonly qeReport: SgxReportSpec;
  readonly qeAuthenticationData: Uint8Array;
  readonly pckKey: SigningKey;
  readonly certification: { readonly type: number; readonly contents: Uint8Array };
};

/** A quote, byte for byte as Intel's quoting enclave lays it out. */
export function writeQuote(spec: QuoteSpec): Uint8Array {
  const { body, attestationKey } = spec;
  const signed = Buffer.concat([
    uint16(body.version),
    uint16(header.attestationKeyType),
    uint32(body.kind === 'sgx' ? header.teeType.sgx : header.teeType.tdx),
    uint32(0),
    hexToBytes(header.qeVendorId),
    spec.userData,
    writeBody(body),
  ]);
  const certification = writeQeCertification(spec);
  const authentication = Buffer.concat([
    attestationKey.sign(signed),
    attestationKey.publicKey,
    body.version === 3 ? certification : certified(certificationType.qeReport, certification),
  ]);
  return new Uint8Array(Buffer.concat([signed, uint32(authentication.length), authentication]));
}

/** Types of Intel's TDX DCAP Quoting Library API, A.3.10. */
const bodyType = { sgx: 1, 'td-1.0': 2, 'td-1.5': 3 } as const;

function writeBody({ kind, version, report }: QuoteBody): Uint8Array {
  const bytes = writeReport(kind, report);
  if (version < 5) return bytes;
  return Buffer.concat([uint16(bodyType[kind]), uint32(bytes.length), bytes]);
}

function writeReport(kind: QuoteBody['kind'], report: QuoteBody['report']): Uint8Array {
  if (kind === 'sgx') return writeFields(report as SgxReportSpec, sgxReportFields, sgxReportLength);
  const td = report as TdReportSpec;
  if (kind === 'td-1.0') return writeFields(td, tdReportFields, tdReport10Length);
  return writeFields(td, { ...tdReportFields, ...tdReport15Fields }, tdReport15Length);
}

function writeQeCertification(spec: QuoteSpec): Uint8Array {
  const { attestationKey, qeAuthenticationData, qeReport, pckKey, certification } = spec;
  const binding = createHash('sha256').update(attestationKey.publicKey).update(qeAuthenticationData).digest();
  const reportData = Buffer.concat([binding, new Uint8Array(32)]);
  const report = writeFields({ reportData, ...qeReport }, sgxReportFields, sgxReportLength);
  return Buffer.concat([
    report,
    pckKey.sign(report),
    uint16(qeAuthenticationData.length),
    qeAuthenticationData,
    certified(certification.type, certification.contents),
  ]);
}

function writeFields<Table extends FieldTable>(
  fields: Partial<Fields<Table>>,
  table: Table,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const [name, [offset, size]] of Object.entries(table)) {
    const field = fields[name];
    if (field !== undefined) bytes.set(toBytes(field, size, name), offset);
  }
  return bytes;
}

function certified(type: number, contents: Uint8Array): Uint8Array {
  return Buffer.concat([uint16(type), uint32(contents.length), contents]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
