import { NEVER, ROW_LIMIT } from './ask-rows.ts';

/** A run is split in two beyond this: a change moves no more entries than that. */
const LONGEST_RUN = 512;

/** One number orders rows by effective ask: e × 2^22 + row, below 2^53. */
export const keyOf = (effectiveAsk: number, row: number): number => effectiveAsk * ROW_LIMIT + row;
export const effectiveAskOf = (key: number): number => Math.floor(key / ROW_LIMIT);
export const rowOf = (key: number): number => key - effectiveAskOf(key) * ROW_LIMIT; // `%` of doubles is slow

/** A version of an ask with what most often keeps it from a request: nobody looks at the row of one that it keeps out. */
export interface ListedAsk {
  readonly key: number;
  /** Number of its tier and region. */
  readonly place: number;
  readonly contextTokens: number;
  readonly fromIndex: number;
}

/** Versions of asks in merit order, lowest effective ask first, in runs of columns that lie side by side in memory. */
export class MeritList {
  /** None is empty. */
  readonly runs: Run[] = [];

  add(ask: ListedAsk): void {
    const at = this.runOf(ask.key);
    const run = this.runs[at];
    if (run === undefined) this.runs.push(new Run().insert(ask));
    else if (run.insert(ask).length > LONGEST_RUN) this.runs.splice(at + 1, 0, run.split());
  }

  /** From this tree size on others see it no more; they whom smaller ones show it still do. */
  close(key: number, untilIndex: number): void {
    const run = this.runs[this.runOf(key)];
    const at = run?.find(key) ?? NOWHERE;
    if (run !== undefined && at !== NOWHERE) run.untils[at] = untilIndex;
  }

  /** @returns whether it was there */
  remove(key: number): boolean {
    const number = this.runOf(key);
    const run = this.runs[number];
    const at = run?.find(key) ?? NOWHERE;
    if (run === undefined || at === NOWHERE) return false;
    run.remove(at);
    if (run.length === 0) this.runs.splice(number, 1);
    return true;
  }

  /** Their keys, best first. */
  *[Symbol.iterator](): Iterator<number> {
    for (const run of this.runs) yield* run.keys.subarray(0, run.length);
  }

  /** The run that has the key or would take it: the last one that does not begin behind it. */
  private runOf(key: number): number {
    let low = 0;
    let high = this.runs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (((this.runs[middle] as Run).keys[0] as number) <= key) low = middle;
      else high = middle;
    }
    return low;
  }
}

const NOWHERE = -1;
const ROOM = LONGEST_RUN + 1;

export class Run {
  readonly keys = new Float64Array(ROOM);
  readonly places = new Uint32Array(ROOM);
  readonly contexts = new Uint32Array(ROOM);
  readonly froms = new Uint32Array(ROOM);
  readonly untils = new Uint32Array(ROOM);
  length = 0;

  insert({ key, place, contextTokens, fromIndex }: ListedAsk): this {
    const at = this.placeOf(key);
    for (const column of this.columns()) column.copyWithin(at + 1, at, this.length);
    this.keys[at] = key;
    this.places[at] = place;
    this.contexts[at] = contextTokens;
    this.froms[at] = fromIndex;
    this.untils[at] = NEVER;
    this.length += 1;
    return this;
  }

  remove(at: number): void {
    for (const column of this.columns()) column.copyWithin(at, at + 1, this.length);
    this.length -= 1;
  }

  find(key: number): number {
    const at = this.placeOf(key);
    return at < this.length && this.keys[at] === key ? at : NOWHERE;
  }

  /** @returns the second half, no longer in this one */
  split(): Run {
    const half = new Run();
    const from = this.length >>> 1;
    const columns = this.columns();
    for (const [n, column] of half.columns().entries())
      column.set((columns[n] as Column).subarray(from, this.length));
    half.length = this.length - from;
    this.length = from;
    return half;
  }

  /** Where the key is, or would be put. */
  private placeOf(key: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private columns(): Column[] {
    return [this.keys, this.places, this.contexts, this.froms, this.untils];
  }
}

type Column = Float64Array | Uint32Array;
