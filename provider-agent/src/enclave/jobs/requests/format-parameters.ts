import { z } from 'zod';
import type { JsonOutput } from '../../inference/grammar/output-grammar.ts';

const schema = z.record(z.string(), z.unknown());
const named = {
  name: z.string().min(1).max(64),
  description: z.string().nullish(),
  strict: z.boolean().nullish(),
};

/** As chat completions write it, and flat as responses do. */
export const chatFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({ ...named, schema: schema.nullish() }),
  }),
]);
export const flatFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), ...named, schema: schema.nullish() }),
]);

/** What the output has to be, for the engine. Strict or not, a schema always holds. */
export function jsonOutputOf(
  format: z.infer<typeof chatFormat> | z.infer<typeof flatFormat> | null | undefined,
): JsonOutput | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return 'object';
  return ('json_schema' in format ? format.json_schema.schema : format.schema) ?? 'object';
}
