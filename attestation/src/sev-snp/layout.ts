/**
 * ATTESTATION_REPORT (AMD publication 56860, SEV Secure Nested Paging Firmware ABI, table "ATTESTATION_REPORT
 * Structure"). Offsets and lengths in bytes, integers little-endian.
 */
export const reportLength = 0x4a0;

/** Everything before the signature is signed. */
export const signedLength = 0x2a0;

/** Version 4 was never seen outside AMD; what nobody could test is not guessed at. */
export const reportVersions = [2, 3, 5] as const;

export type ReportVersion = (typeof reportVersions)[number];

/** The one algorithm that AMD has defined: ECDSA P-384 with SHA-384. */
export const ecdsaP384Sha384 = 1;

/** Integers, read as numbers or, beyond 32 bits, kept as the bytes they are. */
export const reportIntegers = {
  version: 0x00,
  guestSvn: 0x04,
  vmpl: 0x30,
  signatureAlgorithm: 0x34,
  flags: 0x48,
} as const;

export const reportFields = {
  familyId: [0x10, 16],
  imageId: [0x20, 16],
  reportData: [0x50, 64],
  measurement: [0x90, 48],
  hostData: [0xc0, 32],
  idKeyDigest: [0xe0, 48],
  authorKeyDigest: [0x110, 48],
  reportId: [0x140, 32],
  reportIdMa: [0x160, 32],
  chipId: [0x1a0, 64],
} as const;

/** TCB_VERSION, 8 bytes each; what a byte means depends on the product (`tcb-version.ts`). */
export const reportTcbs = {
  currentTcb: [0x38, 8],
  reportedTcb: [0x180, 8],
  committedTcb: [0x1e0, 8],
  launchTcb: [0x1f0, 8],
} as const;

export const policyOffset = 0x08;
export const platformInfoOffset = 0x40;
/** CPUID family, model and stepping, one byte each; versions from 3 on. */
export const cpuidOffset = 0x188;
/** Build, minor and major version of the firmware, one byte each. */
export const currentFirmwareOffset = 0x1e8;
export const committedFirmwareOffset = 0x1ec;
/** Mitigation vectors, 8 bytes each; version 5. */
export const launchMitigationOffset = 0x1f8;
export const currentMitigationOffset = 0x200;

/** Bytes that must be zero in every version. */
const alwaysReserved = [
  [0x4c, 4],
  [0x18b, 21],
  [0x1eb, 1],
  [0x1ef, 1],
  [0x208, 0x98],
] as const;

/** Bytes that a version does not define yet, and which must be zero in it. */
export function reservedRanges(
  version: ReportVersion,
): readonly (readonly [offset: number, length: number])[] {
  return [
    ...alwaysReserved,
    ...(version < 3 ? [[cpuidOffset, 3] as const] : []),
    ...(version < 5 ? [[launchMitigationOffset, 16] as const] : []),
  ];
}

/** R and S, little-endian in 72 bytes each, of which P-384 fills 48; the rest of the 512 bytes is zero. */
export const signature = { offset: signedLength, fieldLength: 72, scalarLength: 48 } as const;
