import type { Hex } from '@hearth/attestation/receipt';
import type { PauseReason } from '../../protocol/ask.ts';
import { standsFromMs } from '../price-rise.ts';
import type { LoggedMarketAsk } from './ask-book.ts';
import type { BookedAsk } from './ask-rows.ts';

export type BookEntry =
  | ({ readonly kind: 'ask' } & LoggedMarketAsk)
  | {
      readonly kind: 'counter';
      readonly nodeKey: Hex;
      readonly enclaveKey: Hex;
      readonly slots: number;
      readonly used: number;
      readonly pause: PauseReason | null;
    }
  | { readonly kind: 'quality'; readonly platformId: Hex; readonly qualityPpm: number };

interface Counted {
  readonly slots: number;
  readonly used: number;
  readonly pause: PauseReason | null;
  readonly index: number;
}

/** The book said plainly, for tests: folds the first entries of a log from scratch, and remembers nothing. */
export function linearBook(entries: readonly BookEntry[]): {
  asks: BookedAsk[];
  qualityPpmByPlatform: Map<Hex, number>;
} {
  let asks: BookedAsk[] = [];
  const counters = new Map<string, Counted>();
  const qualityPpmByPlatform = new Map<Hex, number>();
  entries.forEach((entry, index) => {
    if (entry.kind === 'quality') qualityPpmByPlatform.set(entry.platformId, entry.qualityPpm);
    if (entry.kind === 'counter') counters.set(`${entry.nodeKey}/${entry.enclaveKey}`, { ...entry, index });
    if (entry.kind === 'ask') asks = [...withNewer(asks, entry), bookedAt(index, entry, asks)];
  });
  return { asks: asks.map((booked) => counted(booked, counters)), qualityPpmByPlatform };
}

const isSame = ({ ask: a }: LoggedMarketAsk, { ask: b }: LoggedMarketAsk) =>
  a.nodeKey === b.nodeKey && a.modelDigest === b.modelDigest && a.class === b.class;

function beginsMs(newer: LoggedMarketAsk, asks: readonly BookedAsk[]): number {
  const { timestampMs } = newer;
  const standing = asks.find(
    (booked) =>
      isSame(booked, newer) &&
      booked.standsFromMs <= timestampMs &&
      timestampMs < (booked.standsUntilMs ?? Number.POSITIVE_INFINITY),
  );
  return standsFromMs(newer.ask, timestampMs, standing?.ask);
}

function withNewer(asks: readonly BookedAsk[], newer: LoggedMarketAsk): BookedAsk[] {
  const fromMs = beginsMs(newer, asks);
  return asks.flatMap((booked) => {
    if (!isSame(booked, newer)) return [booked];
    const endsMs = Math.min(booked.standsUntilMs ?? Number.POSITIVE_INFINITY, fromMs);
    return endsMs <= newer.timestampMs || endsMs <= booked.standsFromMs
      ? []
      : [{ ...booked, standsUntilMs: endsMs }];
  });
}

function bookedAt(index: number, logged: LoggedMarketAsk, asks: readonly BookedAsk[]): BookedAsk {
  const { askId, ask, platformId, timestampMs } = logged;
  const slots = { freeSlots: ask.slots, usedSlots: 0, isPaused: false };
  return {
    askId,
    ask,
    platformId,
    timestampMs,
    standsFromMs: beginsMs(logged, asks),
    ...slots,
    logIndexes: [index],
  };
}

function counted(booked: BookedAsk, counters: ReadonlyMap<string, Counted>): BookedAsk {
  const counter = counters.get(`${booked.ask.nodeKey}/${booked.ask.enclaveKey}`);
  if (counter === undefined) return booked;
  const { slots, used, pause, index } = counter;
  return {
    ...booked,
    freeSlots: slots - used,
    usedSlots: used,
    isPaused: pause !== null,
    logIndexes: [...booked.logIndexes, index],
  };
}
