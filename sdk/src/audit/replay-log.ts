import { marketDomain } from '@hearth/contracts/typed-data';
import type { Clearing } from '../protocol/index.ts';
import { type AuditOptions, auditLog, type LogAudit } from './audit-log.ts';
import { BeaconCheck } from './beacon-check.ts';
import { ClearingCheck, type ReplayedClearing } from './clearing-check.ts';
import type { Defects } from './defect.ts';
import { EntryCheck } from './entry-check.ts';
import type { LogObserver } from './log-pass.ts';
import { MarketState } from './market-state.ts';
import { ReceiptCheck } from './receipt-check.ts';
import { TableCheck } from './table-check.ts';
import { type CheckedWindow, WindowCheck } from './window-check.ts';

export type ReplayOptions = Omit<AuditOptions, 'observe'> & {
  /** Which clearings are replayed; windows, tables and the book are computed from the first entry on all the same. */
  readonly choose: (index: number, clearing: Clearing) => boolean;
  readonly onReplayed?: (replayed: ReplayedClearing) => void;
  readonly onWindow?: (checked: CheckedWindow) => void;
};

export type Replay = LogAudit & {
  readonly clearings: number;
  readonly windows: number;
  readonly tables: number;
  readonly receiptsWithoutLease: number;
  /** What the replayed clearings broke ties with. */
  readonly beacons: BeaconCheck['counts'];
};

/** An audit of the log that also computes its auctions and the market's records again. */
export async function replayLog(options: ReplayOptions): Promise<Replay> {
  let checks: ReturnType<typeof marketChecks> | undefined;
  const audit = await auditLog({
    ...options,
    observe: (defects) => {
      checks = marketChecks(options, defects);
      const { entries, state, receipts, windows, tables, clearings } = checks;
      return inOrder(entries, state, receipts, windows, tables, clearings);
    },
    onRead: ({ timeMs }) => {
      checks?.windows.finish(timeMs);
      checks?.tables.finish();
    },
  });
  return {
    ...audit,
    clearings: checks?.clearings.replayed ?? 0,
    windows: checks?.windows.checked ?? 0,
    tables: checks?.tables.checked ?? 0,
    receiptsWithoutLease: checks?.receipts.withoutLease ?? 0,
    beacons: checks?.beacons.counts ?? { blocks: 0, drandRounds: 0 },
  };
}

function marketChecks({ trust, choose, onReplayed, onWindow }: ReplayOptions, defects: Defects) {
  const { chainId, settlement } = trust.chain;
  const state = new MarketState();
  const domain = marketDomain(chainId, settlement);
  const receipts = new ReceiptCheck(state, defects);
  const listen = onReplayed ? { onReplayed } : {};
  const beacons = new BeaconCheck(trust.drand);
  return {
    state,
    beacons,
    entries: new EntryCheck(trust, domain, defects),
    receipts,
    windows: new WindowCheck(receipts, defects, onWindow),
    tables: new TableCheck(state, receipts, defects),
    clearings: new ClearingCheck({ domain, choose, state, beacons, defects, ...listen }),
  };
}

/** Several observers as one, in this order at each step. */
function inOrder(...observers: readonly LogObserver[]): LogObserver {
  return {
    read: (logged) => {
      for (const observer of observers) observer.read?.(logged);
    },
    stand: (standing) => {
      for (const observer of observers) observer.stand?.(standing);
    },
    apply: (logged) => {
      for (const observer of observers) observer.apply?.(logged);
    },
  };
}
