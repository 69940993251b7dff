import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StopMatcher } from './stop-matcher.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });

test('however the text is cut, what comes out is everything before the first stop string', () => {
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
      const found = stops.map((stop) => whole.indexOf(stop)).filter((index) => index >= 0);
      expect(isStopped).toBe(found.length > 0);
      expect(text).toBe(found.length > 0 ? whole.slice(0, Math.min(...found)) : whole);
    }),
  );
});

test('only what may still become a stop string is held back', () => {
  const matcher = new StopMatcher(['END']);
  expect(matcher.push('the EN')).toEqual({ text: 'the ', isStopped: false });
  expect(matcher.push('emy')).toEqual({ text: 'ENemy', isStopped: false });
});
