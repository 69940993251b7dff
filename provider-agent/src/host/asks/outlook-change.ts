import type { Outlook, SaleWindow } from '@hearth/sdk/protocol';

const STEP_MS = 15 * 60_000;
/** Estimates that differ by less are the same. */
const TOLERANCE = 1.1;

/** `less`: somebody may be counting on what is no longer expected, or at that price. */
export type OutlookChange = 'same' | 'more' | 'less';

type Ahead = Pick<Outlook, 'windows' | 'knownUntilMs'>;

/** What `next` says differently from what was told, over the time that both speak of and that is still to come. */
export function outlookChange(told: Ahead, next: Ahead, nowMs: number): OutlookChange {
  const untilMs = Math.min(told.knownUntilMs, next.knownUntilMs);
  let [isMore, toldTokens, nextTokens] = [false, 0, 0];
  for (let atMs = nowMs; atMs < untilMs; atMs = STEP_MS * (Math.floor(atMs / STEP_MS) + 1)) {
    const [before, after] = [windowAt(told, atMs), windowAt(next, atMs)];
    if (before && (!after || isWorse(before, after))) return 'less';
    if (after && (!before || isWorse(after, before))) isMore = true;
    toldTokens += tokensPerMs(before);
    nextTokens += tokensPerMs(after);
  }
  if (nextTokens * TOLERANCE < toldTokens) return 'less';
  return isMore || nextTokens > toldTokens * TOLERANCE ? 'more' : 'same';
}

const windowAt = ({ windows }: Ahead, atMs: number): SaleWindow | undefined =>
  windows.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);

/** Fewer slots, or one of its prices is gone or higher. */
function isWorse(before: SaleWindow, after: SaleWindow): boolean {
  if (after.slots < before.slots) return true;
  return before.prices.some(({ modelDigest, class: jobClass, multiplierPpm }) => {
    const same = after.prices.find((price) => price.modelDigest === modelDigest && price.class === jobClass);
    return !same || same.multiplierPpm > multiplierPpm * TOLERANCE;
  });
}

const tokensPerMs = (window: SaleWindow | undefined): number =>
  window ? window.outputTokensP10 / (window.endMs - window.startMs) : 0;
