import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Neither a crash of the process nor of the machine may leave a half-written or an older file once this returned. Mode 0600. */
export function writeDurably(path: string, text: string): void {
  const temporary = writeBeside(path, text);
  renameSync(temporary, path);
  sync(dirname(path), 'r');
}

/** The same for a name that must be new. @returns false when somebody has it, and it stays as it is */
export function createDurably(path: string, text: string): boolean {
  const temporary = writeBeside(path, text);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  sync(dirname(path), 'r');
  return true;
}

/**
 * Puts `text` in place of a secret, and zeros where the secret lay: once the new file is durable, and as far as a file system
 * lets a program reach what it deletes.
 */
export function overwriteDurably(path: string, text: string): void {
  const old = openSync(path, 'r+');
  try {
    writeDurably(path, text);
    writeSync(old, Buffer.alloc(fstatSync(old).size), 0, undefined, 0);
    fsyncSync(old);
  } finally {
    closeSync(old);
  }
}

function writeBeside(path: string, text: string): string {
  const temporary = `${path}.${process.pid}.tmp`;
  sync(temporary, 'w', (file) => writeFileSync(file, text));
  return temporary;
}

function sync(path: string, flags: 'r' | 'w', write?: (file: number) => void): void {
  const file = openSync(path, flags, 0o600);
  try {
    write?.(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
