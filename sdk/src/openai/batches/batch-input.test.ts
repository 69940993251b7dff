import { expect, test } from '@jest/globals';
import { parseBatchInput } from './batch-input.ts';

const url = '/v1/chat/completions';
const line = (changes: object = {}) =>
  JSON.stringify({ custom_id: 'a', method: 'POST', url, body: { model: 'm', messages: [] }, ...changes });

test('one request a line; empty lines are none', () => {
  const { lines, faults } = parseBatchInput(`${line()}\n\n${line({ custom_id: 'b' })}\n`, url);
  expect(lines.map(({ customId }) => customId)).toEqual(['a', 'b']);
  expect(faults).toEqual([]);
});

test.each([
  ['nothing', '', 'empty_file', null],
  ['blank lines', '\n \n', 'empty_file', null],
  ['no JSON', 'x', 'invalid_json_line', 1],
  ['no custom_id', line({ custom_id: undefined }), 'invalid_json_line', 1],
  ['another method', line({ method: 'GET' }), 'invalid_json_line', 1],
  ['no model', line({ body: {} }), 'invalid_json_line', 1],
  ['another endpoint', line({ url: '/v1/embeddings' }), 'mismatched_url', 1],
  ['an id twice', `${line()}\n${line()}`, 'duplicate_custom_id', 2],
])('a file with %s has the fault %s', (_name, text, code, at) => {
  expect(parseBatchInput(text as string, url).faults).toMatchObject([{ code, line: at }]);
});

test('all faults are told at once', () => {
  expect(parseBatchInput(`x\n${line()}\n${line({ url: '/x' })}`, url).faults.map(({ code }) => code)).toEqual(
    ['invalid_json_line', 'mismatched_url', 'duplicate_custom_id'],
  );
});
