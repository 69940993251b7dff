import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Metrics } from '../platform/metrics.ts';
import { WakeUps } from '../platform/wake-ups.ts';
import { OperatorWallet } from './operator-wallet.ts';
import { SettlementStore } from './settlement-store.ts';
import { SettlementWorker } from './settlement-worker.ts';

/** Runs the settlement worker: on its interval, and at once on a wake-up. */
@Injectable()
export class SettlementLoop implements OnApplicationBootstrap {
  private readonly failed: () => void;

  constructor(
    private readonly worker: SettlementWorker,
    private readonly wakeUps: WakeUps,
    private readonly store: SettlementStore,
    private readonly wallet: OperatorWallet,
    private readonly metrics: Metrics,
    private readonly config: Config,
    private readonly loops: Loops,
  ) {
    this.failed = metrics.counter(
      'hearth_settlement_failures_total',
      'Rounds of the settlement worker that failed',
    );
  }

  onApplicationBootstrap(): void {
    const intents = this.metrics.gauge(
      'hearth_settlement_intents',
      'Receipts in the settlement outbox by state',
    );
    const balance = this.metrics.gauge(
      'hearth_operator_balance_wei',
      'What the operator key has left for gas',
    );
    this.metrics.collect(async () => {
      for (const { state, count } of await this.store.countByState()) intents(count, { state });
      balance(Number(await this.wallet.balanceWei()));
    });
    if (!this.config.settlementWorker) return;
    const loop = this.loops.start({
      intervalMs: this.config.settlementIntervalMs,
      step: () => this.worker.run(),
      failure: 'settlement.failed',
      onFailure: this.failed,
    });
    this.wakeUps.onWake('settlement', () => loop.wake());
  }
}
