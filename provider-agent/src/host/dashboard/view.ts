import type { EnergySnapshot } from '../../energy/snapshot.ts';
import type { DayEarnings, EarningsTotals } from '../earnings/earnings-book.ts';
import type { JobEntry } from '../earnings/earnings-entry.ts';
import type { Pause } from '../owner-pause.ts';
import type { ChainView } from './chain-watch.ts';
import type { Headline } from './headline.ts';
import type { HostEvent, NodeState } from './node-state.ts';

/** Money travels as decimal strings: pico-dollars do not fit a JavaScript number. */
export type Encoded<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Encoded<Item>[]
    : T extends object
      ? { readonly [Member in keyof T]: Encoded<T[Member]> }
      : T;

/** A lease that this node has sold and that has not ended. */
export type Session = {
  readonly leaseId: string;
  readonly multiplierPpm: number;
  readonly expiresAtMs: number;
  readonly job: { readonly jobId: string; readonly sinceMs: number } | null;
};

export type MoneyView = EarningsTotals & {
  readonly today: DayEarnings;
  readonly month: DayEarnings;
  /** The market's fee in hundredths of a percent, once a gateway has told it. */
  readonly feeBps: number | null;
};

/** The whole state of the page; sent whole on every change. */
export type HomeView = {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly timeZone: string;
  readonly headline: Headline;
  readonly node: {
    readonly nodeKey: string;
    readonly provider: string;
    readonly region: string;
    readonly chainId: number;
    readonly slots: number;
    readonly dataDir: string;
  };
  readonly state: NodeState;
  readonly pause: Pause;
  /** What the market is told why nothing is for sale. */
  readonly declaredPause: string | null;
  readonly sessions: readonly Session[];
  readonly money: MoneyView;
  readonly chain: ChainView;
  readonly undeliveredReceipts: number;
  readonly energy: EnergySnapshot | null;
  /** Grow when there are new lines to fetch. */
  readonly eventCount: number;
  readonly jobCount: number;
};
export type WireView = Encoded<HomeView>;

/** One line of the earnings page. */
export type JobLine = Encoded<JobEntry> & { readonly receiptUrl: string };
export type EventLine = Pick<HostEvent, 'state' | 'message' | 'atMs' | 'particulars'>;

/** As the page and its stream get it. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? member.toString() : member));
}
