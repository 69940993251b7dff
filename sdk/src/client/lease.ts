import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type JobClass, type LeaseGrant } from '../protocol/index.ts';
import type { Gateway } from './gateway.ts';
import { holdSizes } from './hold-size.ts';
import { explainNoBid } from './no-bid.ts';
import { rebuildOrder } from './rebuild-order.ts';
import { releaseLease } from './release-lease.ts';
import { requestLease } from './request-lease.ts';
import type { Session } from './session.ts';
import type { VerifiedEnclave } from './verify-enclave.ts';

/** A lease whose terms were checked, on an enclave whose evidence was verified. */
export type GrantedLease = {
  readonly grant: Pick<LeaseGrant, 'lease' | 'hold'> & Partial<Pick<LeaseGrant, 'clearing'>>;
  /** What kind of jobs it was sold for. */
  readonly class: JobClass;
  readonly enclave: VerifiedEnclave;
  /** The node itself, where it sold the lease without a gateway. */
  readonly direct: Gateway | undefined;
  readonly timingsMs: { readonly match: number; readonly verify: number };
};

export type LeaseNeed = {
  readonly model: string;
  readonly class: JobClass;
  readonly contextTokens: number;
  /** What the job costs at most at the order's own price limits, in pUSD. */
  readonly worstCasePicoUsd: bigint;
  /** Somebody waits in mid-answer: what older jobs may have brought is looked up another time. */
  readonly isUrgent: boolean;
  /** Enclaves that have been asked for this very answer: of no use for it. */
  readonly avoid: readonly Hex[];
  /** Whether what is held for the enclave of a lease covers the job. */
  readonly isCovered: (lease: GrantedLease) => boolean;
};

/** A lease, its Hold and the key to seal to must live at least this long to start a job. */
const MIN_LIFE_MS = 5_000;

/**
 * An idle lease if one still serves, else a new one. It is the caller's alone until `keepLease` or `dropLease`.
 * @throws HearthError `no_bid`, `evidence_rejected`, `policy_unsatisfied`, `insufficient_funds` …
 */
export async function takeLease(session: Session, need: LeaseNeed): Promise<GrantedLease> {
  for (const lease of session.leases) {
    if (session.busyLeases.has(lease)) continue;
    if (!isAlive(session, lease)) session.leases.delete(lease);
    else if (serves(lease, need)) {
      session.busyLeases.add(lease);
      return lease;
    }
  }
  if (!need.isUrgent && hasStragglers(session)) await catchUpQuietly(session);
  const lease = await untilServed(need, () => requestSized(session, need));
  const { hold } = lease.grant;
  const known = session.holds.get(hold.body.enclaveKey);
  // A node numbers its own holds apart from the gateway's.
  if (!known || lease.direct || known.holdSequence < hold.body.holdSequence)
    session.holds.set(hold.body.enclaveKey, hold.body);
  session.leases.add(lease);
  session.busyLeases.add(lease);
  return lease;
}

/** No job is on it any more: another may be, unless the lease was dropped meanwhile. */
export function keepLease(session: Session, lease: GrantedLease): void {
  session.busyLeases.delete(lease);
  if (!session.leases.has(lease)) giveBack(session, lease);
}

/** It is no good: the next job gets another one. */
export function dropLease(session: Session, lease: GrantedLease): void {
  session.leases.delete(lease);
  keepLease(session, lease);
}

/** Its enclave is no good: none of its leases is offered to another job. Jobs that run on them are their own affair. */
export function dropLeasesOf(session: Session, lost: GrantedLease): void {
  const { enclaveKey } = lost.grant.lease.body;
  dropLease(session, lost);
  for (const lease of session.leases)
    if (lease.grant.lease.body.enclaveKey === enclaveKey) dropUnlessBusy(session, lease);
}

/** No further job goes on any of them. */
export function dropAllLeases(session: Session): void {
  for (const lease of session.leases) dropUnlessBusy(session, lease);
}

function dropUnlessBusy(session: Session, lease: GrantedLease): void {
  session.leases.delete(lease);
  if (!session.busyLeases.has(lease)) giveBack(session, lease);
}

const giveBack = (session: Session, { grant, direct }: GrantedLease) =>
  releaseLease(session, grant.lease.body, direct);

/** What the gateway has signed for authorisations of this enclave to add up to, in pUSD. */
export function heldPicoUsd(session: Session, enclaveKey: Hex): bigint {
  const hold = session.holds.get(enclaveKey);
  return hold && hold.expiresAtMs > session.client.now() ? hold.heldCumulativePicoUsd : 0n;
}

function isAlive({ client }: Session, { grant, enclave }: GrantedLease): boolean {
  const endsAtMs = Math.min(
    grant.lease.body.leaseExpiresAtMs,
    grant.hold.body.expiresAtMs,
    Number(enclave.key.keyConfig.notAfterUnixSec) * 1000,
  );
  return endsAtMs > client.now() + MIN_LIFE_MS;
}

function serves(lease: GrantedLease, { model, class: jobClass, avoid, isCovered }: LeaseNeed): boolean {
  const { grant, enclave } = lease;
  const { enclaveKey, modelDigest } = grant.lease.body;
  const isForModel = enclave.statement.model.name === model || modelDigest === model;
  return isForModel && lease.class === jobClass && !avoid.includes(enclaveKey) && isCovered(lease);
}

/** Jobs on disk that nobody here waits for: a receipt at the gateway may free what they hold. */
function hasStragglers({ file, running }: Session): boolean {
  return Object.values(file.record.pairs).some((pair) =>
    pair.inFlight.some(({ jobHeaderHash }) => !running.has(jobHeaderHash)),
  );
}

async function catchUpQuietly(session: Session): Promise<void> {
  try {
    await rebuildOrder(session);
  } catch (error) {
    if (!(error instanceof HearthError) || error.reaction === 'distrust-peer') throw error;
  }
}

/** Asks for a roomy Hold first, for a smaller one where order or node do not have the room. */
async function requestSized(session: Session, need: LeaseNeed): Promise<GrantedLease> {
  const held = new Map([...session.holds.keys()].map((key) => [key, heldPicoUsd(session, key)]));
  const sizes = holdSizes(session.file.record, need.worstCasePicoUsd, held);
  for (const [index, holdPicoUsd] of sizes.entries()) {
    try {
      return await requestLease(session, { ...need, holdPicoUsd });
    } catch (error) {
      if (index === sizes.length - 1 || !(error instanceof HearthError) || !isTooMuch(error)) throw error;
    }
  }
  throw new Error('unreachable: there is always a size');
}

function isTooMuch({ code, details }: HearthError): boolean {
  if (code === 'policy_unsatisfied') return details?.['reason'] === 'enclave-limit';
  const answers = details?.['answers'];
  if (code === 'no_bid') return Array.isArray(answers) && answers.includes('exposure');
  return code === 'insufficient_funds';
}

/**
 * An ask competes from the block after it on, slots free up in seconds, and a home that was too slow to answer an OFFER is
 * skipped for 10 s: a market without a bid gets another look, 12 s long.
 */
const NO_BID_LOOKS = 30;
const NO_BID_PAUSE_MS = 400;

async function untilServed<T>(need: LeaseNeed, attempt: () => Promise<T>): Promise<T> {
  for (let look = 1; ; look += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
      if (isTooLongForAll(error)) throw tooLong(need, error);
      const isTemporary = error.code === 'no_bid' || error.code === 'stale_checkpoint';
      // Who asks for somebody else has somebody.
      const looks = need.avoid.length > 0 ? 1 : NO_BID_LOOKS;
      if (!isTemporary || look >= looks) throw explainNoBid(error, need.model);
      await new Promise((resolve) => setTimeout(resolve, NO_BID_PAUSE_MS));
    }
  }
}

/** Every ask was refused for its context alone: no later look changes that, the buyer has to ask for less. */
function isTooLongForAll({ code, details }: HearthError): boolean {
  const refusals = details?.['refusals'];
  if (code !== 'no_bid' || typeof refusals !== 'object' || refusals === null) return false;
  return Object.keys(refusals).join() === 'context';
}

function tooLong({ contextTokens, model }: LeaseNeed, cause: HearthError): HearthError {
  return new HearthError(
    'context_length_exceeded',
    `model ${model}: expected a home for about ${contextTokens} tokens of context, none on offer takes as many`,
    { cause, details: { param: 'messages' } },
  );
}
