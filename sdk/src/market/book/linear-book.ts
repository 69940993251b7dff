import type { Hex } from '@hearth/attestation/receipt';
import type { PauseReason } from '../../protocol/ask.ts';
import type { StandingAsk } from '../clearing-input.ts';
import { standsFromMs } from '../price-rise.ts';
import type { LoggedMarketAsk } from './ask-book.ts';

export type BookEntry =
  | ({ readonly kind: 'ask' } & LoggedMarketAsk)
  | {
      readonly kind: 'counter';
      readonly nodeKey: Hex;
      readonly enclaveKey: Hex;
      readonly slots: number;
      readonly used: number;
      readonly pause: PauseReason | null;
      readonly atMs: number;
    }
  | { readonly kind: 'quality'; readonly platformId: Hex; readonly qualityPpm: number };

interface Counted {
  readonly slots: number;
  readonly used: number;
  readonly pause: PauseReason | null;
}

/** The book said plainly, for tests: folds the first entries of a log from scratch, and remembers nothing. */
export function linearBook(entries: readonly BookEntry[]): {
  asks: StandingAsk[];
  qualityPpmByPlatform: Map<Hex, number>;
} {
  let asks: StandingAsk[] = [];
  const counters = new Map<string, Counted>();
  const qualityPpmByPlatform = new Map<Hex, number>();
  entries.forEach((entry, index) => {
    if (entry.kind === 'quality') qualityPpmByPlatform.set(entry.platformId, entry.qualityPpm);
    if (entry.kind === 'counter') counters.set(`${entry.nodeKey}/${entry.enclaveKey}`, entry);
    if (entry.kind === 'ask') asks = [...withNewer(asks, entry), bookedAt(index, entry, asks)];
  });
  return { asks: asks.map((booked) => counted(booked, counters)), qualityPpmByPlatform };
}

const isSame = ({ ask: a }: LoggedMarketAsk, { ask: b }: LoggedMarketAsk) =>
  a.nodeKey === b.nodeKey && a.modelDigest === b.modelDigest && a.class === b.class;

function beginsMs(newer: LoggedMarketAsk, asks: readonly StandingAsk[]): number {
  const { timestampMs } = newer;
  const standing = asks.find(
    (booked) =>
      isSame(booked, newer) &&
      booked.standsFromMs <= timestampMs &&
      timestampMs < (booked.standsUntilMs ?? Number.POSITIVE_INFINITY),
  );
  return standsFromMs(newer.ask, timestampMs, standing?.ask);
}

function withNewer(asks: readonly StandingAsk[], newer: LoggedMarketAsk): StandingAsk[] {
  const fromMs = beginsMs(newer, asks);
  return asks.flatMap((booked) => {
    if (!isSame(booked, newer)) return [booked];
    const endsMs = Math.min(booked.standsUntilMs ?? Number.POSITIVE_INFINITY, fromMs);
    return endsMs <= newer.timestampMs || endsMs <= booked.standsFromMs
      ? []
      : [{ ...booked, standsUntilMs: endsMs }];
  });
}

function bookedAt(index: number, logged: LoggedMarketAsk, asks: readonly StandingAsk[]): StandingAsk {
  const { askId, ask, platformId, timestampMs } = logged;
  const slots = { freeSlots: ask.slots, usedSlots: 0, isPaused: false };
  return {
    askId,
    logIndex: index,
    ask,
    platformId,
    timestampMs,
    standsFromMs: beginsMs(logged, asks),
    ...slots,
  };
}

function counted(booked: StandingAsk, counters: ReadonlyMap<string, Counted>): StandingAsk {
  const counter = counters.get(`${booked.ask.nodeKey}/${booked.ask.enclaveKey}`);
  if (counter === undefined) return booked;
  const { slots, used, pause } = counter;
  return {
    ...booked,
    freeSlots: slots - used,
    usedSlots: used,
    isPaused: pause !== null,
  };
}
