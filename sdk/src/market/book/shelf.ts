import { isInRegions } from '../eligible.ts';
import { Bucket } from './bucket.ts';

/** The buckets of one model and class, with what a clearing asks of all of them lying side by side. */
export class Shelf {
  readonly buckets: Bucket[] = [];
  /** Key of the best row that sells in each bucket; infinite where there is none. */
  private firsts = new Float64Array(8).fill(Number.POSITIVE_INFINITY);
  private readonly tiers: number[] = [];
  private readonly places: number[] = [];
  private readonly regions: string[] = [];

  /** The bucket of a tier and region, a new one at first sight. */
  bucketOf(tier: number, region: string): Bucket {
    const known = this.buckets.find((bucket) => bucket.tier === tier && bucket.region === region);
    if (known !== undefined) return known;
    const number = this.buckets.length;
    if (number === this.firsts.length) this.grow();
    const bucket = new Bucket(tier, region, (first) => {
      this.firsts[number] = first;
    });
    this.buckets.push(bucket);
    this.tiers.push(tier);
    if (!this.regions.includes(region)) this.regions.push(region);
    this.places.push(this.regions.indexOf(region));
    return bucket;
  }

  /** The buckets that a request admits and the key of the best row in each. */
  admitted(minTier: number, regions: readonly string[]): { buckets: Bucket[]; keys: number[] } {
    const isAllowed =
      regions.length === 0 ? undefined : this.regions.map((code) => isInRegions(code, regions));
    const buckets: Bucket[] = [];
    const keys: number[] = [];
    for (let n = 0; n < this.buckets.length; n += 1) {
      const first = this.firsts[n] as number;
      if (first === Number.POSITIVE_INFINITY || (this.tiers[n] as number) < minTier) continue;
      if (isAllowed?.[this.places[n] as number] === false) continue;
      buckets.push(this.buckets[n] as Bucket);
      keys.push(first);
    }
    return { buckets, keys };
  }

  private grow(): void {
    const larger = new Float64Array(this.firsts.length * 2).fill(Number.POSITIVE_INFINITY);
    larger.set(this.firsts);
    this.firsts = larger;
  }
}
