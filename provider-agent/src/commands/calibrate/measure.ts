import { type GenerationRequest, type InferenceEngine, tokensOf } from '../../enclave/inference/engine.ts';
import type { CalibrationRun } from '../../energy/price/calibration.ts';

export type MeasurePorts = {
  readonly engine: InferenceEngine;
  nowMs(): number;
  /** Of the node since some moment; undefined where it is not metered. */
  joules(): number | undefined;
};

/** Shares of the context that prompt and answer take: jobs differ, and so the two can be told apart. */
const mixes: readonly (readonly [prompt: number, answer: number])[] = [
  [0.02, 0.3],
  [0.4, 0.05],
  [0.1, 0.2],
  [0.3, 0.1],
  [0.05, 0.1],
  [0.2, 0.3],
];
/** At most, of a word and its number. */
const TOKENS_PER_WORD = 8;
/** Longer prompts say nothing more. */
const MOST_TOKENS = 2_048;

/** Runs of `slots` jobs at a time, each mix for at least `leastMs`; one round before them warms up and does not count. */
export async function measurePoint(
  ports: MeasurePorts,
  slots: number,
  leastMs: number,
  signal: AbortSignal,
): Promise<CalibrationRun[]> {
  const runs: CalibrationRun[] = [];
  for (const [index, mix] of [mixes[0], ...mixes].entries()) {
    signal.throwIfAborted();
    const run = await round(ports, slots, mix ?? [0.1, 0.1], index === 0 ? 0 : leastMs, signal);
    if (index > 0 && run.outputTokens > 0) runs.push(run);
  }
  return runs;
}

type Lane = { inputTokens: number; outputTokens: number; promptMs: number; firstTokenMs: number };

async function round(
  ports: MeasurePorts,
  slots: number,
  [promptShare, answerShare]: readonly [number, number],
  leastMs: number,
  signal: AbortSignal,
): Promise<CalibrationRun> {
  const context = Math.min(ports.engine.contextTokens, MOST_TOKENS);
  const words = Math.max(1, Math.floor((context * promptShare) / TOKENS_PER_WORD));
  const answerTokens = Math.max(2, Math.floor(context * answerShare));
  const [startMs, startJoules] = [ports.nowMs(), ports.joules()];
  const lanes = await Promise.all(
    Array.from({ length: slots }, (_, lane) =>
      work(ports, { lane, words, answerTokens, untilMs: startMs + leastMs }, signal),
    ),
  );
  const seconds = (ports.nowMs() - startMs) / 1_000;
  const endJoules = ports.joules();
  const sum = (of: (lane: Lane) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
  return {
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    seconds,
    promptSeconds: sum(({ promptMs }) => promptMs) / slots / 1_000,
    firstTokenMs: Math.max(...lanes.map(({ firstTokenMs }) => firstTokenMs)),
    joules: startJoules === undefined || endJoules === undefined ? undefined : endJoules - startJoules,
  };
}

type Work = {
  readonly lane: number;
  readonly words: number;
  readonly answerTokens: number;
  readonly untilMs: number;
};

/** One job after the other on one slot, until the time is over. */
async function work({ engine, nowMs }: MeasurePorts, job: Work, signal: AbortSignal): Promise<Lane> {
  const done: Lane = { inputTokens: 0, outputTokens: 0, promptMs: 0, firstTokenMs: 0 };
  for (let index = 0; index === 0 || nowMs() < job.untilMs; index += 1) {
    const sequence = engine.createSequence();
    if (!sequence) throw new Error(`the engine has no slot for job ${job.lane + 1} of this point`);
    try {
      const startMs = nowMs();
      // A tenant of its own: nothing is left evaluated from the run before.
      const generation = await sequence.prepare(
        requestOf(job, index),
        `calibration ${job.lane} ${index} ${startMs}`,
      );
      let firstMs: number | undefined;
      for await (const event of generation.run(Math.min(job.answerTokens, generation.freeTokens), signal)) {
        if (event.kind !== 'output') continue;
        firstMs ??= nowMs();
        done.outputTokens += tokensOf(event);
      }
      signal.throwIfAborted();
      const promptMs = (firstMs ?? nowMs()) - startMs;
      done.inputTokens += generation.promptTokens;
      done.promptMs += promptMs;
      done.firstTokenMs = Math.max(done.firstTokenMs, promptMs);
    } finally {
      await sequence.release();
    }
  }
  return done;
}

const requestOf = ({ lane, words }: Work, index: number): GenerationRequest => ({
  prompt: { text: Array.from({ length: words }, (_, word) => `the ${(word + lane + index) % 97}`).join(' ') },
  temperature: 1,
  seed: 1 + lane * 1_000 + index,
  stop: [],
});
