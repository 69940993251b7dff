// Makes package-lock.json installable on every platform and by every Node that npm itself runs on.
// `npm install` writes a lock for the machine and the registry it sees; three things in it then break elsewhere:
//  1. npm skips OPTIONAL packages whose `engines` reject the Node that runs npm. The lock is installed under Node 20 and used
//     under the bundled Node 24, so Hardhat's EDR (engines >= 22) would silently be missing: engines of optional packages go.
//  2. A registry may lack foreign-platform binaries; the lock then misses them and `npm ci` refuses it. They are added.
//  3. node-llama-cpp pulls 600 MB of GPU builds, and ARM builds that claim x64: GPU builds get an os that no machine has
//     (`scripts/` of a provider installs one on purpose), ARM builds get the cpu in their name.
// Run after every dependency change (`npm run lock:fix`); `--check` changes nothing and fails if something would change.
// Parseable by old Node versions on purpose.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NPM_OS = { mac: 'darwin', win: 'win32' };
const CPUS = ['arm64', 'armv7l', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64'];
const OSES = ['android', 'darwin', 'mac', 'freebsd', 'linux', 'openharmony', 'win32', 'win'];

/** `{ os, cpu }` as npm writes them, read from a platform package's name such as `@swc/core-win32-arm64-msvc`. */
function platformOf(name) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.find((word) => OSES.includes(word));
  const cpu = words.find((word) => CPUS.includes(word));
  if (os === undefined || cpu === undefined) {
    throw new Error(`fix-lock: cannot read a platform from the missing optional package "${name}"`);
  }
  return { os: [NPM_OS[os] || os], cpu: [cpu === 'armv7l' ? 'arm' : cpu] };
}

/** Whether a package at lock path `from` finds `name`, walking up node_modules as Node does. */
function isLocked(packages, from, name) {
  for (
    let at = from;
    ;
    at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : ''
  ) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
  }
}

function dropOptionalEngines(packages) {
  for (const entry of Object.values(packages)) if (entry.optional === true) delete entry.engines;
}

function addMissingPlatforms(packages) {
  for (const [from, entry] of Object.entries({ ...packages })) {
    for (const [name, version] of Object.entries(entry.optionalDependencies || {})) {
      if (isLocked(packages, from, name)) continue;
      packages[`node_modules/${name}`] = { version, ...platformOf(name), optional: true };
    }
  }
}

function optOutOfGpuBuilds(packages) {
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.startsWith('node_modules/@node-llama-cpp/')) continue;
    if (/-(cuda|vulkan)/.test(path)) entry.os = ['gpu-opt-in'];
    else entry.cpu = platformOf(path.slice('node_modules/'.length)).cpu;
  }
}

/** The fixed text of a lock file; fixing a fixed lock changes nothing. */
export function fixLock(text) {
  const lock = JSON.parse(text);
  dropOptionalEngines(lock.packages);
  addMissingPlatforms(lock.packages);
  optOutOfGpuBuilds(lock.packages);
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  );
  return `${JSON.stringify(lock, undefined, 2)}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
  const before = readFileSync(path, 'utf8');
  const after = fixLock(before);
  if (process.argv.includes('--check')) {
    if (after !== before) {
      process.stderr.write('package-lock.json needs `npm run lock:fix` (see scripts/fix-lock.mjs)\n');
      process.exitCode = 1;
    }
  } else if (after !== before) writeFileSync(path, after);
}
