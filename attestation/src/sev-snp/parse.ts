import { type FieldsOf, readFields } from '../bytes/field-table.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import {
  type GuestPolicy,
  type PlatformInfo,
  parseGuestPolicy,
  parsePlatformInfo,
  parseReportFlags,
  type ReportFlags,
} from './guest-policy.ts';
import {
  committedFirmwareOffset,
  cpuidOffset,
  currentFirmwareOffset,
  currentMitigationOffset,
  ecdsaP384Sha384,
  launchMitigationOffset,
  platformInfoOffset,
  policyOffset,
  type ReportVersion,
  reportFields,
  reportIntegers,
  reportLength,
  reportTcbs,
  reportVersions,
  reservedRanges,
  signature,
  signedLength,
} from './layout.ts';
import { uint8, uint32, uint64 } from './little-endian.ts';
import type { Cpuid } from './product.ts';

/** The firmware of the AMD secure processor. */
export type FirmwareVersion = { readonly major: number; readonly minor: number; readonly build: number };

/** An attestation report as it stands in the bytes, JSON-ready; nothing is verified yet. */
export type SnpReport = FieldsOf<typeof reportFields> &
  FieldsOf<typeof reportTcbs> & {
    readonly version: ReportVersion;
    readonly guestSvn: number;
    readonly vmpl: number;
    readonly policy: GuestPolicy;
    readonly platformInfo: PlatformInfo;
    readonly flags: ReportFlags;
    /** Undefined in version 2, which does not say on which processor it was made. */
    readonly cpuid: Cpuid | undefined;
    readonly currentFirmware: FirmwareVersion;
    readonly committedFirmware: FirmwareVersion;
    /** Bit fields of the mitigations in force at launch and now; version 5. Bytes as in the report. */
    readonly launchMitigation: Hex | undefined;
    readonly currentMitigation: Hex | undefined;
  };

/** A report with what its signature is checked over. Arrays are views or copies of the input. */
export type ParsedSnpReport = {
  readonly report: SnpReport;
  readonly bytes: Uint8Array;
  readonly signedBytes: Uint8Array;
  /** r ‖ s, big-endian. */
  readonly signature: Uint8Array;
};

/** Parses exactly one report of a known version. Throws EvidenceError `format`. */
export function parseSnpReport(bytes: Uint8Array): ParsedSnpReport {
  if (bytes.length !== reportLength) {
    throw formatError('SNP report', { expected: `${reportLength} bytes`, actual: `${bytes.length}` });
  }
  const version = readVersion(bytes);
  const algorithm = uint32(bytes, reportIntegers.signatureAlgorithm);
  if (algorithm !== ecdsaP384Sha384) {
    throw formatError('SNP report, signature algorithm', {
      expected: `${ecdsaP384Sha384}`,
      actual: `${algorithm}`,
    });
  }
  const report = readReport(bytes, version);
  assertReserved(bytes, version, report.flags);
  return { report, bytes, signedBytes: bytes.subarray(0, signedLength), signature: readSignature(bytes) };
}

function readVersion(bytes: Uint8Array): ReportVersion {
  const actual = uint32(bytes, reportIntegers.version);
  const version = reportVersions.find((one) => one === actual);
  if (version !== undefined) return version;
  throw formatError('SNP report, version', { expected: reportVersions.join(', '), actual: `${actual}` });
}

function readReport(bytes: Uint8Array, version: ReportVersion): SnpReport {
  const hasMitigations = version >= 5;
  return {
    version,
    guestSvn: uint32(bytes, reportIntegers.guestSvn),
    vmpl: uint32(bytes, reportIntegers.vmpl),
    policy: parseGuestPolicy(uint64(bytes, policyOffset)),
    platformInfo: parsePlatformInfo(uint64(bytes, platformInfoOffset)),
    flags: parseReportFlags(uint32(bytes, reportIntegers.flags)),
    ...readFields(bytes, reportFields),
    ...readFields(bytes, reportTcbs),
    cpuid: version >= 3 ? readCpuid(bytes) : undefined,
    currentFirmware: readFirmware(bytes, currentFirmwareOffset),
    committedFirmware: readFirmware(bytes, committedFirmwareOffset),
    launchMitigation: hasMitigations ? readVector(bytes, launchMitigationOffset) : undefined,
    currentMitigation: hasMitigations ? readVector(bytes, currentMitigationOffset) : undefined,
  };
}

function assertReserved(bytes: Uint8Array, version: ReportVersion, flags: ReportFlags): void {
  const used = reservedRanges(version).find(([offset, length]) => !isZero(bytes, offset, length));
  if (used !== undefined) {
    throw formatError(`SNP report version ${version}, reserved bytes`, {
      expected: 'zero',
      actual: `something from offset ${used[0]} on`,
    });
  }
  if (flags.reservedBits) throw formatError('SNP report, flags', { expected: 'reserved bits zero' });
}

/** Two little-endian scalars in longer fields, as r ‖ s big-endian. */
function readSignature(bytes: Uint8Array): Uint8Array {
  const { offset, fieldLength, scalarLength } = signature;
  const paddings = [
    [offset + scalarLength, fieldLength - scalarLength],
    [offset + fieldLength + scalarLength, reportLength - offset - fieldLength - scalarLength],
  ] as const;
  if (paddings.some(([from, length]) => !isZero(bytes, from, length))) {
    throw formatError('SNP report, signature', { expected: 'zeros behind R and S' });
  }
  const rs = new Uint8Array(2 * scalarLength);
  [0, 1].forEach((index) => {
    const from = offset + index * fieldLength;
    rs.set(bytes.slice(from, from + scalarLength).reverse(), index * scalarLength);
  });
  return rs;
}

function readCpuid(bytes: Uint8Array): Cpuid {
  return {
    family: uint8(bytes, cpuidOffset),
    model: uint8(bytes, cpuidOffset + 1),
    stepping: uint8(bytes, cpuidOffset + 2),
  };
}

function readFirmware(bytes: Uint8Array, offset: number): FirmwareVersion {
  return {
    major: uint8(bytes, offset + 2),
    minor: uint8(bytes, offset + 1),
    build: uint8(bytes, offset),
  };
}

function readVector(bytes: Uint8Array, offset: number): Hex {
  return bytesToHex(bytes.subarray(offset, offset + 8));
}

function isZero(bytes: Uint8Array, offset: number, length: number): boolean {
  return bytes.subarray(offset, offset + length).every((byte) => byte === 0);
}
