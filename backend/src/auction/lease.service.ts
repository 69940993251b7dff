import { type Hex, hashLeaseRequest, recoverSigner } from '@hearth/attestation/receipt';
import {
  abort,
  type EnclaveStatement,
  HearthError,
  isMessageSignedBy,
  type Lease,
  type LeaseGrant,
  type LeaseRequestBody,
  type LeaseRequestMessage,
  lease,
  regionsHash,
  signMessage,
} from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { HoldService } from '../ledger/hold.service.ts';
import { LogJournal } from '../log/log-journal.ts';
import type { Principal } from '../platform/access.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';
import { Metrics } from '../platform/metrics.ts';
import type { AgentLink } from '../providers/agent-link.ts';
import { EnclaveDirectory } from '../providers/enclave-directory.ts';
import { LinkRegistry } from '../providers/link-registry.ts';
import { CitedCheckpoints } from './cited-checkpoint.ts';
import { type ClearedRound, ClearingRound } from './clearing-round.ts';
import { LeaseBook } from './lease-book.ts';
import { LeaseLimits } from './lease-limits.ts';
import { LeaseSeals } from './lease-seals.ts';
import { LeaseStore, type StoredGrant } from './lease-store.ts';
import { OfferRound, type Sale } from './offer-round.ts';
import { type OpenOrder, OpenOrders } from './open-orders.ts';
import { type PolicyFilter, policyFilterOf } from './policy-filter.ts';

/** One request whose signature and openings were checked. */
interface Wanted {
  readonly message: LeaseRequestMessage;
  readonly requestId: Hex;
  readonly order: OpenOrder;
  readonly policy: PolicyFilter | undefined;
  readonly avoid: readonly Hex[];
}

/** From a signed lease request to a sold slot: clear, offer, accept, hold, log, all or nothing. */
@Injectable()
export class LeaseService implements OnModuleInit {
  /** One request is matched once, also when it comes twice at the same time. */
  private readonly running = new Map<Hex, Promise<LeaseGrant>>();
  private readonly countLeases: (labels: { outcome: string }) => void;

  constructor(
    private readonly orders: OpenOrders,
    private readonly checkpoints: CitedCheckpoints,
    private readonly clearings: ClearingRound,
    private readonly offers: OfferRound,
    private readonly leases: LeaseBook,
    private readonly limits: LeaseLimits,
    private readonly store: LeaseStore,
    private readonly holds: HoldService,
    private readonly seals: LeaseSeals,
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly chain: ChainIdentity,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly journal: LogJournal,
    metrics: Metrics,
  ) {
    this.countLeases = metrics.counter('hearth_lease_requests_total', 'Lease requests by outcome.');
  }

  onModuleInit(): void {
    this.links.handle('abort', (link, { message }) => this.onAbort(link, message));
  }

  /** @throws HearthError `order_not_open`, `invalid_signature`, `stale_checkpoint`, `rate_limited`, `no_bid`, `insufficient_funds` … */
  async request(buyer: Principal, message: LeaseRequestBody): Promise<LeaseGrant> {
    try {
      const grant = await this.grant(buyer, message);
      this.countLeases({ outcome: 'granted' });
      return grant;
    } catch (error) {
      this.countLeases({ outcome: error instanceof HearthError ? error.code : 'failed' });
      throw error;
    }
  }

  private async grant(principal: Principal, message: LeaseRequestBody): Promise<LeaseGrant> {
    const { orderHash, holdPicoUsd } = message.request;
    const leave = this.limits.enter(principal.keyId, orderHash, holdPicoUsd);
    return this.matchOnce(principal, message).finally(leave);
  }

  private async matchOnce(principal: Principal, body: LeaseRequestBody): Promise<LeaseGrant> {
    const { request, signature, regions } = body;
    const order = await this.orders.find(request.orderHash, principal.ownerId);
    const requestId = hashLeaseRequest(this.chain.marketDomain, request);
    if (recoverSigner(requestId, signature) !== order.sessionKey)
      throw new HearthError(
        'invalid_signature',
        `lease request: expected a signature by session key ${order.sessionKey}`,
      );
    if (regionsHash(regions) !== request.regionsHash)
      throw new HearthError(
        'invalid_request',
        `regions: expected the opening of regionsHash ${request.regionsHash}`,
      );

    const policy = policyFilterOf(body);
    // What is logged: policy, and who was asked before, stay between buyer and gateway.
    const { avoid = [] } = body;
    const wanted: Wanted = { message: { request, signature, regions }, requestId, order, policy, avoid };
    const running = this.running.get(requestId) ?? this.match(wanted);
    this.running.set(requestId, running);
    return running.finally(() => this.running.delete(requestId));
  }

  private async match(wanted: Wanted): Promise<LeaseGrant> {
    const { requestId } = wanted;
    const earlier = await this.store.ofRequest(requestId);
    if (earlier !== undefined) return this.repeat(earlier.grant);
    try {
      return await this.sell(wanted);
    } catch (error) {
      // Asked of two replicas at the same time: the one that came second gives the lease of the first.
      const grant = isDuplicate(error) ? (await this.store.ofRequest(requestId))?.grant : undefined;
      if (grant === undefined) throw error;
      return this.repeat(grant);
    }
  }

  private async sell({ message, requestId, order, policy, avoid }: Wanted): Promise<LeaseGrant> {
    const { request } = message;
    const checkpoint = await this.checkpoints.find(request.checkpointSize, request.checkpointRoot);
    const round = await this.clearings.run(message, requestId, order.buyer, checkpoint, policy);
    const sale = await this.offers.sell(round.ranking, {
      request,
      requestId,
      avoid,
      sessionKey: order.sessionKey,
      orderValidUntilMs: order.validUntilMs,
    });
    return this.seal(order.buyer, round, sale);
  }

  /** The slot is sold: hold, lease and clearing become true together, or the node takes its slot back after 5 s. */
  private async seal(owner: Hex, round: ClearedRound, sale: Sale): Promise<LeaseGrant> {
    const { answerByMs: _, ...terms } = sale.offer;
    const enclave = this.statementOf(terms);
    const signedLease = signMessage(lease, { ...terms, grantedAtMs: this.clock.nowMs() }, this.logKey);
    const grant = await this.seals
      .seal({
        owner,
        lease: signedLease,
        accept: sale.accept,
        clearing: round.describe(sale.seller, terms.leaseId),
        inputIndexes: round.inputIndexes,
        books: round.books,
      })
      .catch((error: unknown) => {
        if (error instanceof HearthError && error.code === 'insufficient_funds')
          this.limits.noteEmpty(terms.orderHash, terms.holdPicoUsd);
        throw error;
      });
    this.leases.add(signedLease.body, owner);
    this.tellNode(grant);
    return { ...grant, enclave };
  }

  private tellNode({ lease, hold }: StoredGrant): void {
    this.links.find(lease.body.nodeKey)?.send({ type: 'lease', lease, hold });
  }

  /** The same signed request again, for instance because the answer got lost: the same lease, never a second one. */
  private async repeat(grant: StoredGrant): Promise<LeaseGrant> {
    const { leaseId } = grant.lease.body;
    if ((await this.leases.find(leaseId)) === undefined)
      throw new HearthError(
        'already_exists',
        `lease request: lease ${leaseId} of it is over; sign a new request`,
      );
    const enclave = this.statementOf(grant.lease.body);
    this.tellNode(grant); // the replica that granted it may have died before it could
    return { ...grant, enclave };
  }

  /** Of the enclave that was leased, with the model that it was leased for. */
  private statementOf({
    nodeKey,
    enclaveKey,
    modelDigest,
  }: Pick<Lease, 'nodeKey' | 'enclaveKey' | 'modelDigest'>): EnclaveStatement {
    const enclave = this.enclaves.ofNode(nodeKey);
    const model = enclave?.models.get(modelDigest as Hex);
    if (enclave?.statement.enclaveKeys.enclaveKey !== enclaveKey || model === undefined)
      throw new HearthError('no_bid', `node ${nodeKey}: its enclave ${enclaveKey} went away`);
    return { ...enclave.statement, model };
  }

  private async onAbort(link: AgentLink, message: z.output<typeof abort.schema>): Promise<undefined> {
    const { leaseId } = message.body;
    const lease = await this.leases.find(leaseId);
    if (lease?.terms.nodeKey !== link.nodeKey || !isMessageSignedBy(abort, message, link.nodeKey))
      throw new HearthError(
        'invalid_request',
        `abort of lease ${leaseId}: expected a signed abort of an own lease in force`,
      );
    this.leases.end(lease);
    this.journal.note({ kind: 'abort', atMs: this.clock.nowMs(), message: z.encode(abort.schema, message) });
    await this.holds.endLease(leaseId);
    return undefined;
  }
}

/** Postgres unique_violation: the row is there already. */
const isDuplicate = (error: unknown) => (error as { code?: unknown }).code === '23505';
