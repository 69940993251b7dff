import { createHash } from 'node:crypto';
import type { SampleAsk, SampleRequest } from './sample-book.ts';

/** The whole book in typed arrays, scanned from end to end for each request: the fastest honest scan. */
export class ArrayScan {
  private readonly ids: string[] = [];
  private readonly models = new Map<string, number>();
  private readonly regions = new Map<string, number>();
  private readonly providers = new Map<string, number>();
  private readonly kinds: Int32Array;
  private readonly effective: Float64Array;
  private readonly multipliers: Int32Array;
  private readonly contexts: Int32Array;
  private readonly owners: Int32Array;
  private readonly places: Uint8Array;
  /** Free, attested, in time: what does not depend on the request in this sample. */
  private readonly ready: Uint8Array;

  constructor(asks: readonly SampleAsk[], atMs: number, beaconMs: number) {
    const columns = Array.from({ length: 5 }, () => new Int32Array(asks.length));
    [this.kinds, this.multipliers, this.contexts, this.owners] = columns as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    this.effective = new Float64Array(asks.length);
    this.places = new Uint8Array(asks.length);
    this.ready = new Uint8Array(asks.length);
    asks.forEach(({ askId, ask, timestampMs, used, qualityPpm, isAttested }, n) => {
      this.ids.push(askId);
      this.kinds[n] = kindOf(numberIn(this.models, ask.modelDigest), ask.class, ask.tier);
      this.effective[n] = Math.ceil((ask.multiplierPpm * 1e6) / qualityPpm);
      this.multipliers[n] = ask.multiplierPpm;
      this.contexts[n] = ask.maxContextTokens;
      this.owners[n] = numberIn(this.providers, ask.provider);
      this.places[n] = numberIn(this.regions, ask.region);
      const isInTime = timestampMs < beaconMs && atMs < ask.validUntilMs;
      this.ready[n] = Number(isAttested && isInTime && used < ask.slots);
    });
  }

  /** Ask ids, best first, at most three. */
  best({ request, regions, buyer, beacon, requestId }: SampleRequest): string[] {
    const kinds = [1, 2]
      .filter((tier) => tier >= request.minTier)
      .map((tier) => kindOf(this.models.get(request.modelDigest) ?? -1, request.class, tier));
    const allowed = new Uint8Array(256).fill(regions.length === 0 ? 1 : 0);
    for (const region of regions) allowed[this.regions.get(region) ?? 255] = 1;
    const owner = this.providers.get(buyer) ?? -1;
    const highest = Number(request.maxPriceInput); // the sample's card says 1 USD, and its limits are in proportion
    const better = (a: number, b: number) =>
      (this.effective[a] as number) - (this.effective[b] as number) ||
      (tie(beacon.blockHash, requestId, this.ids[a]) < tie(beacon.blockHash, requestId, this.ids[b])
        ? -1
        : 1);
    const best: number[] = [];
    const [first, second] = kinds;
    for (let n = 0; n < this.kinds.length; n += 1) {
      const kind = this.kinds[n];
      if (kind !== first && kind !== second) continue;
      if (this.ready[n] === 0 || allowed[this.places[n] as number] === 0 || this.owners[n] === owner)
        continue;
      if ((this.contexts[n] as number) < request.contextTokens || (this.multipliers[n] as number) > highest)
        continue;
      const last = best[2];
      if (last !== undefined && (this.effective[n] as number) > (this.effective[last] as number)) continue;
      best.push(n);
      best.sort(better);
      if (best.length > 3) best.pop();
    }
    return best.map((n) => this.ids[n] as string);
  }
}

const kindOf = (model: number, jobClass: number, tier: number) => (model * 4 + jobClass) * 4 + tier;

function numberIn(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name) ?? numbers.size;
  numbers.set(name, known);
  return known;
}

function tie(beacon: string, requestId: string, askId: string | undefined): string {
  const hex = [beacon, requestId, askId ?? ''].map((id) => id.slice(2)).join('');
  return createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');
}
