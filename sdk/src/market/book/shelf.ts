import { isInRegions } from '../eligible.ts';
import { Bucket, HEADS } from './bucket.ts';

const { POSITIVE_INFINITY } = Number;
/** Whatever buyers name is remembered; more are forgotten again. */
const MAX_REGIONS = 1024;

/** The buckets of one model and class, with what a clearing asks of all of them lying side by side. */
export class Shelf {
  readonly buckets: Bucket[] = [];
  /** Keys of the best rows that sell in each bucket. */
  private heads = new Float64Array(8 * HEADS).fill(POSITIVE_INFINITY);
  private readonly tiers: number[] = [];
  /** Numbers of the buckets that a region covers. */
  private readonly ofRegion = new Map<string, readonly number[]>();
  /** Of the walk under way: the buckets in it, where each stands, and how many of its rows were seen. */
  private numbers = new Uint32Array(8);
  private keys = new Float64Array(8);
  private seen = new Uint32Array(8);
  private count = 0;
  /** Number of the walk, and by bucket of the last one that it was in. */
  private walk = 0;
  private admittedIn = new Float64Array(8);
  /** The one with the best key. */
  private at = 0;

  /** The bucket of a tier and region, a new one at first sight. */
  bucketOf(tier: number, region: string): Bucket {
    const known = this.buckets.find((bucket) => bucket.tier === tier && bucket.region === region);
    if (known !== undefined) return known;
    const number = this.buckets.length;
    if (number === this.keys.length) this.grow();
    const bucket = new Bucket(tier, region, (heads) => this.heads.set(heads, number * HEADS));
    this.buckets.push(bucket);
    this.tiers.push(tier);
    this.ofRegion.clear();
    return bucket;
  }

  /** Best key of the buckets that a request admits, infinite where there is none. One walk at a time, and no change meanwhile. */
  begin(minTier: number, regions: readonly string[]): number {
    this.count = 0;
    this.walk += 1;
    if (regions.length === 0) for (let n = 0; n < this.buckets.length; n += 1) this.admit(n, minTier);
    for (const code of regions) for (const number of this.inRegion(code)) this.admit(number, minTier);
    return this.best();
  }

  /** The key behind the last one; infinite at the end. */
  next(): number {
    const { at, keys } = this;
    const number = this.numbers[at] as number;
    const seen = (this.seen[at] as number) + 1;
    this.seen[at] = seen;
    keys[at] =
      seen < HEADS
        ? (this.heads[number * HEADS + seen] as number)
        : (this.buckets[number] as Bucket).after(keys[at] as number);
    return this.best();
  }

  private admit(number: number, minTier: number): void {
    const first = this.heads[number * HEADS] as number;
    if (first === POSITIVE_INFINITY || (this.tiers[number] as number) < minTier) return;
    if (this.admittedIn[number] === this.walk) return; // two of the regions cover it
    this.admittedIn[number] = this.walk;
    this.keys[this.count] = first;
    this.numbers[this.count] = number;
    this.seen[this.count] = 0;
    this.count += 1;
  }

  private inRegion(code: string): readonly number[] {
    const known = this.ofRegion.get(code);
    if (known !== undefined) return known;
    if (this.ofRegion.size >= MAX_REGIONS) this.ofRegion.clear();
    const numbers = this.buckets.flatMap(({ region }, n) => (isInRegions(region, [code]) ? [n] : []));
    this.ofRegion.set(code, numbers);
    return numbers;
  }

  private best(): number {
    const { keys } = this;
    let at = 0;
    let best = POSITIVE_INFINITY;
    for (let n = 0; n < this.count; n += 1) {
      const key = keys[n] as number;
      if (key >= best) continue;
      best = key;
      at = n;
    }
    this.at = at;
    return best;
  }

  private grow(): void {
    const length = this.keys.length * 2;
    const heads = new Float64Array(length * HEADS).fill(POSITIVE_INFINITY);
    heads.set(this.heads);
    this.heads = heads;
    this.keys = new Float64Array(length);
    this.seen = new Uint32Array(length);
    this.numbers = new Uint32Array(length);
    this.admittedIn = new Float64Array(length);
  }
}
