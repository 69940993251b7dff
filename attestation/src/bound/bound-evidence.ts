import type { Eip712Domain, EnclaveKeys } from '@hearth/contracts/typed-data';
import type { Hex } from '../bytes/hex.ts';
import type { Check } from '../check-log.ts';
import type { EvidenceReason } from '../errors.ts';
import type { DeviceListVerdict } from '../nvidia/judge-devices.ts';
import type { NvidiaEvidence } from '../nvidia/verify.ts';
import type { EvidencePolicy } from '../policy/evidence-policy.ts';
import type { GpuPolicy } from '../policy/gpu-policy.ts';
import type { CpuPart } from './cpu-part.ts';

/** How CPU report, GPUs and keys are said to hang together. What stands here comes from the verifier, not the peer. */
export type CpuGpuBinding =
  | {
      /** Report data starts with the digest of `enclaveKeys`; GPUs have signed its key and its anchor block. */
      readonly scheme: 'hearth';
      readonly enclaveKeys: EnclaveKeys;
      readonly registryDomain: Eip712Domain;
    }
  | {
      /** Report data is `boundReportData` of all of it, GPU i has signed `boundGpuNonce(nonce, i)`. */
      readonly scheme: 'bound/1';
      readonly nonce: Hex;
      readonly keys: readonly Hex[];
      readonly provider: Hex;
    };

/** A device's evidence without the nonce, which follows from the binding. */
export type BoundDevice = Omit<NvidiaEvidence, 'nonce' | 'atUnixSec' | 'trustAnchors'>;

export type BoundEvidence = {
  /** Judged first, by the functions of its format. */
  readonly cpu: CpuPart;
  /** In the order of their nonces. */
  readonly devices: readonly BoundDevice[];
  readonly binding: CpuGpuBinding;
  /** The hash that a receipt or a registry cites. */
  readonly evidenceHash: { readonly equals: Hex } | 'ignore';
  readonly atUnixSec: number;
  readonly deviceTrustAnchors: NvidiaEvidence['trustAnchors'];
};

/** `gpu: 'refuse'` accepts no GPU evidence, 'ignore' leaves it unread and says so. */
export type BoundPolicy = Pick<EvidencePolicy, 'allowSimulated' | 'platformClass'> & {
  readonly gpu: GpuPolicy | 'refuse' | 'ignore';
};

export const boundCheckReasons = {
  'bound.gpu-evidence': 'format',
  'bound.tier': 'binding',
  'bound.report-data': 'binding',
  'bound.evidence-hash': 'binding',
} as const satisfies Record<string, EvidenceReason>;

export type BoundCheckId = keyof typeof boundCheckReasons | 'bound.cpu' | 'bound.devices';

export type BoundVerdict = {
  readonly ok: boolean;
  /** Of the binding; those of CPU and devices are in their own verdicts. */
  readonly checks: readonly Check<BoundCheckId>[];
  readonly reason: EvidenceReason | undefined;
  readonly simulated: boolean;
  readonly cpu: Omit<CpuPart, 'evidenceHashWith'>;
  /** Undefined where they were not looked at: behind a CPU part that failed, or by policy. */
  readonly gpu: DeviceListVerdict | undefined;
  readonly gpuEvidenceSha256: Hex | undefined;
  readonly evidenceHash: Hex | undefined;
  readonly earliestExpiryUnixSec: number | undefined;
};
