import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError } from '../../agent-error.ts';

const entry = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,64}$/, 'expected a name of letters, digits, dots, - and _'),
  file: z.string().regex(/^[\w.-]{1,128}\.gguf$/, 'expected the name of a .gguf file'),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
  licence: z.string().min(1).max(64),
  /** Addresses, the preferred first, or a path beside the catalogue. Whoever serves the file: the digest decides. */
  mirrors: z.array(z.string().min(1)).min(1).max(16),
});

/** `models/catalogue.json`, or a file of the owner's own. */
export const modelCatalogue = z.strictObject({
  schema: z.literal('hearth-models/1'),
  models: z.array(entry).max(1_000),
});
export type CatalogueEntry = z.output<typeof entry>;

export const bundledCatalogue = fileURLToPath(new URL('../../../models/catalogue.json', import.meta.url));

/** The models of a catalogue, paths made absolute. @throws AgentError `config_invalid` */
export async function loadCatalogue(path: string): Promise<CatalogueEntry[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError('config_invalid', `${path}: ${cause.code}`, { cause });
  });
  const parsed = modelCatalogue.safeParse(parseJson(text));
  if (!parsed.success) throw new AgentError('config_invalid', `${path}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data.models.map((model) => ({
    ...model,
    mirrors: model.mirrors.map((mirror) => (isUrl(mirror) ? mirror : resolve(dirname(path), mirror))),
  }));
}

export const isUrl = (mirror: string): boolean => /^https?:\/\//.test(mirror);
