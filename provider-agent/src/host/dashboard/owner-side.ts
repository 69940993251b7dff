import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { messageOf } from '../../agent-error.ts';
import type { DashboardConfig } from '../../config/dashboard-config.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import type { EarnedMoney } from '../../energy/notices/payout-watch.ts';
import type { MarketChain, MarketTransactions } from '../chain/market-chain.ts';
import { Earnings } from '../earnings/earnings.ts';
import type { Host } from '../host.ts';
import type { Report } from '../host-events.ts';
import { Journal } from '../journal/journal.ts';
import { OwnerPause } from '../owner-pause.ts';
import type { Clock, Timers } from '../ports.ts';
import { loadAssets } from './assets.ts';
import { ChainWatch } from './chain-watch.ts';
import { Dashboard } from './dashboard.ts';
import type { EnergyPort } from './energy-port.ts';
import { localDay } from './local-day.ts';
import { openDoor } from './login/open-door.ts';
import { type DashboardServer, serveDashboard } from './server.ts';

export type OwnerSide = {
  readonly journal: Journal;
  /** What the host reports goes through this to the page. */
  readonly observe: Report;
  /** Since local midnight, before the market's fee. */
  earnedTodayUsd(): number;
  earned(): EarnedMoney;
  /** Serves the page, if the home wants one, until the signal. One that cannot be served is told, no more. */
  serve(host: Host, signal: AbortSignal): Promise<void>;
};

export type OwnerSideParts = {
  readonly config: HomeConfig;
  readonly nodeKey: Hex;
  readonly journalPath: string;
  readonly chain: Pick<MarketChain, 'paidMicroUsd' | 'claimableMicroUsd' | 'enclave'>;
  readonly transactions: Pick<MarketTransactions, 'gasBalanceWei' | 'gasAddress'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: Report;
  readonly energy: EnergyPort | undefined;
};

/** Opens the journal with the book of earnings beside it, and everything else that the owner's page shows. */
export async function openOwnerSide(parts: OwnerSideParts): Promise<OwnerSide> {
  const { config, nodeKey, chain, transactions, clock, timers, report, energy } = parts;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const dayOf = localDay(timeZone);
  let dashboard: Dashboard | undefined;
  let host: Host | undefined;
  const earnings = await Earnings.open({
    dir: join(config.dataDir, 'earnings'),
    clock,
    dayOf,
    onChange: () => dashboard?.earned(),
    onFailure: (error) => report('warning', `earnings file: ${messageOf(error)}; totals stay right`),
  });
  const journal = await Journal.open(parts.journalPath, (record) => earnings.hear(record));
  const pause = await OwnerPause.open({
    path: join(config.dataDir, 'owner-pause.json'),
    clock,
    timers,
    onChange: ({ isPaused }) => {
      host?.pauses.set('maintenance', isPaused);
      dashboard?.changed();
    },
  });
  const watch = new ChainWatch({
    provider: config.provider,
    state: journal.state,
    append: (record) => journal.append(record),
    chain,
    transactions,
    clock,
    timers,
    enclaveKey: () => dashboard?.enclaveKey,
    onChange: () => dashboard?.changed(),
  });
  const page = new Dashboard({
    config,
    nodeKey,
    clock,
    timers,
    timeZone,
    dayOf,
    journal: journal.state,
    earnings,
    pause,
    declaredPause: () => host?.pauses.declared ?? null,
    chain: () => watch.view,
    energy,
  });
  dashboard = page;
  return {
    journal,
    observe: (state, message, particulars) => {
      page.observe(state, message, particulars);
      // Its enclave is registered: what was read before knew of none.
      if (state === 'ready' && config.dashboard) void watch.refresh();
    },
    earnedTodayUsd: () => Number(earnings.book.day(clock.nowMs()).picoUsd) / 1e12,
    earned: () => {
      const { paidPicoUsd, pendingPicoUsd } = earnings.book.totals();
      return { paidMicroUsd: paidPicoUsd / 1_000_000n, pendingMicroUsd: pendingPicoUsd / 1_000_000n };
    },
    serve: async (running, signal) => {
      host = running;
      host.pauses.set('maintenance', pause.current.isPaused);
      const server = config.dashboard && (await startServer(page, config.dashboard, clock, report));
      // The page shows what it reads, and notices of payments come of it.
      if (server || energy) void watch.run(signal); // a read that is under way is not waited for
      await aborted(signal);
      page.stop();
      pause.stop();
      await server?.stop();
      await earnings.close();
    },
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function startServer(
  page: Dashboard,
  config: DashboardConfig,
  clock: Clock,
  report: Report,
): Promise<DashboardServer | undefined> {
  try {
    const server = await serveDashboard(page, await loadAssets(), await openDoor(config, clock));
    report('dashboard', `dashboard: ${server.url}`, { url: server.url });
    return server;
  } catch (error) {
    report('warning', `no dashboard on port ${config.port}: ${messageOf(error)}`);
    return undefined;
  }
}
