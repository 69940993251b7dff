import { messageOf } from '../../../agent-error.ts';
import { delay, type Random } from '../../../host/ports.ts';
import type { DemandEvent } from '../../events/demand-event.ts';
import type { PriceSlot } from '../../feeds/price-slot.ts';
import type { SourcePorts } from '../polled-source.ts';
import { demandEvents, unreadablePayloads } from './demand-events.ts';
import { EventUsage } from './event-usage.ts';
import { type TimedPayload, timedPayloads } from './intervals.ts';
import type { UsageInterval } from './usage-report.ts';
import type { VenClient } from './ven-client.ts';
import type { VenEvent } from './ven-schemas.ts';

/** What a demand-response source says is in force or to come; each call replaces the one before. */
export interface EventSink {
  events(events: readonly DemandEvent[]): void;
  prices(slots: readonly PriceSlot[]): void;
  status(text: string): void;
}

export type VenPolicy = {
  readonly pollMs: number;
  /** What the home may import when the VTN is not heard: its subscription. */
  readonly subscriptionW: number | undefined;
  /** How the VTN knows this node in reports. */
  readonly clientName: string;
};

/** Without an answer for this long, what was heard last is not in force any more; the subscription is. */
const LOST_AFTER_MS = 5 * 60_000;

type Seen = { readonly firstSeenMs: number; readonly randomFraction: number };

/** Asks a VTN for its events. There is no cancel: what is not listed any more is cancelled. */
export class Ven {
  readonly #client: Pick<VenClient, 'events' | 'report' | 'aheadMs'>;
  readonly #usage: EventUsage;
  readonly #policy: VenPolicy;
  readonly #ports: SourcePorts & { readonly random: Random };
  readonly #seen = new Map<string, Seen>();
  #lastHeardMs: number;
  #isLost = false;
  #told: ReadonlySet<string> = new Set();

  constructor(
    client: Pick<VenClient, 'events' | 'report' | 'aheadMs'>,
    policy: VenPolicy,
    ports: SourcePorts & { readonly random: Random },
  ) {
    this.#client = client;
    this.#usage = new EventUsage(policy.clientName);
    this.#policy = policy;
    this.#ports = ports;
    this.#lastHeardMs = ports.clock.nowMs();
  }

  async run(sink: EventSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.poll(sink, signal);
      await delay(this.#ports.timers, this.#policy.pollMs, signal);
    }
  }

  async poll(sink: EventSink, signal: AbortSignal): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    try {
      const events = await this.#client.events(nowMs, signal);
      const payloads = inOurTime(this.#payloads(events, nowMs), this.#client.aheadMs);
      this.#lastHeardMs = nowMs;
      this.#usage.heard(payloads, nowMs);
      if (this.#isLost) sink.status('the VTN answers again');
      this.#isLost = false;
      this.#tellOnce(payloads, sink);
      sink.events([...this.#subscriptionAfter(payloads, nowMs), ...demandEvents(payloads)]);
      sink.prices(priceSlots(payloads));
    } catch (error) {
      sink.status(messageOf(error));
      if (this.#isLost || nowMs - this.#lastHeardMs < LOST_AFTER_MS) return;
      this.#isLost = true;
      sink.events(this.#subscription(nowMs));
      sink.prices([]);
    }
  }

  /** What cannot be taken as it is said; each once, until it is gone. */
  #tellOnce(payloads: readonly TimedPayload[], sink: EventSink): void {
    const seconds = Math.round(this.#client.aheadMs / 1_000);
    const skew =
      seconds === 0 ? [] : [`the VTN's clock differs from ours by ${seconds} s: its times are moved`];
    const wrong = [...skew, ...unreadablePayloads(payloads)];
    for (const text of wrong) if (!this.#told.has(text)) sink.status(text);
    this.#told = new Set(wrong);
  }

  /** What the node has used in a stretch of time, told for each event that it lies in. Never throws. */
  async report(usage: UsageInterval, status: (text: string) => void, signal: AbortSignal): Promise<void> {
    try {
      for (const report of this.#usage.reportsOf(usage))
        await this.#client.report(report, this.#ports.clock.nowMs(), signal);
    } catch (error) {
      if (!signal.aborted) status(messageOf(error));
    }
  }

  #payloads(events: readonly VenEvent[], nowMs: number): TimedPayload[] {
    const ids = new Set(events.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    return events.flatMap((event) => {
      const seen = this.#seen.get(event.id) ?? {
        firstSeenMs: nowMs,
        randomFraction: this.#ports.random.fraction(),
      };
      this.#seen.set(event.id, seen);
      return timedPayloads(event, seen.firstSeenMs, seen.randomFraction);
    });
  }

  /** A program that limits capacity leaves the subscription in force outside of its schedule. */
  #subscriptionAfter(payloads: readonly TimedPayload[], nowMs: number): DemandEvent[] {
    const limits = payloads.filter(({ type }) => type === 'IMPORT_CAPACITY_LIMIT');
    const isScheduled = limits.some(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs);
    return limits.length === 0 || isScheduled ? [] : this.#subscription(nowMs);
  }

  #subscription(nowMs: number): DemandEvent[] {
    const { subscriptionW } = this.#policy;
    if (subscriptionW === undefined) return [];
    const endMs = Number.POSITIVE_INFINITY;
    return [{ id: 'subscription', source: 'openadr', startMs: nowMs, endMs, importCapW: subscriptionW }];
  }
}

/** @param aheadMs of the VTN's clock before ours */
const inOurTime = (payloads: readonly TimedPayload[], aheadMs: number): readonly TimedPayload[] =>
  aheadMs === 0
    ? payloads
    : payloads.map((payload) => ({
        ...payload,
        startMs: payload.startMs - aheadMs,
        endMs: payload.endMs - aheadMs,
      }));

function priceSlots(payloads: readonly TimedPayload[]): PriceSlot[] {
  return payloads.flatMap(({ type, startMs, endMs, value }) =>
    type === 'PRICE' && typeof value === 'number' ? [{ startMs, endMs, perKwh: value }] : [],
  );
}
