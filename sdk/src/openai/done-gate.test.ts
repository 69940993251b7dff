import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DoneGate } from './done-gate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('however a stream is cut, [DONE] comes out only after the gate is opened, and nothing is lost', () => {
  const stream = bytes('data: {"a":"ä[DONE]"}\n\n: note\n\ndata: {"b":2}\n\ndata: [DONE]\n\n');
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const places = [0, ...cuts, stream.length].sort((a, b) => a - b);
      const gate = new DoneGate();
      const early = places.map((place, i) => gate.pass(stream.subarray(places[i - 1] ?? 0, place))).join('');
      expect(early).toBe('data: {"a":"ä[DONE]"}\n\n: note\n\ndata: {"b":2}\n\n');
      expect(gate.open()).toBe('data: [DONE]\n\n');
    }),
  );
});

test('what follows [DONE] waits with it', () => {
  const gate = new DoneGate();
  expect(gate.pass(bytes('data: [DONE]\n\ndata: {"more":1}\n\n'))).toBe('');
  expect(gate.open()).toBe('data: [DONE]\n\ndata: {"more":1}\n\n');
});
