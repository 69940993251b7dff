import { HearthError } from '../protocol/index.ts';
import { type JobBounds, jobCapPicoUsd } from './job-bounds.ts';
import { type GrantedLease, heldPicoUsd, keepLease, type LeaseNeed, takeLease } from './lease.ts';
import { nextCumulativeCap, pairOf } from './order-record.ts';
import type { Session } from './session.ts';

/** A Hold may be short by what other jobs took, or what the gateway has yet to hear, while it was asked for. */
const COVER_ATTEMPTS = 3;

/** A lease at an enclave for which enough is held. Sign at once: after an `await` the room may be another job's. */
export async function coveredLease(
  session: Session,
  { model, class: jobClass }: Pick<LeaseNeed, 'model' | 'class'>,
  bounds: JobBounds,
  { isUrgent, avoid }: Pick<LeaseNeed, 'isUrgent' | 'avoid'>,
): Promise<GrantedLease> {
  const { order } = session.file.record;
  const missingPicoUsd = ({ grant: { lease } }: GrantedLease) =>
    nextCumulativeCap(pairOf(session.file.record, lease.body.enclaveKey), jobCapPicoUsd(bounds, lease.body)) -
    heldPicoUsd(session, lease.body.enclaveKey);
  let worstCasePicoUsd = jobCapPicoUsd(bounds, {
    priceInput: order.maxPriceInput,
    priceOutput: order.maxPriceOutput,
  });
  for (let attempt = 1; ; attempt += 1) {
    const lease = await takeLease(session, {
      model,
      class: jobClass,
      contextTokens: bounds.contextTokens,
      worstCasePicoUsd,
      isUrgent,
      avoid,
      isCovered: (kept) => missingPicoUsd(kept) <= 0n,
    });
    const missing = missingPicoUsd(lease);
    if (missing <= 0n) return lease;
    keepLease(session, lease);
    if (attempt === COVER_ATTEMPTS) {
      const { leaseId, enclaveKey } = lease.grant.lease.body;
      throw new HearthError(
        'hold_exceeded',
        `lease ${leaseId}: the gateway holds ${missing} pUSD too little at ${enclaveKey} for this job`,
      );
    }
    worstCasePicoUsd += missing;
  }
}
