import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const here = dirname(fileURLToPath(import.meta.url));
const workspaceSource: Record<string, string> = {
  '@hearth/attestation/receipt': join(here, '../../../attestation/src/receipt/index.ts'),
  '@hearth/contracts': join(here, '../../../contracts/bindings/index.ts'),
  '@hearth/contracts/typed-data': join(here, '../../../contracts/bindings/typed-data.ts'),
  '#sdk-crypto-engine': join(here, '../crypto/node-engine.ts'),
  '#sdk-cipher-engine': join(here, 'cipher/node-engine.ts'),
};

/** Every source file reachable from `entry`, and every package those files name; type-only imports leave nothing at run time. */
function reachable(entry: string): { files: Map<string, string>; packages: Set<string> } {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    const source = readFileSync(file, 'utf8');
    files.set(file, source);
    for (const [, clause, specifier] of source.matchAll(/^(?:import|export)\s([^;]*?)from '([^']+)'/gms)) {
      if (specifier === undefined || /^type\s/.test(clause ?? '')) continue;
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else if (workspaceSource[specifier] !== undefined) visit(workspaceSource[specifier]);
      else packages.add(specifier);
    }
    expect(source).not.toMatch(/\bimport\(|\brequire\(/);
  };
  visit(entry);
  return { files, packages };
}

const canDecrypt =
  /createDecipheriv|createCipheriv|privateDecrypt|diffieHellman|decapsulate|hkdfSync|\bsubtle\b/;
const encryptionPackages = /^(hpke|@panva\/|@hpke\/|@noble\/(ciphers|post-quantum))/;

test('nothing that gateway and host import from here can decrypt', () => {
  const { files, packages } = reachable(join(here, 'clear.ts'));
  expect(files.size).toBeGreaterThan(10);
  expect([...packages].filter((name) => encryptionPackages.test(name))).toEqual([]);
  expect([...files].filter(([, source]) => canDecrypt.test(source)).map(([file]) => file)).toEqual([]);
});

test('the same walk does find the decryption behind the full entry', () => {
  const { files, packages } = reachable(join(here, 'index.ts'));
  expect([...packages].filter((name) => encryptionPackages.test(name))).toContain('hpke');
  expect([...files].some(([, source]) => canDecrypt.test(source))).toBe(true);
});

test('the package offers the clear part on its own', () => {
  const { exports } = createRequire(import.meta.url)('../../package.json') as {
    exports: Record<string, unknown>;
  };
  expect(exports['./sealed-job/clear']).toMatchObject({ source: './src/sealed-job/clear.ts' });
});
