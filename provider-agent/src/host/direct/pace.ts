import { HearthError } from '@hearth/sdk/protocol';

/** Of one address, at once and then per second; of all addresses together ten times that. */
const BURST = 20;
const PER_SECOND = 5;
const ALL = 10;
const MAX_ADDRESSES = 10_000;

type Bucket = { left: number; atMs: number };

/** How fast strangers may ask this node anything: an enclave's statement and a lease cost work, and a reservation gas. */
export class Pace {
  readonly #nowMs: () => number;
  readonly #addresses = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#all = { left: ALL * BURST, atMs: nowMs() };
  }

  /** @throws HearthError `rate_limited` */
  take(address: string): void {
    const bucket = this.#addresses.get(address) ?? { left: BURST, atMs: this.#nowMs() };
    this.#addresses.set(address, bucket);
    const [oldest] = this.#addresses.keys();
    if (this.#addresses.size > MAX_ADDRESSES && oldest !== undefined) this.#addresses.delete(oldest);
    this.#spend(bucket, 1);
    this.#spend(this.#all, ALL);
  }

  #spend(bucket: Bucket, times: number): void {
    const nowMs = this.#nowMs();
    const earned = ((nowMs - bucket.atMs) / 1000) * PER_SECOND * times;
    bucket.left = Math.min(BURST * times, bucket.left + Math.max(0, earned));
    bucket.atMs = nowMs;
    if (bucket.left < 1) throw new HearthError('rate_limited', 'this node is asked too often');
    bucket.left -= 1;
  }
}
