import type { WorkReport } from './account/work-sums.ts';
import type { ForecastVerdict } from './forecast/forecast-score.ts';
import type { RunWindow } from './forecast/run-windows.ts';
import type { Notice } from './notices/notice.ts';
import type { LimitCode, Reason, StateName } from './policy/policy-types.ts';
import type { Wishes } from './service/wishes-file.ts';
import type { BalanceExplanation } from './site/power-balance.ts';
import type { Assessed } from './site/sensor-board.ts';
import type { Signal } from './site/signals.ts';

/** The energy side of the node at one moment, for the dashboard, Home Assistant and `hearth-agent`. Plain JSON. */
export type EnergySnapshot = {
  readonly atMs: number;
  readonly state: StateName;
  readonly stateSinceMs: number;
  readonly reason: Reason;
  /** When the state changes by itself, if nothing else does. */
  readonly nextChangeMs: number | undefined;
  readonly wishes: Wishes;
  /** Every mapped signal, in the canonical frame. */
  readonly signals: Partial<Record<Signal, Assessed>>;
  /** How the node's draw is known; undefined: it is not metered, and receipts say nothing of energy. */
  readonly nodeMeter: NodeMeterReport | undefined;
  readonly balance: BalanceReport | undefined;
  readonly surplusW: number | undefined;
  readonly allowed: {
    readonly watts: number;
    readonly code: LimitCode;
    readonly subject: string | undefined;
  };
  /** What each circuit has left for the node. */
  readonly headrooms: readonly {
    readonly id: string;
    readonly limitW: number;
    readonly headroomW: number | undefined;
  }[];
  readonly point: PointReport | undefined;
  readonly events: readonly EventReport[];
  readonly prices: PriceReport;
  readonly ask: AskReport | undefined;
  /** Since local midnight. */
  readonly today: DayReport;
  /** Since the local month began; over restarts. */
  readonly month: EnergyReport;
  /** Undefined before the home is known, which takes a day. */
  readonly forecast: ForecastReport | undefined;
  /** What the owner was told, newest first. */
  readonly notices: readonly Notice[];
  readonly isShadow: boolean;
  /** Undefined where the policy is in force. */
  readonly wouldHave: ShadowReport | undefined;
};

/** What the policy would have made of the time, had it been in force and all slots sold. Estimated from the site's meters. */
export type ShadowReport = Omit<WorkReport, 'safeStops'> & {
  readonly fromMs: number;
  readonly nodeKwh: number;
  /** In the tariff's currency. */
  readonly energyCost: number;
};

export type NodeMeterReport = {
  readonly source: string;
  /** `parts`: processor or cards, the rest as the owner put it; an estimate then. */
  readonly scope: 'wall' | 'parts';
};

export type BalanceReport = {
  readonly residualW: number;
  readonly isSuspect: boolean;
  readonly explanation: BalanceExplanation | undefined;
};

export type PointReport = {
  readonly slots: number;
  readonly powerCapW: number | undefined;
  readonly watts: number;
  readonly tokensPerSecond: number;
};

export type EventReport = {
  readonly id: string;
  readonly source: string;
  readonly startMs: number;
  /** Undefined: until it is withdrawn. */
  readonly endMs: number | undefined;
  readonly level: number | undefined;
  readonly importCapW: number | undefined;
};

export type PriceReport = {
  readonly currency: string;
  /** One unit of the currency, as the home declares it. */
  readonly usdPerUnit: number;
  readonly importPerKwh: number;
  readonly exportPerKwh: number;
  readonly gramsPerKwh: number | undefined;
  /** False: the feed says nothing about now, the default holds. */
  readonly isFromFeed: boolean;
  /** Of the node at full power, in this moment's mix. */
  readonly costPerKwh: number;
};

export type AskReport = {
  readonly multiplierPpm: number;
  readonly inputMicroUsdPerMTok: number;
  readonly outputMicroUsdPerMTok: number;
  readonly heldUntilMs: number;
};

export type EnergyReport = {
  readonly nodeWh: number;
  readonly solarWh: number;
  readonly batteryWh: number;
  readonly importWh: number;
  /** In the tariff's currency. */
  readonly energyCost: number;
};
export type DayReport = EnergyReport & { readonly starts: number };

export type ForecastReport = {
  /** Quarters of an hour from now on, for a day and a half or as far as anything is known. */
  readonly quarters: readonly {
    readonly startMs: number;
    readonly endMs: number;
    readonly pvP10W: number;
    readonly pvP50W: number;
    readonly pvP90W: number;
    /** The home without the node. */
    readonly restW: number;
    readonly importPerKwh: number;
    /** What the node will draw if nothing else happens; 0: no work. */
    readonly plannedW: number;
    /** Of the battery at its end; undefined where plans leave it out. */
    readonly socPercent: number | undefined;
  }[];
  readonly windows: readonly RunWindow[];
  /** The sun in sight fills the battery anyway, so its charging counts as free. */
  readonly isBatteryAssured: boolean;
  /** Undefined before there is anything to judge. */
  readonly score: ForecastVerdict | undefined;
};
