import { afterAll, beforeAll } from '@jest/globals';
import { MARKET_TIMEOUT_MS, openMarket, type Story } from './open-market.ts';

/**
 * One market for the stories of a file, told in order. Each but the last leaves it as the next one needs it: every process
 * alive, no slot taken, nothing on its way to the chain.
 */
export function shareMarket(...how: Parameters<typeof openMarket>): () => Story {
  let market: Story | undefined;
  beforeAll(async () => {
    market = await openMarket(...how);
  }, MARKET_TIMEOUT_MS);
  afterAll(() => market?.stop(), MARKET_TIMEOUT_MS);
  return () => {
    if (!market) throw new Error('the market is asked for before it has started');
    return market;
  };
}
