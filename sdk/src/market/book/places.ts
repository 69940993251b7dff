import { isInRegions } from '../eligible.ts';

/** Whatever buyers name is remembered; more are forgotten again. */
const MAX_CODES = 1024;
const TIERS = 256;

export const tierIn = (place: number): number => place & 0xff;
export const regionIn = (place: number): number => place >>> 8;

/** Tier and region in one number. */
export class Places {
  private readonly regions: string[] = [];
  private readonly covered = new Map<string, readonly number[]>();

  numberOf(tier: number, region: string): number {
    const known = this.regions.indexOf(region);
    if (known >= 0) return known * TIERS + tier;
    this.covered.clear();
    return (this.regions.push(region) - 1) * TIERS + tier;
  }

  /** Numbers of regions lie below it. */
  get limit(): number {
    return this.regions.length;
  }

  /** Numbers of the regions that a code covers. */
  coveredBy(code: string): readonly number[] {
    const known = this.covered.get(code);
    if (known !== undefined) return known;
    if (this.covered.size >= MAX_CODES) this.covered.clear();
    const numbers = this.regions.flatMap((region, n) => (isInRegions(region, [code]) ? [n] : []));
    this.covered.set(code, numbers);
    return numbers;
  }
}
