import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { LlamaEngine } from '../../enclave/inference/llama-engine.ts';
import { energyConfig } from '../../energy/config/energy-config.ts';
import { policyConfigOf } from '../../energy/config/policy-of-config.ts';
import { calibrate } from '../../energy/price/calibration.ts';
import { calibratedPoints, loadCalibration, saveCalibration } from '../../energy/price/calibration-table.ts';
import { JouleCounter } from '../../energy/price/joule-counter.ts';
import { ScriptedEngine } from '../../testing/scripted-engine.ts';
import { slotsToMeasure } from '../calibrate.ts';
import { measurePoint } from './measure.ts';
import { tableInWords } from './table-in-words.ts';

const IDLE_W = 40;
const PROMPT_TOKENS = 50;
const never = new AbortController().signal;

/** A node that reads 500 and says 100 tokens a second, at 0.4 and 4 J each, on one slot. */
function node() {
  const time = { ms: 0, joules: 0 };
  const pass = (ms: number, workJoules: number) => {
    time.ms += ms;
    time.joules += (IDLE_W * ms) / 1_000 + workJoules;
  };
  const engine = new ScriptedEngine({
    tokens: Array.from({ length: 1_000 }, () => 'word '),
    promptTokens: PROMPT_TOKENS,
    contextTokens: 1_000,
    beforeToken: (index) => {
      if (index === 0) pass(PROMPT_TOKENS * 2, PROMPT_TOKENS * 0.4);
      pass(index === 0 ? 0 : 10, 4);
    },
  });
  return { engine, nowMs: () => time.ms, joules: () => time.joules };
}

test('E16: a point is measured by real work: speed, first token and joules per token come back', async () => {
  const runs = await measurePoint(node(), 1, 500, never);
  expect(runs).toHaveLength(6);
  const row = calibrate({ modelDigest: '0x1', slots: 1, powerCapW: undefined }, runs, IDLE_W);
  expect(row.firstTokenP95Ms).toBe(100);
  expect(row.inputTokensPerSecond.mean).toBeCloseTo(500, 6);
  expect(row.tokensPerSecond.mean).toBeGreaterThan(99); // the first token's time is the prompt's
  expect(row.energy?.joulesPerInputToken).toBeCloseTo(0.4, 6);
  expect(row.energy?.joulesPerOutputToken).toBeCloseTo(4, 6);
});

test('E16: without a meter only the speed is known; a stop is a stop', async () => {
  const unmetered = { ...node(), joules: () => undefined };
  const runs = await measurePoint(unmetered, 1, 0, never);
  const row = calibrate({ modelDigest: '0x1', slots: 1, powerCapW: undefined }, runs, 0);
  expect([row.energy, row.inputTokensPerSecond.mean]).toEqual([undefined, expect.closeTo(500, 6)]);
  await expect(measurePoint(unmetered, 1, 0, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
    'enough',
  );
});

test('E16: joules are counted from watts that are told now and then, and not while nobody knows them', () => {
  const counter = new JouleCounter();
  expect(counter.at(0)).toBeUndefined();
  counter.tell(100, 0);
  counter.tell(200, 2_000);
  expect(counter.at(3_000)).toBe(400);
  counter.tell(undefined, 3_000);
  expect(counter.at(9_000)).toBeUndefined();
  counter.tell(10, 9_000);
  expect(counter.at(10_000)).toBe(410);
});

test('E16: 1, 2, 4 … and all jobs at a time are measured', () => {
  expect([1, 2, 3, 8, 20].map(slotsToMeasure)).toEqual([
    [1],
    [1, 2],
    [1, 2, 3],
    [1, 2, 4, 8],
    [1, 2, 4, 8, 16, 20],
  ]);
});

const estimate = (mean: number, plusMinus = 0) => ({ mean, plusMinus });
const row = (slots: number, watts: number | undefined) => ({
  ...{ modelDigest: '0x1', slots, runs: 6, firstTokenP95Ms: 12 },
  tokensPerSecond: estimate(70 * slots, 2),
  inputTokensPerSecond: estimate(700 * slots),
  ...(watts !== undefined && {
    energy: { watts: estimate(watts, 5), joulesPerInputToken: 0.3, joulesPerOutputToken: 3 },
  }),
});

test('E16: the table is kept per model, read in words, and goes before what was typed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hearth-calibration-'));
  const weights = 'ab'.repeat(32);
  const table = {
    ...{
      v: 1 as const,
      weightsSha256: `0x${weights}`,
      modelDigest: '0x1',
      modelName: 'ember',
      measuredAtMs: 0,
    },
    metered: { instrument: 'shelly-plug 1', idleW: 31.25 },
    rows: [row(1, 120), row(2, undefined)],
  };
  await saveCalibration(dataDir, table);
  expect(await loadCalibration(dataDir, weights)).toEqual(table);
  expect(await loadCalibration(dataDir, 'cd'.repeat(32))).toBeUndefined();
  rmSync(dataDir, { recursive: true });

  const typed = (slots: number, watts: number, over = {}) => ({
    ...{
      slots,
      watts,
      tokensPerSecond: 1,
      inputTokensPerSecond: 1,
      joulesPerOutputToken: 9,
      joulesPerInputToken: 9,
    },
    ...over,
  });
  const points = [typed(1, 999), typed(2, 200), typed(1, 90, { gpuPowerCapWatts: 80 })];
  const config = energyConfig.parse({ timeZone: 'UTC', node: { idleWatts: 40, points } });
  expect(calibratedPoints(policyConfigOf(config).points, table)).toMatchObject([
    { slots: 1, watts: 90, powerCapW: 80, tokensPerSecond: 1 },
    { slots: 1, watts: 125, powerCapW: undefined, tokensPerSecond: 70, joulesPerOutputToken: 3 },
    { slots: 2, watts: 200, tokensPerSecond: 140, joulesPerOutputToken: 9 },
  ]);
  expect(tableInWords(table)).toBe(
    [
      'ember on this machine, metered by shelly-plug 1, 31.3 W without work:',
      '  1 job  at a time: 70 ± 2 tokens/s out, 700 tokens/s in; first token within 12 ms; 120 ± 5 W, 3 J per output token, 0.3 J per input token',
      '  2 jobs at a time: 140 ± 2 tokens/s out, 1,400 tokens/s in; first token within 12 ms',
    ].join('\n'),
  );
});

test('E16: a real engine, with the model of the repository', async () => {
  const modelPath = fileURLToPath(new URL('../../../models/ember-2m-q8_0.gguf', import.meta.url));
  const engine = await LlamaEngine.load({ modelPath, slots: 2, contextTokens: 128, threads: 1, gpu: false });
  try {
    const ports = { engine, nowMs: () => performance.now(), joules: () => undefined };
    const runs = await measurePoint(ports, 2, 0, never);
    const { tokensPerSecond, inputTokensPerSecond } = calibrate(
      { modelDigest: '0x1', slots: 2, powerCapW: undefined },
      runs,
      0,
    );
    expect(tokensPerSecond.mean).toBeGreaterThan(0);
    expect(inputTokensPerSecond.mean).toBeGreaterThan(0);
  } finally {
    await engine.close();
  }
}, 120_000); // the machine may be busy: a limit, not an expectation
