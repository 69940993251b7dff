import { readFile } from 'node:fs/promises';
import { bytes32, type NoteKey } from '@hearth/sdk/protocol';
import { z } from 'zod';

const witnessFile = z
  .array(z.strictObject({ name: z.string().regex(/^[^\s+]+$/), publicKey: bytes32, url: z.url() }))
  .max(64);

/** A witness that this log asks, and its C2SP submission prefix. */
export type WitnessAddress = NoteKey & { readonly url: string };

/** @throws Error `WITNESSES_INVALID` that names the place */
export async function loadWitnesses(path: string): Promise<WitnessAddress[]> {
  const parsed = witnessFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`WITNESSES_INVALID: ${path}: ${problems.join('; ')}`);
}
