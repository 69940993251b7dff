import type { CounterState } from './ask-rows.ts';

const FREE = -1;
const WORDS = 3;
const PAUSED = 0x8000_0000;

/** The newest slot counter of each node and enclave, in columns: open addressing, at most half full. */
export class CounterTable {
  private keys = new Float64Array(1024).fill(FREE);
  private words = new Uint32Array(1024 * WORDS);
  private count = 0;

  /** @param node and enclave: numbers below 2^26 */
  get(node: number, enclave: number): CounterState | undefined {
    const slot = slotOf(this.keys, keyOf(node, enclave));
    if (this.keys[slot] === FREE) return undefined;
    const [free, used, counterIndex] = this.words.subarray(slot * WORDS) as unknown as [
      number,
      number,
      number,
    ];
    return { freeSlots: free | 0, usedSlots: used & ~PAUSED, isPaused: used >= PAUSED, counterIndex };
  }

  set(node: number, enclave: number, { freeSlots, usedSlots, isPaused, counterIndex }: CounterState): void {
    const key = keyOf(node, enclave);
    const slot = slotOf(this.keys, key);
    if (this.keys[slot] === FREE) this.count += 1;
    this.keys[slot] = key;
    this.words.set([freeSlots, isPaused ? usedSlots + PAUSED : usedSlots, counterIndex], slot * WORDS);
    if (this.count * 2 > this.keys.length) this.grow();
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2).fill(FREE);
    const words = new Uint32Array(this.words.length * 2);
    for (const [slot, key] of this.keys.entries()) {
      if (key === FREE) continue;
      const next = slotOf(keys, key);
      keys[next] = key;
      words.set(this.words.subarray(slot * WORDS, (slot + 1) * WORDS), next * WORDS);
    }
    this.keys = keys;
    this.words = words;
  }
}

const keyOf = (node: number, enclave: number) => node * 2 ** 26 + enclave;

/** Where a key is, or would be put. */
function slotOf(keys: Float64Array, key: number): number {
  const mask = keys.length - 1;
  let slot = (Math.imul(key % 2 ** 26, 0x9e3779b1) ^ Math.imul(key / 2 ** 26, 0x85ebca6b)) & mask;
  while (keys[slot] !== FREE && keys[slot] !== key) slot = (slot + 1) & mask;
  return slot;
}
