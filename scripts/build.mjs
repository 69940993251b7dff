// Compiles what changed. Parseable by old Node versions on purpose; the compiler itself runs on the bundled Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The manifest measures the built enclave files, so it is remade exactly when they, or the models beside them, change. */
async function writeReleaseManifest() {
  if (!existsSync(releaseTool)) return 0;
  const inputs = fingerprint([
    'contracts/dist',
    'attestation/dist',
    'sdk/dist',
    'provider-agent/dist',
    'provider-agent/models',
  ]);
  if (existsSync(releaseStamp) && readFileSync(releaseStamp, 'utf8') === inputs) return 0;
  const code = await run([releaseTool]);
  if (code === 0) writeFileSync(releaseStamp, inputs);
  else process.stderr.write(`hearth: the release manifest failed (${releaseTool} ended with ${code})\n`);
  return code;
}

/** Names, sizes and times of the code and model files below the folders; cheap, and any rebuild changes it. */
function fingerprint(folders) {
  const hash = createHash('sha256');
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const at = join(path, entry.name);
      if (entry.isDirectory()) visit(at);
      else if (/\.(js|gguf)$/.test(entry.name))
        hash.update(`${at} ${statSync(at).size} ${statSync(at).mtimeMs}\n`);
    }
  };
  for (const folder of folders) if (existsSync(join(root, folder))) visit(join(root, folder));
  return hash.digest('hex');
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
