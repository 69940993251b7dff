import { appendFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Mapping, RawSample } from '../site/normalise.ts';
import type { SensorBoard } from '../site/sensor-board.ts';
import type { Signal } from '../site/signals.ts';
import type { SampleSink } from '../sources/energy-source.ts';

const line = z.strictObject({
  atMs: z.number(),
  source: z.string(),
  mapping: z.strictObject({ signal: z.string(), unit: z.string(), isInverted: z.boolean() }),
  raw: z.strictObject({
    value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
    unit: z.string().optional(),
    measuredAtMs: z.number().optional(),
    isRetained: z.boolean().optional(),
    isPartial: z.boolean().optional(),
  }),
});
export type TraceLine = {
  readonly atMs: number;
  readonly source: string;
  readonly mapping: Mapping;
  readonly raw: RawSample;
};

/** A sink that also writes down what it is given: raw, as the source said it. */
export function recordingSink(
  sink: SampleSink,
  source: string,
  nowMs: () => number,
  write: (line: string) => void,
): SampleSink {
  return {
    lost: (reason) => sink.lost(reason),
    status: (text) => sink.status(text),
    sample: (mapping, raw) => {
      const { value, ...rest } = raw;
      const kept =
        ['number', 'string', 'boolean'].includes(typeof value) && !Number.isNaN(value) ? value : null;
      write(`${JSON.stringify({ atMs: nowMs(), source, mapping, raw: { value: kept, ...rest } })}\n`);
      sink.sample(mapping, raw);
    },
  };
}

/** Appends lines to a file in the order they come. */
export function traceFile(path: string, onError: (error: unknown) => void): (line: string) => void {
  let writing: Promise<void> = Promise.resolve();
  return (text) => {
    writing = writing.then(() => appendFile(path, text, { mode: 0o600 })).catch(onError);
  };
}

/** @throws ZodError at the first line that is none */
export function parseTrace(text: string): TraceLine[] {
  return text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => {
      const { mapping, ...rest } = line.parse(JSON.parse(each));
      return { ...rest, mapping: { ...mapping, signal: mapping.signal as Signal } };
    });
}

/** Plays a trace into a board and calls `cycle` every `cycleMs` of its time: the same policy over a day that was. */
export function replayTrace(
  trace: readonly TraceLine[],
  board: SensorBoard,
  cycleMs: number,
  cycle: (nowMs: number) => void,
): void {
  const first = trace[0];
  if (!first) return;
  let nextMs = first.atMs + cycleMs;
  for (const { atMs, source, mapping, raw } of trace) {
    for (; nextMs <= atMs; nextMs += cycleMs) cycle(nextMs);
    board.accept(source, mapping, raw, atMs);
  }
  cycle(nextMs);
}
