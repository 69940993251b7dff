import * as z from 'zod';
import { checkShape } from '../collateral/dcap-collateral.ts';
import type { Hex } from '../receipt/hex.ts';
import { gpuPolicySchema } from './gpu-policy.ts';
import { platformClasses } from './platform-class.ts';
import { anyOfOrIgnore } from './requirement.ts';
import { sevSnpPolicySchema } from './sev-snp-policy.ts';
import { sgxPolicySchema } from './sgx-policy.ts';
import { tdxPolicySchema } from './tdx-policy.ts';

const refuse = z.literal('refuse');

/**
 * What evidence a relying party accepts: pure JSON, so that it can be hashed and cited. Total: every field must be
 * there and say `equals`, `atLeast`, `anyOf` or 'ignore'; unknown fields are refused. A format whose section says
 * 'refuse' is not accepted at all.
 */
export const evidencePolicySchema = z.strictObject({
  schema: z.literal('hearth-evidence-policy/2'),
  /** Development evidence proves nothing about hardware. True only on purpose; the verdict always shows it. */
  allowSimulated: z.boolean(),
  /** Which standing the machine must have in the registry that the caller asks; `unlisted` without one. */
  platformClass: anyOfOrIgnore(z.enum(platformClasses)),
  tdx: z.union([tdxPolicySchema, refuse]),
  sgx: z.union([sgxPolicySchema, refuse]),
  sevSnp: z.union([sevSnpPolicySchema, refuse]),
  /** 'ignore': GPU evidence beside the CPU's is not read, and the verdict says so. */
  gpu: z.union([gpuPolicySchema, refuse, z.literal('ignore')]),
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

/** Accepts the given formats, each under its own section, and refuses all others and all development evidence. */
export function strictEvidencePolicy(
  sections: Partial<Pick<EvidencePolicy, 'tdx' | 'sgx' | 'sevSnp' | 'gpu'>>,
): EvidencePolicy {
  return {
    schema: 'hearth-evidence-policy/2',
    allowSimulated: false,
    platformClass: 'ignore',
    tdx: 'refuse',
    sgx: 'refuse',
    sevSnp: 'refuse',
    gpu: 'refuse',
    ...sections,
  };
}
