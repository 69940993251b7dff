import { expect, test } from '@jest/globals';
import { Pace } from './pace.ts';

test('an address may ask twenty times at once, then five times a second; another one as it likes', () => {
  let nowMs = 0;
  const pace = new Pace(() => nowMs);
  const asks = (address: string, times: number) => {
    let taken = 0;
    for (let i = 0; i < times; i += 1)
      try {
        pace.take(address);
        taken += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'rate_limited' });
      }
    return taken;
  };
  expect([asks('a', 30), asks('b', 5)]).toEqual([20, 5]);
  nowMs = 1_000;
  expect(asks('a', 30)).toBe(5);
});

test('many addresses together are held to ten times that', () => {
  const pace = new Pace(() => 0);
  const ask = (address: number) => pace.take(String(address));
  for (let address = 0; address < 200; address += 1) ask(address);
  expect(() => ask(200)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});
