import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CallReader } from './call-reader.ts';
import type { ToolSyntax } from './tool-syntax.ts';

const tool = (name: string) => ({
  name,
  head: `||call: ${name}(`,
  suffix: ')',
  parameters: undefined,
  isStrict: false,
});
const syntax: ToolSyntax = {
  tools: [tool('weather'), tool('time')],
  section: { prefix: '', between: '', suffix: '', maxCalls: 8 },
  start: '||call: ',
};
const sectioned: ToolSyntax = {
  ...syntax,
  section: { prefix: '<calls>', between: ',', suffix: '</calls>', maxCalls: 8 },
  start: '<calls>',
};

function read(pieces: readonly string[], by: ToolSyntax) {
  const reader = new CallReader(by);
  let text = '';
  const calls: { name: string; arguments: string }[] = [];
  for (const piece of pieces) {
    const passed = reader.push(piece);
    text += passed.text;
    for (const { index, name, arguments: json } of passed.toolCalls) {
      calls[index] ??= { name: name ?? '', arguments: '' };
      calls[index].arguments += json;
    }
  }
  return { text: text + reader.end(), calls };
}

const two = '{"city":"a ) \\" }","days":[{"n":1}]}';
test.each([
  ['no call at all', syntax, 'Hello ||cal', { text: 'Hello ||cal', calls: [] }],
  ['one call', syntax, '||call: time({})', { text: '', calls: [{ name: 'time', arguments: '{}' }] }],
  [
    'text, then calls with brackets and quotes in their arguments',
    syntax,
    `I look. ||call: weather(${two})||call: time({})`,
    {
      text: 'I look. ',
      calls: [
        { name: 'weather', arguments: two },
        { name: 'time', arguments: '{}' },
      ],
    },
  ],
  [
    'calls in a section',
    sectioned,
    '<calls>||call: time({}),||call: weather({"x":1})</calls>',
    {
      text: '',
      calls: [
        { name: 'time', arguments: '{}' },
        { name: 'weather', arguments: '{"x":1}' },
      ],
    },
  ],
  ['a function that nobody offered', syntax, 'a ||call: rm({}) b', { text: 'a ||call: rm({}) b', calls: [] }],
  [
    'arguments that end midway',
    syntax,
    '||call: time({"a',
    { text: '', calls: [{ name: 'time', arguments: '{"a' }] },
  ],
])('%s is read the same, however the text is cut', (_, by, whole, expected) => {
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((end, i) => whole.slice(places[i], end));
      expect(read(pieces, by)).toEqual(expected);
    }),
  );
});

test('what the model has begun to call is known, for the grammar of the rest', () => {
  const reader = new CallReader(syntax);
  expect(reader.push('Well: ||call').text).toBe('Well: ');
  expect(reader.begun).toBeUndefined();
  reader.push(': wea');
  expect(reader.begun).toBe('||call: wea');
});
