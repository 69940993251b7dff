import { createHash } from 'node:crypto';
import type { FieldTable } from '../bytes/field-table.ts';
import { type Hex, hexToBytes, toBytes } from '../bytes/hex.ts';
import { sgxReportFields, sgxReportLength } from '../sgx/report.ts';
import { certificationType, header, tdReportFields, tdReportLength } from '../tdx/layout.ts';
import type { SigningKey } from './signing-key.ts';

type Fields<Table extends FieldTable> = { readonly [Name in keyof Table]: Uint8Array | Hex };

export type TdReportSpec = Fields<typeof tdReportFields>;
/** `reportData` is computed from the attestation key, unless a fault test gives it. */
export type QeReportSpec = Partial<Fields<typeof sgxReportFields>>;

export type QuoteSpec = {
  readonly userData: Uint8Array;
  readonly report: TdReportSpec;
  readonly attestationKey: SigningKey;
  readonly qeReport: QeReportSpec;
  readonly qeAuthenticationData: Uint8Array;
  readonly pckKey: SigningKey;
  readonly pckChainPem: string;
};

/** A TDX quote v4, byte for byte as Intel's quoting enclave lays it out. */
export function writeTdxQuote(spec: QuoteSpec): Uint8Array {
  const signed = Buffer.concat([
    uint16(header.version),
    uint16(header.attestationKeyType),
    uint32(header.teeTypeTdx),
    uint32(0),
    hexToBytes(header.qeVendorId),
    spec.userData,
    writeFields(spec.report, tdReportFields, tdReportLength),
  ]);
  const authentication = Buffer.concat([
    spec.attestationKey.sign(signed),
    spec.attestationKey.publicKey,
    certified(certificationType.qeReport, writeQeCertification(spec)),
  ]);
  return new Uint8Array(Buffer.concat([signed, uint32(authentication.length), authentication]));
}

function writeQeCertification(spec: QuoteSpec): Uint8Array {
  const { attestationKey, qeAuthenticationData, qeReport, pckKey, pckChainPem } = spec;
  const binding = createHash('sha256').update(attestationKey.publicKey).update(qeAuthenticationData).digest();
  const reportData = Buffer.concat([binding, new Uint8Array(32)]);
  const report = writeFields({ reportData, ...qeReport }, sgxReportFields, sgxReportLength);
  return Buffer.concat([
    report,
    pckKey.sign(report),
    uint16(qeAuthenticationData.length),
    qeAuthenticationData,
    // Intel's chains end in a NUL.
    certified(certificationType.pckChain, Buffer.from(`${pckChainPem}\0`, 'latin1')),
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
