import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CalibrationRun, calibrate, hasDrifted } from './calibration.ts';
import { CalibrationDrift } from './calibration-drift.ts';
import { previewAsk } from './preview.ts';
import { TokenEnergy } from './token-energy.ts';

const key = { modelDigest: '0x1', slots: 2, powerCapW: undefined };
const IDLE_W = 40;
const run = (inputTokens: number, outputTokens: number, eIn: number, eOut: number): CalibrationRun => {
  const seconds = outputTokens / 50;
  const joules = inputTokens * eIn + outputTokens * eOut + IDLE_W * seconds;
  const firstTokenMs = 100 + inputTokens / 10;
  return { inputTokens, outputTokens, seconds, promptSeconds: firstTokenMs / 1_000, firstTokenMs, joules };
};

test('E16: joules per token come back from runs of different mixes, above what the node draws idle', () => {
  const positive = fc.double({ min: 0.01, max: 20, noNaN: true });
  fc.assert(
    fc.property(positive, positive, (eIn, eOut) => {
      const runs = [
        [2_000, 50],
        [50, 400],
        [500, 200],
        [1_000, 100],
        [100, 300],
      ].map(([input = 0, output = 0]) => run(input, output, eIn, eOut));
      const { energy } = calibrate(key, runs, IDLE_W);
      expect(energy?.joulesPerInputToken).toBeCloseTo(eIn, 4);
      expect(energy?.joulesPerOutputToken).toBeCloseTo(eOut, 4);
    }),
  );
});

test('E16: where all runs are alike, an input token is put at a tenth of an output token', () => {
  const { energy } = calibrate(
    key,
    Array.from({ length: 6 }, () => run(100, 100, 0.2, 4)),
    IDLE_W,
  );
  const [eIn = 0, eOut = 0] = [energy?.joulesPerInputToken, energy?.joulesPerOutputToken];
  expect(eOut / eIn).toBeCloseTo(10, 9);
  expect(eIn * 100 + eOut * 100).toBeCloseTo(420, 6);
});

test('E16: speed and power come with how sure they are, and too few runs say nothing', () => {
  const runs = [90, 110, 95, 105, 100].map((outputTokens) => ({
    ...run(10, outputTokens, 0, 4),
    seconds: 2.5,
    promptSeconds: 0.5,
  }));
  const { tokensPerSecond, inputTokensPerSecond, firstTokenP95Ms } = calibrate(key, runs, IDLE_W);
  expect([tokensPerSecond.mean, inputTokensPerSecond.mean, firstTokenP95Ms]).toEqual([50, 20, 101]);
  expect(tokensPerSecond.plusMinus).toBeCloseTo((2.78 * 7.906) / 2 / Math.sqrt(5), 2);
  expect(() => calibrate(key, runs.slice(1), IDLE_W)).toThrow('at least 5 runs, got 4');
});

test('E16: more than 15 % beside the table is a drift', () => {
  const drifts = (measured: number) => hasDrifted(measured, 100);
  expect([114, 86, 116, 84].map(drifts)).toEqual([false, false, true, true]);
  expect(hasDrifted(50, 0)).toBe(false);
});

test('E16: the owner is told of a drift once five intervals of work have shown it', () => {
  const drift = new CalibrationDrift();
  const told = [100, 0, 100, 100, 100, 100].map((expected) => drift.add(130, expected, 1));
  expect(told).toEqual([undefined, undefined, undefined, undefined, undefined, 1.3]);
  // Work on a model that the points are not of says nothing of them.
  expect(drift.add(1_000, Number.NaN, 1)).toBeUndefined();
  // What came back to what it was is forgotten with the eight intervals that it takes.
  const back = Array.from({ length: 8 }, () => drift.add(100, 100, 1));
  expect([back.at(0), back.at(-1)]).toEqual([expect.closeTo(1.25, 9), undefined]);
});

test('E16: a drift puts the joules of a token right, and is told again only when they drift from that', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hearth-test-'));
  const energy = await TokenEnergy.open(directory, [point]);
  const drift = new CalibrationDrift();
  const told: number[] = [];
  for (let interval = 0; interval < 12; interval += 1) {
    const ratio = drift.add(interval < 9 ? 130 : 200, 100, energy.factor);
    if (ratio === undefined) continue;
    told.push(ratio);
    await energy.correct(ratio, interval);
  }
  expect(told).toEqual([1.3, expect.closeTo(1.5625, 9)]);
  expect(energy.corrected(point)).toMatchObject({
    joulesPerInputToken: expect.closeTo(1.5625, 9),
    joulesPerOutputToken: expect.closeTo(15.625, 9),
    watts: 300, // what limits are held by is not guessed at
  });
  expect((await TokenEnergy.open(directory, [point])).factor).toBe(energy.factor);
  expect((await TokenEnergy.open(directory, [{ ...point, watts: 301 }])).factor).toBe(1);
  await energy.correct(40, 0);
  expect(energy.factor).toBe(5);
  await rm(directory, { recursive: true });
});
const point = {
  ...{ slots: 1, powerCapW: undefined, watts: 300, tokensPerSecond: 10, inputTokensPerSecond: 100 },
  ...{ joulesPerInputToken: 1, joulesPerOutputToken: 10 },
};

test('E17: the preview counts the sales that this ask would have won', () => {
  const sales = [800_000, 900_000, 1_000_000, 1_200_000].map((effectiveAskPpm, atMs) => ({
    atMs,
    effectiveAskPpm,
  }));
  expect(previewAsk(900_000, 1_000_000, sales)).toEqual({
    multiplierPpm: 900_000,
    sales: 4,
    wouldHaveWon: 3,
    share: 0.75,
  });
  expect(previewAsk(900_000, 886_000, sales).wouldHaveWon).toBe(1);
  expect(previewAsk(900_000, 886_000, []).share).toBeUndefined();
});
