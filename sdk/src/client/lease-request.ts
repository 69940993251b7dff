import { randomBytes } from 'node:crypto';
import { type Hex, hashLeaseRequest, toHex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { type JobClass, type ModelListing, regionsHash, wantedRegions } from '../protocol/index.ts';
import type { Session } from './session.ts';

export type LeaseDemand = {
  readonly model: string;
  /** What kind of job it is for. */
  readonly class: JobClass;
  readonly contextTokens: number;
  /** How far above what the enclave has earned authorisations may go, in pUSD. */
  readonly holdPicoUsd: bigint;
  readonly avoid: readonly Hex[];
};

/** What the session key signs to get a slot, with the id by which the lease will name it. */
export function buildLeaseRequest(
  { client, file }: Session,
  { class: jobClass, contextTokens, holdPicoUsd }: LeaseDemand,
  { modelDigest }: ModelListing,
  checkpoint: { readonly treeSize: number; readonly root: Hex },
): { request: LeaseRequest; requestId: Hex; regions: string[] } {
  const { order, orderHash } = file.record;
  const { policy } = client;
  const regions = [...wantedRegions(policy)];
  const request: LeaseRequest = {
    orderHash,
    modelDigest,
    policyHash: order.policyHash,
    regionsHash: regionsHash(regions),
    minTier: Math.max(order.minTier, policy.tier.atLeast),
    class: jobClass,
    contextTokens,
    maxPriceInput: order.maxPriceInput,
    maxPriceCachedInput: order.maxPriceCachedInput,
    maxPriceOutput: order.maxPriceOutput,
    holdPicoUsd,
    checkpointSize: BigInt(checkpoint.treeSize),
    checkpointRoot: checkpoint.root,
    requestedAtMs: BigInt(client.now()),
    salt: toHex(randomBytes(32)),
  };
  return { request, requestId: hashLeaseRequest(client.domain, request), regions };
}
