import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ManagedProcess } from '../../market/managed-process.ts';

const CORE_PATTERN = '/proc/sys/kernel/core_pattern';
const PIECE_BYTES = 64 * 1024 * 1024;
/** Longer than any needle: what lies across the border of two pieces is whole in one of them. */
const OVERLAP_BYTES = 64 * 1024;

/** Why no core is dumped here; undefined: the kernel writes one into the directory of a process that crashes. */
export async function coreDumpRefusal(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'cores are dumped on linux only';
  const pattern = readFileSync(CORE_PATTERN, 'utf8').trim();
  if (!/^[\w.]+$/.test(pattern)) return `cores go elsewhere: ${CORE_PATTERN} is ${pattern}`;
  const { code } = await promisify(execFile)('prlimit', ['--version']).catch((error) => error);
  return code === undefined ? undefined : `no prlimit to allow a core with: ${code}`;
}

/** Crashes a process, and shows `look` piece by piece what the kernel wrote of it; the file is removed. */
export async function withCoreDump<T>(
  doomed: ManagedProcess,
  look: (pieces: Iterable<Uint8Array>) => T,
): Promise<T> {
  const { pid } = doomed;
  const cwd = readlinkSync(`/proc/${pid}/cwd`);
  const name = readFileSync(CORE_PATTERN, 'utf8').trim();
  const hasPid = readFileSync('/proc/sys/kernel/core_uses_pid', 'utf8').trim() !== '0';
  const path = join(cwd, hasPid ? `${name}.${pid}` : name);
  try {
    await promisify(execFile)('prlimit', ['--pid', String(pid), '--core=unlimited']);
    doomed.kill('SIGABRT');
    await doomed.exited;
    return look(piecesOf(path));
  } finally {
    rmSync(path, { force: true });
  }
}

function* piecesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let at = 0; ; at += PIECE_BYTES - OVERLAP_BYTES) {
      const length = readSync(file, piece, 0, PIECE_BYTES, at);
      yield piece.subarray(0, length);
      if (length < PIECE_BYTES) return;
    }
  } finally {
    closeSync(file);
  }
}
