import { poolId } from '../market/index.ts';
import { type Clearing, jobClassOf, leaseId, type ReceiptLeaf, regionCode } from '../protocol/index.ts';
import type { LoggedAsk } from './l6-inputs.ts';
import { CLOCK_SKEW_MS, expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** The longest a lease may last; many jobs may run on one. */
const LEASE_LIFE_MS = 600_000;

/** The job is the one that this auction sold: on the winner's machine, at its price, in its lease. */
export function assertSold(
  context: BundleContext,
  clearing: Clearing,
  ranked: readonly LoggedAsk[],
  leaf: ReceiptLeaf,
): void {
  const { jobHeader, receipt, enclaveKeys } = context.bundle;
  const { settlement, execution } = receipt;
  const { winner, requestId, request } = clearing;
  const standing = ranked.find(({ askId }) => askId === winner.askId);
  if (!standing) return fail(`winner: ask ${winner.askId} is not ranked`);
  const { ask, platformId } = standing;
  const claims: [what: string, expected: unknown, actual: unknown][] = [
    ['lease id', leaseId(requestId, winner.askId), jobHeader.leaseId],
    ['clearing: lease id', winner.leaseId, jobHeader.leaseId],
    ['clearing: model', jobHeader.modelDigest, request.request.modelDigest],
    ['clearing: class', jobClassOf(jobHeader.endpoint), request.request.class],
    ['input price', winner.priceInput, jobHeader.priceInput],
    ['cached input price', winner.priceCachedInput, jobHeader.priceCachedInput],
    ['output price', winner.priceOutput, jobHeader.priceOutput],
    ['winner: enclave key', ask.enclaveKey, settlement.enclaveKey],
    ['winner: provider', ask.provider, settlement.provider],
    ['winner: node key', ask.nodeKey, enclaveKeys.nodeKey],
    ['winner: tier', ask.tier, execution.tier],
    ['winner: region', regionCode(ask.region), execution.regionCode],
    ['receipt leaf: effective ask', winner.effectiveAsk, leaf.effectiveAsk],
    ['receipt leaf: pool', poolId(ask.modelDigest, ask.tier, ask.class), leaf.poolId],
  ];
  // Unknown where the machine's certificate does not hold: then L1 has failed already.
  const machine = context.evidence.platform?.platformId;
  if (machine) claims.push(['winner: machine', machine, platformId]);
  for (const [what, expected, actual] of claims) expectEqual(what, expected, actual);
  assertWithinLease(execution.acceptedAtMs, clearing.atMs);
}

function assertWithinLease(acceptedAtMs: bigint, clearedAtMs: number): void {
  if (acceptedAtMs < BigInt(clearedAtMs - CLOCK_SKEW_MS))
    fail(`job accepted at ${acceptedAtMs}, before the clearing at ${clearedAtMs}`);
  if (acceptedAtMs > BigInt(clearedAtMs + LEASE_LIFE_MS + CLOCK_SKEW_MS))
    fail(`job accepted at ${acceptedAtMs}, after the lease that was cleared at ${clearedAtMs}`);
}
