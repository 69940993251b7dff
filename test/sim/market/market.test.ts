import { SlotLedger } from '@hearth/provider-agent/slots';
import { expect, test } from '@jest/globals';
import { InvariantViolation } from '../engine/invariant-violation.ts';
import { SimRandom } from '../engine/random.ts';
import { bestResponses } from './best-response.ts';
import { word } from './identifiers.ts';
import { demandFor, population } from './population.ts';
import { PayAsAsk } from './price-rule.ts';
import { openMarket, runMarket } from './run-market.ts';

const homes = population(5, new SimRandom(1, 1));
const setup = {
  ...{ seed: 1, stream: 1, homes, demand: demandFor(0.85, homes), measuredMs: 60_000, checkpointMs: 0 },
  asksPpm: homes.map(({ costPpm }) => costPpm),
};

test('a ledger that sells one slot too many is caught with seed and event', () => {
  const { simulation, sessions, market } = openMarket({ ...setup, rule: new PayAsAsk() });
  for (const home of market.homes) Object.assign(home, { ledger: new SlotLedger(2) }); // the home has one
  sessions.arriveUntil(60_000);
  expect(() => simulation.run(60_000)).toThrow(InvariantViolation);
});

test('equal seeds and streams are equal markets, another stream is another one', () => {
  const summary = (stream: number) => {
    const { figures, events } = runMarket({ ...setup, stream, rule: new PayAsAsk() });
    return [figures.paid, figures.served, events];
  };
  expect(summary(1)).toEqual(summary(1));
  expect(summary(2)).not.toEqual(summary(1));
});

test('who is paid what it asks earns nothing by asking its cost', () => {
  const { figures } = runMarket({ ...setup, rule: new PayAsAsk() });
  expect(figures.jobs).toBeGreaterThan(50);
  expect(figures.profitByOwner).toEqual(figures.profitByOwner.map(() => 0));
  expect(figures.markup).toBe(1);
});

test('best responses climb to the best ask of a known game, and stop there', () => {
  const [home] = homes;
  const alone = [{ ...home, index: 0, owner: 0, costPpm: 100_000 } as (typeof homes)[number]];
  // One seller, demand that falls with the price: profit is greatest at 250 000.
  const profitAt = (askPpm: number) => (askPpm - 100_000) * (400_000 - askPpm);
  const { markups, moving } = bestResponses({
    seed: 1,
    homes: alone,
    rounds: 40,
    profits: ([askPpm = 0]) => [profitAt(askPpm)],
  });
  expect(moving).toBe(0);
  expect(profitAt(100_000 * (markups[0] ?? 0))).toBeGreaterThan(0.98 * profitAt(250_000));
});

test('names of things differ by kind and number', () => {
  expect(word(1, 2)).toMatch(/^0x01(00){30}02$/);
});
