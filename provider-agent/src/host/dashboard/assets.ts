import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Asset = { readonly type: string; readonly body: Buffer; readonly tag: string };

export type Assets = {
  /** By path, e.g. `/assets/main.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  readonly contentSecurityPolicy: string;
};

/** Same depth from the source and from the built file. */
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Bare names that the page's modules import; the browser finds them by an import map. */
const libraries = ['preact', 'preact/hooks', 'preact/jsx-runtime'];
const pages = ['/', '/earnings', '/work', '/energy', '/trust', '/events', '/login'];

/** Everything the browser gets, read once: the page's own modules as the build left them, and Preact's. No bundler, no CDN. */
export async function loadAssets(): Promise<Assets> {
  const files = new Map<string, Asset>();
  const add = async (path: string, file: string) =>
    files.set(path, asset(extension(file), await readFile(file)));
  const built = join(packageRoot, 'dist', 'web');
  for (const name of await readdir(built))
    if (name.endsWith('.js')) await add(`/assets/${name}`, join(built, name));
  for (const name of ['style.css', 'icon.svg'])
    await add(`/assets/${name}`, join(packageRoot, 'src', 'web', name));

  const imports: Record<string, string> = {};
  for (const library of libraries) {
    imports[library] = `/assets/lib/${library.replace('/', '-')}.mjs`;
    await add(imports[library], resolveLibrary(library));
  }
  const importMap = JSON.stringify({ imports });
  for (const page of pages) files.set(page, asset('html', Buffer.from(html(importMap))));
  return { files, contentSecurityPolicy: contentSecurityPolicy(importMap) };
}

function html(importMap: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Hearth</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/style.css">
<script type="importmap">${importMap}</script>
<script type="module" src="/assets/main.js"></script>
</head>
<body><div id="app"></div><noscript>This page needs JavaScript. Diese Seite braucht JavaScript.</noscript></body>
</html>
`;
}

/** Nothing from anywhere else, and no inline script but the import map. */
function contentSecurityPolicy(importMap: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function resolveLibrary(library: string): string {
  const [name, ...folder] = library.split('/');
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve(`${name}/package.json`));
  const manifest = require(`${name}/package.json`) as { exports: Record<string, { default: string }> };
  const entry = manifest.exports[['.', ...folder].join('/')];
  if (!entry) throw new Error(`package ${name} exports no ${library}`);
  return join(root, entry.default);
}

function asset(kind: string, body: Buffer): Asset {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: types[kind] ?? 'text/html; charset=utf-8', body, tag };
}

const extension = (file: string): string => file.slice(file.lastIndexOf('.') + 1);
