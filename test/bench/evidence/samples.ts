import type { DcapCollateral, TrustAnchor } from '@hearth/attestation';
import {
  createSimulatedPlatform,
  deriveSecretKey,
  type SimulatedAdjustments,
  type SimulatedTd,
} from '@hearth/attestation/simulated';

/** One TDX quote with everything that judging it takes. */
export interface Sample {
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  readonly atUnixSec: number;
  readonly trustAnchor: TrustAnchor;
  readonly rootDer: Uint8Array;
}

const AT_UNIX_SEC = Date.UTC(2026, 10, 21) / 1000;

/**
 * A machine, a vendor and a set of collateral of its own, issued a second later than the one before: no signature in
 * it occurs in another sample.
 */
export function strangerSample(set: string, index: number): Sample {
  return sample(`${set} ${index}`, {
    model: `${set} ${index}`,
    rootKey: deriveSecretKey(`evidence bench, root of ${set} ${index}`),
    atUnixSec: AT_UNIX_SEC + index,
  });
}

/** Another machine of one model: collateral and vendor are the same for all, chain, quoting enclave and quote are not. */
export function fleetSample(set: string, index: number): Sample {
  const rootKey = deriveSecretKey(`evidence bench, root of ${set}`);
  return sample(`${set} ${index}`, { model: set, rootKey, atUnixSec: AT_UNIX_SEC });
}

function sample(
  seed: string,
  options: { readonly model: string; readonly rootKey: Uint8Array; readonly atUnixSec: number },
): Sample {
  const platform = createSimulatedPlatform({ seed, ...options, adjust: sizedLikeIntels });
  return {
    quote: platform.quote(release(seed)),
    collateral: platform.collateral(),
    atUnixSec: options.atUnixSec,
    trustAnchor: platform.trustAnchor,
    rootDer: platform.pckChainDer[2],
  };
}

/** Advisories of the four levels that public TCB Info of 2026 has (shared vectors: 2 to 5 levels, 2.2 to 6.3 kB). */
const ADVISORIES = [0, 4, 9, 23];
/** Entries of Intel's Platform CA CRL in 2026. */
const REVOKED = 57;

/** The simulated vendor writes less than Intel; how much there is to read is part of what is measured. */
const sizedLikeIntels: SimulatedAdjustments = {
  tcbInfo: (document) => {
    const [newest, oldest = newest] = document.tcbLevels;
    if (newest === undefined || oldest === undefined) throw new Error('the simulated TCB Info has no levels');
    return {
      ...document,
      tcbLevels: ADVISORIES.map((count, index) => ({
        ...(index === 0 ? newest : oldest),
        tcb: labelled(newest.tcb, index),
        advisoryIDs: Array.from({ length: count }, (_, number) => `INTEL-SA-0${1000 + 7 * number}`),
      })),
    };
  },
  pckCrl: (crl) => ({
    ...crl,
    revokedSerials: Array.from({ length: REVOKED }, (_, index) => serial(index)),
  }),
};

type Level = Parameters<NonNullable<SimulatedAdjustments['tcbInfo']>>[0]['tcbLevels'][number];

/** A level `below` the newest, with the words that Intel puts beside component SVNs. */
function labelled(tcb: Level['tcb'], below: number): Level['tcb'] {
  const label = ({ svn }: { readonly svn: number }, index: number) => ({
    svn: Math.max(0, svn - below),
    ...(index < 4 ? { category: 'BIOS', type: 'Early Microcode Update' } : {}),
  });
  return {
    ...tcb,
    sgxtcbcomponents: tcb.sgxtcbcomponents.map(label),
    tdxtcbcomponents: tcb.tdxtcbcomponents.map(label),
  };
}

function serial(index: number): Uint8Array {
  return Uint8Array.from({ length: 20 }, (_, at) => (at === 0 ? 0x40 : (index * 31 + at * 7) & 0xff));
}

/** One release on every machine, as in the market; report data differs. */
function release(seed: string): SimulatedTd {
  const filled = (byte: number): Uint8Array => new Uint8Array(48).fill(byte);
  const reportData = new Uint8Array(64);
  reportData.set(new TextEncoder().encode(seed).subarray(0, 64));
  return {
    mrtd: filled(1),
    rtmrs: [filled(2), filled(3), filled(4), filled(5)],
    mrConfigId: filled(0),
    mrOwner: filled(0),
    reportData,
  };
}

/** Offsets in a version 4 quote (Intel TDX DCAP Quoting Library API, A.3). */
const QUOTE_SIGNATURE = 636;
const QE_REPORT_SIGNATURE = 1154;
const REPORT_DATA = 48 + 520;

/** Every signature that a verifier has to check for the first time, as text. */
export function signaturesOf({ quote, collateral }: Sample): string[] {
  const hex = (start: number): string => Buffer.from(quote.subarray(start, start + 64)).toString('hex');
  const { tcb_info_signature, qe_identity_signature, root_ca_crl, pck_crl } = collateral;
  return [
    hex(QUOTE_SIGNATURE),
    hex(QE_REPORT_SIGNATURE),
    tcb_info_signature,
    qe_identity_signature,
    root_ca_crl,
    pck_crl,
  ];
}

/** The same evidence with one bit of report data flipped, which only the quote's signature can notice. */
export function damaged(sample: Sample): Sample {
  const quote = Uint8Array.from(sample.quote);
  quote[REPORT_DATA] = (quote[REPORT_DATA] ?? 0) ^ 1;
  return { ...sample, quote };
}
