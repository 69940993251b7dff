import { afterAll, describe } from '@jest/globals';
import { RecordingProxy } from './canary/recording-proxy.ts';
import { hedgingStory } from './hedging.story.ts';
import { homeA, homeB, homeC } from './open-market.ts';
import { overlapStory } from './overlap.story.ts';
import { shareMarket } from './share-market.ts';
import { sidecarStory } from './sidecar.story.ts';
import { slowModel } from './slow-model.ts';

let link: (RecordingProxy & { readonly url: string }) | undefined;
const gatewayUrlFor = async (url: string) => {
  link = await RecordingProxy.startTcp(url);
  return link.url;
};
afterAll(() => link?.stop());
const linkOfC = () => {
  if (!link) throw new Error('the link is asked for before the market has started');
  return link;
};
const homes = [
  { ...homeA, slots: 1 },
  { ...homeB, slots: 1 },
  { ...homeC, gatewayUrlFor },
];
const market = shareMarket(homes, async ({ dir }) => ({
  model: await slowModel(dir),
  backendEnv: { INTERIM_SETTLE_DELAY_MS: '3000' }, // above the interval of interim receipts
}));

describe('overlapping jobs', () => overlapStory(market));
describe('a slow home', () => hedgingStory(market, linkOfC));
describe('the sidecar', () => sidecarStory(market)); // the last one: it kills an enclave
