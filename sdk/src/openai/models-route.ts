import { findModel, listModels } from '../client/models.ts';
import { jobClasses, type ModelListing, nameOf } from '../protocol/index.ts';
import { jsonAnswer } from './api.ts';
import type { Serve } from './routes.ts';

export const listAllModels: Serve = async ({ orders }) => {
  const models = await listModels(orders.sessions[0].client);
  return jsonAnswer({ object: 'list', data: models.map(describe) });
};

export const showModel: Serve = async ({ orders }, _request, { model = '' }) =>
  jsonAnswer(describe(await findModel(orders.sessions[0].client, model)));

function describe({ name, modelDigest, manifest, classes }: ModelListing) {
  const { engine } = manifest;
  return {
    id: name,
    object: 'model',
    created: Math.floor(Math.min(...classes.map(({ priceCard }) => priceCard.body.validFromMs)) / 1000),
    owned_by: 'hearth',
    x_market: {
      modelDigest,
      /** What computes the answer: part of the enclave's measured release only where it is built in. */
      engine: { name: engine.name, version: engine.version, isBuiltIn: engine.external === undefined },
      /** Homes that sell it now, by what it is asked for. */
      nodes: Object.fromEntries(classes.map((sold) => [nameOf(jobClasses, sold.class), sold.nodes])),
    },
  };
}
