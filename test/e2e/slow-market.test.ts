import { describe } from '@jest/globals';
import { homeA, homeB, homeC } from './open-market.ts';
import { overlapStory } from './overlap.story.ts';
import { shareMarket } from './share-market.ts';
import { sidecarStory } from './sidecar.story.ts';
import { slowModel } from './slow-model.ts';

const homes = [{ ...homeA, slots: 1 }, { ...homeB, slots: 1 }, homeC];
const market = shareMarket(homes, async ({ dir }) => ({
  model: await slowModel(dir),
  backendEnv: { INTERIM_SETTLE_DELAY_MS: '3000' }, // above the interval of interim receipts
}));

describe('overlapping jobs', () => overlapStory(market));
describe('the sidecar', () => sidecarStory(market)); // the last one: it kills an enclave
