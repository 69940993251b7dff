import { type GrammarRules, times } from './grammar-rules.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A part of a schema that a grammar cannot promise: refused by name, never left out of account. */
export class UnsupportedSchema extends Error {
  override readonly name = 'UnsupportedSchema';
}

/** What the rule of a type needs to make those of its members. */
export interface SchemaRules {
  readonly grammar: GrammarRules;
  ruleOf(schema: unknown, path: string, depth: number): string;
}

/** @throws UnsupportedSchema unless `count` is absent or a repetition that llama.cpp can hold */
export function repetition(schema: JsonSchema, keyword: string, path: string): number | undefined {
  const count = schema[keyword];
  if (count === undefined) return undefined;
  if (Number.isInteger(count) && (count as number) >= 0 && (count as number) <= 1000) return count as number;
  throw new UnsupportedSchema(`${path}/${keyword}: expected 0 to 1000, got ${JSON.stringify(count)}`);
}

export const repeated = (body: string, min: number, max: number | undefined): string =>
  max === 0 ? '""' : `${body}${times(min, max)}`;
