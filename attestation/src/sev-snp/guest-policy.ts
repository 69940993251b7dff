import { type BitsOf, bitsToHex, hasBit, hasOtherBits, readBits } from './bits.ts';

/** POLICY (AMD publication 56860, "Guest Policy"): what the guest's owner let the host do. */
const policyBits = {
  smtAllowed: 16,
  migrateMa: 18,
  debug: 19,
  singleSocket: 20,
  cxlAllowed: 21,
  memAes256Xts: 22,
  raplDisabled: 23,
  ciphertextHiding: 24,
  pageSwapDisabled: 25,
} as const;

const mustBeOne = 17;

export type GuestPolicy = BitsOf<typeof policyBits> & {
  /** The whole field, for people. */
  readonly value: string;
  /** Least firmware ABI that the guest runs on. */
  readonly abiMajor: number;
  readonly abiMinor: number;
  /** Bit 17, which every genuine policy has. */
  readonly reservedOne: boolean;
  /** A bit without a meaning here: it may allow what nobody looked at. */
  readonly unknownBits: boolean;
};

export function parseGuestPolicy(field: bigint): GuestPolicy {
  const known = [mustBeOne, ...Object.values(policyBits)];
  return {
    value: bitsToHex(field),
    abiMajor: Number((field >> 8n) & 0xffn),
    abiMinor: Number(field & 0xffn),
    ...readBits(field, policyBits),
    reservedOne: hasBit(field, mustBeOne),
    unknownBits: hasOtherBits(field, 16, known),
  };
}

/** PLATFORM_INFO: how the host was set up. */
const platformBits = {
  smtEnabled: 0,
  tsmeEnabled: 1,
  eccEnabled: 2,
  raplDisabled: 3,
  ciphertextHiding: 4,
  /** Memory was checked for aliases since the last reset (BadRAM, AMD-SB-3015). */
  aliasCheckComplete: 5,
  tioEnabled: 7,
} as const;

export type PlatformInfo = BitsOf<typeof platformBits> & {
  readonly value: string;
  /** Bit 6 is set on genuine Turin machines; its meaning was not found. */
  readonly unknownBits: boolean;
};

export function parsePlatformInfo(field: bigint): PlatformInfo {
  return {
    value: bitsToHex(field),
    ...readBits(field, platformBits),
    unknownBits: hasOtherBits(field, 0, Object.values(platformBits)),
  };
}

/** SIGNING_KEY as the report's flags spell it. */
const signingKeys = ['VCEK', 'VLEK'] as const;

export type SigningKeyKind = (typeof signingKeys)[number];

export type ReportFlags = {
  readonly authorKeyEnabled: boolean;
  /** The chip id was left out by the host's choice. */
  readonly maskChipKey: boolean;
  /** The three bits; 7 means "none", the rest is not defined. */
  readonly signingKeyCode: number;
  /** Undefined for a code that names no key. */
  readonly signingKey: SigningKeyKind | undefined;
  readonly reservedBits: boolean;
};

export function parseReportFlags(field: number): ReportFlags {
  const bits = BigInt(field);
  const signingKeyCode = (field >> 2) & 7;
  return {
    authorKeyEnabled: hasBit(bits, 0),
    maskChipKey: hasBit(bits, 1),
    signingKeyCode,
    signingKey: signingKeys[signingKeyCode],
    reservedBits: hasOtherBits(bits, 5, []),
  };
}
