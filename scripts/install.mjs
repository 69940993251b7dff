// Brings node_modules in line with package-lock.json. Parseable by old Node versions on purpose.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const lockPath = join(root, 'package-lock.json');
const stampPath = join(root, 'node_modules', '.hearth-lock-sha256');

/** Runs `npm ci` unless node_modules already holds what the lock says; resolves with the exit code. Prints to stderr only. */
export async function installIfNeeded() {
  const wanted = createHash('sha256').update(readFileSync(lockPath)).digest('hex');
  if (readOr(stampPath, '') === wanted) return 0;
  if (!matchesHiddenLock()) {
    const code = await runNpmCi();
    if (code !== 0) return code;
  }
  writeFileSync(stampPath, wanted);
  return 0;
}

/** npm writes down what it installed, last: somebody's own `npm ci` or `npm install` counts, an interrupted one does not. */
function matchesHiddenLock() {
  const hidden = JSON.parse(
    readOr(join(root, 'node_modules', '.package-lock.json'), '{"packages":{}}'),
  ).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(lockPath, 'utf8')).packages);
  const isInstalled = ([path, entry]) =>
    path === '' ||
    (hidden[path] === undefined ? entry.optional === true : hidden[path].version === entry.version);
  return Object.keys(hidden).length > 0 && wanted.every(isInstalled);
}

function runNpmCi() {
  process.stderr.write('hearth: installing packages from package-lock.json (about a minute, 1 GB; once)\n');
  const started = Date.now();
  const timer = setInterval(() => {
    process.stderr.write(`hearth: still installing, ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, 10_000);
  // The flags are spelled out because `npm start --silent`, NODE_ENV=production and the like reach us as environment variables.
  const flags = [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--include=dev',
    '--include=optional',
    '--workspaces=true',
    '--include-workspace-root=true',
  ];
  const npm = process.env.npm_execpath;
  const [command, args] =
    npm && /npm-cli\.[cm]?js$/.test(npm) ? [process.execPath, [npm, ...flags]] : ['npm', flags];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('error', (error) => {
      process.stderr.write(`hearth: npm could not be started: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      process.stderr.write(
        `hearth: npm ci ended with ${signal || code} after ${Math.round((Date.now() - started) / 1000)} s\n`,
      );
      resolve(signal ? 1 : code);
    });
  }).finally(() => clearInterval(timer));
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
