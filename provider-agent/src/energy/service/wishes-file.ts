import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../../host/durable-file.ts';
import type { EnergyConfig } from '../config/energy-config.ts';
import { modes, type OwnerWishes } from '../policy/policy-types.ts';
import type { QuietHours } from '../time/quiet-hours.ts';

const percent = z.number().min(0).max(100).optional();
const wishes = z.strictObject({
  mode: z.enum(modes),
  pausedUntilMs: z.int().optional(),
  capW: z.number().min(0).optional(),
  reservePercent: percent,
  batteryFirstPercent: percent,
  quietHours: z
    .array(
      z.strictObject({
        fromMinute: z.int().min(0).max(1_439),
        toMinute: z.int().min(0).max(1_439),
        weekdays: z.array(z.int().min(0).max(6)).optional(),
        capW: z.number().min(0),
      }),
    )
    .max(16),
});

export type Wishes = OwnerWishes & { readonly quietHours: readonly QuietHours[] };

/** What the owner wants, as last said; the file of the home is only the beginning. */
export class WishesFile {
  readonly #path: string;
  #wishes: Wishes;

  private constructor(path: string, first: Wishes) {
    this.#path = path;
    this.#wishes = first;
  }

  static async open(path: string, config: EnergyConfig['wishes']): Promise<WishesFile> {
    const text = await readIfThere(path);
    const kept = text === undefined ? undefined : wishes.safeParse(parseJson(text));
    return new WishesFile(path, kept?.success ? withAll(kept.data) : wishesOf(config));
  }

  get current(): Wishes {
    return this.#wishes;
  }

  /** @throws ZodError where a wish is none that can be granted */
  async change(change: Partial<Wishes>): Promise<void> {
    this.#wishes = withAll(wishes.parse({ ...this.#wishes, ...change }));
    await writeDurably(this.#path, `${JSON.stringify(this.#wishes)}\n`);
  }
}

/** What the home's file says, before the owner has said anything. */
export function wishesOf({
  mode,
  capWatts,
  reservePercent,
  batteryFirstPercent,
  quietHours,
}: EnergyConfig['wishes']): Wishes {
  return withAll({
    mode,
    capW: capWatts,
    reservePercent,
    batteryFirstPercent,
    quietHours: quietHours.map((window) => ({
      fromMinute: window.from,
      toMinute: window.to,
      weekdays: window.weekdays,
      capW: window.capWatts,
    })),
  });
}

function withAll({
  mode,
  pausedUntilMs,
  capW,
  reservePercent,
  batteryFirstPercent,
  quietHours,
}: z.output<typeof wishes>): Wishes {
  return { mode, pausedUntilMs, capW, reservePercent, batteryFirstPercent, quietHours };
}
