import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { getLlama, type Llama, LlamaGrammar, LlamaLogLevel } from 'node-llama-cpp';
import { callGrammar, type JsonOutput, jsonGrammar } from './output-grammar.ts';

jest.setTimeout(60_000);

let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.disabled });
});

/** By llama.cpp's own grammar engine. */
const accepts = (grammar: string, text: string): boolean =>
  (new LlamaGrammar(llama, { grammar }) as unknown as { _testText(text: string): boolean })._testText(text);

const person = {
  type: 'object',
  description: 'ignored',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 3 },
    age: { type: 'integer', minimum: 0 },
    nick: { type: ['string', 'null'] },
    kind: { enum: ['a', 'b', 7] },
  },
  required: ['name', 'kind'],
  additionalProperties: false,
};
const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['value', 'children'],
    },
  },
};

const cases: [string, JsonOutput, string[], string[]][] = [
  [
    'any object',
    'object',
    ['{}', '{"a": [1, true, null, "x\\n\\u00e9"], "b":{"c":-1.5e3}}'],
    ['[]', '1', '{"a":1', '{"a":01}', '{} '],
  ],
  [
    'required and optional members',
    person,
    [
      '{"name":"Ada", "kind":"a"}',
      '{"name":"A","kind":7}',
      '{"name":"Bo","kind":"b","age":0,"nick":null}',
      '{"name":"Bo","kind":"b","nick":"x"}',
    ],
    [
      '{"name":"","kind":"a"}',
      '{"name":"Adam","kind":"a"}',
      '{"kind":"a"}',
      '{"name":"Bo","kind":"b","age":-1}',
      '{"name":"Bo","kind":"c"}',
      '{"name":"Bo","kind":"a","x":1}',
    ],
  ],
  [
    'members that are all optional',
    { type: 'object', properties: { a: { type: 'boolean' }, b: { type: 'null' } } },
    ['{}', '{"a":true}', '{"b":null}', '{"a":false,"b":null}'],
    ['{"b":null,"a":true}', '{,"b":null}'],
  ],
  [
    'a schema of itself',
    tree,
    ['{"value":1,"children":[]}', '{"value":1,"children":[{"value":-2.5,"children":[]}]}'],
    ['{"value":1,"children":[1]}'],
  ],
  [
    'choices',
    { anyOf: [{ type: 'integer', minimum: 3, maximum: 5 }, { const: 'none' }] },
    ['3', '5', '"none"'],
    ['2', '6', '"some"'],
  ],
  [
    'lists',
    { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 },
    ['[true]', '[true, false]'],
    ['[]', '[true,true,true]'],
  ],
  [
    'tuples',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] },
    ['["a",1]'],
    ['["a"]', '[1,"a"]'],
  ],
  [
    'maps',
    { type: 'object', additionalProperties: { type: 'integer' } },
    ['{}', '{"a":1,"b":2}'],
    ['{"a":"b"}'],
  ],
  [
    'dates',
    { type: 'string', format: 'date-time' },
    ['"2026-11-21T17:20:00Z"'],
    ['"2026-13-21T17:20:00Z"', '"today"'],
  ],
];

describe('JSON', () => {
  test.each(cases)('%s', (_, output, good, bad) => {
    const grammar = jsonGrammar(output);
    expect(good.filter((text) => !accepts(grammar, text))).toEqual([]);
    expect(bad.filter((text) => accepts(grammar, text))).toEqual([]);
  });

  test.each([
    ["#/properties/a: 'pattern'", { type: 'object', properties: { a: { type: 'string', pattern: 'x' } } }],
    ['allOf: more than one', { allOf: [{ type: 'string' }, { minLength: 3 }] }],
    ['maxLength: expected 0 to 1000', { type: 'string', maxLength: 5000 }],
    ['range of integers', { type: 'integer', minimum: 5 }],
    ['not in the schema', { $ref: '#/$defs/missing' }],
    ['format: "ipv9"', { type: 'string', format: 'ipv9' }],
    ["'b' is not among the properties", { type: 'object', properties: {}, required: ['b'] }],
    ["'minimum' is not supported", { type: 'number', minimum: 1 }],
    ['type: "text"', { type: 'text' }],
    ['expected a schema', { type: 'array', items: [] }],
  ])('what it cannot promise is refused by name: %s', (message, schema) => {
    expect(() => jsonGrammar(schema)).toThrow(message);
  });

  test('a schema too deep is refused, not run', () => {
    let schema: JsonOutput = { type: 'string' };
    for (let i = 0; i < 500; i++) schema = { type: 'array', items: schema };
    expect(() => jsonGrammar(schema)).toThrow('nested deeper than 64');
  });
});

describe('calls', () => {
  const tool = (name: string, parameters?: object) => ({
    name,
    head: `||call: ${name}(`,
    suffix: ')',
    parameters: parameters as undefined,
    isStrict: false,
  });
  const tools = [
    tool('weather', { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
    tool('now'),
  ];
  const section = { prefix: '', between: '', suffix: '', maxCalls: 2 };

  test('are those of the functions, with arguments of their schemas, and not more than allowed', () => {
    const grammar = callGrammar(tools, section) ?? '';
    const good = [
      '||call: now({})',
      '||call: weather({"city":"Ulm"})',
      '||call: now({})||call: weather({"city":""})',
    ];
    const bad = ['', 'Hello', '||call: later({})', '||call: weather({})', '||call: now({})'.repeat(3)];
    expect(good.filter((text) => !accepts(grammar, text))).toEqual([]);
    expect(bad.filter((text) => accepts(grammar, text))).toEqual([]);
  });

  test('that have begun can only go on as one of the functions', () => {
    const grammar = callGrammar(tools, section, '||call: we') ?? '';
    expect(accepts(grammar, 'ather({"city":"Ulm"})||call: now({})')).toBe(true);
    expect(accepts(grammar, 'now({})')).toBe(false);
    expect(callGrammar(tools, section, '||call: x')).toBeUndefined();
  });

  test('a schema beyond grammars is advice, unless the function is strict', () => {
    const odd = { type: 'object', properties: { a: { type: 'string', pattern: '^x' } }, required: ['a'] };
    expect(accepts(callGrammar([tool('f', odd)], section) ?? '', '||call: f({"b":1})')).toBe(true);
    expect(() => callGrammar([{ ...tool('f', odd), isStrict: true }], section)).toThrow("function 'f'");
  });

  test('or a JSON answer, where both are wanted', () => {
    const grammar = callGrammar(tools, section, '', 'object') ?? '';
    expect(accepts(grammar, '{"a":1}') && accepts(grammar, '||call: now({})')).toBe(true);
  });
});
