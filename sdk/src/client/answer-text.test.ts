import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AnswerText } from './answer-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const delta = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

/** The bytes in pieces, cut at `cuts`. */
function* cutAt(whole: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const places = [...cuts.map((cut) => cut % (whole.length + 1)), 0, whole.length].sort((a, b) => a - b);
  for (const [index, place] of places.entries()) yield whole.subarray(places[index - 1] ?? 0, place);
}

test('streamed text is the same however its bytes are cut, inside letters and events too', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), (pieces, cuts) => {
      const stream = bytes(`: sealed\n\n${pieces.map(delta).join('')}data: [DONE]\n\n`);
      const answer = new AnswerText();
      answer.start('text/event-stream; charset=utf-8');
      const heard = [...cutAt(stream, cuts)].map((piece) => answer.push(piece)).join('');
      expect(heard).toBe(pieces.join(''));
      expect(answer.content()).toBe(pieces.join(''));
    }),
  );
});

test('an error event in a stream adds no text', () => {
  const answer = new AnswerText();
  answer.start('text/event-stream');
  answer.push(bytes(`${delta('so far')}data: {"error":{"message":"no"}}\n\n`));
  expect(answer.content()).toBe('so far');
});

test('an answer in one piece is its first choice; an error envelope has no text', () => {
  const answer = new AnswerText();
  answer.start('application/json');
  answer.push(bytes('{"choices":[{"message":{"con'));
  answer.push(bytes('tent":"whole"}}]}'));
  expect(answer.content()).toBe('whole');
  const refusal = new AnswerText();
  refusal.start('application/json');
  refusal.push(bytes('{"error":{"message":"no"}}'));
  expect([refusal.content(), refusal.body()]).toEqual(['', { error: { message: 'no' } }]);
});
