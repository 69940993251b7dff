// Imports go one way: contracts ← attestation ← sdk/protocol ← sdk/market, policy, sealed-job, store ← sdk/client, openai, sidecar, cli, and
// the applications import those. backend and provider-agent never import each other, enclave and host neither, and nobody imports test.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

const libraries = [
  'contracts',
  'attestation',
  'sdk/crypto',
  'sdk/errors',
  'sdk/protocol',
  'sdk/market',
  'sdk/policy',
  'sdk/drand',
  'sdk/sealed-job',
  'sdk/client',
  'sdk/verify',
  'sdk/export',
  'sdk/store',
  'sdk/openai',
  'sdk/sidecar',
  'sdk/cli',
  'sdk/index',
];
const sdkCore = ['contracts', 'attestation', 'sdk/crypto', 'sdk/errors', 'sdk/protocol'];
const sdkJob = [...sdkCore, 'sdk/market', 'sdk/policy', 'sdk/sealed-job'];
const agentShared = ['agent/channel', 'agent/common'];

/** Layer → the other layers it may import. */
const mayImport = {
  contracts: [],
  attestation: ['contracts'],
  'sdk/crypto': [],
  'sdk/errors': [],
  'sdk/protocol': ['contracts', 'attestation', 'sdk/crypto', 'sdk/errors'],
  'sdk/market': sdkCore,
  'sdk/policy': sdkCore,
  'sdk/drand': [...sdkCore, 'sdk/market'],
  'sdk/sealed-job': sdkCore,
  'sdk/client': [...sdkJob, 'sdk/store'],
  'sdk/verify': [...sdkJob, 'sdk/client'],
  'sdk/export': sdkCore,
  'sdk/store': ['sdk/protocol'],
  'sdk/openai': [...sdkJob, 'sdk/client', 'sdk/store'],
  'sdk/sidecar': [...sdkJob, 'sdk/client', 'sdk/verify', 'sdk/openai'],
  'sdk/cli': libraries,
  'sdk/index': libraries,
  backend: libraries,
  'agent/channel': [...libraries, 'agent/common'],
  'agent/common': [...libraries, 'agent/energy'],
  // Part of the host process: clock, timers and durable files are the host's.
  'agent/energy': [...libraries, 'agent/common', 'agent/host'],
  'agent/enclave': [...libraries, ...agentShared],
  'agent/host': [...libraries, ...agentShared, 'agent/energy'],
  'agent/release': [...libraries, ...agentShared, 'agent/enclave'],
  'agent/supervisor': [...libraries, ...agentShared, 'agent/host'],
  'agent/commands': [
    ...libraries,
    ...agentShared,
    'agent/enclave',
    'agent/energy',
    'agent/host',
    'agent/release',
    'agent/supervisor',
  ],
  'agent/web': [...libraries, 'agent/common', 'agent/energy', 'agent/host'],
  'agent/testing': [...libraries, ...agentShared, 'agent/enclave', 'agent/host'],
  'agent/main': [...libraries, ...agentShared, 'agent/commands'],
};

/** The layer of a source file, `/`-separated from the repository root; undefined where the rule has nothing to say. */
function layerOf(path) {
  const [workspace, source, part] = path.split('/');
  if (['contracts', 'attestation', 'backend', 'test'].includes(workspace)) return workspace;
  if (source !== 'src') return undefined;
  const layer = `${workspace === 'provider-agent' ? 'agent' : workspace}/${part.replace(/\.ts$/, '')}`;
  if (mayImport[layer] !== undefined) return layer;
  return workspace === 'sdk' ? 'sdk/index' : 'agent/common';
}

/** The layer an import leads to; undefined for npm packages and Node's own modules. */
function targetLayer(from, specifier) {
  if (specifier.startsWith('.'))
    return layerOf(
      normalize(join(dirname(from), specifier))
        .split(sep)
        .join('/'),
    );
  const [scope, name, part] = specifier.split('/');
  if (scope !== '@hearth') return undefined;
  if (name === 'sdk') return part === undefined ? 'sdk/index' : `sdk/${part}`;
  return name;
}

/** What is wrong with one import, in words, or undefined. */
export function judgeImport(from, specifier) {
  const [source, target] = [layerOf(from), targetLayer(from, specifier)];
  if (source === undefined || source === 'test' || target === undefined) return undefined;
  const workspaceOf = (layer) => (layer.startsWith('agent/') ? 'provider-agent' : layer.split('/')[0]);
  if (workspaceOf(source) !== workspaceOf(target) && specifier.startsWith('.')) {
    return `${from}: "${specifier}" reaches into another workspace by path; import the package by name`;
  }
  if (target === 'agent/testing' && from.endsWith('.test.ts')) return undefined;
  if (source === target || mayImport[source].includes(target)) return undefined;
  return `${from}: "${specifier}" makes ${source} depend on ${target}; it may import ${mayImport[source].join(', ') || 'no other layer'}`;
}

/** Specifiers of static, re-exporting, type and dynamic imports. */
export function importsOf(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:\bfrom|\bimport\(?)\s*'([^']+)'/g)].map(([, specifier]) => specifier);
}

function sourceFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return /^(node_modules|dist|artifacts|cache|generated)$/.test(entry.name) ? [] : sourceFiles(path);
    return /\.(ts|tsx)$/.test(entry.name) ? [path] : [];
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = ['contracts', 'attestation', 'sdk', 'backend', 'provider-agent', 'test'].flatMap(sourceFiles);
  const problems = files.flatMap((path) =>
    importsOf(readFileSync(join(root, path), 'utf8'))
      .map((specifier) => judgeImport(path, specifier))
      .filter(Boolean),
  );
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
