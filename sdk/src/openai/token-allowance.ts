import type { Session } from '../client/session.ts';
import type { DailyBudget } from './daily-budget.ts';
import { orderMoney } from './order-money.ts';

const PICO_PER_MICRO = 1_000_000n;
const DAY_MS = 24 * 3_600_000;

/**
 * What the money still buys, in tokens at the dearest price that the orders allow, in the headers that clients know from OpenAI. With a
 * daily budget it comes back at midnight, UTC; the money of the orders themselves does not.
 */
export function tokenHeaders(
  sessions: readonly Session[],
  budget: DailyBudget,
  nowMs: number,
): Record<string, string> {
  const dearest = dearestPrice(sessions);
  const money = sessions.map((session) => moneyOf(session));
  const rest = sum(money.map(({ max, earned, open }) => max - earned - open));
  const daily = budget.limitMicroUsd;
  const limit = daily === undefined ? sum(money.map(({ max }) => max)) : daily * PICO_PER_MICRO;
  const today =
    daily === undefined ? rest : limit - budget.spentPicoUsd(sessions) - sum(money.map(({ open }) => open));
  const tokens = (picoUsd: bigint) => String(picoUsd < 0n ? 0n : picoUsd / dearest);
  return {
    'x-ratelimit-limit-tokens': tokens(limit),
    'x-ratelimit-remaining-tokens': tokens(today < rest ? today : rest),
    'x-ratelimit-reset-tokens': daily === undefined ? '0s' : spoken(DAY_MS - (nowMs % DAY_MS)),
  };
}

/** µUSD per million tokens are pUSD per token. */
function dearestPrice(sessions: readonly Session[]): bigint {
  return sessions
    .flatMap(({ file }) => [file.record.order.maxPriceInput, file.record.order.maxPriceOutput])
    .reduce((a, b) => (a > b ? a : b), 1n);
}

function moneyOf(session: Session): { max: bigint; earned: bigint; open: bigint } {
  const { earnedPicoUsd, openPicoUsd } = orderMoney(session);
  const max = session.file.record.order.maxSpendMicroUsd * PICO_PER_MICRO;
  return { max, earned: earnedPicoUsd, open: openPicoUsd };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** As OpenAI writes it: `1s`, `6m0s`, `3h0m0s`. */
function spoken(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = [hours > 0 ? `${hours}h` : '', hours > 0 || minutes > 0 ? `${minutes}m` : ''];
  return `${parts.join('')}${seconds % 60}s`;
}
