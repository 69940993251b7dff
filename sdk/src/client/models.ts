import {
  HearthError,
  isMessageSignedBy,
  type ModelListing,
  modelDigest,
  modelList,
  priceCard,
  routes,
} from '../protocol/index.ts';
import type { Client } from './context.ts';

/** Models on offer, each with a manifest that hashes to its digest and a price card signed by a trusted log key. */
export async function listModels(client: Client): Promise<ModelListing[]> {
  const { models } = await client.gateway.get(routes.models, modelList);
  return models.filter((model) => {
    const isOwnDigest =
      modelDigest(model.manifest) === model.modelDigest &&
      model.priceCard.body.modelDigest === model.modelDigest;
    return (
      isOwnDigest &&
      client.trust.logKeys.some((key) => isMessageSignedBy(priceCard, model.priceCard, key.publicKey))
    );
  });
}

/** @throws HearthError `model_not_found` */
export async function findModel(client: Client, name: string): Promise<ModelListing> {
  const models = await listModels(client);
  const model = models.find((listing) => listing.name === name || listing.modelDigest === name);
  if (model) return model;
  const known = models.map((listing) => listing.name).join(', ') || 'none';
  throw new HearthError('model_not_found', `model ${name}: not on offer here; on offer: ${known}`);
}
