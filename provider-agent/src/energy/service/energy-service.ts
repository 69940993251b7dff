import { messageOf } from '../../agent-error.ts';
import { type Clock, delay, type Timers } from '../../host/ports.ts';
import type { OpenedSources } from '../config/open-sources.ts';
import type { DemandEvent } from '../events/demand-event.ts';
import type { ClosedInterval, IntervalMeter, UnchainedRecord } from '../evidence/interval-meter.ts';
import type { StatedEnergy } from '../evidence/stated-shares.ts';
import type { SlotCache } from '../feeds/slot-cache.ts';
import type { NetWatch } from '../notices/net-watch.ts';
import { calibrationDrifted, type Notice } from '../notices/notice.ts';
import { NoticeDesk } from '../notices/notice-desk.ts';
import { NoticeWatch } from '../notices/notice-watch.ts';
import type { NoticeSink } from '../notices/ntfy.ts';
import type { EarnedMoney, PayoutWatch } from '../notices/payout-watch.ts';
import type { HomeAssistantPublisher } from '../outputs/home-assistant-publisher.ts';
import { reasonWords } from '../policy/reason-words.ts';
import { CalibrationDrift } from '../price/calibration-drift.ts';
import type { TokenEnergy } from '../price/token-energy.ts';
import type { Signal } from '../site/signals.ts';
import type { EnergySnapshot } from '../snapshot.ts';
import type { SampleSink } from '../sources/energy-source.ts';
import type { SignedReadingSink } from '../sources/signed-meter.ts';
import type { LocalTime } from '../time/local-time.ts';
import { recordingSink } from '../trace/site-trace.ts';
import type { AskKeeper } from './ask-keeper.ts';
import { type CycleResult, EnergyLoop, type LoopParts } from './energy-loop.ts';
import type { ForecastDesk } from './forecast-desk.ts';
import type { ShadowRun } from './shadow-run.ts';
import { type SnapshotParts, takeSnapshot } from './take-snapshot.ts';
import type { Tariff } from './tariff.ts';
import type { Wishes, WishesFile } from './wishes-file.ts';

/** How often the site is judged. Limits hold within one cycle and what the node takes to obey. */
export const CYCLE_MS = 5_000;

export type ServiceParts = SnapshotParts & {
  readonly sources: OpenedSources;
  readonly feeds: readonly SlotCache<{ readonly startMs: number; readonly endMs: number }>[];
  readonly tariff: Tariff;
  readonly wishes: WishesFile;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly publisher: HomeAssistantPublisher | undefined;
  readonly intervals: IntervalMeter;
  readonly forecast: ForecastDesk;
  readonly tokenEnergy: TokenEnergy;
  readonly local: LocalTime;
  /** Before the market's fee. */
  earnedTodayUsd(): number;
  /** Undefined before the books are open. */
  earned(): EarnedMoney | undefined;
  readonly net: NetWatch;
  readonly payouts: PayoutWatch;
  /** Where the policy only looks. */
  readonly shadow: ShadowRun | undefined;
  readonly sinks: readonly NoticeSink[];
  record(record: UnchainedRecord): void;
  /** Resolves when the records are on the disk. */
  recorded(): Promise<void>;
  /** Also writes down what the sensors say. */
  readonly writeTrace: ((line: string) => void) | undefined;
  report(text: string, particulars?: Record<string, unknown>): void;
};

/** The energy side of the node while it runs: sources fill the board, each cycle decides, everybody may look. */
export class EnergyService {
  readonly #parts: ServiceParts;
  readonly #loop: EnergyLoop;
  readonly #events = new Map<string, readonly DemandEvent[]>();
  readonly #listeners = new Set<(snapshot: EnergySnapshot) => void>();
  readonly #asks: AskKeeper | undefined;
  readonly #notices: NoticeDesk;
  readonly #watch: NoticeWatch;
  readonly #drift = new CalibrationDrift();
  #payoutTold: Promise<void> = Promise.resolve();
  #last: CycleResult;
  #lastReason = '';

  constructor(parts: ServiceParts, loop: Omit<LoopParts, 'events'>, asks: AskKeeper | undefined) {
    this.#parts = parts;
    this.#asks = asks;
    const nowMs = parts.clock.nowMs();
    this.#loop = new EnergyLoop({ ...loop, events: () => this.#allEvents() }, nowMs);
    this.#last = this.#loop.cycle(nowMs, new AbortController().signal);
    parts.shadow?.cycle(this.#last);
    this.#notices = new NoticeDesk(
      (notice) => this.#notify(notice),
      ({ code, words, facts }) => parts.report(words, { notice: code, facts }),
    );
    this.#watch = new NoticeWatch(parts.board, (draft, atMs) => this.#notices.tell(draft, atMs));
  }

  snapshot(): EnergySnapshot {
    return takeSnapshot(this.#parts, this.#last, {
      wishes: this.#parts.wishes.current,
      events: this.#allEvents(),
      ask: this.#asks?.report,
      today: this.#loop.day.sums,
      month: this.#loop.month.sums,
      forecast: this.#parts.forecast.report,
      notices: this.#notices.newest,
      wouldHave: this.#parts.shadow?.report,
    });
  }

  /** What a sensor says now in our frame, whatever others suspect: for the check of its sign. */
  reading(signal: Signal): number | undefined {
    return this.#parts.board.uncheckedValue(signal, this.#parts.clock.nowMs());
  }

  /** Hears each cycle; @returns how to stop that */
  onChange(listener: (snapshot: EnergySnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the owner wants from now on; in force with the next cycle, kept over restarts. @throws ZodError */
  async wish(change: Partial<Wishes>): Promise<void> {
    await this.#parts.wishes.change(change);
    this.#cycle(new AbortController().signal);
  }

  /** The node has come up or gone: what it may do is decided now, not with the next cycle. */
  nodeChanged(): void {
    this.#cycle(new AbortController().signal);
  }

  /** A receipt has come: what it states goes into the record of this quarter of an hour. */
  receipt(stated: StatedEnergy): void {
    this.#parts.intervals.receipt(stated);
  }

  /** Until `signal` fires. The node is left closed by its host, not by this. */
  async run(signal: AbortSignal): Promise<void> {
    const { sources, feeds, publisher, clock, timers, report } = this.#parts;
    const running = [
      ...sources.meters.map(({ name, source }) => source.run(this.#sinkOf(name), signal)),
      ...sources.vens.map((ven, index) => ven.run(this.#eventSinkOf(`openadr ${index + 1}`), signal)),
      ...sources.signedMeters.map((meter) => meter.run(this.#signedSink, signal)),
      ...(publisher ? [publisher.run(this, (text) => report(text), signal)] : []),
      ...feeds.map((feed) => feed.run((text) => report(`feed: ${text}`), signal)),
    ];
    while (!signal.aborted) {
      const startedMs = clock.nowMs();
      this.#cycle(signal);
      await delay(timers, Math.max(0, CYCLE_MS - (clock.nowMs() - startedMs)), signal);
    }
    await Promise.all(running);
    await this.#loop.settled();
    this.#close(this.#parts.intervals.finish(), signal);
    await this.#parts.recorded();
    await this.#parts.forecast.saved();
    await Promise.all([this.#payoutTold, this.#parts.net.saved(), this.#parts.shadow?.saved()]);
  }

  readonly #signedSink: SignedReadingSink = {
    reading: (text) => this.#parts.intervals.signedReading(text),
    status: (text) => this.#parts.report(text),
  };

  #allEvents(): DemandEvent[] {
    return [...this.#events.values()].flat();
  }

  #cycle(signal: AbortSignal): void {
    this.#last = this.#loop.cycle(this.#parts.clock.nowMs(), signal);
    this.#close(this.#parts.intervals.cycle(this.#last), signal);
    this.#watch.cycle(this.#last);
    this.#watchNet();
    this.#watchPayouts();
    this.#parts.shadow?.cycle(this.#last);
    this.#reportChange(this.#last);
    if (this.#listeners.size === 0) return;
    const snapshot = this.snapshot();
    for (const listener of this.#listeners) listener(snapshot);
  }

  /** A shadow has earned nothing, and is no loss. */
  #watchNet(): void {
    const { isShadow, local, earnedTodayUsd, usdPerUnit, clock, net } = this.#parts;
    if (isShadow) return;
    const nowMs = clock.nowMs();
    const netUsd = earnedTodayUsd() - this.#loop.day.sums.energyCost * usdPerUnit;
    const draft = net.cycle(local.date(nowMs), netUsd);
    if (draft) this.#notices.tell(draft, nowMs);
  }

  #watchPayouts(): void {
    const { earned, payouts, clock, report } = this.#parts;
    const money = earned();
    if (!money) return;
    const nowMs = clock.nowMs();
    const tell = async () => {
      const draft = await payouts.cycle(money, nowMs);
      if (draft) this.#notices.tell(draft, nowMs);
    };
    this.#payoutTold = this.#payoutTold.then(tell).catch((error: unknown) => report(messageOf(error)));
  }

  /** A quarter of an hour is over: written down, reported to the grid, held against the calibration. */
  #close(closed: ClosedInterval | undefined, signal: AbortSignal): void {
    if (!closed) return;
    const { record, sources, report, clock, shadow } = this.#parts;
    record(closed.record);
    shadow?.save();
    const { startMs, endMs, nodeEnergy, idleMilliJoules } = closed.record;
    const kwh = nodeEnergy.scope === 'setpoint' ? undefined : nodeEnergy.milliJoules / 3.6e9;
    for (const ven of sources.vens) void ven.report({ startMs, endMs, kwh }, report, signal);
    if (kwh === undefined) return;
    const { tokenEnergy } = this.#parts;
    const workMilliJoules = nodeEnergy.milliJoules - idleMilliJoules;
    const ratio = this.#drift.add(workMilliJoules, closed.expectedMilliJoules, tokenEnergy.factor);
    if (ratio === undefined) return;
    this.#notices.tell(calibrationDrifted(ratio), clock.nowMs());
    void tokenEnergy.correct(ratio, clock.nowMs()).catch((error: unknown) => report(messageOf(error)));
  }

  #notify(notice: Notice): void {
    const { report, sinks } = this.#parts;
    for (const send of sinks) send(notice).catch((error: unknown) => report(messageOf(error)));
  }

  #reportChange({ decision: { state, reason, allowed, surplusW } }: CycleResult): void {
    const current = `${state.name} ${reason.code} ${reason.subject ?? ''}`;
    if (current === this.#lastReason) return;
    this.#lastReason = current;
    const { code, ...about } = reason;
    const particulars = {
      energyState: state.name,
      reason: code,
      ...about,
      allowedW: allowed.watts,
      surplusW,
    };
    this.#parts.report(`${state.name}: ${reasonWords(reason)}`, particulars);
  }

  #sinkOf(name: string): SampleSink {
    const { board, clock, report, writeTrace } = this.#parts;
    // A source that tries again every other second is told of once, until it has said something.
    const told = new Set<string>();
    const tell = (text: string) => {
      if (!told.has(text)) report(`${name}: ${text}`);
      told.add(text);
    };
    const sink: SampleSink = {
      sample: (mapping, raw) => {
        told.clear();
        board.accept(name, mapping, raw, clock.nowMs());
      },
      lost: (reason) => {
        board.lost(name, clock.nowMs());
        tell(reason);
      },
      status: tell,
    };
    return writeTrace ? recordingSink(sink, name, () => clock.nowMs(), writeTrace) : sink;
  }

  #eventSinkOf(name: string) {
    const { tariff, report } = this.#parts;
    return {
      events: (events: readonly DemandEvent[]) => void this.#events.set(name, events),
      prices: tariff.setEventPrices.bind(tariff),
      status: (text: string) => report(`${name}: ${text}`),
    };
  }
}
