import { createHash } from 'node:crypto';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import type { SigningKeyKind } from '../../sev-snp/guest-policy.ts';
import { snpPlatformIdOf } from '../../sev-snp/measurement.ts';
import type { Cpuid, SnpProduct } from '../../sev-snp/product.ts';
import type { TcbVersion } from '../../sev-snp/tcb-version.ts';
import { type CrlSpec, writeCrl } from '../crl-writer.ts';
import type { SigningKey } from '../signing-key.ts';
import { type Adjust, applied } from '../vendor.ts';
import { writeCertificateTable } from './certificate-table-writer.ts';
import { createEndorsement, type Endorsement, type EndorsementAdjustments } from './endorsement.ts';
import { type SnpReportSpec, writeSnpReport } from './report-writer.ts';

export type SnpAdjustments = EndorsementAdjustments & {
  readonly report?: Adjust<SnpReportSpec>;
  /** Changes bytes that no field reaches. */
  readonly reportBytes?: (bytes: Uint8Array) => void;
  readonly crl?: Adjust<CrlSpec>;
};

export type SimulatedSnpOptions = {
  /** Names the machine: chip id and keys follow from it. Equal seeds are one and the same machine. */
  readonly seed: string;
  readonly product: SnpProduct;
  readonly endorsement?: SigningKeyKind;
  /** Certificates and CRL are valid around it. */
  readonly atUnixSec: number;
  /** Another vendor's root, such as a forger's; the public development root if absent. */
  readonly rootKey?: SigningKey;
  readonly adjust?: SnpAdjustments;
};

/** The guest that asks for a report. Fields left out are those of a production guest on current firmware. */
export type SimulatedGuest = Pick<SnpReportSpec, 'measurement' | 'hostData' | 'reportData'> &
  Partial<SnpReportSpec>;

export type SimulatedSnpMachine = Pick<
  Endorsement,
  'leafDer' | 'intermediateDer' | 'rootDer' | 'issuersPem' | 'trustAnchor'
> & {
  readonly chipId: Hex;
  /** keccak256(chip id). */
  readonly platformId: Hex;
  /** What a host hands out with an extended report. */
  readonly certificateTable: Uint8Array;
  report(guest: SimulatedGuest): Uint8Array;
  /** The root's list; `revoked`: with the intermediate on it. */
  crl(variant?: 'valid' | 'revoked'): Uint8Array;
};

type ProductShape = { readonly cpuid: Cpuid; readonly name: string; readonly tcb: TcbVersion };

/** Firmware that is exactly up to date. */
const shapes: Readonly<Record<SnpProduct, ProductShape>> = {
  Milan: {
    cpuid: { family: 0x19, model: 1, stepping: 1 },
    name: 'Milan-B0',
    tcb: { bl: 4, tee: 0, snp: 24, ucode: 219 },
  },
  Genoa: {
    cpuid: { family: 0x19, model: 0x11, stepping: 1 },
    name: 'Genoa',
    tcb: { bl: 10, tee: 0, snp: 23, ucode: 84 },
  },
  Turin: {
    cpuid: { family: 0x1a, model: 2, stepping: 1 },
    name: 'Turin',
    tcb: { fmc: 1, bl: 1, tee: 1, snp: 4, ucode: 81 },
  },
};

export const simulatedCspId = 'CN=cloud.hearth.invalid';
const day = 86_400;

/** A development machine. Pure: equal options give equal bytes. */
export function createSimulatedSnpMachine(options: SimulatedSnpOptions): SimulatedSnpMachine {
  const { seed, product, endorsement: kind = 'VCEK', atUnixSec, rootKey, adjust = {} } = options;
  const { cpuid, name, tcb } = shapes[product];
  const hwid = digest(`chip ${seed}`).subarray(0, product === 'Turin' ? 8 : 64);
  const isVlek = kind === 'VLEK';
  const facts = {
    kind,
    structureVersion: product === 'Turin' ? 1 : 0,
    productName: name,
    tcb,
    hwid: isVlek ? undefined : hwid,
    cspId: isVlek ? simulatedCspId : undefined,
  };
  const endorsement = createEndorsement(product, facts, seed, atUnixSec, rootKey, adjust);
  const chipId = new Uint8Array(64);
  chipId.set(hwid);
  const reported = encodeTcb(tcb, product);
  const base = {
    ...current,
    cpuid,
    flags: isVlek ? 1 << 2 : 0,
    currentTcb: reported,
    reportedTcb: reported,
    committedTcb: reported,
    launchTcb: reported,
    reportId: digest(`report id ${seed}`).subarray(0, 32),
    chipId: isVlek ? new Uint8Array(64) : chipId,
  };
  return {
    ...endorsement,
    chipId: bytesToHex(chipId),
    platformId: snpPlatformIdOf(bytesToHex(chipId)),
    certificateTable: writeCertificateTable({
      [isVlek ? 'vlek' : 'vcek']: endorsement.leafDer,
      ask: endorsement.intermediateDer,
      ark: endorsement.rootDer,
    }),
    report: (guest) =>
      writeSnpReport(applied(adjust.report, { ...base, ...guest }), endorsement.leafKey, adjust.reportBytes),
    crl: (variant = 'valid') =>
      writeCrl(
        applied(adjust.crl, {
          issuerCommonName: endorsement.rootName,
          issuerKey: endorsement.rootKey,
          thisUpdateUnixSec: atUnixSec - 3600,
          nextUpdateUnixSec: atUnixSec + 30 * day,
          revokedSerials: variant === 'revoked' ? [endorsement.intermediateSerial] : [],
        }),
      ),
  };
}

/** What every product's guests have in common. */
const current = {
  version: 5,
  guestSvn: 1,
  vmpl: 0,
  signatureAlgorithm: 1,
  // SMT allowed, and the bit that is always one.
  policy: 0x3_0000n,
  // SMT on, ECC on, memory checked for aliases.
  platformInfo: 0x25n,
  currentFirmware: { major: 1, minor: 55, build: 40 },
  committedFirmware: { major: 1, minor: 55, build: 40 },
  launchMitigation: 0x0bn,
  currentMitigation: 0x0bn,
  familyId: new Uint8Array(16),
  imageId: new Uint8Array(16),
  idKeyDigest: new Uint8Array(48),
  authorKeyDigest: new Uint8Array(48),
  // No migration agent.
  reportIdMa: new Uint8Array(32).fill(0xff),
};

/** TCB_VERSION as its product lays it out; the writer has a table of its own, so that it can disagree. */
export function encodeTcb(tcb: TcbVersion, product: SnpProduct): Uint8Array {
  const { fmc = 0, bl, tee, snp, ucode } = tcb;
  return product === 'Turin'
    ? Uint8Array.of(fmc, bl, tee, snp, 0, 0, 0, ucode)
    : Uint8Array.of(bl, tee, 0, 0, 0, 0, snp, ucode);
}

function digest(label: string): Uint8Array {
  return new Uint8Array(createHash('sha512').update(`hearth simulated SNP ${label}`).digest());
}
