import type { BookInput, ClearingInput, LoggedMarketAsk, MarketAsk } from '@hearth/sdk/market';

type Hex = `0x${string}`;
/** A request; who is attested is the book's to say. */
export type SampleRequest = Omit<BookInput, 'isAttested'>;

const MODELS = 50;
const CLASSES = 3;
const REGIONS = ['DE', 'FR', 'NL', 'PL', 'ES', 'IT', 'SE', 'NO', 'CH', 'AT', 'DK', 'FI'];
export const NOW_MS = 1_800_000_000_000;
const BEACON_MS = NOW_MS - 4_000;

/** Everything of one ask that the book takes, and the state that counter, table and registry add to it. */
export interface SampleAsk extends LoggedMarketAsk {
  readonly ask: MarketAsk;
  readonly used: number;
  readonly qualityPpm: number;
  readonly isAttested: boolean;
}

/**
 * Asks and requests drawn from a seed: 50 models with Zipf's popularity, 12 regions, tiers 1 and 2, 3 classes, two
 * nodes to an owner, a third of the nodes full, 2 % not attested, 1 % ended, 1 % younger than the beacon.
 * @param tickPpm prices are multiples of it; with 1 hardly two effective asks are equal
 */
export class SampleBook {
  private readonly tickPpm: number;
  private readonly random: () => number;
  private readonly providers: Hex[] = [];

  constructor(seed: number, tickPpm: number) {
    this.tickPpm = tickPpm;
    this.random = uniform(seed);
  }

  *asks(count: number): Iterable<SampleAsk> {
    for (let n = 0; n < count; n += 1) yield this.nextAsk(n);
  }

  request(): SampleRequest {
    const isAnywhere = this.random() < 0.5;
    const regions = isAnywhere ? [] : [this.pick(REGIONS), this.pick(REGIONS)];
    const limit = BigInt(2_000_000 + this.below(1_000_000));
    return {
      requestId: this.id(32),
      request: {
        modelDigest: modelDigest(this.zipf()),
        minTier: 1 + this.below(2),
        class: this.below(CLASSES),
        contextTokens: this.pick([1_024, 4_096, 16_384]),
        maxPriceInput: limit,
        maxPriceCachedInput: limit,
        maxPriceOutput: 3n * limit,
      },
      regions,
      buyer: flat(this.providers[this.below(this.providers.length)] ?? this.id(20)),
      atMs: NOW_MS,
      beacon: { blockHash: this.id(32), timestampMs: BEACON_MS },
      priceCard: {
        priceCardHash: priceCardHash,
        inputMicroUsdPerMTok: 1_000_000n,
        cachedInputMicroUsdPerMTok: 250_000n,
        outputMicroUsdPerMTok: 3_000_000n,
      },
      ...noFacts,
    };
  }

  private nextAsk(n: number): SampleAsk {
    if (n % 2 === 0) this.providers.push(this.id(20));
    const slots = 1 + this.below(4);
    const isFull = this.random() < 1 / 3;
    const isEnded = this.random() < 0.01;
    const isYoung = this.random() < 0.01;
    const multiplierPpm = 500_000 + Math.floor(this.below(1_500_000) / this.tickPpm) * this.tickPpm;
    return {
      askId: this.id(32),
      ask: {
        nodeKey: this.id(32),
        provider: this.providers[n >> 1] as Hex,
        enclaveKey: this.id(20),
        modelDigest: modelDigest(this.zipf()),
        priceCardHash,
        region: this.pick(REGIONS),
        tier: 1 + this.below(2),
        class: this.below(CLASSES),
        multiplierPpm,
        slots,
        maxContextTokens: this.pick([2_048, 8_192, 32_768]),
        validFromMs: NOW_MS - 3_600_000,
        validUntilMs: isEnded ? NOW_MS : NOW_MS + 3_600_000,
      },
      platformId: this.id(32),
      timestampMs: isYoung ? BEACON_MS : NOW_MS - 3_600_000 + n,
      used: isFull ? slots : this.below(slots),
      qualityPpm: this.tickPpm > 1 && this.random() < 0.5 ? 886_000 : 700_000 + this.below(300_001),
      isAttested: this.random() >= 0.02,
    };
  }

  private id(bytes: number): Hex {
    for (let at = 0; at < bytes; at += 4) scratch.writeUInt32BE(Math.floor(this.random() * 2 ** 32), at);
    return flat(`0x${scratch.toString('hex', 0, bytes)}`);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  /** The n-th model is asked for 1/n as often as the first. */
  private zipf(): number {
    const target = this.random() * harmonic;
    let sum = 0;
    for (let n = 0; n < MODELS; n += 1) {
      sum += 1 / (n + 1);
      if (target < sum) return n;
    }
    return MODELS - 1;
  }
}

const scratch = Buffer.alloc(32);
const harmonic = Array.from({ length: MODELS }, (_, n) => 1 / (n + 1)).reduce((a, b) => a + b);
export const priceCardHash: Hex = `0x${'ca'.repeat(32)}`;
const modelDigest = (n: number): Hex => flat(`0x${(0xd0_0000 + n).toString(16).padStart(64, '0')}`);

/** As a message's parser makes it: V8 keeps joined text in pieces until somebody looks at it, and that would be the clearing. */
function flat(text: Hex): Hex {
  return Buffer.from(text, 'latin1').toString('latin1') as Hex;
}

const noFacts = {
  ejectedNodes: new Set<Hex>(),
  establishedPlatforms: new Set<Hex>(),
  slotLimits: new Map<Hex, number>(),
  pools: new Map(),
} satisfies Partial<ClearingInput>;

/** Every pool of the sample but for the tier. */
export function allPools(): { modelDigest: Hex; jobClass: number }[] {
  return Array.from({ length: MODELS * CLASSES }, (_, n) => ({
    modelDigest: modelDigest(Math.floor(n / CLASSES)),
    jobClass: n % CLASSES,
  }));
}

/** xoshiro128**: the same numbers on every machine. */
function uniform(seed: number): () => number {
  const s = Uint32Array.of(seed, seed ^ 0x9e3779b9, seed ^ 0x243f6a88, 0xb7e15162);
  const rotated = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  return () => {
    const [a, b, c, d] = s as unknown as readonly [number, number, number, number];
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9);
    s[2] = c ^ a;
    s[3] = d ^ b;
    s[1] = b ^ (s[2] as number);
    s[0] = a ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (b << 9);
    s[3] = rotated(s[3] as number, 11);
    return (result >>> 0) / 2 ** 32;
  };
}
