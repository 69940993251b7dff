import type { GrammarRules } from './grammar-rules.ts';

/**
 * JSON as models write it: a space may follow a colon or a comma, nothing else is optional, so that no tokens are spent
 * on layout and no answer ends in endless white space.
 */
const rules: Readonly<Record<string, string>> = {
  ws: '" "?',
  char: '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  integer: '"-"? ("0" | [1-9] [0-9]{0,14})',
  number: 'integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  member: 'string ":" ws value',
  object: '"{" (member ("," ws member)*)? "}"',
  array: '"[" (value ("," ws value)*)? "]"',
  value: 'object | array | string | number | boolean | null',
};

/** Adds the rules of plain JSON, of which `object` and `value` are the usual beginnings. */
export function addJsonRules(grammar: GrammarRules): void {
  for (const [name, body] of Object.entries(rules)) grammar.define(name, body);
}
