import type { LevelResult } from '../protocol/index.ts';
import { printable } from './printable.ts';

/** Thrown inside a level to say why it fails; anything else that is thrown is a bug and stays one. */
export class LevelFailure extends Error {
  override readonly name = 'LevelFailure';
}

export function fail(reason: string): never {
  throw new LevelFailure(reason);
}

/** Compares what stands in a bundle with what it has to be. */
export function expectEqual(what: string, expected: unknown, actual: unknown): void {
  if (expected !== actual) fail(`${what}: expected ${expected}, got ${actual}`);
}

/** Clocks of enclave, gateway and its replicas may differ by this much before their order counts as wrong. */
export const CLOCK_SKEW_MS = 60_000;

/** Runs one level. Its function returns the sentence for a pass, or a whole result for "absent". */
export async function runLevel(
  check: () => string | LevelResult | Promise<string | LevelResult>,
): Promise<LevelResult> {
  try {
    const outcome = await check();
    if (typeof outcome === 'string') return { result: 'pass', reason: printable(outcome) };
    return { ...outcome, reason: printable(outcome.reason) };
  } catch (error) {
    if (error instanceof LevelFailure) return { result: 'fail', reason: printable(error.message) };
    throw error;
  }
}

export const absent = (reason: string): LevelResult => ({ result: 'absent', reason });
