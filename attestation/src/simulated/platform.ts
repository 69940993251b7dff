import { createHash } from 'node:crypto';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import type { DcapCollateral } from '../collateral/dcap-collateral.ts';
import { platformIdOf } from '../dcap/hashes.ts';
import { certificationType } from '../dcap/layout.ts';
import { type TrustAnchor, trustAnchorFromCertificate } from '../trust-anchors.ts';
import { encodePemChain } from '../x509/pem.ts';
import { type CertificateSpec, writeCertificate } from './certificate-writer.ts';
import { type CollateralAdjustments, writeCollateral } from './collateral-writer.ts';
import {
  type QuoteBody,
  type QuoteSpec,
  type SgxReportSpec,
  type TdReportSpec,
  writeQuote,
} from './quote-writer.ts';
import { writeSgxExtension } from './sgx-extension-writer.ts';
import { createSigningKey, deriveSecretKey } from './signing-key.ts';
import { currentTcb, type SimulatedTcb, type Validity } from './tcb-document.ts';
import type { Adjust, VendorAdjustments } from './vendor.ts';
import { applied, commonNames, createVendor, serialFor, vendorValidity } from './vendor.ts';

/** Changes that a fault test makes on the way, each before the signature that covers it. */
export type SimulatedAdjustments = VendorAdjustments &
  CollateralAdjustments & {
    readonly leaf?: Adjust<CertificateSpec>;
    readonly qeReport?: SgxReportSpec;
    readonly qeAuthenticationData?: Uint8Array;
    readonly certification?: QuoteSpec['certification'];
  };

export type SimulatedPlatformOptions = {
  /** Names the machine: PPID, FMSPC and keys follow from it. Equal seeds are one and the same machine. */
  readonly seed: string;
  /** Secret scalar (32 bytes) of another root, such as a forger's; the public development root if absent. */
  readonly rootKey?: Uint8Array;
  /** Collateral is valid from an hour before (clocks differ) until 30 days after. */
  readonly atUnixSec: number;
  readonly tcb?: SimulatedTcb;
  /** Machines of one model share FMSPC and collateral; the seed names the model too if this is absent. */
  readonly model?: string;
  readonly adjust?: SimulatedAdjustments;
};

/** `revoked`: the PCK certificate is on the CRL. `expired`: everything ended 30 days before `atUnixSec`. */
export type CollateralVariant = 'valid' | 'revoked' | 'expired';

/** The TD that asks for a quote. Fields left out are those of a production TD on a current platform. */
export type SimulatedTd = {
  readonly mrtd: Uint8Array | Hex;
  readonly rtmrs: readonly [Uint8Array | Hex, Uint8Array | Hex, Uint8Array | Hex, Uint8Array | Hex];
  readonly mrConfigId: Uint8Array | Hex;
  readonly mrOwner: Uint8Array | Hex;
  /** 64 bytes. */
  readonly reportData: Uint8Array | Hex;
} & Partial<Omit<TdReportSpec, 'rtmr0' | 'rtmr1' | 'rtmr2' | 'rtmr3'>>;

/** The SGX enclave that asks for a quote. Fields left out are those of a production enclave. */
export type SimulatedEnclave = Pick<Required<SgxReportSpec>, 'mrEnclave' | 'mrSigner' | 'reportData'> &
  SgxReportSpec;

export type TdQuoteForm =
  | { readonly kind: 'td-1.0'; readonly version: 4 | 5 }
  | { readonly kind: 'td-1.5'; readonly version: 5 };

export type SimulatedPlatform = {
  readonly ppid: Hex;
  /** keccak256(PPID). */
  readonly platformId: Hex;
  readonly fmspc: Hex;
  /** DER: PCK leaf, Platform CA, root. */
  readonly pckChainDer: readonly [leaf: Uint8Array, intermediate: Uint8Array, root: Uint8Array];
  /** For a verifier that is to trust this platform's root, whichever it is. */
  readonly trustAnchor: TrustAnchor;
  /** Version 4 with TD report 1.0, unless asked otherwise. */
  quote(td: SimulatedTd, form?: TdQuoteForm): Uint8Array;
  /** Version 3, unless asked otherwise. */
  sgxQuote(enclave: SimulatedEnclave, version?: 3 | 4 | 5): Uint8Array;
  collateral(variant?: CollateralVariant): DcapCollateral;
  sgxCollateral(variant?: CollateralVariant): DcapCollateral;
};

const day = 86_400;
type QeIdentitySpec = {
  readonly mrSigner: Uint8Array;
  readonly mrEnclave: Uint8Array;
  readonly isvProdId: number;
};

const qe: Readonly<Record<'tdx' | 'sgx', QeIdentitySpec>> = {
  tdx: {
    mrSigner: digest('quoting enclave signer', 32),
    mrEnclave: digest('quoting enclave', 32),
    isvProdId: 2,
  },
  sgx: {
    mrSigner: digest('quoting enclave signer', 32),
    mrEnclave: digest('SGX quoting enclave', 32),
    isvProdId: 1,
  },
};

/** A development machine. Pure: equal options give equal bytes. */
export function createSimulatedPlatform(options: SimulatedPlatformOptions): SimulatedPlatform {
  const {
    seed,
    rootKey,
    atUnixSec,
    tcb = { status: 'UpToDate', advisoryIds: [] },
    model = seed,
    adjust = {},
  } = options;
  const vendor = createVendor(rootKey, adjust);
  const pckKey = createSigningKey(deriveSecretKey(`hearth simulated PCK key ${seed}`));
  const attestationKey = createSigningKey(deriveSecretKey(`hearth simulated attestation key ${seed}`));
  const ppid = digest(`ppid ${seed}`, 16);
  const fmspc = digest(`fmspc ${model}`, 6);
  const pceId = new Uint8Array(2);
  const pck = {
    ppid,
    fmspc,
    pceId,
    platformInstanceId: digest(`platform instance ${seed}`, 16),
    tcbComponents: currentTcb.sgxComponents,
    pceSvn: currentTcb.pceSvn,
  };
  const leaf = applied(adjust.leaf, {
    commonName: commonNames.pck,
    issuerCommonName: commonNames.platformCa,
    serial: serialFor(`PCK ${seed}`),
    ...vendorValidity,
    subjectKey: pckKey,
    issuerKey: vendor.platformCaKey,
    caPathLength: undefined,
    extraExtensions: [writeSgxExtension(pck)],
  });
  const pckChainDer = [writeCertificate(leaf), vendor.platformCaDer, vendor.rootDer] as const;
  // Intel's chains end in a NUL.
  const pckChain = Buffer.from(`${encodePemChain(pckChainDer)}\0`, 'latin1');
  const write = (body: QuoteBody, identity: QeIdentitySpec): Uint8Array =>
    writeQuote({
      userData: digest(`quote user data ${seed}`, 20),
      body,
      attestationKey,
      qeReport: { ...qeReport, ...reported(identity), ...adjust.qeReport },
      qeAuthenticationData:
        adjust.qeAuthenticationData ?? Uint8Array.from({ length: 32 }, (_, index) => index),
      pckKey,
      certification: adjust.certification ?? { type: certificationType.pckChain, contents: pckChain },
    });
  const collateral = (id: 'SGX' | 'TDX', variant: CollateralVariant): DcapCollateral =>
    writeCollateral({
      id,
      vendor,
      fmspc,
      pceId,
      qe: id === 'TDX' ? qe.tdx : qe.sgx,
      tcb,
      validity: validityOf(variant, atUnixSec),
      revokedPckSerials: variant === 'revoked' ? [leaf.serial] : [],
      adjust,
    });
  return {
    ppid: bytesToHex(ppid),
    platformId: platformIdOf(bytesToHex(ppid)),
    fmspc: bytesToHex(fmspc),
    pckChainDer,
    trustAnchor: trustAnchorFromCertificate(vendor.rootDer, true),
    quote: (td, form = { kind: 'td-1.0', version: 4 }) =>
      write({ ...form, report: completeReport(td) }, qe.tdx),
    sgxQuote: (enclave, version = 3) =>
      write({ kind: 'sgx', version, report: { ...productionEnclave, ...enclave } }, qe.sgx),
    collateral: (variant = 'valid') => collateral('TDX', variant),
    sgxCollateral: (variant = 'valid') => collateral('SGX', variant),
  };
}

const qeReport: SgxReportSpec = {
  cpuSvn: Uint8Array.from(currentTcb.sgxComponents),
  attributes: '0x1500000000000000e700000000000000',
  isvSvn: Uint8Array.of(currentTcb.qeIsvSvn, 0),
};

function reported({ mrSigner, mrEnclave, isvProdId }: QeIdentitySpec): SgxReportSpec {
  return { mrSigner, mrEnclave, isvProdId: Uint8Array.of(isvProdId, 0) };
}

/** INIT and MODE64BIT, x87, SSE and AVX state. */
const productionEnclave: SgxReportSpec = {
  cpuSvn: Uint8Array.from(currentTcb.sgxComponents),
  attributes: '0x0500000000000000e700000000000000',
};

function completeReport({ rtmrs: [rtmr0, rtmr1, rtmr2, rtmr3], ...td }: SimulatedTd): TdReportSpec {
  return {
    teeTcbSvn: Uint8Array.from(currentTcb.teeTcbSvn),
    mrSeam: createHash('sha384').update('hearth simulated TDX module').digest(),
    mrSignerSeam: new Uint8Array(48),
    seamAttributes: new Uint8Array(8),
    // SEPT_VE_DISABLE, as production TDs have it.
    tdAttributes: '0x0000001000000000',
    xfam: '0xe702060000000000',
    mrOwnerConfig: new Uint8Array(48),
    ...td,
    rtmr0,
    rtmr1,
    rtmr2,
    rtmr3,
  };
}

function validityOf(variant: CollateralVariant, atUnixSec: number): Validity {
  const end = variant === 'expired' ? atUnixSec - 30 * day : atUnixSec + 30 * day;
  const fromUnixSec = variant === 'expired' ? end - 30 * day : atUnixSec - 3600;
  return { fromUnixSec, untilUnixSec: end };
}

function digest(label: string, length: number): Uint8Array {
  return new Uint8Array(
    createHash('sha256').update(`hearth simulated ${label}`).digest().subarray(0, length),
  );
}
