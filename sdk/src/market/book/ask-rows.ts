import type { Hex } from '@hearth/attestation/receipt';
import { hexToBytes } from '@noble/hashes/utils.js';
import type { StandingAsk } from '../clearing-input.ts';
import { effectiveAskCeil } from '../order.ts';
import { AskHeads } from './ask-heads.ts';
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

/** Some 700 MB, and half as much in lists: a book of a million asks and their older versions has a fourth of it. */
const ROW_LIMIT = 2 ** 22;

/** Doubles of a row without its head, and words. */
const TIMES = 8;
const [STANDS_UNTIL, VALID_FROM, VALID_UNTIL] = [0, 1, 2] as const;
const WORDS = 2 * TIMES;
const [KIND, USED, PROVIDER, NODE, PLATFORM, SLOTS, FREE, LOG_INDEX, PAUSED] = [
  6, 7, 8, 9, 10, 11, 12, 13, 14,
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
 * Versions of asks in columns, about 160 bytes each, made into objects for those who read one. Row numbers are
 * used again after `release`.
 */
export class AskRows {
  readonly nodes = new IdTable(32);
  readonly platforms = new IdTable(32);
  readonly enclaves = new IdTable(20);
  readonly providers = new IdTable(20);
  readonly kinds: AskKind[] = [];
  readonly places = new Places();
  /** By row. */
  readonly heads = new AskHeads(1024);
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
  private released = 0;

  /** Stores an ask, as the log entry `fromIndex` says it. @throws RangeError when the book is full */
  put(standing: StandingAsk, qualityPpm: number, fromIndex: number): number {
    const row = this.allocate();
    const { ask, standsUntilMs = Number.POSITIVE_INFINITY } = standing;
    const kind = this.kindNumber(ask);
    this.heads.put(row, {
      effectiveAsk: effectiveAskCeil(ask.multiplierPpm, qualityPpm),
      place: this.placeNumbers[kind] as number,
      contextTokens: ask.maxContextTokens,
      fromIndex,
      multiplierPpm: ask.multiplierPpm,
      enclave: this.enclaves.number(ask.enclaveKey),
      providerTag: tagOf(ask.provider),
      qualityPpm,
      standsFromMs: standing.standsFromMs,
      endsMs: Math.min(ask.validUntilMs, standsUntilMs),
      timestampMs: standing.timestampMs,
    });
    const time = row * TIMES;
    this.times[time + STANDS_UNTIL] = standsUntilMs;
    this.times[time + VALID_FROM] = ask.validFromMs;
    this.times[time + VALID_UNTIL] = ask.validUntilMs;
    const word = row * WORDS;
    this.words[word + KIND] = kind;
    this.words[word + USED] = standing.usedSlots;
    this.words[word + PROVIDER] = this.providers.number(ask.provider);
    this.words[word + NODE] = this.nodes.number(ask.nodeKey);
    this.words[word + PLATFORM] = this.platforms.number(standing.platformId);
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
    this.heads.copy(next, this.heads, row);
    this.heads.renew(next, fromIndex);
    if ('freeSlots' in change) {
      this.words[next * WORDS + FREE] = change.freeSlots;
      this.words[next * WORDS + USED] = change.usedSlots;
      this.words[next * WORDS + PAUSED] = Number(change.isPaused);
    } else if ('qualityPpm' in change) {
      const { qualityPpm } = change;
      this.heads.rate(next, qualityPpm, effectiveAskCeil(this.multiplierOf(row), qualityPpm));
    } else if ('standsUntilMs' in change) {
      this.times[next * TIMES + STANDS_UNTIL] = change.standsUntilMs;
      this.heads.endAt(next, Math.min(this.time(row, VALID_UNTIL), change.standsUntilMs));
    }
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
    this.heads.clear(row);
    this.free.push(row);
    this.released += 1;
  }

  /** The version ends with log entry `untilIndex`. */
  close(row: number, untilIndex: number): void {
    this.heads.close(row, untilIndex);
  }

  /** Whether it is part of the book under the first `size` log entries. */
  standsUnder(row: number, size: number): boolean {
    return this.heads.standsUnder(row, size);
  }

  standsAt(row: number, atMs: number): boolean {
    return this.standsFromMsOf(row) <= atMs && atMs < this.standsUntilMsOf(row);
  }

  isOpen(row: number): boolean {
    return this.heads.isOpen(row);
  }

  nodeOf = (row: number): number => this.word(row, NODE);
  enclaveOf = (row: number): number => this.heads.enclaveOf(row);
  platformOf = (row: number): number => this.word(row, PLATFORM);
  kindOf = (row: number): number => this.word(row, KIND);
  qualityOf = (row: number): number => this.heads.qualityOf(row);
  multiplierOf = (row: number): number => this.heads.multiplierOf(row);
  usedOf = (row: number): number => this.word(row, USED);
  fromIndexOf = (row: number): number => this.heads.fromIndexOf(row);
  providerOf = (row: number): number => this.word(row, PROVIDER);
  isProvider = (row: number, address: Hex): boolean => this.providers.is(this.word(row, PROVIDER), address);
  standsFromMsOf = (row: number): number => this.heads.standsFromMsOf(row);
  standsUntilMsOf = (row: number): number => this.time(row, STANDS_UNTIL);
  sells = (row: number): boolean => this.word(row, FREE) > 0 && this.word(row, PAUSED) === 0;
  endsMsOf = (row: number): number => this.heads.endsMsOf(row);

  /** Where the version stands in its pool's tree. */
  keyOf = (row: number): Uint8Array => {
    const key = new Uint8Array(KEY_BYTES);
    new DataView(key.buffer).setUint32(0, this.heads.effectiveAskOf(row));
    key.set(this.askIds.subarray(row * 32, (row + 1) * 32), 4);
    return key;
  };

  /** What a pool's tree commits to (`pool-leaf.ts`). */
  leafOf = (row: number): Uint8Array => {
    const { heads } = this;
    return leafBytes({
      effectiveAsk: heads.effectiveAskOf(row),
      askId: this.askIds.subarray(row * 32, (row + 1) * 32),
      multiplierPpm: heads.multiplierOf(row),
      qualityPpm: heads.qualityOf(row),
      provider: this.providers.bytesOf(this.word(row, PROVIDER)),
      region: (this.kinds[this.word(row, KIND)] as AskKind).region,
      maxContextTokens: heads.contextOf(row),
      timestampMs: heads.timestampMsOf(row),
      fromMs: Math.max(heads.standsFromMsOf(row), this.ejectedUntilMs.get(row) ?? 0),
      untilMs: heads.endsMsOf(row),
    });
  };

  /** Rows in use lie below it. */
  get limit(): number {
    return this.used;
  }

  /** How many rows were released so far: as long as it stays the same, no row becomes another version. */
  get releases(): number {
    return this.released;
  }

  /**
   * @param since `releases` when the row was found: mostly it says, without a look at the row, that it is still the same
   * @throws RangeError when the row has become another version than the one that began with `fromIndex`
   */
  askIdOf(row: number, fromIndex: number, since?: number): Hex {
    if (since !== this.released && this.fromIndexOf(row) !== fromIndex)
      throw new RangeError(`book: row ${row} is no longer the version of log entry ${fromIndex}`);
    return this.askIdTexts.of(row);
  }

  /** The ask as an object. @throws RangeError as `askIdOf` does */
  read(row: number, fromIndex: number): StandingAsk {
    const askId = this.askIdOf(row, fromIndex);
    const { heads } = this;
    const word = (field: number) => this.word(row, field);
    const until = this.time(row, STANDS_UNTIL);
    return {
      askId,
      logIndex: word(LOG_INDEX),
      ask: {
        nodeKey: this.nodes.hex(word(NODE)),
        provider: this.providers.hex(word(PROVIDER)),
        enclaveKey: this.enclaves.hex(heads.enclaveOf(row)),
        ...(this.kinds[word(KIND)] as AskKind),
        multiplierPpm: heads.multiplierOf(row),
        slots: word(SLOTS),
        maxContextTokens: heads.contextOf(row),
        validFromMs: this.time(row, VALID_FROM),
        validUntilMs: this.time(row, VALID_UNTIL),
      },
      platformId: this.platforms.hex(word(PLATFORM)),
      timestampMs: heads.timestampMsOf(row),
      standsFromMs: heads.standsFromMsOf(row),
      ...(until === Number.POSITIVE_INFINITY ? {} : { standsUntilMs: until }),
      freeSlots: word(FREE),
      usedSlots: word(USED),
      isPaused: word(PAUSED) === 1,
    };
  }

  private time(row: number, field: number): number {
    return this.times[row * TIMES + field] as number;
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
    this.heads.makeRoomFor(row);
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
