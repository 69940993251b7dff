import { type JobClass, jobClasses } from '@hearth/sdk/protocol';
import type { HomeConfig } from '../../config/home-config.ts';

/** What a home asks for one class of jobs. */
export type ClassPrice = { readonly class: JobClass; readonly multiplierPpm: number };

/**
 * What the model can and the owner sells, at the owner's prices as they are now: a class with a multiplier of its own keeps its
 * distance to the others when `currentPpm` is another one than in home.yaml.
 */
export function classPrices(
  { multiplierPpm, classes }: Pick<HomeConfig['ask'], 'multiplierPpm' | 'classes'>,
  canServe: readonly number[],
  currentPpm: number,
): ClassPrice[] {
  return (['chat', 'completion', 'embedding', 'rerank'] as const).flatMap((name) => {
    const own = classes[name] ?? multiplierPpm;
    if (own === 'off' || !canServe.includes(jobClasses[name])) return [];
    return [{ class: jobClasses[name], multiplierPpm: Math.ceil((own * currentPpm) / multiplierPpm) }];
  });
}
