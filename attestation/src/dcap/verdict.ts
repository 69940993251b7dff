import { type Check, firstReason } from '../check-log.ts';
import type { EnclaveStatus, PlatformStatus, TcbStatus } from '../collateral/tcb-status.ts';
import type { EvidenceReason } from '../errors.ts';
import type { PlatformClass } from '../policy/platform-class.ts';
import type { DcapVerification, PlatformFacts } from './verify.ts';

/** What a verdict says of evidence of either technology. JSON-ready. */
export type DcapVerdict<CheckId extends string> = Omit<
  DcapVerification,
  'checks' | 'platform' | 'tcb' | 'levels'
> & {
  /** Every check passed or was ignored by name. */
  readonly ok: boolean;
  readonly checks: readonly Check<CheckId>[];
  /** Of the first failed check. */
  readonly reason: EvidenceReason | undefined;
  /** Merged; absent unless every cryptographic check passed. */
  readonly tcbStatus: TcbStatus | undefined;
  readonly platformStatus: PlatformStatus | undefined;
  readonly moduleStatus: EnclaveStatus | undefined;
  readonly qeStatus: EnclaveStatus | undefined;
  readonly advisoryIds: readonly string[];
  readonly tcbDate: string | undefined;
  readonly outOfDateSince: string | undefined;
  /** `class` is what the caller's registry says of it. */
  readonly platform: (PlatformFacts & { readonly class: PlatformClass }) | undefined;
  /** First moment after which this verdict would no longer hold, the end of a grace included. */
  readonly earliestExpiryUnixSec: number | undefined;
};

type Appraisal<CheckId extends string> = {
  /** Of verification and policy, in the order made. */
  readonly checks: readonly Check<CheckId>[];
  readonly platformClass: PlatformClass | undefined;
  readonly graceEndUnixSec: number | undefined;
};

/** Verified facts and appraised checks as one answer. */
export function dcapVerdict<CheckId extends string>(
  verification: DcapVerification,
  { checks, platformClass, graceEndUnixSec }: Appraisal<CheckId>,
): DcapVerdict<CheckId> {
  const reason = firstReason(checks);
  const { tcb, levels, platform, earliestExpiryUnixSec: verifiedUntil, ...facts } = verification;
  return {
    ...facts,
    ok: reason === undefined,
    checks,
    reason,
    platform: platform && platformClass && { ...platform, class: platformClass },
    tcbStatus: tcb?.tcbStatus,
    platformStatus: levels?.platformStatus,
    moduleStatus: levels?.moduleStatus,
    qeStatus: levels?.qeStatus,
    tcbDate: levels?.tcbDate,
    outOfDateSince: levels?.outOfDateSince,
    advisoryIds: tcb?.advisoryIds ?? [],
    earliestExpiryUnixSec: verifiedUntil && Math.min(verifiedUntil, graceEndUnixSec ?? verifiedUntil),
  };
}
