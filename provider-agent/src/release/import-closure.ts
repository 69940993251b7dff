import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type ImportClosure = {
  /** Files of our workspaces, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Names of packages from node_modules, sorted. */
  readonly packages: readonly string[];
};

/** Everything that loading `entry` can load, by the import statements in our own compiled files. */
export async function importClosure(root: string, entry: string): Promise<ImportClosure> {
  const pending = [join(root, entry)];
  const files = new Set<string>();
  const packages = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of importSpecifiers(await readFile(file, 'utf8'))) {
      if (specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) pending.push(join(dirname(file), specifier));
      else if (specifier.startsWith('#'))
        pending.push(createRequire(file).resolve(specifier)); // a package's own alternatives
      else if (specifier.startsWith('@hearth/')) pending.push(resolveWorkspace(specifier, file));
      else packages.add(packageName(specifier));
    }
  }
  return {
    files: [...files].map((file) => relative(root, file).split(sep).join('/')).sort(),
    packages: [...packages].sort(),
  };
}

/** Static and dynamic imports and re-exports, as tsc writes them; comments are cut first. */
export function importSpecifiers(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}

function resolveWorkspace(specifier: string, from: string): string {
  return fileURLToPath(import.meta.resolve(specifier, pathToFileURL(from)));
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
