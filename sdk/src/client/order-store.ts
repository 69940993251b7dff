import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { HearthError } from '../protocol/index.ts';
import { type OrderRecord, orderRecord } from './order-record.ts';

/** One order on disk, held by one process until `release`. `save` returns only once the bytes are durable. */
export type OrderFile = {
  readonly record: OrderRecord;
  save(record: OrderRecord): void;
  release(): void;
};

/** Orders of one buyer: `<stateDir>/orders/<orderHash>.json`, mode 0600 because they hold session keys. */
export function listOrders(stateDir: string): Hex[] {
  try {
    const names = readdirSync(join(stateDir, 'orders'));
    return names
      .filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name))
      .map((name) => name.slice(0, -5) as Hex);
  } catch {
    return [];
  }
}

export function createOrderFile(stateDir: string, record: OrderRecord): OrderFile {
  mkdirSync(join(stateDir, 'orders'), { recursive: true, mode: 0o700 });
  const base = join(stateDir, 'orders', record.orderHash);
  takeLock(`${base}.lock`, record.orderHash);
  const file = held(base, record);
  file.save(record);
  return file;
}

/** @throws HearthError `not_found`, `order_locked` (another process has it), `invalid_request` (unreadable file) */
export function openOrderFile(stateDir: string, orderHash: Hex): OrderFile {
  const base = join(stateDir, 'orders', orderHash);
  readOrderRecord(stateDir, orderHash); // a missing order must not leave a lock behind
  takeLock(`${base}.lock`, orderHash);
  return held(base, readOrderRecord(stateDir, orderHash)); // read again: it may have changed before the lock was ours
}

/** What is on disk now, without taking the order. */
export function readOrderRecord(stateDir: string, orderHash: Hex): OrderRecord {
  const path = join(stateDir, 'orders', `${orderHash}.json`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HearthError('not_found', `order ${orderHash}: no file ${path}`, { cause });
  }
  const parsed = orderRecord.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new HearthError('invalid_request', `order file ${path}: ${parsed.error.issues[0]?.message}`, {
      cause: parsed.error,
    });
  }
  return parsed.data;
}

function held(base: string, initial: OrderRecord): OrderFile {
  let record = initial;
  return {
    get record() {
      return record;
    },
    save(next) {
      writeDurably(`${base}.json`, JSON.stringify(z.encode(orderRecord, next)));
      record = next;
    },
    release: () => rmSync(`${base}.lock`, { force: true }),
  };
}

/** A lock is a file with its owner's pid; one whose owner is gone is taken over. */
function takeLock(path: string, orderHash: Hex): void {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      const owner = Number(readFileSync(path, 'utf8'));
      if (isAlive(owner)) {
        throw new HearthError(
          'order_locked',
          `order ${orderHash} is in use by process ${owner}; open another order`,
          { cause },
        );
      }
      rmSync(path, { force: true });
    }
  }
  throw new HearthError('order_locked', `order ${orderHash} is being opened by another process`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function writeDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
