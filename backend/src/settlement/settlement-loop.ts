import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Loop } from '../platform/loop.ts';
import { Metrics } from '../platform/metrics.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { WakeUps } from '../platform/wake-ups.ts';
import { OperatorWallet } from './operator-wallet.ts';
import { SettlementStore } from './settlement-store.ts';
import { SettlementWorker } from './settlement-worker.ts';

/** Runs the settlement worker: on its interval, and at once on a wake-up. */
@Injectable()
export class SettlementLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly loop: Loop;

  constructor(
    worker: SettlementWorker,
    private readonly wakeUps: WakeUps,
    private readonly store: SettlementStore,
    private readonly wallet: OperatorWallet,
    private readonly metrics: Metrics,
    private readonly config: Config,
    clock: Clock,
    log: StructuredLog,
  ) {
    const failed = metrics.counter(
      'hearth_settlement_failures_total',
      'Rounds of the settlement worker that failed',
    );
    this.loop = new Loop({
      intervalMs: config.settlementIntervalMs,
      clock,
      step: () => worker.run(),
      onFailure: (error) => {
        failed();
        log.failure('settlement.failed', error);
      },
    });
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
    this.wakeUps.onWake('settlement', () => this.loop.wake());
    this.loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
