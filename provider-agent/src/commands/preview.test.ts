import { expect, test } from '@jest/globals';
import { energyConfig } from '../energy/config/energy-config.ts';
import { policyConfigOf, priceTermsOf } from '../energy/config/policy-of-config.ts';
import type { NodePower } from '../energy/node-power.ts';
import { AskKeeper } from '../energy/service/ask-keeper.ts';
import { multiplierOf } from '../host/link/preview-node.ts';
import { previewInWords } from './preview.ts';

const energy = energyConfig.parse({
  timeZone: 'UTC',
  node: {
    idleWatts: 40,
    points: [
      {
        ...{ slots: 2, watts: 300, tokensPerSecond: 100, inputTokensPerSecond: 1_000 },
        ...{ joulesPerOutputToken: 4, joulesPerInputToken: 0.4 },
      },
    ],
  },
});
/** Nothing has drifted. */
const asCalibrated = { corrected: <Point>(point: Point) => point };
const card = { input: 100_000, output: 400_000 };

test('E17: the preview is of the ask that the node would publish, to the last step', async () => {
  const published: number[] = [];
  const node = { card: () => card, reprice: (ppm: number) => published.push(ppm) } as unknown as NodePower;
  const { points } = policyConfigOf(energy);
  const keeper = new AskKeeper(
    node,
    priceTermsOf(energy),
    points,
    asCalibrated,
    energy.price.holdSeconds * 1_000,
  );
  const [point] = points;
  if (!point) throw new Error('the home has a point');
  keeper.cycle(point, energy.tariff.importPerKwh, 5_000, 0);
  const swap = { powerW: 65, microUsdPerKwh: 300_000, tokensPerStay: 20_000 };
  const ask = { multiplierPpm: 900_000, slots: 2, classes: {}, swap };
  const home = { energy, ask, dataDir: '/nowhere' }; // no drift was ever found there
  expect([await multiplierOf(home, undefined, card)]).toEqual(published);
  expect(await multiplierOf({ ...home, energy: undefined }, undefined, card)).toBe(900_000);
});

test('E17: in words: the ask, and how many of yesterday’s jobs it would have won', () => {
  const preview = {
    ...{ multiplierPpm: 885_000, sales: 412, wouldHaveWon: 260, share: 260 / 412, model: 'ember', hours: 24 },
    ...{ outputMicroUsdPerMTok: 354_000, isComplete: true },
  };
  expect(previewInWords(preview)).toBe(
    'At 88.5 % of the price card, 0.3540 USD per million output tokens you would have won 63 % of the 412 jobs of ember sold in the last 24 h.',
  );
  expect(previewInWords({ ...preview, share: undefined })).toContain('has sold nothing of ember');
});
