import type { z } from 'zod';
import {
  HearthError,
  isMessageSignedBy,
  jobClasses,
  type ModelListing,
  modelDigest,
  modelList,
  nameOf,
  priceCard,
  routes,
} from '../protocol/index.ts';
import type { Client } from './context.ts';
import { isUnreachable } from './gateway.ts';

/** Models on offer, each with a manifest that hashes to its digest and price cards signed by a trusted log key. */
export async function listModels(client: Client): Promise<ModelListing[]> {
  return genuine(client, await listings(client));
}

/** Of the last book of nodes, where no gateway answers and the policy lets the SDK go on without one. */
async function listings({ gateway, nodeBook, policy }: Client): Promise<readonly ModelListing[]> {
  const { direct } = policy.service;
  try {
    return (await gateway.get(routes.models, modelList)).models;
  } catch (error) {
    if (direct === 'never' || !isUnreachable(error)) throw error;
    return nodeBook.usable(direct.bookAgeSec.atMost).models;
  }
}

function genuine(client: Client, models: readonly ModelListing[]): ModelListing[] {
  return models.filter((model) => {
    const isOwnCard = (sold: ModelListing['classes'][number]) =>
      sold.priceCard.body.modelDigest === model.modelDigest &&
      sold.priceCard.body.class === sold.class &&
      client.trust.logKeys.some((key) => isMessageSignedBy(priceCard, sold.priceCard, key.publicKey));
    return modelDigest(model.manifest) === model.modelDigest && model.classes.every(isOwnCard);
  });
}

/** The price card of a model for jobs of a class. @throws HearthError `model_not_found` where it is not sold for that */
export function cardFor({ name, classes }: ModelListing, jobClass: number): z.output<typeof priceCard.body> {
  const sold = classes.find((one) => one.class === jobClass);
  if (sold) return sold.priceCard.body;
  const known = classes.map((one) => nameOf(jobClasses, one.class)).join(', ');
  throw new HearthError(
    'model_not_found',
    `model ${name}: not on offer for ${nameOf(jobClasses, jobClass)}; on offer for: ${known}`,
  );
}

/** @throws HearthError `model_not_found` */
export async function findModel(client: Client, name: string): Promise<ModelListing> {
  return pick(await listModels(client), name);
}

/** The model among listings that came some other way. @throws HearthError `model_not_found` */
export function modelIn(client: Client, listings: readonly ModelListing[], name: string): ModelListing {
  return pick(genuine(client, listings), name);
}

function pick(models: readonly ModelListing[], name: string): ModelListing {
  const model = models.find((listing) => listing.name === name || listing.modelDigest === name);
  if (model) return model;
  const known = models.map((listing) => listing.name).join(', ') || 'none';
  throw new HearthError('model_not_found', `model ${name}: not on offer here; on offer: ${known}`);
}
