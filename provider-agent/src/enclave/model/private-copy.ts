import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Hex, toHex } from '@hearth/attestation/receipt';
import { EnclaveError } from '../../channel/errors.ts';

export type PrivateCopy = {
  readonly path: string;
  readonly fileName: string;
  readonly sha256: Hex;
  readonly bytes: number;
  /** Removes the copy; safe once the model is loaded, because it is loaded into memory. */
  discard(): Promise<void>;
};

export type CopyProgress = (phase: 'copying-model' | 'hashing-model', fraction: number) => void;

/**
 * Copies a model file to where only this process looks and hashes the copy, so that what is hashed is what is loaded:
 * the host can still swap the original between two reads.
 * @throws EnclaveError `model_unreadable`, `model_digest_mismatch`
 */
export async function copyPrivately(
  source: string,
  expectedSha256: Hex,
  onProgress: CopyProgress = () => {},
  signal?: AbortSignal,
): Promise<PrivateCopy> {
  const directory = await mkdtemp(join(tmpdir(), 'hearth-enclave-')); // mkdtemp creates it with mode 0700
  const discard = () => rm(directory, { recursive: true, force: true });
  try {
    const fileName = basename(source);
    const path = join(directory, fileName);
    const bytes = await copyFile(source, path, onProgress, signal);
    const sha256 = await hashFile(path, bytes, onProgress, signal);
    assertDigest(fileName, expectedSha256, sha256);
    return { path, fileName, sha256, bytes, discard };
  } catch (error) {
    await discard();
    throw error;
  }
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
        onProgress('copying-model', Math.min(1, done / size));
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
    throw new EnclaveError('model_unreadable', `model file ${source}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function options(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function assertDigest(fileName: string, expected: Hex, actual: Hex): void {
  if (actual === expected.toLowerCase()) return;
  throw new EnclaveError(
    'model_digest_mismatch',
    `model file ${fileName}: expected SHA-256 ${expected}, got ${actual}`,
    { details: { expected, actual } },
  );
}
