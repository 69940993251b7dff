import type { Hex } from '@hearth/attestation/receipt';
import { NEWCOMER_QUALITY_PPM } from '@hearth/sdk/market';
import { jobClasses } from '@hearth/sdk/protocol';
import { AgentError } from '../agent-error.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { policyConfigOf, priceTermsOf } from '../energy/config/policy-of-config.ts';
import { askPrices } from '../energy/price/ask-price.ts';
import {
  type CalibrationTable,
  calibratedPoints,
  loadCalibration,
} from '../energy/price/calibration-table.ts';
import { type CardPrices, multiplierFor, quantiseCeil } from '../energy/price/held-ask.ts';
import { type AskPreview, previewAsk } from '../energy/price/preview.ts';
import { fetchModels, fetchSales } from '../host/link/fetch-sales.ts';
import { marketOutcomes } from './market.ts';

export type NodePreview = AskPreview & {
  readonly model: string;
  readonly hours: number;
  readonly outputMicroUsdPerMTok: number;
  /** False: there were more sales than one looks through. */
  readonly isComplete: boolean;
};

/** What this node's ask would have won of the last hours' sales, by the public log. */
export async function previewNode(
  config: HomeConfig,
  { hours, percent, nowMs }: { hours: number; percent: number | undefined; nowMs: number },
): Promise<NodePreview> {
  const table = await loadCalibration(config.dataDir, config.enclave.model.sha256);
  const listing = await listingOf(config, table);
  const sold = listing.classes.find((one) => one.class === jobClasses.chat);
  if (!sold) throw new AgentError('usage', `the market sells ${listing.name} for no chat`);
  const { inputMicroUsdPerMTok, outputMicroUsdPerMTok } = sold.priceCard.body;
  const card = { input: Number(inputMicroUsdPerMTok), output: Number(outputMicroUsdPerMTok) };
  const multiplierPpm =
    percent === undefined ? multiplierOf(config, table, card) : Math.round(percent * 10_000);
  const { sales, isComplete } = await fetchSales(
    config.gateways,
    listing.modelDigest,
    nowMs - hours * 3_600_000,
  );
  const preview = previewAsk(multiplierPpm, await qualityOf(config, listing.modelDigest), sales);
  return {
    ...preview,
    model: listing.name,
    hours,
    outputMicroUsdPerMTok: Math.ceil((card.output * multiplierPpm) / 1_000_000),
    isComplete,
  };
}

/** The multiplier that a node would publish at its tariff's usual price: by the functions that publish it. */
export function multiplierOf(
  { energy, ask }: Pick<HomeConfig, 'energy' | 'ask'>,
  table: CalibrationTable | undefined,
  card: CardPrices,
): number {
  const point = energy && calibratedPoints(policyConfigOf(energy).points, table).at(-1);
  if (!point || !energy?.price.followsEnergy) return ask.multiplierPpm;
  const prices = askPrices(point, energy.tariff.importPerKwh, priceTermsOf(energy));
  return quantiseCeil(multiplierFor(prices, card));
}

async function listingOf(config: HomeConfig, table: CalibrationTable | undefined) {
  const models = await fetchModels(config.gateways);
  const { name } = config.enclave.model;
  const found =
    models.find(({ modelDigest }) => modelDigest === table?.modelDigest) ??
    models.find((model) => model.name === name) ??
    (models.length === 1 ? models[0] : undefined);
  if (found) return found;
  const known = models.map((model) => model.name).join(', ') || 'none';
  throw new AgentError(
    'usage',
    `the market does not sell ${name ?? 'your model'}; it sells ${known}. Set enclave.model.name, or run \`hearth-agent calibrate\``,
  );
}

async function qualityOf(config: HomeConfig, modelDigest: Hex): Promise<number> {
  const known = await marketOutcomes(config, 1).catch(() => undefined);
  return (
    known?.outcomes.asks.find((ask) => ask.modelDigest === modelDigest)?.qualityPpm ?? NEWCOMER_QUALITY_PPM
  );
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
