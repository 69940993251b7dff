import { bytes32 } from '../protocol/index.ts';

type Hex = `0x${string}`;

/** The command line itself is wrong: exit code 2, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A whole, positive number of µUSD from the command line. */
export function parseMicroUsd(name: string, text: string | undefined): bigint {
  if (text !== undefined && /^[1-9][0-9]{0,18}$/.test(text)) return BigInt(text);
  throw new UsageError(
    `${name}: expected a whole number of µUSD (1,000,000 = 1 USD), got ${text ?? 'nothing'}`,
  );
}

/** An order hash, if one was given. */
export function parseOrderHash(name: string, text: string): Hex {
  const parsed = bytes32.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name}: expected an order hash, 32 bytes of lower-case 0x hex, got ${text}`);
}

export function parseNumber(
  name: string,
  text: string,
  { from, to, whole = true }: { from: number; to: number; whole?: boolean },
): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= from && number <= to && (!whole || Number.isSafeInteger(number))) return number;
  throw new UsageError(
    `${name}: expected a ${whole ? 'whole ' : ''}number from ${from} to ${to}, got ${text || 'nothing'}`,
  );
}

/** Resolves when the user has seen enough of a command that serves. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
