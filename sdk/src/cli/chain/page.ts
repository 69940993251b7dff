import { usd } from '../../client/amounts.ts';

/** What a page says: the facts for programs, the same in words for people. */
export type Page = { readonly facts: Record<string, unknown>; readonly lines: readonly string[] };

/** `name  value`, aligned. */
export function row(name: string, value: string): string {
  return `  ${name.padEnd(22)} ${value}`;
}

/** An amount in words and in the contract's own unit. */
export function money(microUsd: bigint): string {
  return `${usd(microUsd)} (${microUsd} µUSD)`;
}

/** A time, and how far it is from the block that was read. */
export function moment(unixSec: number, nowUnixSec: number): string {
  const text = new Date(unixSec * 1000).toISOString().replace('.000Z', 'Z');
  const distance = Math.abs(unixSec - nowUnixSec);
  const said =
    distance < 120
      ? `${distance} s`
      : distance < 7200
        ? `${Math.round(distance / 60)} min`
        : distance < 172_800
          ? `${Math.round(distance / 3600)} h`
          : `${Math.round(distance / 86_400)} days`;
  return `${text} (${unixSec < nowUnixSec ? `${said} ago` : `in ${said}`})`;
}
