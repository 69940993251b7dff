import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeRandomModel } from '../builders/random-model.ts';
import { emberPath } from '../market/catalogue.ts';
import { repositoryRoot } from '../market/paths.ts';
import type { Bench } from './bench.ts';
import { inferenceReport, type SideFigures } from './inference/report.ts';

/** Streams and tokens each: rounds are measured on both sides, first on one and then on the other, until the time is up. */
const slowLoads = [
  { streams: 1, tokens: 64, leastRounds: 5, budgetMs: 15_000 },
  { streams: 8, tokens: 48, leastRounds: 5, budgetMs: 20_000 },
  { streams: 32, tokens: 24, leastRounds: 3, budgetMs: 30_000 },
];
const tinyLoads = [
  { streams: 1, tokens: 400, leastRounds: 5, budgetMs: 5_000 },
  { streams: 8, tokens: 200, leastRounds: 5, budgetMs: 5_000 },
  { streams: 32, tokens: 100, leastRounds: 5, budgetMs: 5_000 },
];

/**
 * Tokens per second through the enclave's job side beside bare node-llama-cpp with as many parallel sequences, turn by
 * turn in one process: opening, admission, engine, sealing, receipts are inside; who seals and reads is outside.
 */
export const inferenceBench: Bench = async (parts, tell) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-inference-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  tell('writing a model with random weights');
  const slow = await writeRandomModel({
    path: join(dir, 'random.gguf'),
    seed: 'inference',
    layers: 6,
    contextTokens: 256,
  });
  tell(`a model of ${Math.round(slow.bytes / 1e6)} MB, at 1, 8 and 32 streams`);
  const slowFigures = await measure({
    modelPath: slow.path,
    contextTokens: 256,
    prompt: 'Hi',
    frequencyPenalty: 0,
    loads: slowLoads,
  });
  tell('the tiny model, at 1, 8 and 32 streams');
  const tinyFigures = await measure({
    modelPath: emberPath,
    contextTokens: 512,
    prompt: 'Repeat: lamp lamp lamp lamp lamp lamp',
    frequencyPenalty: -2,
    loads: tinyLoads,
  });
  return inferenceReport({ slow: slowFigures, tiny: tinyFigures, cores: availableParallelism() });
};

async function measure(plan: object): Promise<readonly SideFigures[]> {
  const script = join(repositoryRoot, 'provider-agent/dist/testing/inference-sides.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(plan)]);
  return (JSON.parse(stdout) as { loads: SideFigures[] }).loads;
}
