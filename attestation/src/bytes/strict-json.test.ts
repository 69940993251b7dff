import { expect, test } from '@jest/globals';
import { parseStrictJson } from './strict-json.ts';

test('ordinary JSON is parsed, with quotes, colons and escapes inside strings', () => {
  const text = '{"a":[{"b":"x\\":\\\\"},{"b":"{\\"b\\":1}"}],"c":{"a":null},"":0}';
  expect(parseStrictJson(text, 'text')).toEqual(JSON.parse(text));
});

test.each([
  ['on one level', '{"a":1,"a":1}'],
  ['deep inside', '{"x":[[{"a":1,"b":2,"a":3}]]}'],
  ['spelt with an escape', '{"a":1,"\\u0061":2}'],
  ['with space before the colon', '{"a" :1,"a"\n:2}'],
  ['of the prototype', '{"__proto__":1,"__proto__":2}'],
])('duplicate keys are refused: %s', (_name, text) => {
  expect(() => parseStrictJson(text, 'text')).toThrow('duplicate keys');
});

test.each(['', '{', '{"a":1}}', 'NaN', "{'a':1}"])('%j is no JSON', (text) => {
  expect(() => parseStrictJson(text, 'text')).toThrow('text: expected JSON');
});

test('deep nesting is refused without exhausting the stack', () => {
  const bomb = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect(() => parseStrictJson(bomb, 'text')).toThrow('levels of nesting');
});
