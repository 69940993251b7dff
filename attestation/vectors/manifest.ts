import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/**
 * The shared conformance vectors, read in place: the evidence belongs to those who published it and is not copied
 * into this repository. HEARTH_VECTORS names the folder; beside the repository it is found by itself.
 */
const folder = resolve(process.env.HEARTH_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'));

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);

const policySchema = z.strictObject({
  expectedReportData: hex.optional(),
  allowMrtd: z.array(hex).optional(),
  allowTcbStatus: z.array(z.string()).optional(),
  requireSeptVeDisable: z.boolean().optional(),
  allowPpid: z.array(hex).optional(),
  minTcbEvaluationDataNumber: z.int().optional(),
});

const vectorSchema = z.object({
  id: z.string(),
  kind: z.string(),
  group: z.string(),
  files: z.record(z.string(), z.string()),
  at: z.int(),
  expect: z.object({
    verdict: z.enum(['valid', 'invalid']),
    reason: z.string().optional(),
    reasonAlso: z.array(z.string()).default([]),
    tcbStatus: z.string().optional(),
    advisoryIds: z.array(z.string()).optional(),
    fields: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Policies of other formats have fields of their own, so they are read where they are understood. */
const tdxVectorSchema = vectorSchema.extend({ policy: policySchema.default({}) });

export type TdxVector = z.infer<typeof tdxVectorSchema>;
export type VectorPolicy = TdxVector['policy'];

export type Manifest = {
  readonly all: readonly { readonly id: string; readonly kind: string }[];
  readonly tdx4: readonly TdxVector[];
};

/** Undefined, with the reason printed, where the vectors are not; a CI run must have them. */
export function loadManifest(): Manifest | undefined {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) {
    const reason = `conformance vectors not found at ${folder} (set HEARTH_VECTORS)`;
    if (process.env.CI) throw new Error(reason);
    process.stdout.write(`skipped: ${reason}\n`);
    return undefined;
  }
  const entries = z.array(z.looseObject({ kind: z.string() })).parse(JSON.parse(readFileSync(path, 'utf8')));
  const tdx4 = entries
    .filter(({ kind }) => kind === 'tdx-quote-v4')
    .map((entry) => tdxVectorSchema.parse(entry));
  return { all: entries.map((entry) => vectorSchema.parse(entry)), tdx4 };
}

export function readVectorFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}
