import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..');

const own = /^(?:attestation\/src|sdk\/src|contracts\/bindings)\//;

export type BrowserBundle = {
  /** One minified ES module. */
  readonly code: string;
  /** Our own source files in it, relative to the repository. */
  readonly ownSources: readonly string[];
};

/**
 * Bundles a module for browsers as an application's bundler would: conditions `browser` and, as everywhere in this
 * repository before publishing, `source`. A Node builtin on the way fails the build, since nothing resolves it.
 */
export async function bundleForBrowser(source: string): Promise<BrowserBundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, sourcefile: 'entry.ts', loader: 'ts' },
    absWorkingDir: repository,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser', 'source'],
    target: 'es2022',
    logLevel: 'silent', // an error is thrown with its whole text; the test's output is the place for it
  });
  const ownSources = Object.keys(metafile.inputs).filter((path) => own.test(path));
  return { code: outputFiles[0]?.text ?? '', ownSources };
}

/** Names that only Node has; bundlers leave them as they are, and a page then fails at run time. */
const nodeGlobals = /\b(?:Buffer|process|global|__dirname|__filename|setImmediate)\b/;

/** `path: line` wherever one of our sources uses such a name outside comments. */
export function nodeGlobalUses({ ownSources }: BrowserBundle): string[] {
  return ownSources.flatMap((path) =>
    readFileSync(join(repository, path), 'utf8')
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      .replace(/'[^'\n]*'|`[^`]*`/g, "''")
      .split('\n')
      .filter((line) => nodeGlobals.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
}
