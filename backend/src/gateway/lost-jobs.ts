import { type Hex, hashJobHeader, isSignedBy } from '@hearth/attestation/receipt';
import { type ErrorCode, miss, outcomes } from '@hearth/sdk/protocol';
import type { RequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { LeaseStore } from '../auction/lease-store.ts';
import { LogJournal } from '../log/log-journal.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Receipts } from '../settlement/receipts.ts';
import type { RequestHead } from './request-head.ts';

/** Endings that are the node's fault: what its enclave itself refused comes with another code. */
const faults: ReadonlySet<ErrorCode> = new Set([
  'enclave_lost',
  'peer_protocol_violation',
  'stream_truncated',
  'timeout',
]);
const intervalMs = 1_000;
const maxWaiting = 10_000;

interface LostJob {
  readonly leaseId: Hex;
  readonly prefix: RequestPrefix;
  readonly dueAtMs: number;
}

/**
 * Jobs that a node took and did not finish. One that brings no final receipt within the grace is logged, with the node's
 * ACCEPT and the buyer's signature on the job: quality counts it.
 */
@Injectable()
export class LostJobs implements OnApplicationBootstrap {
  private waiting: LostJob[] = [];

  constructor(
    private readonly leases: LeaseStore,
    private readonly receipts: Receipts,
    private readonly journal: LogJournal,
    private readonly chain: ChainIdentity,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ intervalMs, step: () => this.judgeDue(), failure: 'gateway.lost-jobs-failed' });
  }

  /** A job ended with `code`; whether that is a loss shows when the grace is over. */
  note(leaseId: Hex, head: RequestHead, code: ErrorCode): void {
    if (!faults.has(code) || this.waiting.length >= maxWaiting) return;
    const prefix = head.parse();
    if (prefix?.header.leaseId !== leaseId) return;
    this.waiting.push({ leaseId, prefix, dueAtMs: this.clock.nowMs() + this.config.missGraceMs });
  }

  async judgeDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const due = this.waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    this.waiting = this.waiting.filter(({ dueAtMs }) => dueAtMs > nowMs);
    for (const job of due) await this.judge(job);
  }

  private async judge({ leaseId, prefix: { header, sessionSignature } }: LostJob): Promise<void> {
    const lease = await this.leases.find(leaseId);
    if (lease === undefined || (await this.hasFinalReceipt(leaseId, header.jobId))) return;
    const { accept } = lease.grant;
    const digest = hashJobHeader(this.chain.marketDomain, header);
    // Without the buyer's signature it is nobody's word but ours.
    if (!isSignedBy(digest, sessionSignature, accept.body.sessionKey)) return;
    const lost = { v: 1 as const, accept, jobHeader: header, sessionSignature };
    this.journal.note({ kind: 'miss', atMs: this.clock.nowMs(), miss: z.encode(miss, lost) });
  }

  private async hasFinalReceipt(leaseId: Hex, jobId: string): Promise<boolean> {
    const receipts = await this.receipts.ofLease(leaseId);
    return receipts.some(
      ({ signed: { receipt } }) =>
        receipt.execution.jobId === jobId && receipt.execution.outcome !== outcomes.interim,
    );
  }
}
