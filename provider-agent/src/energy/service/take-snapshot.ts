import type { DemandEvent } from '../events/demand-event.ts';
import type { Notice } from '../notices/notice.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import type { SensorBoard } from '../site/sensor-board.ts';
import type { SiteObserver } from '../site/site-observer.ts';
import type {
  AskReport,
  DayReport,
  EnergyReport,
  EnergySnapshot,
  ForecastReport,
  ShadowReport,
} from '../snapshot.ts';
import type { CycleResult } from './energy-loop.ts';
import type { Wishes } from './wishes-file.ts';

export type SnapshotParts = {
  readonly policy: PolicyConfig;
  readonly currency: string;
  readonly usdPerUnit: number;
  readonly isShadow: boolean;
  readonly board: SensorBoard;
  readonly observer: SiteObserver;
};

export type SnapshotFacts = {
  readonly wishes: Wishes;
  readonly events: readonly DemandEvent[];
  readonly ask: AskReport | undefined;
  readonly today: DayReport;
  readonly month: EnergyReport;
  readonly forecast: ForecastReport | undefined;
  readonly notices: readonly Notice[];
  readonly wouldHave: ShadowReport | undefined;
};

/** Everything a dashboard shows, from one cycle. */
export function takeSnapshot(
  { policy, currency, usdPerUnit, isShadow, board, observer }: SnapshotParts,
  { atMs, view, decision, prices }: CycleResult,
  { wishes, events, ...facts }: SnapshotFacts,
): EnergySnapshot {
  const { state, reason, nextChangeMs, allowed, surplusW, costPerKwh } = decision;
  const point = policy.points[state.point];
  const { balance } = observer;
  return {
    atMs,
    state: state.name,
    stateSinceMs: state.sinceMs,
    reason,
    nextChangeMs,
    wishes,
    signals: Object.fromEntries(board.signals.map((signal) => [signal, board.assess(signal, atMs)])),
    nodeMeter: view.isNodeMeasured
      ? {
          source: board.assess('nodeW', atMs).source ?? 'unknown',
          scope: board.isPartial('nodeW') ? 'parts' : 'wall',
        }
      : undefined,
    balance: balance && {
      residualW: balance.residualW,
      isSuspect: balance.isSuspect,
      explanation: balance.explanation,
    },
    surplusW,
    allowed: { watts: allowed.watts, code: allowed.code, subject: allowed.subject },
    headrooms: view.circuits.map(({ id, limitW, loadW }) => ({
      id,
      limitW,
      headroomW: loadW === undefined ? undefined : limitW - loadW,
    })),
    point: point && {
      slots: point.slots,
      powerCapW: point.powerCapW,
      watts: point.watts,
      tokensPerSecond: point.tokensPerSecond,
    },
    events: events.map(({ endMs, level, importCapW, ...event }) => ({
      ...event,
      endMs: Number.isFinite(endMs) ? endMs : undefined,
      level,
      importCapW,
    })),
    prices: { ...prices, currency, usdPerUnit, costPerKwh },
    ...facts,
    isShadow,
  };
}
