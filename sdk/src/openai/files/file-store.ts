import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { HearthError } from '../../protocol/index.ts';
import { SealedFolder } from '../../store/sealed-folder.ts';
import type { StoreKey } from '../../store/store-key.ts';

/** OpenAI's file object. */
export const fileObject = z.strictObject({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int().min(0),
  created_at: z.int(),
  expires_at: z.int().nullable(),
  filename: z.string(),
  purpose: z.string(),
  status: z.literal('processed'),
  status_details: z.null(),
});
export type FileObject = z.infer<typeof fileObject>;

/** Files that stay on the buyer's machine, encrypted at rest; only the requests in them ever leave, sealed. */
export class FileStore {
  readonly #contents: SealedFolder;
  readonly #objects: SealedFolder;
  readonly #nowUnixSec: () => number;

  constructor(dir: string, key: StoreKey, nowUnixSec: () => number) {
    this.#contents = new SealedFolder(join(dir, 'contents'), key);
    this.#objects = new SealedFolder(join(dir, 'objects'), key);
    this.#nowUnixSec = nowUnixSec;
  }

  add(
    file: { filename: string; purpose: string; lifetimeSec?: number | undefined },
    content: Uint8Array,
  ): FileObject {
    const { filename, purpose, lifetimeSec } = file;
    const createdAt = this.#nowUnixSec();
    const object: FileObject = {
      id: `file-${randomBytes(12).toString('hex')}`,
      object: 'file',
      bytes: content.length,
      created_at: createdAt,
      expires_at: lifetimeSec === undefined ? null : createdAt + lifetimeSec,
      filename,
      purpose,
      status: 'processed',
      status_details: null,
    };
    this.#contents.put(object.id, content);
    this.#objects.put(object.id, new TextEncoder().encode(JSON.stringify(object)));
    return object;
  }

  /** @throws HearthError `not_found` */
  object(id: string): FileObject {
    const object = this.#read(id);
    if (object) return object;
    throw new HearthError('not_found', `file ${id}: no such file`, { details: { param: 'id' } });
  }

  /** @throws HearthError `not_found` */
  content(id: string): Uint8Array {
    this.object(id);
    return this.#contents.get(id) ?? new Uint8Array();
  }

  /** Oldest first. */
  all(): FileObject[] {
    return this.#objects
      .names()
      .flatMap((id) => this.#read(id) ?? [])
      .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  }

  remove(id: string): void {
    this.object(id);
    this.#forget(id);
  }

  #read(id: string): FileObject | undefined {
    const bytes = this.#objects.get(id);
    if (!bytes) return undefined;
    const object = fileObject.parse(JSON.parse(new TextDecoder().decode(bytes)));
    if (object.expires_at === null || object.expires_at > this.#nowUnixSec()) return object;
    this.#forget(id);
    return undefined;
  }

  #forget(id: string): void {
    this.#objects.remove(id);
    this.#contents.remove(id);
  }
}
