import { NEVER } from './ask-rows.ts';

/** A run is split in two beyond this: a change moves no more entries than that. */
const LONGEST_RUN = 512;
const ROOM = LONGEST_RUN + 1;
const NOWHERE = -1;

/** A version of an ask with what most often keeps it from a request: nobody looks at the row of one that it keeps out. */
export interface ListedAsk {
  readonly effectiveAsk: number;
  readonly row: number;
  /** Number of its tier and region. */
  readonly place: number;
  readonly contextTokens: number;
  readonly fromIndex: number;
}

/** Where an ask is listed: by effective ask, and by row where those are equal. */
export type ListedAt = Pick<ListedAsk, 'effectiveAsk' | 'row'>;

/** Versions of asks in merit order, lowest effective ask first, in runs of columns that lie side by side in memory. */
export class MeritList {
  /** None is empty. */
  readonly runs: Run[] = [];

  add(ask: ListedAsk): void {
    const at = this.runOf(ask);
    const run = this.runs[at];
    if (run === undefined) this.runs.push(new Run().insert(ask));
    else if (run.insert(ask).length > LONGEST_RUN) this.runs.splice(at + 1, 0, run.split());
  }

  /** From this tree size on others see it no more; they whom smaller ones show it still do. */
  close(ask: ListedAt, untilIndex: number): void {
    const run = this.runs[this.runOf(ask)];
    const at = run?.find(ask) ?? NOWHERE;
    if (run !== undefined && at !== NOWHERE) run.words[UNTIL + at] = untilIndex;
  }

  /** @returns whether it was there */
  remove(ask: ListedAt): boolean {
    const number = this.runOf(ask);
    const run = this.runs[number];
    const at = run?.find(ask) ?? NOWHERE;
    if (run === undefined || at === NOWHERE) return false;
    run.remove(at);
    if (run.length === 0) this.runs.splice(number, 1);
    return true;
  }

  /** Their rows, best first. */
  *[Symbol.iterator](): Iterator<number> {
    for (const { words, length } of this.runs) yield* words.subarray(ROW, ROW + length);
  }

  /** The run that has the ask or would take it: the last one that does not begin behind it. */
  private runOf(ask: ListedAt): number {
    let low = 0;
    let high = this.runs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (orderOf(this.runs[middle] as Run, 0, ask) > 0) high = middle;
      else low = middle;
    }
    return low;
  }
}

/** Where the columns begin. */
export const [PLACE, CONTEXT, EFFECTIVE, ROW, FROM, UNTIL] = [
  0,
  ROOM,
  2 * ROOM,
  3 * ROOM,
  4 * ROOM,
  5 * ROOM,
] as const;
const COLUMNS = [PLACE, CONTEXT, EFFECTIVE, ROW, FROM, UNTIL];

/** All columns in one array: a clearing that comes to a run waits for as few places in memory as that. */
export class Run {
  readonly words = new Uint32Array(COLUMNS.length * ROOM);
  length = 0;

  insert(ask: ListedAsk): this {
    const at = this.placeOf(ask);
    this.move(at + 1, at);
    this.words[PLACE + at] = ask.place;
    this.words[CONTEXT + at] = ask.contextTokens;
    this.words[EFFECTIVE + at] = ask.effectiveAsk;
    this.words[ROW + at] = ask.row;
    this.words[FROM + at] = ask.fromIndex;
    this.words[UNTIL + at] = NEVER;
    this.length += 1;
    return this;
  }

  remove(at: number): void {
    this.move(at, at + 1);
    this.length -= 1;
  }

  find(ask: ListedAt): number {
    const at = this.placeOf(ask);
    return at < this.length && this.words[ROW + at] === ask.row ? at : NOWHERE;
  }

  /** @returns the second half, no longer in this one */
  split(): Run {
    const half = new Run();
    const from = this.length >>> 1;
    for (const column of COLUMNS)
      half.words.set(this.words.subarray(column + from, column + this.length), column);
    half.length = this.length - from;
    this.length = from;
    return half;
  }

  /** All entries from `from` on. */
  private move(to: number, from: number): void {
    for (const column of COLUMNS) this.words.copyWithin(column + to, column + from, column + this.length);
  }

  /** Where the ask is, or would be put. */
  private placeOf(ask: ListedAt): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (orderOf(this, middle, ask) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Negative where the run's entry comes before the ask, positive where it comes behind it. */
function orderOf({ words }: Run, at: number, { effectiveAsk, row }: ListedAt): number {
  return (words[EFFECTIVE + at] as number) - effectiveAsk || (words[ROW + at] as number) - row;
}
