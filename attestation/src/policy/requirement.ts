import { z } from 'zod';

/** What a policy may say about one fact. There is no "absent": a field somebody forgot must not mean "anything". */
export type Equals<T> = { readonly equals: T };
export type AtLeast<T> = { readonly atLeast: T };
/** An empty list allows nothing. */
export type AnyOf<T> = { readonly anyOf: readonly T[] };
export type Ignored = 'ignore';

export function equalsOrIgnore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([z.strictObject({ equals: schema }).readonly(), z.literal('ignore')]);
}

export function atLeastOrIgnore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([z.strictObject({ atLeast: schema }).readonly(), z.literal('ignore')]);
}

export function anyOfOrIgnore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([
    z.strictObject({ anyOf: z.array(schema).max(1024).readonly() }).readonly(),
    z.literal('ignore'),
  ]);
}
