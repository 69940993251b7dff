import type { OwnerWishes, SiteView } from './policy-types.ts';

/** Kept back so that the node does not sit exactly on the edge of importing. */
export const RESIDUAL_W = 100;

/**
 * What the node may use without import: node − (grid + battery) − residual. While the battery is to be charged first, its
 * charging is not counted as free. Undefined: unknown, which counts as none.
 *
 * @param isAssured the sun in sight fills the battery anyway
 */
export function surplusW(
  site: SiteView,
  owner: OwnerWishes,
  hasBattery: boolean,
  isAssured: boolean,
): number | undefined {
  const { gridW, nodeW } = site;
  if (gridW === undefined) return undefined;
  if (!hasBattery) return nodeW - gridW - RESIDUAL_W;
  const { batteryW, socPercent } = site;
  if (batteryW === undefined) return undefined;
  const isFirst =
    !isAssured &&
    owner.batteryFirstPercent !== undefined &&
    (socPercent === undefined || socPercent < owner.batteryFirstPercent);
  const countedW = batteryW < 0 && isFirst ? 0 : batteryW;
  return nodeW - (gridW + countedW) - RESIDUAL_W;
}
