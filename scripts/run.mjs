// Runs `node <args>` on a Node that is new enough: the running one, or the one npm installed as a platform package.
// Parseable by old Node versions on purpose; research: npm 9/10 do not link `.bin/node` for optional packages.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Path of a Node >= 22.18: the current executable if it is new enough, else the bundled one, else undefined. */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const os = process.platform === 'win32' ? 'win' : process.platform;
  return ['node', 'node-bin']
    .map((name) =>
      join(root, 'node_modules', `${name}-${os}-${process.arch}`, 'bin', os === 'win' ? 'node.exe' : 'node'),
    )
    .find(existsSync);
}

/** Spawns node with inherited stdio and forwards signals; resolves with the exit code. */
export function runNode(args, env = {}) {
  const exe = findNode();
  if (exe === undefined) {
    process.stderr.write(
      `hearth needs Node 22.18 or newer; this is ${process.versions.node} and no bundled Node for ${process.platform}-${process.arch} is installed. Run \`npm ci\`, or install Node 24.\n`,
    );
    return Promise.resolve(1);
  }
  const child = spawn(exe, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      HARDHAT_DISABLE_TELEMETRY: 'true',
      // Node's native ML-KEM is called experimental; users of the commands cannot act on that.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS || ''} --disable-warning=ExperimentalWarning`.trim(),
      HEARTH_LAUNCHER_PID: String(process.pid), // long-running programs stop when their launcher is gone
      PATH: dirname(exe) + delimiter + (process.env.PATH || ''),
      ...env,
    },
  });
  process.on('SIGINT', () => {}); // the terminal sends it to the child as well; we wait for its clean stop
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWhenOrphaned(child);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ? 128 + (signal === 'SIGKILL' ? 9 : 15) : (code ?? 1)));
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
  });
}

/** npm killed with SIGKILL tells nobody: its script would run on, unseen, and hold its ports. Started by hand, we stay. */
function stopWhenOrphaned(child) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 500).unref();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await runNode(process.argv.slice(2));
}
