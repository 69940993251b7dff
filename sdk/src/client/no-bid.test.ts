import { expect, test } from '@jest/globals';
import { HearthError } from '../protocol/index.ts';
import { explainNoBid } from './no-bid.ts';

const refusal = (details: Record<string, unknown>) => new HearthError('no_bid', 'no ask', { details });

test('the clauses that removed asks are named, with how many each, most first', () => {
  const explained = explainNoBid(refusal({ refusals: { price: 2, region: 38, slots: 12 } }), 'ember');
  expect(explained.message).toBe(
    'model ember: none of 52 asks can serve this request; removed by policy.regions: 38, no free slot: 12, policy.prices: 2',
  );
  expect(explained.details?.['removed']).toEqual([
    { clause: 'policy.regions', asks: 38 },
    { clause: 'no free slot', asks: 12 },
    { clause: 'policy.prices', asks: 2 },
  ]);
});

test('a market without any ask says so', () => {
  expect(explainNoBid(refusal({ refusals: {} }), 'ember').message).toBe('model ember: nobody offers it now');
});

test.each([
  ['of another code', new HearthError('timeout', 'late')],
  ['without counts', refusal({ answers: ['exposure'] })],
  ['with counts of something else', refusal({ refusals: { weather: 3 } })],
])('an error %s stays as it is', (_name, error) => {
  expect(explainNoBid(error, 'ember')).toBe(error);
});
