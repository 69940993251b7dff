import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Hex, toHex } from '@hearth/attestation/receipt';
import { canonicalHash } from '@hearth/sdk/protocol';
import { EnclaveError } from '../../channel/errors.ts';

export type CopiedFile = { readonly name: string; readonly sha256: Hex; readonly bytes: number };

export type PrivateCopy = {
  /** Of the file, or of the folder. */
  readonly path: string;
  /** One, or those of a folder by name. */
  readonly files: readonly CopiedFile[];
  readonly isFolder: boolean;
  /** Removes the copy; safe once the model is in memory. */
  discard(): Promise<void>;
};

export type CopyProgress = (phase: 'copying-model' | 'hashing-model', fraction: number) => void;

/**
 * Copies a model to where only this process looks and hashes the copy, so that what is hashed is what is loaded: the host
 * can still swap the original between two reads.
 * @param expectedSha256 as `digestOfFiles` has it
 * @throws EnclaveError `model_unreadable`, `model_digest_mismatch`
 */
export async function copyPrivately(
  source: string,
  expectedSha256: Hex,
  onProgress: CopyProgress = () => {},
  signal?: AbortSignal,
): Promise<PrivateCopy> {
  await removeLeftCopies();
  const directory = await mkdtemp(join(tmpdir(), `hearth-enclave-${process.pid}-`)); // mkdtemp creates it with mode 0700
  const discard = () => rm(directory, { recursive: true, force: true });
  try {
    const { names, isFolder } = await namesOf(source);
    const path = join(directory, basename(source));
    const files: CopiedFile[] = [];
    for (const [i, name] of names.entries()) {
      const whole: CopyProgress = (phase, fraction) => onProgress(phase, (i + fraction) / names.length);
      const [from, to] = isFolder ? [join(source, name), join(path, name)] : [source, path];
      await mkdir(dirname(to), { recursive: true });
      const bytes = await copyFile(from, to, whole, signal);
      files.push({ name, sha256: await hashFile(to, bytes, whole, signal), bytes });
    }
    assertDigest(source, expectedSha256, digestOfFiles({ files, isFolder }));
    return { path, files, isFolder, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** What enclaves that were killed could not discard: weights are large, and nobody else looks here. */
async function removeLeftCopies(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^hearth-enclave-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {}); // of another user: theirs to remove
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Of the file; of a folder that of its list of files, sorted by name. */
export function digestOfFiles({ files, isFolder }: Pick<PrivateCopy, 'files' | 'isFolder'>): Hex {
  return isFolder ? canonicalHash(files) : (files[0]?.sha256 ?? '0x');
}

export async function hashFile(
  path: string,
  bytes: number,
  onProgress: CopyProgress = () => {},
  signal?: AbortSignal,
): Promise<Hex> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...options(signal) })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    onProgress('hashing-model', bytes === 0 ? 1 : Math.min(1, done / bytes));
  }
  return toHex(hash.digest());
}

/** What is there, without a copy: for whoever states what a model is, and does not run it. */
export async function readFiles(path: string): Promise<Omit<PrivateCopy, 'discard'>> {
  const { names, isFolder } = await namesOf(path);
  const files: CopiedFile[] = [];
  for (const name of names) {
    const file = isFolder ? join(path, name) : path;
    const { size } = await stat(file);
    files.push({ name, sha256: await hashFile(file, size), bytes: size });
  }
  return { path, files, isFolder };
}

/** Names with `/`, as they stand in a manifest. */
async function namesOf(source: string): Promise<{ names: string[]; isFolder: boolean }> {
  try {
    if (!(await stat(source)).isDirectory()) return { names: [basename(source)], isFolder: false };
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name).slice(join(source, '/').length).replaceAll('\\', '/'),
      );
    return { names: names.sort(), isFolder: true };
  } catch (cause) {
    throw unreadable(source, cause as Error);
  }
}

async function copyFile(
  source: string,
  target: string,
  onProgress: CopyProgress,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    const { size } = await stat(source);
    let done = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        done += chunk.length;
        onProgress('copying-model', size === 0 ? 1 : Math.min(1, done / size));
        next(null, chunk);
      },
    });
    await pipeline(
      createReadStream(source, { highWaterMark: 1 << 20 }),
      count,
      createWriteStream(target, { mode: 0o400 }),
      options(signal),
    );
    return done;
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(source, cause as Error);
  }
}

function options(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

const unreadable = (source: string, cause: Error) =>
  new EnclaveError('model_unreadable', `model file ${source}: ${cause.message}`, { cause });

function assertDigest(source: string, expected: Hex, actual: Hex): void {
  if (actual === expected.toLowerCase()) return;
  throw new EnclaveError(
    'model_digest_mismatch',
    `model ${basename(source)}: expected SHA-256 ${expected}, got ${actual}`,
    { details: { expected, actual } },
  );
}
