import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { HearthError, parseJson } from '../protocol/index.ts';
import { isSealed } from '../store/secrets.ts';
import { overwriteDurably, writeDurably } from '../store/write-durably.ts';
import type { Client } from './context.ts';
import { OrderJournal, readJournal } from './order-journal.ts';
import { releaseLock, takeLock } from './order-lock.ts';
import {
  changesOf,
  type OrderRecord,
  orderRecord,
  type Reservation,
  withChanges,
  withoutReservations,
} from './order-record.ts';

/** One order on disk, held by one process until `release`. */
export type OrderFile = {
  readonly record: OrderRecord;
  /** Another process may have the order. */
  readonly isReleased: boolean;
  /** For reservations: which start of the machine this is; null where the system does not say. */
  readonly bootId: string | null;
  /**
   * What is saved outlives this process.
   * @throws HearthError `order_locked` after `release`: another process may have the order by then
   */
  save(record: OrderRecord): void;
  /**
   * Resolves once all that was saved outlives the machine, too. A cap waits for that before anybody has it, unless room was
   * reserved for it that has; a receipt need not: one that is lost is asked for again, and until then its job counts with all of its cap.
   */
  durable(): Promise<void>;
  release(): void;
};

/** Where orders are kept, and how their session keys lie there. */
type Shelf = Pick<Client, 'stateDir' | 'secrets'>;

/**
 * Orders of one buyer: `<stateDir>/orders/<orderHash>.json`, mode 0600 because they hold session keys, and beside it, while
 * a process has the order, a journal of what has changed since.
 */
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
export function createOrderFile(shelf: Shelf, record: OrderRecord): OrderFile {
  const { stateDir } = shelf;
  const base = join(stateDir, 'orders', record.orderHash);
  try {
    mkdirSync(join(stateDir, 'orders'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HearthError('invalid_request', `orders in ${stateDir}: ${(cause as Error).message}`, { cause });
  }
  return heldOnce(base, shelf, record.orderHash, () => record);
}

/** @throws HearthError `not_found`, `order_locked` (another process has it), `invalid_request` (unreadable file) */
export function openOrderFile(shelf: Shelf, orderHash: Hex): OrderFile {
  const base = join(shelf.stateDir, 'orders', orderHash);
  readOrderRecord(shelf, orderHash); // a missing order must not leave a lock behind
  return heldOnce(base, shelf, orderHash, () => {
    const { record, isInClear } = readOrder(shelf, orderHash); // again: it may have changed before the lock was ours
    if (isInClear && shelf.secrets.isEncrypted) overwriteDurably(`${base}.json`, textOf(record, shelf));
    return withoutReservations(record, mayBeTaken);
  });
}

/** What is on disk now, without taking the order. */
export function readOrderRecord(shelf: Shelf, orderHash: Hex): OrderRecord {
  return readOrder(shelf, orderHash).record;
}

function readOrder(
  { stateDir, secrets }: Shelf,
  orderHash: Hex,
): { record: OrderRecord; isInClear: boolean } {
  const path = join(stateDir, 'orders', `${orderHash}.json`);
  const changed = readJournal(journalOf(path)); // first: a file that is written meanwhile has these lines in it
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT')
      throw new HearthError('not_found', `order ${orderHash}: no file ${path}`, { cause });
    throw new HearthError('invalid_request', `order file ${path}: ${(cause as Error).message}`, { cause });
  }
  const stored = storedOrder.safeParse(parseJson(text));
  const key = stored.data?.sessionPrivateKey ?? '';
  const parsed = orderRecord.safeParse({
    ...stored.data,
    sessionPrivateKey: secrets.open(`orders/${orderHash}`, key),
  });
  if (parsed.success && parsed.data.orderHash === orderHash)
    return {
      record: changed.reduce(withChanges, parsed.data),
      isInClear: !isSealed(key),
    };
  const issue = parsed.error?.issues[0];
  const fault = parsed.success
    ? `it is about order ${parsed.data.orderHash}`
    : `${issue?.path.join('.') || 'content'}: ${issue?.message}`;
  throw new HearthError('invalid_request', `order file ${path}: ${fault}`, { cause: parsed.error });
}

/** What is on disk where a session key is: in clear, or sealed. */
const storedOrder = z.looseObject({ sessionPrivateKey: z.string() });

function textOf(record: OrderRecord, { secrets }: Shelf): string {
  const sessionPrivateKey = secrets.seal(`orders/${record.orderHash}`, record.sessionPrivateKey);
  return JSON.stringify({ ...z.encode(orderRecord, record), sessionPrivateKey });
}

/** A journal of this length is written into the file. */
const LONG_JOURNAL_BYTES = 1 << 20;

/** Linux has a name for each start of the kernel; elsewhere none is as sure. */
const bootId = readBootId();

function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whatever was written under this start of the machine is there, whether the disk had taken it or not. */
const mayBeTaken = (room: Reservation): boolean => bootId === null || room.bootId !== bootId;

const journalOf = (path: string) => path.replace(/json$/, 'journal');

function held(base: string, initial: OrderRecord, shelf: Shelf): OrderFile {
  const path = `${base}.json`;
  let record = initial;
  let isHeld = true;
  const journal = writing(path, () => new OrderJournal(journalOf(path)));
  const writeWhole = () =>
    writing(path, () => {
      writeDurably(path, textOf(record, shelf));
      journal.clear();
    });
  writeWhole();
  return {
    get record() {
      return record;
    },
    get isReleased() {
      return !isHeld;
    },
    bootId,
    save(next) {
      if (!isHeld)
        throw new HearthError('order_locked', `order ${record.orderHash} was given back by this process`);
      writing(path, () => journal.append(changesOf(record, next)));
      record = next;
      if (journal.bytes >= LONG_JOURNAL_BYTES) writeWhole();
    },
    async durable() {
      await journal.durable().catch((cause: unknown) => failed(path, cause));
    },
    release() {
      if (!isHeld) return;
      isHeld = false;
      try {
        record = withoutReservations(record, () => false);
        writeWhole();
        journal.close();
      } finally {
        releaseLock(`${base}.lock`);
      }
    },
  };
}

function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    return failed(path, cause);
  }
}

function failed(path: string, cause: unknown): never {
  throw new HearthError('internal', `order file ${path}: ${(cause as Error).message}`, { cause });
}

function heldOnce(base: string, shelf: Shelf, orderHash: Hex, read: () => OrderRecord): OrderFile {
  lock(base, orderHash);
  try {
    return held(base, read(), shelf);
  } catch (error) {
    releaseLock(`${base}.lock`);
    throw error;
  }
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

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
