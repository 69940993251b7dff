import { verifySgxEvidence } from '../../sgx/verify.ts';
import {
  createSimulatedPlatform,
  type SimulatedAdjustments,
  type SimulatedPlatformOptions,
} from '../../simulated/platform.ts';
import { sampleAtUnixSec, sampleEvidence, sampleSgxEvidence } from '../../simulated/sample-evidence.ts';
import { createSigningKey, deriveSecretKey } from '../../simulated/signing-key.ts';
import { verifyTdxEvidence } from '../../tdx/verify.ts';
import { simulatedRootCa } from '../../trust-anchors.ts';
import type { DcapCheckId } from '../check-ids.ts';
import type { DcapEvidence, DcapVerification } from '../verify.ts';

/** One defect, and the check that must see it first. */
export type Fault = readonly [id: DcapCheckId, fault: string, evidence: () => DcapEvidence];

export const strangerKey = createSigningKey(deriveSecretKey('a stranger'));
export const pastUnixSec = sampleAtUnixSec - 1;
export const futureUnixSec = sampleAtUnixSec + 1;

/** Byte offsets in a quote, from the layout in Intel's documents rather than from the parser under test. */
export type Offsets = {
  readonly reportData: number;
  readonly quoteSignature: number;
  readonly attestationKey: number;
  readonly qeReport: number;
  readonly qeReportSignature: number;
  /** Of the quote's own certification data, 32 bytes of QE authentication data before it. */
  readonly certificationType: number;
};

function offsetsOf(version: 3 | 4 | 5, bodyLength: number, reportData: number): Offsets {
  const body = version === 5 ? 54 : 48;
  const quoteSignature = body + bodyLength + 4;
  const attestationKey = quoteSignature + 64;
  const qeReport = attestationKey + 64 + (version === 3 ? 0 : 6);
  const qeReportSignature = qeReport + 384;
  return {
    reportData: body + reportData,
    quoteSignature,
    attestationKey,
    qeReport,
    qeReportSignature,
    certificationType: qeReportSignature + 64 + 2 + 32,
  };
}

/** One kind of quote, and how to make and verify a good one. */
export type Form = {
  readonly name: string;
  readonly technology: 'sgx' | 'tdx';
  readonly offset: Offsets;
  readonly sample: (options?: Partial<SimulatedPlatformOptions>) => DcapEvidence;
  readonly verify: (evidence: DcapEvidence) => DcapVerification;
};

const tdx = (name: string, version: 4 | 5, kind: 'td-1.0' | 'td-1.5'): Form => ({
  name,
  technology: 'tdx',
  offset: offsetsOf(version, kind === 'td-1.0' ? 584 : 648, 520),
  sample: (options = {}) =>
    sampleEvidence(options, {}, kind === 'td-1.5' ? { kind, version: 5 } : { kind, version }),
  verify: verifyTdxEvidence,
});

const sgx = (version: 3 | 4 | 5): Form => ({
  name: `SGX v${version}`,
  technology: 'sgx',
  offset: offsetsOf(version, 384, 320),
  sample: (options = {}) => sampleSgxEvidence(options, {}, version),
  verify: verifySgxEvidence,
});

export const tdxV4: Form = tdx('TDX v4', 4, 'td-1.0');
export const forms: readonly Form[] = [
  tdxV4,
  tdx('TDX v5, TD report 1.0', 5, 'td-1.0'),
  tdx('TDX v5, TD report 1.5', 5, 'td-1.5'),
  sgx(3),
  sgx(4),
  sgx(5),
];

export function platformOf(adjust: SimulatedAdjustments) {
  return createSimulatedPlatform({ seed: 'sample', atUnixSec: sampleAtUnixSec, adjust });
}

export type Forge = ReturnType<typeof forgeOf>;

/** Makes bad evidence of one form. */
export function forgeOf({ sample: make, technology, offset }: Form) {
  // Signing takes far longer than judging, and equal options give equal bytes.
  const good = make();
  const sample = (options?: Partial<SimulatedPlatformOptions>): DcapEvidence =>
    options === undefined ? good : make(options);
  /** Trusts the root as adjusted, so that the fault under test is the only one. */
  const adjusted = (adjust: SimulatedAdjustments): DcapEvidence => sample({ adjust });
  const mapQuote = (change: (quote: Uint8Array) => Uint8Array): DcapEvidence => {
    const evidence = sample();
    return { ...evidence, quote: change(evidence.quote) };
  };
  return {
    technology,
    offset,
    sample,
    adjusted,
    mapQuote,
    flipQuote: (at: number, bits: number): DcapEvidence => mapQuote((quote) => flip(quote, at, bits)),
    forged: (): DcapEvidence => ({
      ...sample({ rootKey: deriveSecretKey('a forger') }),
      trustAnchors: [simulatedRootCa],
    }),
    /** Changes what both technologies' TCB Info has. */
    withTcbInfo: (change: <Info extends AnyTcbInfo>(info: Info) => Info): DcapEvidence =>
      adjusted(technology === 'tdx' ? { tcbInfo: change } : { sgxTcbInfo: change }),
    collateralOf: (adjust: SimulatedAdjustments) => adjusted(adjust).collateral,
    /** Collateral arrives as foreign JSON, so a fault may break its type. */
    mapCollateral: (change: (all: DcapEvidence['collateral']) => object): DcapEvidence => {
      const evidence = sample();
      return { ...evidence, collateral: change(evidence.collateral) as DcapEvidence['collateral'] };
    },
  };
}

export type AnyTcbInfo = {
  readonly id: string;
  readonly fmspc: string;
  readonly pceId: string;
  readonly nextUpdate: string;
  readonly tcbLevels: readonly {
    readonly tcb: { readonly sgxtcbcomponents: readonly { readonly svn: number }[]; readonly pcesvn: number };
  }[];
};

export function flip(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ bits : byte));
}

export function padded(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}
