import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { browserBudgets, nodeOnlyEntryPoints } from './browser-budgets.ts';
import { bundleForBrowser, nodeGlobalUses } from './browser-bundle.ts';

const { name, exports } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../attestation/package.json'), 'utf8'),
) as { name: string; exports: Record<string, unknown> };

test('every entry point has a budget, or is named as one that needs Node', () => {
  const entryPoints = Object.keys(exports).map((path) => name + path.slice(1));
  expect([...Object.keys(browserBudgets), ...nodeOnlyEntryPoints].sort()).toEqual(entryPoints.sort());
});

test.each(Object.entries(browserBudgets))(
  '%s bundles without Node builtins and globals, and keeps its budget',
  async (entryPoint, budget) => {
    const bundle = await bundleForBrowser(`export * from '${entryPoint}';`);
    expect(nodeGlobalUses(bundle)).toEqual([]);
    const minified = Buffer.byteLength(bundle.code);
    expect(minified).toBeLessThanOrEqual(budget.minified);
    expect(gzipSync(bundle.code).length).toBeLessThanOrEqual(budget.gzipped);
    // A budget far above the truth would say nothing.
    expect(minified).toBeGreaterThan(budget.minified * 0.75);
  },
);

test('what needs Node does not bundle: the build check sees builtins', async () => {
  await expect(bundleForBrowser("export * from '@hearth/attestation/simulated';")).rejects.toThrow(
    'Could not resolve "node:crypto"',
  );
});

test('a Node global in our sources is seen', () => {
  const used = nodeGlobalUses({ code: '', ownSources: ['attestation/src/crypto/node-engine.ts'] });
  expect(used.join('\n')).toContain('Buffer.from');
});

test('a browser gets the engines in plain JavaScript, and none of Node’s', async () => {
  const { ownSources } = await bundleForBrowser("export * from '@hearth/attestation';");
  expect(ownSources).toContain('attestation/src/crypto/browser-engine.ts');
  expect(ownSources.filter((path) => path.includes('node-engine'))).toEqual([]);
});
