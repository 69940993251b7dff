import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BrokenCall, brokenCall } from '../../client/call-memory.ts';
import { SealedFolder } from '../../store/sealed-folder.ts';
import { SealedLog } from '../../store/sealed-log.ts';
import type { StoreKey } from '../../store/store-key.ts';
import { type BatchObject, batchObject } from './batch-object.ts';

/** What came of one line: exactly one is kept for each `custom_id`. */
const lineResult = z.strictObject({
  customId: z.string(),
  /** HTTP status and body of the answer; null when there was none. */
  response: z.strictObject({ status: z.int(), requestId: z.string(), body: z.unknown() }).nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** What its calls were paid for, those that broke off too. */
  receipts: z.array(z.unknown()).default([]),
});
export type LineResult = z.infer<typeof lineResult>;

/** What a line without a result has come to: the newest of each is what counts. */
const lineBroken = z.strictObject({ customId: z.string(), broken: brokenCall });
const journalRecord = z.union([lineResult, lineBroken]);

/** Batches on disk: their objects, and a journal of what its lines have come to for each that has not ended. */
export class BatchStore {
  readonly #objects: SealedFolder;
  readonly #journals: string;
  readonly #key: StoreKey;

  constructor(dir: string, key: StoreKey) {
    this.#objects = new SealedFolder(join(dir, 'objects'), key);
    this.#journals = join(dir, 'journals');
    this.#key = key;
    mkdirSync(this.#journals, { recursive: true, mode: 0o700 });
  }

  save(batch: BatchObject): BatchObject {
    this.#objects.put(batch.id, new TextEncoder().encode(JSON.stringify(batch)));
    return batch;
  }

  find(id: string): BatchObject | undefined {
    const bytes = this.#objects.get(id);
    return bytes && batchObject.parse(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /** Oldest first. */
  all(): BatchObject[] {
    return this.#objects
      .names()
      .flatMap((id) => this.find(id) ?? [])
      .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  }

  openJournal(id: string): { journal: Journal; results: LineResult[]; broken: Map<string, BrokenCall> } {
    const { log, records } = SealedLog.open(join(this.#journals, id), `journal ${id}`, this.#key);
    const write = (record: unknown) => log.append(new TextEncoder().encode(JSON.stringify(record)));
    const known = records.map((bytes) => journalRecord.parse(JSON.parse(new TextDecoder().decode(bytes))));
    return {
      journal: {
        append: write,
        keep: (customId, call) => write(z.encode(lineBroken, { customId, broken: call })),
        close: () => log.close(),
      },
      results: known.flatMap((record) => ('broken' in record ? [] : record)),
      broken: new Map(
        known.flatMap((record) => ('broken' in record ? [[record.customId, record.broken]] : [])),
      ),
    };
  }

  removeJournal(id: string): void {
    rmSync(join(this.#journals, id), { force: true });
  }
}

/** Each record is durable when its function returns. */
export type Journal = {
  append(result: LineResult): void;
  keep(customId: string, call: BrokenCall): void;
  close(): void;
};
