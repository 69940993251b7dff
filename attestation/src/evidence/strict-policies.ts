import { type EventLogPolicy, strictEventLogPolicy } from '../policy/event-log-policy.ts';
import { type EvidencePolicy, strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { strictGpuPolicy } from '../policy/gpu-policy.ts';
import { strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { strictSgxPolicy } from '../policy/sgx-policy.ts';
import { strictTdxPolicy } from '../policy/tdx-policy.ts';

/** Every format under its strict section, and no release, device or event allowed yet: an empty list allows nothing. */
export const strictPolicies: { readonly policy: EvidencePolicy; readonly eventLogPolicy: EventLogPolicy } = {
  policy: strictEvidencePolicy({
    tdx: strictTdxPolicy([]),
    sgx: strictSgxPolicy([]),
    sevSnp: strictSevSnpPolicy([]),
    gpu: strictGpuPolicy([], '0'),
  }),
  eventLogPolicy: strictEventLogPolicy({
    rtmr0: { anyOf: [] },
    rtmr1: { anyOf: [] },
    rtmr2: { anyOf: [] },
    platformEvents: { anyOf: [] },
  }),
};
