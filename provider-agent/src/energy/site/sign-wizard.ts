export type SignVerdict =
  | { readonly finding: 'right' | 'inverted' | 'kilowatts'; readonly changeW: number }
  /** Nothing to be seen, or too much else went on at the same time: try again with a larger appliance. */
  | { readonly finding: 'unclear'; readonly changeW: number; readonly noiseW: number };

/**
 * "Turn on the kettle": the meter must show more by about what the kettle takes.
 *
 * @param before readings (W, as mapped now) while nothing was switched
 * @param during readings with the appliance on
 * @param expectedW what it says on the appliance, consumption positive
 */
export function judgeSign(
  before: readonly number[],
  during: readonly number[],
  expectedW: number,
): SignVerdict {
  const changeW = median(during) - median(before);
  const noiseW = Math.max(spread(before), spread(during));
  const ratio = changeW / expectedW;
  const isClear = noiseW < Math.abs(changeW) / 2;
  if (isClear && isNear(ratio, 1)) return { finding: 'right', changeW };
  if (isClear && isNear(-ratio, 1)) return { finding: 'inverted', changeW };
  if (isClear && isNear(ratio * 1_000, 1)) return { finding: 'kilowatts', changeW };
  return { finding: 'unclear', changeW, noiseW };
}

/** A kettle is never exactly what its label says. */
const isNear = (ratio: number, one: number) => ratio > 0.5 * one && ratio < 1.5 * one;

function median(readings: readonly number[]): number {
  const sorted = [...readings].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Half of the readings lie within this. */
function spread(readings: readonly number[]): number {
  const sorted = [...readings].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return at(0.75) - at(0.25);
}
