import type { FieldTable } from '../../bytes/field-table.ts';
import { type Hex, toBytes } from '../../bytes/hex.ts';
import {
  committedFirmwareOffset,
  cpuidOffset,
  currentFirmwareOffset,
  currentMitigationOffset,
  launchMitigationOffset,
  platformInfoOffset,
  policyOffset,
  reportFields,
  reportIntegers,
  reportLength,
  reportTcbs,
  signature,
  signedLength,
} from '../../sev-snp/layout.ts';
import type { FirmwareVersion } from '../../sev-snp/parse.ts';
import type { Cpuid } from '../../sev-snp/product.ts';
import type { SigningKey } from '../signing-key.ts';

type Fields<Table extends FieldTable> = { readonly [Name in keyof Table]: Uint8Array | Hex };

/** Everything in a report. Numbers of a version that lacks the field are left out. */
export type SnpReportSpec = Fields<typeof reportFields> &
  Fields<typeof reportTcbs> & {
    readonly version: number;
    readonly guestSvn: number;
    readonly vmpl: number;
    readonly signatureAlgorithm: number;
    readonly flags: number;
    readonly policy: bigint;
    readonly platformInfo: bigint;
    readonly cpuid: Cpuid;
    readonly currentFirmware: FirmwareVersion;
    readonly committedFirmware: FirmwareVersion;
    readonly launchMitigation: bigint;
    readonly currentMitigation: bigint;
  };

/** A report, byte for byte as AMD's firmware lays it out; `adjust` changes its bytes before they are signed. */
export function writeSnpReport(
  spec: SnpReportSpec,
  key: SigningKey,
  adjust: (bytes: Uint8Array) => void = () => {},
): Uint8Array {
  const bytes = new Uint8Array(reportLength);
  const view = new DataView(bytes.buffer);
  for (const [name, offset] of Object.entries(reportIntegers)) {
    view.setUint32(offset, spec[name as keyof typeof reportIntegers], true);
  }
  for (const [name, [offset, length]] of Object.entries({ ...reportFields, ...reportTcbs })) {
    bytes.set(toBytes(spec[name as keyof typeof reportFields], length, name), offset);
  }
  view.setBigUint64(policyOffset, spec.policy, true);
  view.setBigUint64(platformInfoOffset, spec.platformInfo, true);
  bytes.set(firmwareBytes(spec.currentFirmware), currentFirmwareOffset);
  bytes.set(firmwareBytes(spec.committedFirmware), committedFirmwareOffset);
  if (spec.version >= 3) {
    bytes.set([spec.cpuid.family, spec.cpuid.model, spec.cpuid.stepping], cpuidOffset);
  }
  if (spec.version >= 5) {
    view.setBigUint64(launchMitigationOffset, spec.launchMitigation, true);
    view.setBigUint64(currentMitigationOffset, spec.currentMitigation, true);
  }
  adjust(bytes);
  writeSignature(bytes, key.sign(bytes.subarray(0, signedLength)));
  return bytes;
}

function firmwareBytes({ build, minor, major }: FirmwareVersion): number[] {
  return [build, minor, major];
}

/** r ‖ s big-endian into two little-endian fields. */
function writeSignature(bytes: Uint8Array, rs: Uint8Array): void {
  const { offset, fieldLength, scalarLength } = signature;
  bytes.set(rs.slice(0, scalarLength).reverse(), offset);
  bytes.set(rs.slice(scalarLength).reverse(), offset + fieldLength);
}
