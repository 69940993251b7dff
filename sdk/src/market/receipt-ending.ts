import { outcomes } from '../protocol/enums.ts';

/**
 * What an outcome of a receipt means for the market: `open` is not counted (more is to come, or another node went on),
 * `failed` is the enclave's own word that it did not deliver.
 */
export function endingOf(outcome: number): 'done' | 'failed' | 'open' {
  if (outcome === outcomes.interim || outcome === outcomes.failedOver) return 'open';
  return outcome === outcomes.providerError ? 'failed' : 'done';
}
