export function usd(microUsd: bigint): string {
  const whole = microUsd / 1_000_000n;
  return `${whole}.${(microUsd % 1_000_000n).toString().padStart(6, '0')} USD`;
}
