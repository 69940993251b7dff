/** Doubles of a head, and words: 64 bytes. First what keeps most asks from a request. */
const TIMES = 8;
const WORDS = 2 * TIMES;
const [EFFECTIVE, PLACE, CONTEXT, FROM, UNTIL, ROW, MULTIPLIER, ENCLAVE, PROVIDER_TAG, QUALITY] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;
const [STANDS_FROM, ENDS, TIMESTAMP] = [5, 6, 7] as const;

/** Index of no log entry. */
const NEVER = 0xffffffff;

/** What a clearing asks of a version of an ask. */
export interface AskHead {
  readonly effectiveAsk: number;
  /** Number of its tier and region. */
  readonly place: number;
  readonly contextTokens: number;
  readonly fromIndex: number;
  readonly multiplierPpm: number;
  readonly enclave: number;
  readonly providerTag: number;
  readonly qualityPpm: number;
  readonly standsFromMs: number;
  /** Of its validity, or when a newer ask stands. */
  readonly endsMs: number;
  readonly timestampMs: number;
}

/**
 * Heads of asks, by number: those of all rows, and copies in the order of the merit lists, so that a walk over a list waits
 * for no row. Read by methods: a number that is imported has to be loaded, one of this module is part of the code.
 */
export class AskHeads {
  private times: Float64Array<ArrayBuffer>;
  private words: Uint32Array<ArrayBuffer>;

  constructor(room: number) {
    this.times = new Float64Array(room * TIMES);
    this.words = new Uint32Array(this.times.buffer);
  }

  makeRoomFor(n: number): void {
    if (n * WORDS < this.words.length) return;
    const larger = new Float64Array(this.times.length * 2);
    larger.set(this.times);
    this.times = larger;
    this.words = new Uint32Array(larger.buffer);
  }

  /** Of row `n`. */
  put(n: number, head: AskHead): void {
    const word = n * WORDS;
    this.words[word + EFFECTIVE] = head.effectiveAsk;
    this.words[word + PLACE] = head.place;
    this.words[word + CONTEXT] = head.contextTokens;
    this.words[word + FROM] = head.fromIndex;
    this.words[word + UNTIL] = NEVER;
    this.words[word + ROW] = n;
    this.words[word + MULTIPLIER] = head.multiplierPpm;
    this.words[word + ENCLAVE] = head.enclave;
    this.words[word + PROVIDER_TAG] = head.providerTag;
    this.words[word + QUALITY] = head.qualityPpm;
    const time = n * TIMES;
    this.times[time + STANDS_FROM] = head.standsFromMs;
    this.times[time + ENDS] = head.endsMs;
    this.times[time + TIMESTAMP] = head.timestampMs;
  }

  copy(to: number, source: AskHeads, from: number): void {
    for (let word = 0; word < WORDS; word += 1)
      this.words[to * WORDS + word] = source.words[from * WORDS + word] as number;
  }

  /** All from `from` on that lie before `end`. */
  move(to: number, from: number, end: number): void {
    this.words.copyWithin(to * WORDS, from * WORDS, end * WORDS);
  }

  /** Row `n` becomes the next version of what it is a copy of. */
  renew(n: number, fromIndex: number): void {
    this.words[n * WORDS + ROW] = n;
    this.words[n * WORDS + FROM] = fromIndex;
    this.words[n * WORDS + UNTIL] = NEVER;
  }

  rate(n: number, qualityPpm: number, effectiveAsk: number): void {
    this.words[n * WORDS + QUALITY] = qualityPpm;
    this.words[n * WORDS + EFFECTIVE] = effectiveAsk;
  }

  endAt(n: number, endsMs: number): void {
    this.times[n * TIMES + ENDS] = endsMs;
  }

  /** The version ends with log entry `untilIndex`. */
  close(n: number, untilIndex: number): void {
    this.words[n * WORDS + UNTIL] = untilIndex;
  }

  clear(n: number): void {
    this.words[n * WORDS + FROM] = NEVER;
  }

  isOpen(n: number): boolean {
    return this.fromIndexOf(n) !== NEVER && this.words[n * WORDS + UNTIL] === NEVER;
  }

  /** Whether it is part of the book under the first `size` log entries. */
  standsUnder(n: number, size: number): boolean {
    return this.fromIndexOf(n) < size && size <= (this.words[n * WORDS + UNTIL] as number);
  }

  /** Whether it competes at `atMs`, and was logged before `beforeMs`. */
  competesAt(n: number, atMs: number, beforeMs: number): boolean {
    return this.standsFromMsOf(n) <= atMs && atMs < this.endsMsOf(n) && this.timestampMsOf(n) < beforeMs;
  }

  /** Negative where the head comes before the other one in merit order, positive where it comes behind it. */
  order(n: number, other: AskHeads, m: number): number {
    return this.effectiveAskOf(n) - other.effectiveAskOf(m) || this.rowOf(n) - other.rowOf(m);
  }

  effectiveAskOf(n: number): number {
    return this.words[n * WORDS + EFFECTIVE] as number;
  }

  placeOf(n: number): number {
    return this.words[n * WORDS + PLACE] as number;
  }

  contextOf(n: number): number {
    return this.words[n * WORDS + CONTEXT] as number;
  }

  fromIndexOf(n: number): number {
    return this.words[n * WORDS + FROM] as number;
  }

  rowOf(n: number): number {
    return this.words[n * WORDS + ROW] as number;
  }

  multiplierOf(n: number): number {
    return this.words[n * WORDS + MULTIPLIER] as number;
  }

  enclaveOf(n: number): number {
    return this.words[n * WORDS + ENCLAVE] as number;
  }

  providerTagOf(n: number): number {
    return this.words[n * WORDS + PROVIDER_TAG] as number;
  }

  qualityOf(n: number): number {
    return this.words[n * WORDS + QUALITY] as number;
  }

  standsFromMsOf(n: number): number {
    return this.times[n * TIMES + STANDS_FROM] as number;
  }

  endsMsOf(n: number): number {
    return this.times[n * TIMES + ENDS] as number;
  }

  timestampMsOf(n: number): number {
    return this.times[n * TIMES + TIMESTAMP] as number;
  }
}
