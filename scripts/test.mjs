// `npm test`: the Solidity suite (unit, fuzz, invariants), then jest. `npm test -- <jest arguments>` runs jest alone.
// Ends with every skipped test and its reason, and one line `N passed, N failed, N skipped`. With CI set, a skipped test fails the run.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './run.mjs';

const jestArgs = process.argv.slice(2);
const outcomes = [];
if (jestArgs.length === 0) outcomes.push(await runSolidityTests());
outcomes.push(await runJest(jestArgs));
report(outcomes);

/** In a process of its own: Hardhat keeps handles open, and a crash of its native EVM must not take the report along. */
async function runSolidityTests() {
  let outcome;
  const child = fork(join(root, 'scripts', 'solidity-tests.mjs'), { cwd: root, stdio: 'inherit' });
  child.on('message', (message) => {
    outcome = message;
  });
  const code = await exitCodeOf(child);
  if (outcome === undefined) return { name: 'Solidity', passed: 0, failed: 1, skipped: [], code };
  return { name: 'Solidity', ...outcome, code };
}

async function runJest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-test-'));
  const resultPath = join(folder, 'result.json');
  try {
    const jest = join('node_modules', 'jest', 'bin', 'jest.js');
    const nodeFlags = ['--disable-warning=ExperimentalWarning'];
    const child = spawn(
      process.execPath,
      [...nodeFlags, jest, '--json', `--outputFile=${resultPath}`, ...args],
      {
        cwd: root,
        // The stories start some hundred processes, each of which compiles a thousand modules that did not change.
        env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'), ...process.env },
        stdio: ['inherit', 'ignore', 'inherit'], // jest writes for people on stderr; its JSON would drown our stdout
      },
    );
    const code = await exitCodeOf(child);
    return { name: 'jest', code, ...readJestResult(resultPath) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readJestResult(path) {
  let result;
  try {
    result = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: [] }; // jest ended before it could report
  }
  const skipped = result.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(
        ({ status }) =>
          status === 'pending' || status === 'skipped' || status === 'todo' || status === 'disabled',
      )
      .map(({ fullName }) => `${relative(root, name)}: ${fullName}`),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites, // a file that does not load hides all its tests
    skipped: narrowedByName() ? [] : skipped,
  };
}

/** `-t` leaves tests out on purpose; they are not skipped tests. */
function narrowedByName() {
  return jestArgs.some((arg) => /^(-t|--testNamePattern)/.test(arg));
}

function report(all) {
  const skipped = all.flatMap((outcome) => outcome.skipped);
  const [passed, failed] = [sum(all, 'passed'), sum(all, 'failed')];
  const silent = skipped.filter((title) => !title.includes('[skipped: '));
  const inCi = /^(1|true)$/.test(process.env.CI ?? '');
  process.stdout.write('\n');
  for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
  for (const title of silent)
    process.stdout.write(
      `failure: skipped without a reason (use testUnless of test/environment/skip.ts): ${title}\n`,
    );
  if (inCi && skipped.length > 0)
    process.stdout.write(`failure: ${skipped.length} skipped under CI, where everything must run\n`);
  for (const { name, code, failed: count } of all) {
    if (code !== 0 && count === 0)
      process.stdout.write(`failure: ${name} ended with ${code} although no test failed\n`);
  }
  const ok =
    failed === 0 &&
    silent.length === 0 &&
    !(inCi && skipped.length > 0) &&
    all.every(({ code }) => code === 0);
  process.exitCode = ok ? 0 : 1;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
}

function sum(all, field) {
  return all.reduce((total, outcome) => total + outcome[field], 0);
}

function exitCodeOf(child) {
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
}
