/** A run is split in two beyond this: a change moves no more keys than that. */
const LONGEST_RUN = 512;

/** Distinct numbers in ascending order, in runs that lie side by side in memory. */
export class SortedKeys {
  /** None is empty. */
  private readonly runs: number[][] = [];

  add(key: number): void {
    const run = this.runOf(key);
    const keys = this.runs[run];
    if (keys === undefined) {
      this.runs.push([key]);
      return;
    }
    keys.splice(indexIn(keys, key), 0, key);
    if (keys.length > LONGEST_RUN) this.runs.splice(run + 1, 0, keys.splice(LONGEST_RUN / 2));
  }

  /** @returns whether it was there */
  remove(key: number): boolean {
    const run = this.runOf(key);
    const keys = this.runs[run];
    const at = keys === undefined ? 0 : indexIn(keys, key);
    if (keys?.[at] !== key) return false;
    if (keys.length === 1) this.runs.splice(run, 1);
    else keys.splice(at, 1);
    return true;
  }

  /** The lowest key above another; infinite when there is none. */
  above(key: number): number {
    const run = this.runOf(key);
    const keys = this.runs[run];
    if (keys === undefined) return Number.POSITIVE_INFINITY;
    const at = indexIn(keys, key);
    return keys[keys[at] === key ? at + 1 : at] ?? this.runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const keys of this.runs) yield* keys;
  }

  /** The run that has the key or would take it: the last one that does not begin behind it. */
  private runOf(key: number): number {
    let low = 0;
    let high = this.runs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (((this.runs[middle] as number[])[0] as number) <= key) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Where the key is, or would be put. */
function indexIn(keys: readonly number[], key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
