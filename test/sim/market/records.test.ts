import { expect, test } from '@jest/globals';
import { SimRandom } from '../engine/random.ts';
import { BookLog } from './book-log.ts';
import { model } from './catalogue.ts';
import { type HomeProfile, namesOf, platformOf } from './home.ts';
import { onePool } from './market.ts';
import { MarketRecords } from './records.ts';
import { isNewcomer } from './table-before.ts';

const home = (index: number, qualityPpm: number): HomeProfile => ({
  index,
  owner: index,
  slots: 1,
  costPpm: 1,
  qualityPpm,
});
/** Seven known owners, the last of them losing fifteen jobs of sixteen, and one newcomer. */
const homes = [...Array.from({ length: 6 }, (_, i) => home(i, 1_000_000)), home(6, 15), home(7, 1_000_000)];
const bad = homes[6] as HomeProfile;
const newcomer = homes[7] as HomeProfile;

test('who loses most jobs of a period is out for a while by the market’s own rule, and its quality falls', () => {
  const records = new MarketRecords(onePool(homes), new BookLog(), new SimRandom(1, 1));
  for (const each of homes) for (let job = 0; job < 20; job += 1) records.ended(each, 500_000, 100);
  expect(records.lostJobs).toBeGreaterThan(10);
  const cited = records.citedAt(Number.MAX_SAFE_INTEGER, model.digest, 30_000);
  expect(records.ejections).toEqual([expect.objectContaining({ nodeKey: namesOf(bad).nodeKey })]);
  expect(cited.ejectedNodes.has(namesOf(bad).nodeKey)).toBe(true);
  expect(cited.qualityPpmByPlatform.get(platformOf(bad.index))).toBe(500_000);
  expect(cited.qualityPpmByPlatform.get(platformOf(0))).toBeGreaterThan(990_000);
});

test('a newcomer is on probation until the tables know it, and out of the market once newcomers had their share', () => {
  const records = new MarketRecords(onePool(homes), new BookLog(), new SimRandom(1, 1));
  const at = (nowMs: number) => records.citedAt(Number.MAX_SAFE_INTEGER, model.digest, nowMs);
  expect([isNewcomer(newcomer), isNewcomer(bad)]).toEqual([true, false]);
  expect(at(0).establishedPlatforms.has(platformOf(newcomer.index))).toBe(false);
  expect(at(0).pools.get(1)?.probation).toBe('open');
  for (const each of homes) for (let job = 0; job < 20; job += 1) records.ended(each, 500_000, 100);
  expect(at(30_000).pools.get(1)?.probation).toBe('closed');
  for (let job = 0; job < 200; job += 1) records.ended(newcomer, 500_000, 100);
  expect(at(60_000).establishedPlatforms.has(platformOf(newcomer.index))).toBe(true);
});
