import type { Hex } from '@hearth/attestation/receipt';
import { hexToBytes } from '@noble/hashes/utils.js';
import type { StandingAsk } from '../clearing-input.ts';
import { effectiveAskCeil } from '../order.ts';
import { IdTable } from './id-table.ts';
import { KeptTexts } from './kept-texts.ts';
import { Places } from './places.ts';
import { KEY_BYTES } from './pool-key.ts';
import { leafBytes } from './pool-leaf.ts';

/** What a node's newest slot counter says, and where the log has it. */
export interface CounterState extends Pick<StandingAsk, 'freeSlots' | 'usedSlots' | 'isPaused'> {
  readonly counterIndex: number;
}

export type AskChange =
  | CounterState
  | { readonly qualityPpm: number }
  | { readonly standsUntilMs: number }
  | { readonly ejectedUntilMs: number };

/** Some 600 MB: a book of a million asks and their older versions has a fourth of it. */
const ROW_LIMIT = 2 ** 22;
/** Index of no log entry. */
export const NEVER = 0xffffffff;

/** Doubles of a row, and words. What a clearing asks comes first, in 64 bytes. */
const TIMES = 14;
const [TIMESTAMP, STANDS_FROM, STANDS_UNTIL, VALID_UNTIL, VALID_FROM] = [0, 1, 2, 3, 13] as const;
const WORDS = 2 * TIMES;
const [MULTIPLIER, PROVIDER_TAG, KIND, USED, QUALITY, ENCLAVE, PROVIDER, FROM] = [
  8, 9, 10, 11, 12, 13, 14, 15,
] as const;
const [UNTIL, NODE, PLATFORM, EFFECTIVE, CONTEXT, SLOTS, FREE, LOG_INDEX, PAUSED] = [
  16, 17, 18, 19, 20, 21, 22, 23, 24,
] as const;

/** What many asks have in common. */
export interface AskKind {
  readonly modelDigest: Hex;
  readonly class: number;
  readonly tier: number;
  readonly region: string;
  readonly priceCardHash: Hex;
}

/**
 * Versions of asks in columns, about 150 bytes each, made into objects for those who read one. Row numbers are
 * used again after `release`.
 */
export class AskRows {
  readonly nodes = new IdTable(32);
  readonly platforms = new IdTable(32);
  readonly enclaves = new IdTable(20);
  readonly providers = new IdTable(20);
  readonly kinds: AskKind[] = [];
  readonly places = new Places();
  /** By kind. */
  private readonly placeNumbers: number[] = [];
  private readonly kindNumbers = new Map<string, number>();
  private times: Float64Array<ArrayBuffer> = new Float64Array(1024 * TIMES);
  private words = new Uint32Array(this.times.buffer);
  private askIds = new Uint8Array(1024 * 32);
  private readonly askIdTexts = new KeptTexts((row) => this.askIds.subarray(row * 32, (row + 1) * 32));
  /** By row, of nodes that are out: hardly any. */
  private readonly ejectedUntilMs = new Map<number, number>();
  private readonly free: number[] = [];
  private used = 0;

  /** Stores an ask, as the log entry `fromIndex` says it. @throws RangeError when the book is full */
  put(standing: StandingAsk, qualityPpm: number, fromIndex: number): number {
    const row = this.allocate();
    const { ask } = standing;
    const time = row * TIMES;
    this.times[time + TIMESTAMP] = standing.timestampMs;
    this.times[time + STANDS_FROM] = standing.standsFromMs;
    this.times[time + STANDS_UNTIL] = standing.standsUntilMs ?? Number.POSITIVE_INFINITY;
    this.times[time + VALID_UNTIL] = ask.validUntilMs;
    this.times[time + VALID_FROM] = ask.validFromMs;
    const word = row * WORDS;
    this.words[word + MULTIPLIER] = ask.multiplierPpm;
    this.words[word + PROVIDER_TAG] = tagOf(ask.provider);
    this.words[word + KIND] = this.kindNumber(ask);
    this.words[word + USED] = standing.usedSlots;
    this.words[word + QUALITY] = qualityPpm;
    this.words[word + ENCLAVE] = this.enclaves.number(ask.enclaveKey);
    this.words[word + PROVIDER] = this.providers.number(ask.provider);
    this.words[word + FROM] = fromIndex;
    this.words[word + UNTIL] = NEVER;
    this.words[word + NODE] = this.nodes.number(ask.nodeKey);
    this.words[word + PLATFORM] = this.platforms.number(standing.platformId);
    this.words[word + EFFECTIVE] = effectiveAskCeil(ask.multiplierPpm, qualityPpm);
    this.words[word + CONTEXT] = ask.maxContextTokens;
    this.words[word + SLOTS] = ask.slots;
    this.words[word + FREE] = standing.freeSlots;
    this.words[word + LOG_INDEX] = fromIndex;
    this.words[word + PAUSED] = Number(standing.isPaused);
    this.askIds.set(hexToBytes(standing.askId.slice(2)), row * 32);
    return row;
  }

  /** The next version of an ask: the same but for what a later log entry changed. */
  revise(row: number, fromIndex: number, change: AskChange): number {
    this.close(row, fromIndex);
    const next = this.allocate();
    this.times.copyWithin(next * TIMES, row * TIMES, (row + 1) * TIMES);
    this.askIds.copyWithin(next * 32, row * 32, (row + 1) * 32);
    const at = next * WORDS;
    this.words[at + FROM] = fromIndex;
    this.words[at + UNTIL] = NEVER;
    if ('freeSlots' in change) {
      this.words[at + FREE] = change.freeSlots;
      this.words[at + USED] = change.usedSlots;
      this.words[at + PAUSED] = Number(change.isPaused);
    } else if ('qualityPpm' in change) {
      this.words[at + QUALITY] = change.qualityPpm;
      this.words[at + EFFECTIVE] = effectiveAskCeil(this.word(row, MULTIPLIER), change.qualityPpm);
    } else if ('standsUntilMs' in change) this.times[next * TIMES + STANDS_UNTIL] = change.standsUntilMs;
    const ejectedUntilMs = 'ejectedUntilMs' in change ? change.ejectedUntilMs : this.ejectedUntilMs.get(row);
    if (ejectedUntilMs !== undefined) this.eject(next, ejectedUntilMs);
    return next;
  }

  /** Of a version that begins with the ejection, or after it. */
  eject(row: number, untilMs: number): void {
    this.ejectedUntilMs.set(row, untilMs);
  }

  release(row: number): void {
    this.ejectedUntilMs.delete(row);
    this.askIdTexts.forget(row);
    this.words[row * WORDS + FROM] = NEVER;
    this.free.push(row);
  }

  /** The version ends with log entry `untilIndex`. */
  close(row: number, untilIndex: number): void {
    this.words[row * WORDS + UNTIL] = untilIndex;
  }

  /** Whether it is part of the book under the first `size` log entries. */
  standsUnder(row: number, size: number): boolean {
    return this.word(row, FROM) < size && size <= this.word(row, UNTIL);
  }

  /** Whether it stands at `atMs`, and was logged before `beforeMs`. */
  standsAt(row: number, atMs: number, beforeMs = Number.POSITIVE_INFINITY): boolean {
    const { times } = this;
    const at = row * TIMES;
    return (
      (times[at + STANDS_FROM] as number) <= atMs &&
      atMs < (times[at + STANDS_UNTIL] as number) &&
      (times[at + TIMESTAMP] as number) < beforeMs
    );
  }

  isValidAt(row: number, atMs: number): boolean {
    return atMs < (this.times[row * TIMES + VALID_UNTIL] as number);
  }

  isOpen(row: number): boolean {
    return this.word(row, FROM) !== NEVER && this.word(row, UNTIL) === NEVER;
  }

  nodeOf = (row: number): number => this.word(row, NODE);
  enclaveOf = (row: number): number => this.word(row, ENCLAVE);
  platformOf = (row: number): number => this.word(row, PLATFORM);
  kindOf = (row: number): number => this.word(row, KIND);
  placeOf = (row: number): number => this.placeNumbers[this.kindOf(row)] as number;
  effectiveAskOf = (row: number): number => this.word(row, EFFECTIVE);
  qualityOf = (row: number): number => this.word(row, QUALITY);
  multiplierOf = (row: number): number => this.word(row, MULTIPLIER);
  usedOf = (row: number): number => this.word(row, USED);
  contextOf = (row: number): number => this.word(row, CONTEXT);
  fromIndexOf = (row: number): number => this.word(row, FROM);
  providerOf = (row: number): number => this.word(row, PROVIDER);
  /** Whether an address may be the provider's: hardly any other one's tag is the same. */
  isProvider = (row: number, address: Hex, tag: number): boolean =>
    this.word(row, PROVIDER_TAG) === tag && this.providers.is(this.word(row, PROVIDER), address);
  standsFromMsOf = (row: number): number => this.times[row * TIMES + STANDS_FROM] as number;
  standsUntilMsOf = (row: number): number => this.times[row * TIMES + STANDS_UNTIL] as number;
  sells = (row: number): boolean => this.word(row, FREE) > 0 && this.word(row, PAUSED) === 0;
  endsMsOf(row: number): number {
    return Math.min(
      this.times[row * TIMES + VALID_UNTIL] as number,
      this.times[row * TIMES + STANDS_UNTIL] as number,
    );
  }

  /** Where the version stands in its pool's tree. */
  keyOf = (row: number): Uint8Array => {
    const key = new Uint8Array(KEY_BYTES);
    new DataView(key.buffer).setUint32(0, this.word(row, EFFECTIVE));
    key.set(this.askIds.subarray(row * 32, (row + 1) * 32), 4);
    return key;
  };

  /** What a pool's tree commits to (`pool-leaf.ts`). */
  leafOf = (row: number): Uint8Array => {
    const time = (field: number) => this.times[row * TIMES + field] as number;
    return leafBytes({
      effectiveAsk: this.word(row, EFFECTIVE),
      askId: this.askIds.subarray(row * 32, (row + 1) * 32),
      multiplierPpm: this.word(row, MULTIPLIER),
      qualityPpm: this.word(row, QUALITY),
      provider: this.providers.bytesOf(this.word(row, PROVIDER)),
      region: (this.kinds[this.word(row, KIND)] as AskKind).region,
      maxContextTokens: this.word(row, CONTEXT),
      timestampMs: time(TIMESTAMP),
      fromMs: Math.max(time(STANDS_FROM), this.ejectedUntilMs.get(row) ?? 0),
      untilMs: this.endsMsOf(row),
    });
  };

  /** Rows in use lie below it. */
  get limit(): number {
    return this.used;
  }

  /** @throws RangeError when the row has become another version than the one that began with `fromIndex` */
  askIdOf(row: number, fromIndex: number): Hex {
    if (this.word(row, FROM) !== fromIndex)
      throw new RangeError(`book: row ${row} is no longer the version of log entry ${fromIndex}`);
    return this.askIdTexts.of(row);
  }

  /** The ask as an object. @throws RangeError as `askIdOf` does */
  read(row: number, fromIndex: number): StandingAsk {
    const askId = this.askIdOf(row, fromIndex);
    const time = (field: number) => this.times[row * TIMES + field] as number;
    const word = (field: number) => this.word(row, field);
    const until = time(STANDS_UNTIL);
    return {
      askId,
      logIndex: word(LOG_INDEX),
      ask: {
        nodeKey: this.nodes.hex(word(NODE)),
        provider: this.providers.hex(word(PROVIDER)),
        enclaveKey: this.enclaves.hex(word(ENCLAVE)),
        ...(this.kinds[word(KIND)] as AskKind),
        multiplierPpm: word(MULTIPLIER),
        slots: word(SLOTS),
        maxContextTokens: word(CONTEXT),
        validFromMs: time(VALID_FROM),
        validUntilMs: time(VALID_UNTIL),
      },
      platformId: this.platforms.hex(word(PLATFORM)),
      timestampMs: time(TIMESTAMP),
      standsFromMs: time(STANDS_FROM),
      ...(until === Number.POSITIVE_INFINITY ? {} : { standsUntilMs: until }),
      freeSlots: word(FREE),
      usedSlots: word(USED),
      isPaused: word(PAUSED) === 1,
    };
  }

  private word(row: number, field: number): number {
    return this.words[row * WORDS + field] as number;
  }

  private kindNumber({ modelDigest, class: jobClass, tier, region, priceCardHash }: AskKind): number {
    const key = `${modelDigest}/${jobClass}/${tier}/${region}/${priceCardHash}`;
    const known = this.kindNumbers.get(key);
    if (known !== undefined) return known;
    this.kindNumbers.set(key, this.kinds.length);
    this.placeNumbers.push(this.places.numberOf(tier, region));
    return this.kinds.push({ modelDigest, class: jobClass, tier, region, priceCardHash }) - 1;
  }

  private allocate(): number {
    const row = this.free.pop() ?? this.used++;
    if (row >= ROW_LIMIT) throw new RangeError(`book: expected at most ${ROW_LIMIT} versions of asks`);
    if (row * WORDS < this.words.length) return row;
    this.times = doubled(this.times, Float64Array);
    this.words = new Uint32Array(this.times.buffer);
    this.askIds = doubled(this.askIds, Uint8Array);
    return row;
  }
}

/** The first two bytes of an address, in digits of either case. */
export function tagOf(address: Hex): number {
  const digit = (at: number) => address.charCodeAt(at) | 32;
  return digit(2) | (digit(3) << 8) | (digit(4) << 16) | (digit(5) << 24);
}

function doubled<T extends { readonly length: number; set(from: T): void }>(
  array: T,
  Kind: new (length: number) => T,
): T {
  const larger = new Kind(array.length * 2);
  larger.set(array);
  return larger;
}
