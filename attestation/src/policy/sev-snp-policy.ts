import * as z from 'zod';
import type { Hex } from '../receipt/hex.ts';
import { anyOf, anyOfOrIgnore, atLeastOrIgnore, flagOrIgnore, floorOrIgnore, hexOf } from './requirement.ts';

const svn = z.int().min(0).max(0xff);
const parts = { bl: svn, tee: svn, snp: svn, ucode: svn };

/** Floors on the four TCB versions of one product, each part by itself; 'refuse' accepts no such processor. */
function floorsOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const floor = atLeastOrIgnore(z.strictObject(shape).readonly());
  const floors = { reported: floor, committed: floor, launch: floor, current: floor };
  return z.union([z.strictObject(floors).readonly(), z.literal('refuse')]);
}

const abi = z.strictObject({ major: svn, minor: svn }).readonly();
const firmware = z.strictObject({ major: svn, minor: svn, build: svn }).readonly();
/** Every bit of the mask must be set; bytes as in the report. */
const bits = atLeastOrIgnore(hexOf(8));
const pcr = z.union([hexOf(32), hexOf(48), hexOf(64)]);

/** Which guests on which processors a relying party accepts. */
export const sevSnpPolicySchema = z.strictObject({
  /** Where the endorsement is from: a chip (VCEK), or a cloud to which AMD gave a key (VLEK). */
  signingKey: anyOf(z.enum(['VCEK', 'VLEK'])),
  /** CSP_ID of the VLEKs that are accepted; a VCEK has none and passes. */
  cspId: anyOfOrIgnore(z.string().max(64)),
  /** The host left the chip id out, so that nobody knows which chip signed. */
  maskChipKey: flagOrIgnore,
  /** Every certificate was looked up in an authentic, current list. */
  revocationChecked: flagOrIgnore,
  tcbFloors: z
    .strictObject({
      Milan: floorsOf(parts),
      Genoa: floorsOf(parts),
      Turin: floorsOf({ fmc: svn, ...parts }),
    })
    .readonly(),
  /** Committed is above current in some part: no genuine firmware says so. */
  committedAboveCurrent: flagOrIgnore,
  /** Firmware that runs but is not committed: the host can still go back behind it. */
  provisionalFirmware: flagOrIgnore,
  currentFirmware: atLeastOrIgnore(firmware),
  committedFirmware: atLeastOrIgnore(firmware),
  /** Mitigation vectors; reports of version 5 only. */
  launchMitigation: bits,
  currentMitigation: bits,
  /** 0 is the most privileged level; a paravisor may keep it for itself. */
  vmpl: anyOfOrIgnore(z.int().min(0).max(3)),
  debug: flagOrIgnore,
  /** REPORT_ID_MA of the agents that may migrate the guest; a guest that no agent may migrate passes. */
  migrationAgent: anyOfOrIgnore(hexOf(32)),
  /** Least firmware ABI that the guest's own policy asks for; public guests ask for 0.0. */
  guestPolicyAbi: atLeastOrIgnore(abi),
  smtAllowed: flagOrIgnore,
  singleSocket: flagOrIgnore,
  cxlAllowed: flagOrIgnore,
  memAes256Xts: flagOrIgnore,
  raplDisabled: flagOrIgnore,
  ciphertextHiding: flagOrIgnore,
  pageSwapDisabled: flagOrIgnore,
  /** A bit of the guest policy that nothing here knows. */
  unknownPolicyBits: flagOrIgnore,
  platformSmtEnabled: flagOrIgnore,
  platformTsmeEnabled: flagOrIgnore,
  platformEccEnabled: flagOrIgnore,
  platformRaplDisabled: flagOrIgnore,
  platformCiphertextHiding: flagOrIgnore,
  /** Memory was checked for aliases (BadRAM, AMD-SB-3015). */
  aliasCheckComplete: flagOrIgnore,
  platformTioEnabled: flagOrIgnore,
  unknownPlatformBits: flagOrIgnore,
  /** MEASUREMENT, HOST_DATA and both key digests as one: the release. */
  measurementHash: anyOfOrIgnore(hexOf(32)),
  measurement: anyOfOrIgnore(hexOf(48)),
  hostData: anyOfOrIgnore(hexOf(32)),
  idKeyDigest: anyOfOrIgnore(hexOf(48)),
  authorKeyEnabled: flagOrIgnore,
  authorKeyDigest: anyOfOrIgnore(hexOf(48)),
  familyId: anyOfOrIgnore(hexOf(16)),
  imageId: anyOfOrIgnore(hexOf(16)),
  guestSvn: floorOrIgnore,
  /** The one running guest. */
  reportId: anyOfOrIgnore(hexOf(32)),
  /** keccak256(chip id). */
  platformId: anyOfOrIgnore(hexOf(32)),
  /** Azure's paravisor fills the report data; keys and nonce then stand elsewhere, so say which one is expected. */
  azureParavisor: flagOrIgnore,
  /** Values that the quoted vTPM registers must have, by number; everything else of them is of no interest. */
  vtpmPcrs: z.union([z.record(z.string().regex(/^(?:\d|1\d|2[0-3])$/), anyOf(pcr)), z.literal('ignore')]),
});

export type SevSnpPolicy = z.infer<typeof sevSnpPolicySchema>;

/**
 * Firmware that knows BadRAM and reports its alias check (AMD-SB-3015: SNP 0x17 on Milan, 0x16 on Genoa), on Genoa
 * also the fix for forged microcode (AMD-SB-3019: SNP 0x17), as public verifiers cite the bulletins; AMD names none for
 * Turin. Microcode has no floor here: its numbers differ between steppings of one product. Raise these for your fleet.
 */
const strictFloors: SevSnpPolicy['tcbFloors'] = {
  Milan: sameFloors({ bl: 0, tee: 0, snp: 0x17, ucode: 0 }),
  Genoa: sameFloors({ bl: 0, tee: 0, snp: 0x17, ucode: 0 }),
  Turin: sameFloors({ fmc: 0, bl: 0, tee: 0, snp: 0, ucode: 0 }),
};

/** Reported ≤ committed ≤ current, and launch may be any of them: one floor under all four. */
function sameFloors<Parts>(atLeast: Parts) {
  const floor = { atLeast };
  return { reported: floor, committed: floor, launch: floor, current: floor };
}

const no = { equals: false } as const;
const yes = { equals: true } as const;

/**
 * The default worth having: a known, unmasked chip with revocation looked up and firmware that checks for memory
 * aliases, nothing debuggable or migratable, VMPL 0, exactly the given releases. Override fields on purpose:
 * `{ ...strictSevSnpPolicy(hashes), vmpl: { anyOf: [0, 1] } }`.
 */
export function strictSevSnpPolicy(measurementHashes: readonly Hex[]): SevSnpPolicy {
  return {
    signingKey: { anyOf: ['VCEK'] },
    cspId: { anyOf: [] },
    maskChipKey: no,
    revocationChecked: yes,
    tcbFloors: strictFloors,
    committedAboveCurrent: no,
    provisionalFirmware: no,
    currentFirmware: 'ignore',
    committedFirmware: 'ignore',
    launchMitigation: 'ignore',
    currentMitigation: 'ignore',
    vmpl: { anyOf: [0] },
    debug: no,
    migrationAgent: { anyOf: [] },
    guestPolicyAbi: 'ignore',
    smtAllowed: 'ignore',
    singleSocket: 'ignore',
    cxlAllowed: no,
    memAes256Xts: 'ignore',
    raplDisabled: 'ignore',
    ciphertextHiding: 'ignore',
    pageSwapDisabled: 'ignore',
    unknownPolicyBits: no,
    platformSmtEnabled: 'ignore',
    platformTsmeEnabled: 'ignore',
    platformEccEnabled: yes,
    platformRaplDisabled: 'ignore',
    platformCiphertextHiding: 'ignore',
    aliasCheckComplete: yes,
    platformTioEnabled: 'ignore',
    // Genuine Turin machines set bit 6, whose meaning was not found.
    unknownPlatformBits: 'ignore',
    measurementHash: { anyOf: measurementHashes },
    measurement: 'ignore',
    hostData: 'ignore',
    idKeyDigest: 'ignore',
    authorKeyEnabled: 'ignore',
    authorKeyDigest: 'ignore',
    familyId: 'ignore',
    imageId: 'ignore',
    guestSvn: 'ignore',
    reportId: 'ignore',
    platformId: 'ignore',
    azureParavisor: no,
    vtpmPcrs: 'ignore',
  };
}
