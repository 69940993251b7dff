import type { LoadedModel } from '../enclave/load-model.ts';
import { ModelShelf } from '../enclave/model-shelf.ts';

/** Of a model that is in memory and stays there. */
export const shelfOf = (model: LoadedModel): Promise<ModelShelf> =>
  ModelShelf.open([async () => model], {
    nowMs: () => 0,
    onLoaded: () => {},
    onLost: (error) => {
      throw error;
    },
  });
