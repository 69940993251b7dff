import type { VerifyOptions } from '@hearth/sdk';
import type { Bundle, Level } from '@hearth/sdk/protocol';
import { expect } from '@jest/globals';
import type { Lies, World } from '../builders/bundle.ts';
import { failuresOf, judge, lyingWorld } from './judge.ts';

/** One thing wrong with a bundle: told before it is signed (`lies`), or changed afterwards (`change`). */
export type Defect = {
  readonly says: string;
  readonly lies?: Lies;
  readonly change?: (bundle: Bundle, world: World) => Bundle;
  readonly options?: (world: World) => Partial<VerifyOptions>;
  /** Exactly these levels fail; the first one with this reason. */
  readonly fails: readonly Level[];
  readonly reason: RegExp;
};

/** For `test.each`: the sentence first. */
export const rows = (defects: readonly Defect[]): [string, Defect][] =>
  defects.map((defect) => [defect.says, defect]);

export async function expectRefused({ lies, change, options, fails, reason }: Defect): Promise<void> {
  const world = await lyingWorld(lies ?? {});
  const bundle = change ? change(world.bundle, world) : world.bundle;
  const verdict = await judge(world, bundle, options?.(world));
  const [level = 'L0'] = fails;
  expect({ ok: verdict.ok, fails: failuresOf(verdict), reason: verdict.levels[level].reason }).toEqual({
    ok: false,
    fails,
    reason: expect.stringMatching(reason),
  });
}
