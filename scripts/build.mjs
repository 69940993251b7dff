// Compiles what changed. Parseable by old Node versions on purpose; the compiler itself runs on the bundled Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findNode, root } from './run.mjs';

const releaseTool = join(root, 'provider-agent', 'dist', 'release', 'main.js');
const releaseStamp = join(root, 'provider-agent', 'dist', '.release-inputs-sha256');

/** Compiles all workspaces incrementally, then refreshes the enclave's release manifest; resolves with the exit code. */
export async function buildIfNeeded() {
  const code = await run([join('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  if (code !== 0) {
    process.stderr.write(`hearth: the build failed (tsc -b ended with ${code})\n`);
    return code;
  }
  return await writeReleaseManifest();
}

/**
 * The manifest measures the built enclave files and is remade when their *sources* change. Whoever edits a built file gets
 * no new manifest for it: that is the edit which an auditor's comparison is there to find.
 */
async function writeReleaseManifest() {
  if (!existsSync(releaseTool)) return 0;
  const inputs = fingerprint([
    ...['contracts/bindings', 'attestation/src', 'sdk/src', 'provider-agent/src'],
    ...['contracts', 'attestation', 'sdk', 'provider-agent'].flatMap((name) => [
      `${name}/package.json`,
      `${name}/tsconfig.json`,
    ]),
    'tsconfig.json',
    'package-lock.json',
  ]);
  if (existsSync(releaseStamp) && readFileSync(releaseStamp, 'utf8') === inputs) return 0;
  const code = await run([releaseTool]);
  if (code === 0) writeFileSync(releaseStamp, inputs);
  else process.stderr.write(`hearth: the release manifest failed (${releaseTool} ended with ${code})\n`);
  return code;
}

/** Digest over the content of files and of everything below folders. */
function fingerprint(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (!statSync(path).isDirectory()) {
      hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
      return;
    }
    for (const name of readdirSync(path).sort()) if (!/\.test\.ts$/.test(name)) visit(join(path, name));
  };
  for (const path of paths) visit(join(root, path));
  return hash.update(process.version).digest('hex');
}

/** Runs a script on a new enough Node with its output on stderr: stdout belongs to the program that is started afterwards. */
function run(args) {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `hearth: needs Node 22.18 or newer; this is ${process.versions.node} and npm installed none for ${process.platform}-${process.arch}\n`,
    );
    return Promise.resolve(1);
  }
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(1));
    child.on('exit', (code, signal) => resolve(signal ? 1 : code));
  });
}
