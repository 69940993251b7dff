import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { HearthError, parseJson } from '../protocol/index.ts';
import { releaseLock, takeLock } from './order-lock.ts';
import { type OrderRecord, orderRecord } from './order-record.ts';

/** One order on disk, held by one process until `release`. `save` returns only once the bytes are durable. */
export type OrderFile = {
  readonly record: OrderRecord;
  /** Another process may have the order. */
  readonly isReleased: boolean;
  /** @throws HearthError `order_locked` after `release`: another process may have the order by then */
  save(record: OrderRecord): void;
  release(): void;
};

/** Orders of one buyer: `<stateDir>/orders/<orderHash>.json`, mode 0600 because they hold session keys. */
export function listOrders(stateDir: string): Hex[] {
  let names: string[];
  try {
    names = readdirSync(join(stateDir, 'orders'));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new HearthError('invalid_request', `orders in ${stateDir}: ${(cause as Error).message}`, { cause });
  }
  return names.filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name)).map((name) => name.slice(0, -5) as Hex);
}

/** @throws HearthError `order_locked`, or `invalid_request` when the directory cannot be written */
export function createOrderFile(stateDir: string, record: OrderRecord): OrderFile {
  const base = join(stateDir, 'orders', record.orderHash);
  try {
    mkdirSync(join(stateDir, 'orders'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HearthError('invalid_request', `orders in ${stateDir}: ${(cause as Error).message}`, { cause });
  }
  lock(base, record.orderHash);
  const file = held(base, record);
  file.save(record);
  return file;
}

/** @throws HearthError `not_found`, `order_locked` (another process has it), `invalid_request` (unreadable file) */
export function openOrderFile(stateDir: string, orderHash: Hex): OrderFile {
  const base = join(stateDir, 'orders', orderHash);
  readOrderRecord(stateDir, orderHash); // a missing order must not leave a lock behind
  lock(base, orderHash);
  try {
    return held(base, readOrderRecord(stateDir, orderHash)); // again: it may have changed before the lock was ours
  } catch (error) {
    releaseLock(`${base}.lock`);
    throw error;
  }
}

/** What is on disk now, without taking the order. */
export function readOrderRecord(stateDir: string, orderHash: Hex): OrderRecord {
  const path = join(stateDir, 'orders', `${orderHash}.json`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT')
      throw new HearthError('not_found', `order ${orderHash}: no file ${path}`, { cause });
    throw new HearthError('invalid_request', `order file ${path}: ${(cause as Error).message}`, { cause });
  }
  const parsed = orderRecord.safeParse(parseJson(text));
  if (parsed.success && parsed.data.orderHash === orderHash) return parsed.data;
  const issue = parsed.error?.issues[0];
  const fault = parsed.success
    ? `it is about order ${parsed.data.orderHash}`
    : `${issue?.path.join('.') || 'content'}: ${issue?.message}`;
  throw new HearthError('invalid_request', `order file ${path}: ${fault}`, { cause: parsed.error });
}

function held(base: string, initial: OrderRecord): OrderFile {
  let record = initial;
  let isHeld = true;
  return {
    get record() {
      return record;
    },
    get isReleased() {
      return !isHeld;
    },
    save(next) {
      if (!isHeld)
        throw new HearthError('order_locked', `order ${record.orderHash} was given back by this process`);
      try {
        writeDurably(`${base}.json`, JSON.stringify(z.encode(orderRecord, next)));
      } catch (cause) {
        throw new HearthError('internal', `order file ${base}.json: ${(cause as Error).message}`, { cause });
      }
      record = next;
    },
    release() {
      if (isHeld) releaseLock(`${base}.lock`);
      isHeld = false;
    },
  };
}

function lock(base: string, orderHash: Hex): void {
  const owner = takeLock(`${base}.lock`);
  if (owner === undefined) return;
  throw new HearthError(
    'order_locked',
    `order ${orderHash} is in use by process ${owner}; open another order`,
    { details: { pid: owner } },
  );
}

/** Neither a crash of the process nor of the machine may leave a half-written or an older file once this returned. */
function writeDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  sync(temporary, 'w', (file) => writeFileSync(file, text));
  renameSync(temporary, path);
  sync(dirname(path), 'r');
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

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
