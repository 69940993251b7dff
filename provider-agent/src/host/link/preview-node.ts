import type { Hex } from '@hearth/attestation/receipt';
import { NEWCOMER_QUALITY_PPM } from '@hearth/sdk/market';
import { jobClasses } from '@hearth/sdk/protocol';
import { AgentError } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { policyConfigOf, priceTermsOf } from '../../energy/config/policy-of-config.ts';
import { askPrices } from '../../energy/price/ask-price.ts';
import {
  type CalibrationTable,
  calibratedPoints,
  loadCalibration,
} from '../../energy/price/calibration-table.ts';
import { type CardPrices, multiplierFor, quantiseCeil } from '../../energy/price/held-ask.ts';
import { type AskPreview, previewAsk } from '../../energy/price/preview.ts';
import { TokenEnergy } from '../../energy/price/token-energy.ts';
import { fetchModels, fetchSales } from './fetch-sales.ts';
import { fetchOutcomes } from './node-outcomes.ts';

export type NodePreview = AskPreview & {
  readonly model: string;
  readonly hours: number;
  readonly outputMicroUsdPerMTok: number;
  /** False: there were more sales than one looks through. */
  readonly isComplete: boolean;
};

export type PreviewOptions = {
  readonly nodeKey: Hex;
  readonly hours: number;
  /** Undefined: at the tariff's usual price. */
  readonly multiplierPpm: number | undefined;
  readonly nowMs: number;
};

/** What an ask of this node would have won of the last hours' sales, by the public log. */
export async function previewNode(
  config: HomeConfig,
  { nodeKey, hours, nowMs, ...wanted }: PreviewOptions,
): Promise<NodePreview> {
  const table = await loadCalibration(config.dataDir, config.enclave.model.sha256);
  const listing = await listingOf(config, table);
  const sold = listing.classes.find((one) => one.class === jobClasses.chat);
  if (!sold) throw new AgentError('usage', `the market sells ${listing.name} for no chat`);
  const { inputMicroUsdPerMTok, outputMicroUsdPerMTok } = sold.priceCard.body;
  const card = { input: Number(inputMicroUsdPerMTok), output: Number(outputMicroUsdPerMTok) };
  const multiplierPpm = wanted.multiplierPpm ?? (await multiplierOf(config, table, card));
  const { modelDigest } = listing;
  const { sales, isComplete } = await fetchSales(config.gateways, modelDigest, nowMs - hours * 3_600_000);
  const outcomes = await fetchOutcomes(config.gateways, nodeKey, 1, nowMs).catch(() => undefined);
  const standing = outcomes?.asks.find((ask) => ask.modelDigest === modelDigest);
  return {
    ...previewAsk(multiplierPpm, standing?.qualityPpm ?? NEWCOMER_QUALITY_PPM, sales),
    model: listing.name,
    hours,
    outputMicroUsdPerMTok: Math.ceil((card.output * multiplierPpm) / 1_000_000),
    isComplete,
  };
}

/** The multiplier that a node would publish at its tariff's usual price: by the functions that publish it. */
export async function multiplierOf(
  { energy, ask, dataDir }: Pick<HomeConfig, 'energy' | 'ask' | 'dataDir'>,
  table: CalibrationTable | undefined,
  card: CardPrices,
): Promise<number> {
  const points = energy ? calibratedPoints(policyConfigOf(energy).points, table) : [];
  const point = points.at(-1);
  if (!point || !energy?.price.followsEnergy) return ask.multiplierPpm;
  const { corrected } = await TokenEnergy.open(dataDir, points);
  const prices = askPrices(corrected(point), energy.tariff.importPerKwh, priceTermsOf(energy));
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
