import { expect, test } from '@jest/globals';
import { renderEip712 } from './render-eip712.ts';

const domains =
  'string constant MARKET_DOMAIN_NAME = "M";\nstring constant REGISTRY_DOMAIN_NAME = "R";\nstring constant DOMAIN_VERSION = "1";';
const inner =
  '\nstruct Inner {\n uint8 n;\n}\nbytes32 constant INNER_TYPEHASH = keccak256("Inner(uint8 n)");';
const outer = (referenced: string) =>
  `\nstruct Outer {\n Inner inner;\n}\nbytes32 constant OUTER_TYPEHASH = keccak256("Outer(Inner inner)" "${referenced}");`;

function render(sources: Record<string, string>): string {
  return renderEip712(Object.entries(sources).map(([name, text]) => ({ name, text })));
}

test('types and domain names come out as const', () => {
  const text = render({ 'Domains.sol': domains, 'Inner.sol': inner, 'Outer.sol': outer('Inner(uint8 n)') });
  expect(text).toContain("export const marketDomainName = 'M';");
  expect(text).toContain("  Outer: [\n    { name: 'inner', type: 'Inner' },\n  ],");
});

test('a struct that differs from its type string is refused', () => {
  const drifted = inner.replace(' uint8 n;', ' uint16 n;');
  expect(() => render({ 'Domains.sol': domains, 'Inner.sol': drifted })).toThrow(
    'Inner.sol: struct and type string',
  );
});

test('a nested type that differs from its own file is refused', () => {
  expect(() =>
    render({ 'Domains.sol': domains, 'Inner.sol': inner, 'Outer.sol': outer('Inner(uint16 n)') }),
  ).toThrow('Outer.sol: Inner against its own file');
});

test('a nested type that is left out is refused', () => {
  expect(() => render({ 'Domains.sol': domains, 'Inner.sol': inner, 'Outer.sol': outer('') })).toThrow(
    'Outer.sol: referenced types',
  );
});
