// `npm run coverage:attestation`: how much of attestation/src its tests reach, per folder; fails below 95 % of lines or branches.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root } from './run.mjs';

const GOAL_PERCENT = 95;
const sources = join(root, 'attestation', 'src');
/** Its own tests, and those that need sockets, processes or files and so live in test/. */
const tests = ['attestation/', 'test/attestation/(fetch|producers|pitfalls)'];
/** Writers of test data and defects, which tests run but which judge nothing. */
const notMeasured = ['simulated/', '/faults/', 'faults.ts'];

const folder = mkdtempSync(join(tmpdir(), 'hearth-coverage-'));
try {
  const code = await runJest(folder);
  const files = Object.entries(JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')))
    .filter(([path]) => path !== 'total')
    .map(([path, counts]) => ({ path: relative(sources, path), ...counts }));
  process.exitCode = report(files) && code === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function runJest(coverageDirectory) {
  const args = [
    '--disable-warning=ExperimentalWarning',
    join('node_modules', 'jest', 'bin', 'jest.js'),
    ...tests,
    '--silent',
    '--coverage',
    '--coverageProvider=v8',
    '--collectCoverageFrom=attestation/src/**/*.ts',
    ...notMeasured.map((part) => `--coveragePathIgnorePatterns=${part}`),
    '--coverageReporters=json-summary',
    `--coverageDirectory=${coverageDirectory}`,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function report(files) {
  const folders = Map.groupBy(files, ({ path }) => dirname(path));
  const rows = [...folders].sort().map(([name, list]) => row(name === '.' ? 'src' : name, list));
  const total = row('all', files);
  const low = files
    .filter((file) => percent([file], 'lines') < GOAL_PERCENT || percent([file], 'branches') < GOAL_PERCENT)
    .map((file) => row(file.path, [file]));
  const text = ({ name, lines, branches }) =>
    `${name.padEnd(44)} ${lines.toFixed(1).padStart(6)} ${branches.toFixed(1).padStart(8)}\n`;
  process.stdout.write(`${'attestation/src'.padEnd(45)} lines branches  (%)\n`);
  for (const one of [...rows, total]) process.stdout.write(text(one));
  if (low.length > 0) process.stdout.write('\nfiles below the goal:\n');
  for (const one of low) process.stdout.write(text(one));
  const reached = total.lines >= GOAL_PERCENT && total.branches >= GOAL_PERCENT;
  process.stdout.write(`\n${reached ? 'reached' : 'missed'}: ${GOAL_PERCENT} % of lines and branches\n`);
  return reached;
}

function row(name, files) {
  return { name, lines: percent(files, 'lines'), branches: percent(files, 'branches') };
}

function percent(files, what) {
  const sum = (key) => files.reduce((total, file) => total + file[what][key], 0);
  return sum('total') === 0 ? 100 : (100 * sum('covered')) / sum('total');
}
