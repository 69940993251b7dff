import { z } from 'zod';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { tcbStatuses } from '../collateral/tcb-status.ts';
import type { Hex } from '../receipt/hex.ts';
import { teeTypeCode } from '../tee-type.ts';
import { anyOfOrIgnore, atLeastOrIgnore, equalsOrIgnore } from './requirement.ts';

function hexOf(byteLength: number) {
  return z.custom<Hex>(
    (value) => typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${byteLength * 2}}$`).test(value),
    `expected 0x and ${byteLength * 2} lower-case hex digits`,
  );
}

const measurement = anyOfOrIgnore(hexOf(48));
const flag = equalsOrIgnore(z.boolean());
const uint = z.int().min(0);

/**
 * What evidence a relying party accepts: pure JSON, so that it can be hashed and cited. Total: every field must be
 * there and say `equals`, `atLeast`, `anyOf` or 'ignore'; unknown fields are refused.
 */
export const evidencePolicySchema = z.strictObject({
  schema: z.literal('hearth-evidence-policy/1'),
  /** 1 SGX, 2 TDX, 3 SEV-SNP. */
  teeType: z.strictObject({ anyOf: z.array(z.literal(Object.values(teeTypeCode))).readonly() }).readonly(),
  /** Development evidence proves nothing about hardware. True only on purpose; the verdict always shows it. */
  allowSimulated: z.boolean(),
  /** Revoked is refused whatever stands here. */
  tcbStatus: anyOfOrIgnore(z.enum(tcbStatuses)),
  /** Advisories that may apply to the matched levels; any other one is refused. */
  advisoryIds: anyOfOrIgnore(z.string().max(64)),
  /** Date of the matched TCB level: how old a level may be, for a declared grace. */
  tcbDateUnixSec: atLeastOrIgnore(uint),
  /** Floors against replay of old but unexpired collateral: of the TCB Info, and of the QE identity. */
  tcbEvaluationDataNumber: atLeastOrIgnore(uint),
  qeEvaluationDataNumber: atLeastOrIgnore(uint),
  debug: flag,
  septVeDisable: flag,
  migratable: flag,
  protectionKeys: flag,
  keyLocker: flag,
  perfmon: flag,
  reservedAttributes: flag,
  xfam: anyOfOrIgnore(hexOf(8)),
  /** The TDX module itself; Intel's collateral does not list its hash. */
  mrSeam: measurement,
  /** MRTD, RTMR0–3, MRCONFIGID and MROWNER as one: the release. */
  measurementHash: anyOfOrIgnore(hexOf(32)),
  mrtd: measurement,
  rtmr0: measurement,
  rtmr1: measurement,
  rtmr2: measurement,
  rtmr3: measurement,
  mrConfigId: measurement,
  mrOwner: measurement,
  mrOwnerConfig: measurement,
  /** keccak256(PPID). */
  platformId: anyOfOrIgnore(hexOf(32)),
  fmspc: anyOfOrIgnore(hexOf(6)),
  pceSvn: atLeastOrIgnore(uint),
  qeIsvSvn: atLeastOrIgnore(uint),
});

export type EvidencePolicy = z.infer<typeof evidencePolicySchema>;

/** What only the moment knows, beside the standing policy: the two halves of report data. */
export type ExpectedReportData = {
  /** report_data[0:32]: digest of the keys that the enclave claims. */
  readonly keys: { readonly equals: Hex } | 'ignore';
  /** report_data[32:64]: a verifier's nonce, or zero for a published quote. */
  readonly nonce: { readonly equals: Hex } | 'ignore';
};

/** Throws EvidenceError `format` and names the field. */
export function parseEvidencePolicy(value: unknown): EvidencePolicy {
  return checkShape(evidencePolicySchema, value, 'evidence policy');
}

/**
 * The default worth having: TDX on current platforms, nothing debuggable or migratable, exactly the given releases.
 * Override fields on purpose: `{ ...strictTdxPolicy(hashes), allowSimulated: true }`.
 */
export function strictTdxPolicy(measurementHashes: readonly Hex[]): EvidencePolicy {
  return {
    schema: 'hearth-evidence-policy/1',
    teeType: { anyOf: [teeTypeCode.tdx] },
    allowSimulated: false,
    tcbStatus: { anyOf: ['UpToDate', 'SWHardeningNeeded'] },
    advisoryIds: 'ignore',
    tcbDateUnixSec: 'ignore',
    tcbEvaluationDataNumber: 'ignore',
    qeEvaluationDataNumber: 'ignore',
    debug: { equals: false },
    septVeDisable: { equals: true },
    migratable: { equals: false },
    protectionKeys: 'ignore',
    keyLocker: 'ignore',
    perfmon: 'ignore',
    reservedAttributes: { equals: false },
    xfam: 'ignore',
    mrSeam: 'ignore',
    measurementHash: { anyOf: measurementHashes },
    mrtd: 'ignore',
    rtmr0: 'ignore',
    rtmr1: 'ignore',
    rtmr2: 'ignore',
    rtmr3: 'ignore',
    mrConfigId: 'ignore',
    mrOwner: 'ignore',
    mrOwnerConfig: 'ignore',
    platformId: 'ignore',
    fmspc: 'ignore',
    pceSvn: 'ignore',
    qeIsvSvn: 'ignore',
  };
}
