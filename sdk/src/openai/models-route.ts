import { findModel, listModels } from '../client/models.ts';
import type { ModelListing } from '../protocol/index.ts';
import { jsonAnswer } from './api.ts';
import type { Serve } from './routes.ts';

export const listAllModels: Serve = async ({ session }) => {
  const models = await listModels(session.client);
  return jsonAnswer({ object: 'list', data: models.map(describe) });
};

export const showModel: Serve = async ({ session }, _request, { model = '' }) =>
  jsonAnswer(describe(await findModel(session.client, model)));

function describe({ name, modelDigest, priceCard, nodes }: ModelListing) {
  return {
    id: name,
    object: 'model',
    created: Math.floor(priceCard.body.validFromMs / 1000),
    owned_by: 'hearth',
    x_market: { modelDigest, nodes },
  };
}
