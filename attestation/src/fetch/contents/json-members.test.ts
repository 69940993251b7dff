import { expect, test } from '@jest/globals';
import { jsonMemberTexts } from './json-members.ts';

const texts = (json: string) => Object.fromEntries(jsonMemberTexts(json, 'test'));

test('every member is the text in which it was written', () => {
  const json = ' {"a" : {"z":1,  "y":[1, 2,{"x":"},"}]} ,\n"b\\u0041":"q\\"}," , "c":-1.50e2\t,"d":null}\n';
  expect(texts(json)).toEqual({
    a: '{"z":1,  "y":[1, 2,{"x":"},"}]}',
    bA: '"q\\"},"',
    c: '-1.50e2',
    d: 'null',
  });
});

test('an empty object has no members', () => {
  expect(texts('{ }')).toEqual({});
});

test.each(['[]', '"{"', '1'])('%s is no object', (json) => {
  expect(() => texts(json)).toThrow('expected a JSON object');
});

test('letters beyond ASCII stay as they are', () => {
  expect(texts('{"ä":"\u{1F600}\\u00e4"}')).toEqual({ ä: '"\u{1F600}\\u00e4"' });
});
