import { afterAll, describe } from '@jest/globals';
import type { HomeSettings } from '../market/home.ts';
import { RecordingProxy } from './canary/recording-proxy.ts';
import { hedgingStory } from './hedging.story.ts';
import { homeA, homeB, homeC } from './open-market.ts';
import { overlapStory } from './overlap.story.ts';
import { shareMarket } from './share-market.ts';
import { sidecarStory } from './sidecar.story.ts';
import { slowModel } from './slow-model.ts';

/** Each home's way to the gateway, which can be held up. */
const links = new Map<string, RecordingProxy>();
const linked = (home: HomeSettings): HomeSettings => ({
  ...home,
  gatewayUrlFor: async (url) => {
    const link = await RecordingProxy.startTcp(url);
    links.set(home.name, link);
    return link.url;
  },
});
const linkOf = (home: string): RecordingProxy => {
  const link = links.get(home);
  if (!link) throw new Error(`no home ${home} has a link`);
  return link;
};
afterAll(() => Promise.all([...links.values()].map((link) => link.stop())));

const homes = [{ ...homeA, slots: 1 }, { ...homeB, slots: 1 }, homeC].map(linked);
const market = shareMarket(homes, async ({ dir }) => ({
  model: await slowModel(dir),
  backendEnv: {
    INTERIM_SETTLE_DELAY_MS: '3000', // above the interval of interim receipts
    OFFER_ANSWER_MS: '1000', // the stories say which home sells, however busy the machine is
  },
}));

describe('overlapping jobs', () => overlapStory(market));
describe('a slow home', () => hedgingStory(market, linkOf));
describe('the sidecar', () => sidecarStory(market)); // the last one: it kills an enclave
