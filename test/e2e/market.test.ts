import { describe } from '@jest/globals';
import { forgedClaimsStory } from './forged-claims.story.ts';
import { forgedJobsStory } from './forged-jobs.story.ts';
import { homeA, homeB } from './open-market.ts';
import { paidJobStory } from './paid-job.story.ts';
import { shareMarket } from './share-market.ts';

const market = shareMarket([homeA, homeB]);

describe('forged claims', () => forgedClaimsStory(market));
describe('forged jobs', () => forgedJobsStory(market));
describe('a paid job', () => paidJobStory(market));
