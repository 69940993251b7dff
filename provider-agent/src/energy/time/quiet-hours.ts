import type { LocalTime } from './local-time.ts';

/** Noise follows watts: quiet hours cap the node, they need not end it. */
export type QuietHours = {
  /** Minutes after local midnight; a window may run over midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Days on which the window begins, 0 = Sunday; all when left out. */
  readonly weekdays?: readonly number[] | undefined;
  readonly capW: number;
};

const DAY_MINUTES = 24 * 60;

/** The strictest window that holds at `nowMs`. */
export function quietAt(
  windows: readonly QuietHours[],
  local: LocalTime,
  nowMs: number,
): { readonly capW: number; readonly untilMs: number } | undefined {
  if (windows.length === 0) return undefined;
  const { minuteOfDay, weekday } = local.at(nowMs);
  let strictest: { capW: number; untilMs: number } | undefined;
  for (const window of windows) {
    const minutesLeft = minutesInside(window, minuteOfDay, weekday);
    if (minutesLeft === 0 || (strictest && strictest.capW <= window.capW)) continue;
    const untilMs = Math.floor(nowMs / 60_000) * 60_000 + minutesLeft * 60_000;
    strictest = { capW: window.capW, untilMs };
  }
  return strictest;
}

/** Minutes until the window ends; 0 outside of it. */
function minutesInside(
  { fromMinute, toMinute, weekdays }: QuietHours,
  minute: number,
  weekday: number,
): number {
  const crossesMidnight = toMinute <= fromMinute;
  const isEvening = minute >= fromMinute && (crossesMidnight || minute < toMinute);
  const isMorning = crossesMidnight && minute < toMinute;
  if (!isEvening && !isMorning) return 0;
  const beganOn = isEvening ? weekday : (weekday + 6) % 7;
  if (weekdays && !weekdays.includes(beganOn)) return 0;
  const end = crossesMidnight && isEvening ? toMinute + DAY_MINUTES : toMinute;
  return end - minute;
}
