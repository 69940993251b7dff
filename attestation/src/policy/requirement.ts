import * as z from 'zod';
import type { Hex } from '../receipt/hex.ts';

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

export function anyOf<Schema extends z.ZodType>(schema: Schema) {
  return z.strictObject({ anyOf: z.array(schema).max(1024).readonly() }).readonly();
}

export function anyOfOrIgnore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([anyOf(schema), z.literal('ignore')]);
}

/** Lower-case 0x hex of exactly so many bytes. */
export function hexOf(byteLength: number) {
  const pattern = new RegExp(`^0x[0-9a-f]{${byteLength * 2}}$`);
  const error = `expected 0x and ${byteLength * 2} lower-case hex digits`;
  // A string with a pattern, so that it has a JSON Schema; the pattern is what the narrow type says.
  return z.string({ error }).regex(pattern, { error }) as unknown as z.ZodType<Hex, Hex>;
}

/** A bit of the evidence that must be so, or is of no interest. */
export const flagOrIgnore = equalsOrIgnore(z.boolean());

/** A security version or date that must be reached, or is of no interest. */
export const floorOrIgnore = atLeastOrIgnore(z.int().min(0));

/** A floor for each of 16 component SVNs; every one must be reached. */
export const componentFloorsOrIgnore = atLeastOrIgnore(
  z.array(z.int().min(0).max(0xff)).length(16).readonly(),
);
