import { join } from 'node:path';
import { canonicalHash, parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../../host/durable-file.ts';
import type { OperatingPoint } from '../policy/operating-point.ts';

const factor = z.number().min(0.2).max(5);
const correctionFile = z.strictObject({ v: z.literal(1), basis: z.string(), factor, atMs: z.int() });

/**
 * What jobs have been found to take, as a multiple of what the operating points say: the calibration is put right from the work
 * itself as soon as it has drifted, and from then on the ask goes by it. Draws stay as they are: limits are held by them.
 */
export class TokenEnergy {
  readonly #path: string;
  readonly #basis: string;
  #factor = 1;

  private constructor(path: string, basis: string) {
    this.#path = path;
    this.#basis = basis;
  }

  /** A correction of other points is none. */
  static async open(dataDir: string, points: readonly OperatingPoint[]): Promise<TokenEnergy> {
    const path = join(dataDir, 'energy-correction.json');
    const basis = canonicalHash(points);
    const energy = new TokenEnergy(path, basis);
    const text = await readIfThere(path);
    const kept = text === undefined ? undefined : correctionFile.safeParse(parseJson(text)).data;
    if (kept?.basis === basis) energy.#factor = kept.factor;
    return energy;
  }

  get factor(): number {
    return this.#factor;
  }

  /** The point as its tokens are found to be. */
  readonly corrected = (point: OperatingPoint): OperatingPoint => ({
    ...point,
    joulesPerInputToken: point.joulesPerInputToken * this.#factor,
    joulesPerOutputToken: point.joulesPerOutputToken * this.#factor,
  });

  /** @param ratio measured over what the points say. Bounded: a meter may be wrong, too. */
  async correct(ratio: number, atMs: number): Promise<void> {
    this.#factor = Math.min(5, Math.max(0.2, ratio));
    const kept = { v: 1, basis: this.#basis, factor: this.#factor, atMs };
    await writeDurably(this.#path, `${JSON.stringify(kept)}\n`);
  }
}
