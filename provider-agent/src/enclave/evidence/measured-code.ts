import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders whose every .js file the enclave can load; `release/import-closure.ts` fails the build if it can load more. */
export const measuredFolders = [
  'provider-agent/dist/enclave',
  'provider-agent/dist/channel',
  'sdk/dist/crypto',
  'sdk/dist/policy',
  'sdk/dist/protocol',
  'sdk/dist/sealed-job',
  'attestation/dist',
  'contracts/dist',
] as const;

/** Their `exports` decide which file an import means. */
const measuredFiles = [
  'provider-agent/package.json',
  'sdk/package.json',
  'attestation/package.json',
  'contracts/package.json',
] as const;

export type MeasuredFile = { readonly path: string; readonly sha384: string };

/** @param root folder that holds the workspaces. @returns sorted by path; paths relative to `root` with `/`. */
export async function measureCode(root: string): Promise<MeasuredFile[]> {
  const found = await Promise.all(measuredFolders.map((folder) => scriptsUnder(root, folder)));
  const paths = [...found.flat(), ...measuredFiles].sort();
  return Promise.all(
    paths.map(async (path) => ({ path, sha384: sha384Hex(await readFile(join(root, path))) })),
  );
}

async function scriptsUnder(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length).replaceAll('\\', '/'));
}

function sha384Hex(bytes: Uint8Array): string {
  return createHash('sha384').update(bytes).digest('hex');
}
