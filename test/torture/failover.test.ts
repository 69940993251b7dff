import { expect, test } from '@jest/globals';
import { MARKET_TIMEOUT_MS } from '../e2e/open-market.ts';
import { Lifecycle } from '../environment/lifecycle.ts';
import { failoverTorture } from './failover.ts';

const RUNS = 3;
const SEED = 7;

test(
  `${RUNS} enclaves killed in mid-answer (seed ${SEED}): same text, billed once, both nodes paid, no client error`,
  async () => {
    const parts = new Lifecycle();
    try {
      const { figures, ok } = await failoverTorture(parts, { runs: RUNS, seed: SEED }, () => {});
      expect(figures).toMatchObject({
        runs: RUNS,
        clientErrors: [],
        otherTexts: 0,
        overbilled: [],
        unpaidNodes: [],
      });
      expect(ok).toBe(true);
    } finally {
      await parts.stop();
    }
  },
  2 * MARKET_TIMEOUT_MS,
);
