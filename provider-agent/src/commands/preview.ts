import type { HomeConfig } from '../config/home-config.ts';
import { type NodePreview, previewNode } from '../host/link/preview-node.ts';
import { loadOrCreateNodeKey } from '../host/node-key.ts';

const PPM_PER_PERCENT = 10_000;

/** What this node's ask, or another one, would have won of the last hours' sales. */
export async function previewHome(
  config: HomeConfig,
  { hours, percent }: { readonly hours: number; readonly percent: number | undefined },
): Promise<NodePreview> {
  const { key } = await loadOrCreateNodeKey(config.dataDir);
  return previewNode(config, {
    nodeKey: key.publicKey,
    hours,
    multiplierPpm: percent === undefined ? undefined : percent * PPM_PER_PERCENT,
    nowMs: Date.now(),
  });
}

export function previewInWords({
  multiplierPpm,
  outputMicroUsdPerMTok,
  sales,
  share,
  model,
  hours,
  isComplete,
}: NodePreview): string {
  const ask = `${Number((multiplierPpm / 10_000).toFixed(2))} % of the price card, ${(outputMicroUsdPerMTok / 1e6).toFixed(4)} USD per million output tokens`;
  if (share === undefined)
    return `At ${ask}: the market has sold nothing of ${model} in the last ${hours} h.`;
  const period = `${isComplete ? '' : 'more than '}${sales} jobs of ${model} sold in the last ${hours} h`;
  return `At ${ask} you would have won ${Math.round(share * 100)} % of the ${period}.`;
}
