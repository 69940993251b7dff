const PATTERN =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const DAY_MS = 86_400_000;
const UNITS_MS = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1_000];

/** Milliseconds of an ISO 8601 duration; `P9999Y` is OpenADR's "without end". Undefined: not one. */
export function parseDuration(text: string): number | undefined {
  if (text === 'P9999Y') return Number.POSITIVE_INFINITY;
  const match = PATTERN.exec(text);
  if (!match || match.slice(1).every((part) => part === undefined)) return undefined;
  return UNITS_MS.reduce((sum, unitMs, index) => sum + unitMs * Number(match[index + 1] ?? 0), 0);
}
