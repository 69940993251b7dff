import { HearthError } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Metrics } from '../platform/metrics.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { type AgedDifference, LedgerDifferences } from './ledger-differences.ts';
import { Reconciliation } from './reconciliation.ts';

const picoPerUsd = 1e12;

/**
 * Compares ledger and chain again and again and rings when money stays unexplained: by its age, because a difference
 * that goes away with the next block is none, and one of a cent that stays is a fault in the books.
 */
@Injectable()
export class ReconciliationWatch implements OnApplicationBootstrap {
  private differences: readonly AgedDifference[] = [];
  private comparedAtMs: number | undefined;
  private atBlock = 0n;
  private readonly failed: () => void;

  constructor(
    private readonly reconciliation: Reconciliation,
    private readonly standing: LedgerDifferences,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly metrics: Metrics,
    private readonly loops: Loops,
  ) {
    this.failed = metrics.counter(
      'hearth_reconciliation_failures_total',
      'Comparisons of ledger and chain that failed',
    );
  }

  onApplicationBootstrap(): void {
    const differing = this.metrics.gauge('hearth_ledger_differences', 'Accounts that differ from the chain');
    const usd = this.metrics.gauge('hearth_ledger_unexplained_usd', 'Sum of all differences, in USD');
    const age = this.metrics.gauge(
      'hearth_ledger_unexplained_age_seconds',
      'Age of the oldest difference; the alarm looks at this',
    );
    const block = this.metrics.gauge('hearth_ledger_reconciled_block', 'Block of the last comparison');
    const silence = this.metrics.gauge(
      'hearth_ledger_reconciled_seconds_ago',
      'Time since the last comparison',
    );
    this.metrics.collect(async () => {
      differing(this.differences.length);
      usd(this.differences.reduce((sum, difference) => sum + Number(sizeOf(difference)), 0) / picoPerUsd);
      age(this.oldestAgeMs() / 1000);
      block(Number(this.atBlock));
      if (this.comparedAtMs !== undefined) silence((this.clock.nowMs() - this.comparedAtMs) / 1000);
    });
    this.loops.start({
      intervalMs: this.config.reconcileIntervalMs,
      step: () => this.compare(),
      failure: 'reconciliation.failed',
      onFailure: this.failed,
    });
  }

  private async compare(): Promise<void> {
    if (await this.reconciliation.canCompare()) await this.run();
  }

  /** One comparison. */
  async run(): Promise<void> {
    const report = await this.reconciliation.reconcile();
    const nowMs = this.clock.nowMs();
    this.differences = await this.standing.replace(report.differences, nowMs);
    this.comparedAtMs = nowMs;
    this.atBlock = report.atBlock;
    for (const { account, ledgerPicoUsd, chainPicoUsd, firstSeenAtMs } of this.differences) {
      const ageMs = nowMs - firstSeenAtMs;
      const level = ageMs >= this.config.unexplainedMoneyAlarmMs ? 'error' : 'warn';
      this.log.event(level, 'ledger.unexplained-money', { account, ledgerPicoUsd, chainPicoUsd, ageMs });
    }
  }

  /** @throws HearthError `unavailable` while a difference is older than the alarm allows, or nothing was compared for as long */
  assertExplained(): { explained: true; atBlock: string } {
    const { unexplainedMoneyAlarmMs } = this.config;
    const ageMs = this.oldestAgeMs();
    if (this.differences.length > 0 && ageMs >= unexplainedMoneyAlarmMs)
      throw new HearthError(
        'unavailable',
        `ledger: ${this.differences.length} accounts differ from the chain, the oldest for ${ageMs} ms`,
      );
    if (this.comparedAtMs === undefined || this.clock.nowMs() - this.comparedAtMs > unexplainedMoneyAlarmMs)
      throw new HearthError('unavailable', 'ledger: not compared with the chain lately');
    return { explained: true, atBlock: `${this.atBlock}` };
  }

  private oldestAgeMs(): number {
    const oldest = this.differences[0];
    return oldest === undefined ? 0 : this.clock.nowMs() - oldest.firstSeenAtMs;
  }
}

function sizeOf({ ledgerPicoUsd, chainPicoUsd }: AgedDifference): bigint {
  const difference = ledgerPicoUsd - chainPicoUsd;
  return difference < 0n ? -difference : difference;
}
