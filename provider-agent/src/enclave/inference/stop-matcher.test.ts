import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StopMatcher } from './stop-matcher.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });

/** Everything before the stop string that is complete first, letter by letter; undefined where there is none. */
function beforeFirstStop(whole: string, stops: readonly string[]): string | undefined {
  for (let length = 1; length <= whole.length; length += 1) {
    const said = whole.slice(0, length);
    const complete = stops.filter((stop) => said.endsWith(stop));
    if (complete.length > 0) return said.slice(0, length - Math.max(...complete.map((stop) => stop.length)));
  }
  return undefined;
}

test('however the text is cut, what comes out is everything before the stop string that is complete first', () => {
  fc.assert(
    fc.property(fc.array(letters), fc.array(stop, { maxLength: 4 }), (pieces, stops) => {
      const matcher = new StopMatcher(stops);
      let text = '';
      let isStopped = false;
      for (const piece of pieces) {
        if (isStopped) break;
        const passed = matcher.push(piece);
        text += passed.text;
        isStopped = passed.isStopped;
      }
      if (!isStopped) text += matcher.end();
      const whole = pieces.join('');
      const before = beforeFirstStop(whole, stops);
      expect(isStopped).toBe(before !== undefined);
      expect(text).toBe(before ?? whole);
    }),
    { numRuns: 1000 },
  );
});

test('only what may still become a stop string is held back', () => {
  const matcher = new StopMatcher(['END']);
  expect(matcher.push('the EN')).toEqual({ text: 'the ', isStopped: false });
  expect(matcher.push('emy')).toEqual({ text: 'ENemy', isStopped: false });
});
