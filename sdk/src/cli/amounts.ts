import { HearthError } from '../protocol/index.ts';

/** A whole, positive number of µUSD from the command line. */
export function parseMicroUsd(name: string, text: string | undefined): bigint {
  if (text !== undefined && /^[1-9][0-9]{0,18}$/.test(text)) return BigInt(text);
  throw new HearthError(
    'invalid_request',
    `${name}: expected a whole number of µUSD (1,000,000 = 1 USD), got ${text ?? 'nothing'}`,
  );
}

export function usd(microUsd: bigint): string {
  const whole = microUsd / 1_000_000n;
  return `${whole}.${(microUsd % 1_000_000n).toString().padStart(6, '0')} USD`;
}
