import type { Hex } from '@hearth/attestation';
import { percentile, rounded } from '../statistics.ts';
import { enclaveKeyOf, hashOf } from './hashes.ts';

/** One job as a ledger sees it: what its lease holds, and the receipt that captures all of it. */
export interface LedgerJob {
  readonly id: number;
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  readonly picoUsd: bigint;
  /** What the receipts of its (order, enclave) come to with this one; fixed when the capture is first asked for. */
  cumulativePicoUsd: bigint | undefined;
  /** What the ledger has acknowledged. */
  held: boolean;
  captured: boolean;
}

/** A ledger under load. Both calls resolve when the operation is durable and are safe to repeat. */
export interface HoldAndCapture {
  hold(job: LedgerJob): Promise<void>;
  capture(job: LedgerJob, cumulativePicoUsd: bigint): Promise<void>;
}

/** Jobs in turn over the pairs of some orders, and what became of each. */
export class JobLoad {
  readonly jobs: LedgerJob[] = [];
  readonly orderHashes: readonly Hex[];
  private readonly shape: { readonly orders: number; readonly enclavesPerOrder: number };
  private readonly cumulative = new Map<string, bigint>();

  /** @param shape `label` keeps the names of several loads on one database apart */
  constructor(shape: { label: string; orders: number; enclavesPerOrder: number }) {
    this.shape = shape;
    this.orderHashes = Array.from({ length: shape.orders }, (_, index) => hashOf(shape.label, index));
  }

  next(): LedgerJob {
    const id = this.jobs.length;
    const job: LedgerJob = {
      id,
      orderHash: this.orderHashes[id % this.shape.orders] as Hex,
      enclaveKey: enclaveKeyOf(Math.floor(id / this.shape.orders) % this.shape.enclavesPerOrder),
      picoUsd: BigInt(1_000 + (id % 977)),
      cumulativePicoUsd: undefined,
      held: false,
      captured: false,
    };
    this.jobs.push(job);
    return job;
  }

  /** Hold, then capture; skips what was acknowledged before. */
  async run(job: LedgerJob, ledger: HoldAndCapture): Promise<void> {
    if (!job.held) await ledger.hold(job);
    job.held = true;
    job.cumulativePicoUsd ??= this.earn(job);
    await ledger.capture(job, job.cumulativePicoUsd);
    job.captured = true;
  }

  private earn({ orderHash, enclaveKey, picoUsd }: LedgerJob): bigint {
    const pair = `${orderHash}:${enclaveKey}`;
    const total = (this.cumulative.get(pair) ?? 0n) + picoUsd;
    this.cumulative.set(pair, total);
    return total;
  }
}

export interface LoadFigures {
  readonly jobs: number;
  readonly jobsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `callers` do jobs one after the other for so long; every job must succeed. */
export async function measureLoad(
  load: JobLoad,
  ledger: HoldAndCapture,
  { callers, measureMs }: { callers: number; measureMs: number },
): Promise<LoadFigures> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let at = performance.now(); at < startedAt + measureMs; at = performance.now()) {
        await load.run(load.next(), ledger);
        latencies.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  return {
    jobs: sorted.length,
    jobsPerSecond: rounded(sorted.length / seconds),
    p50Ms: rounded(percentile(sorted, 0.5), 3),
    p99Ms: rounded(percentile(sorted, 0.99), 3),
  };
}
