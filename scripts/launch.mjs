// `node scripts/launch.mjs <script> args…`: installs packages and builds when needed, then runs the script on the bundled Node.
// Everything of its own goes to stderr, so that a program's `--json` on stdout stays clean. `--build-only` stops before running,
// `--no-build` leaves the build out (the check reports type errors itself).
// Parseable by old Node versions on purpose: it is what a machine with only Node 20 starts.
import { join } from 'node:path';
import { buildIfNeeded } from './build.mjs';
import { installIfNeeded } from './install.mjs';
import { withLock } from './lock-file.mjs';
import { root, runNode } from './run.mjs';

const skipBuild = process.argv[2] === '--no-build';
const [target, ...args] = process.argv.slice(skipBuild ? 3 : 2);
const code = await withLock(join(root, '.hearth', 'launch.lock'), sayWaiting, async () => {
  const installed = await installIfNeeded();
  return installed === 0 && !skipBuild ? await buildIfNeeded() : installed;
});

if (code !== 0) process.exitCode = code;
else if (target === undefined) {
  process.stderr.write('usage: node scripts/launch.mjs --build-only | [--no-build] <script> [arguments]\n');
  process.exitCode = 2;
} else if (target !== '--build-only')
  process.exitCode = await runNode([join(root, target), ...args], codeCache());

/** Compiled code is kept: a tenth of what starting a program costs. An enclave is started without it, since nobody measures it. */
function codeCache() {
  return {
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'code'),
  };
}

function sayWaiting(pid) {
  process.stderr.write(`hearth: process ${pid} is installing or building here; waiting for it\n`);
}
