// `npm run check`: everything that judges the code without running it. All steps run, two at a time; what failed is listed last.
// `npm run check -- <words>` runs only the steps whose name contains one of the words.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './run.mjs';

const PARALLEL_STEPS = 2;
const bin = (path) => join('node_modules', path);

/** In the order they start. `after`: reads what that step writes. */
const steps = [
  { name: 'types', args: [bin('typescript/bin/tsc'), '-b'] },
  { name: 'types of tests', args: [bin('typescript/bin/tsc'), '-p', 'tsconfig.tests.json'], after: 'types' },
  {
    name: 'generated bindings',
    args: [
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      'contracts/scripts/write-bindings.ts',
      '--check',
    ],
  },
  { name: 'storage layouts (docs/audit.md)', args: ['contracts/scripts/write-audit.ts', '--check'] },
  {
    name: 'coverage table of the evidence checks',
    args: [
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      'attestation/vectors/write-coverage.ts',
      '--check',
    ],
  },
  {
    name: 'policy schema (docs/policy.schema.json)',
    args: [
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      'sdk/scripts/write-policy-schema.ts',
      '--check',
    ],
  },
  {
    name: 'lint and format (biome)',
    args: [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '--max-diagnostics=200'],
  },
  {
    name: 'promises, switches, cycles (oxlint)',
    // Nested configs off: packages ship their own, and oxlint crashes on one of them.
    args: [
      bin('oxlint/bin/oxlint'),
      '--type-aware',
      '--disable-nested-config',
      '-c',
      '.oxlintrc.json',
      '--deny-warnings',
    ],
    after: 'types',
  },
  { name: 'API reference (docs/api)', args: ['sdk/scripts/write-api.ts', '--check'], after: 'types' },
  { name: 'dead code (knip)', args: [bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'] },
  {
    name: 'Solidity format (prettier)',
    args: [bin('prettier/bin/prettier.cjs'), '--check', 'contracts/**/*.sol'],
  },
  { name: 'import direction', args: ['scripts/check-imports.mjs'] },
  { name: 'lock file', args: ['scripts/fix-lock.mjs', '--check'] },
];

const words = process.argv.slice(2);
const chosen = steps.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const outcomes = await runAll(chosen);
const failed = outcomes.filter(({ code }) => code !== 0);
process.stdout.write(
  failed.length === 0
    ? `check passed: ${outcomes.length} steps\n`
    : `check failed: ${failed.map(({ name }) => name).join('; ')}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function runAll(list) {
  const waiting = [...list];
  const finished = new Map();
  const isReady = ({ after }) =>
    after === undefined || finished.has(after) || !list.some(({ name }) => name === after);
  const worker = async () => {
    while (waiting.length > 0) {
      const index = waiting.findIndex(isReady);
      const [step] = waiting.splice(index === -1 ? 0 : index, 1);
      const outcome = await runStep(step);
      finished.set(step.name, outcome);
      print(outcome);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_STEPS }, worker));
  return [...finished.values()];
}

/** Output is kept and shown in one piece when the step ends: two steps at once would be unreadable. */
function runStep({ name, args }) {
  const started = performance.now();
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: 'true', NO_COLOR: '1', FORCE_COLOR: '0' };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => {
    const end = (code) => resolve({ name, code, output, seconds: (performance.now() - started) / 1000 });
    child.on('error', (error) => {
      output += error.message;
      end(1);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

function print({ name, code, output, seconds }) {
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(5)} s  ${name}\n`);
  if (code !== 0) process.stdout.write(`${output.trimEnd().replace(/^/gm, '    ')}\n`);
}
