import {
  type Ed25519Key,
  type FromAgent,
  maxOutlookAheadMs,
  maxOutlookLifeMs,
  type Outlook,
  outlook,
  type PauseReason,
  type SaleWindow,
  signMessage,
} from '@hearth/sdk/protocol';
import type { PlannedSale, SalesPlan } from '../../energy/node-power.ts';
import type { Report } from '../host-events.ts';
import type { Clock } from '../ports.ts';
import type { AskDesk } from './ask-desk.ts';
import { outlookChange } from './outlook-change.ts';

/** Better news can wait so long: the market is not told of every cloud. */
const BETTER_AFTER_MS = 5 * 60_000;
/** A message of this many prices stays below half of what a link takes. */
const MOST_PRICES = 1_024;

export type OutlookDeskParts = {
  readonly nodeKey: Ed25519Key;
  /** As the gateways have it. */
  readonly clock: Clock;
  readonly asks: Pick<AskDesk, 'termsAt'>;
  readonly report: Report;
  declaredPause(): PauseReason | null;
  /** False while there is no link. */
  send(message: FromAgent): boolean;
};

/**
 * Tells the market when this node expects to be for sale, with each announcement of its asks and whenever that has changed.
 * Where less is to be expected it hears at once. A pause of the owner, and a stop, withdraw everything: how they end is not planned.
 */
export class OutlookDesk {
  readonly #parts: OutlookDeskParts;
  #plan: SalesPlan | undefined;
  #told: Outlook | undefined;

  constructor(parts: OutlookDeskParts) {
    this.#parts = parts;
  }

  plan(plan: SalesPlan): void {
    this.#plan = plan;
    this.#look(BETTER_AFTER_MS);
  }

  /** Our statement has just gone out, to a gateway that may know nothing of what was told before. */
  announced(): void {
    const next = this.#next();
    if (next) this.#tell(next);
  }

  /** A pause has begun or ended: whatever that changes is told at once. */
  look(): void {
    this.#look(0);
  }

  #look(betterAfterMs: number): void {
    const next = this.#next();
    if (!next) return;
    const told = this.#told;
    const change =
      told && told.enclaveKey === next.enclaveKey ? outlookChange(told, next, next.atMs) : 'less';
    const isTold = change === 'more' ? next.atMs - (told?.atMs ?? 0) < betterAfterMs : change === 'same';
    if (isTold || !this.#tell(next)) return;
    const { windows } = next;
    this.#parts.report(
      'outlook',
      windows[0]
        ? `the market is told when this node expects to be for sale: ${windows.length} windows, the first from ${new Date(windows[0].startMs).toISOString()}`
        : 'the market is told that no sale is planned',
      { windows: windows.length },
    );
  }

  #tell(body: Outlook): boolean {
    const message = signMessage(outlook, body, this.#parts.nodeKey);
    const isSent = this.#parts.send({ type: 'outlook', message });
    this.#told = isSent ? body : undefined;
    return isSent;
  }

  /** Undefined while nothing is planned or on offer. */
  #next(): Outlook | undefined {
    const { asks, clock, nodeKey, declaredPause } = this.#parts;
    const plan = this.#plan;
    const terms = asks.termsAt(undefined);
    const enclaveKey = terms[0]?.enclaveKey;
    if (!plan || !enclaveKey) return undefined;
    const most = Math.floor(MOST_PRICES / terms.length);
    const atMs = clock.nowMs();
    const pause = declaredPause();
    const isWithheld = pause === 'maintenance' || pause === 'draining';
    return {
      ...{ v: 1, nodeKey: nodeKey.publicKey, enclaveKey, atMs, validUntilMs: atMs + maxOutlookLifeMs },
      windows: isWithheld ? [] : plan.sales.slice(0, most).flatMap((sale) => this.#windowOf(sale, atMs)),
      knownUntilMs: Math.min(plan.sales[most]?.startMs ?? plan.knownUntilMs, atMs + maxOutlookAheadMs),
    };
  }

  /** What is still to come of a sale. */
  #windowOf(sale: PlannedSale, nowMs: number): SaleWindow[] {
    const { endMs, slots, multiplierPpm: ppm } = sale;
    const startMs = Math.max(sale.startMs, nowMs);
    if (startMs >= endMs) return [];
    const prices = this.#parts.asks.termsAt(ppm).map(({ modelDigest, class: jobClass, multiplierPpm }) => ({
      modelDigest,
      class: jobClass,
      multiplierPpm,
    }));
    const left = (tokens: number) => Math.floor((tokens * (endMs - startMs)) / (endMs - sale.startMs));
    const outputTokensP10 = left(sale.outputTokensP10);
    return [{ startMs, endMs, slots, prices, outputTokensP10, outputTokensP50: left(sale.outputTokensP50) }];
  }
}
