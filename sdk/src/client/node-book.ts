import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  HearthError,
  isMessageSignedBy,
  type NodeBook,
  nodeBook,
  parseJson,
  routes,
  type Signed,
  type TrustFile,
} from '../protocol/index.ts';
import type { Gateway } from './gateway.ts';

/** A book is asked for again after this long, or after half of the age that the policy allows. */
const REFRESH_MS = 60_000;

/**
 * The last signed list of nodes that sell without a gateway: kept on disk, so that a process that starts while no gateway
 * answers has it too. It says whom to ask, and at what price at most; whether a machine may see a prompt, its own evidence says.
 */
export class NodeBookKeeper {
  readonly #path: string;
  readonly #stateDir: string;
  readonly #trust: TrustFile;
  readonly #now: () => number;
  #newest: Signed<NodeBook> | undefined;

  constructor({ stateDir, trust, now }: { stateDir: string; trust: TrustFile; now: () => number }) {
    this.#stateDir = stateDir;
    this.#path = join(stateDir, 'node-book.json');
    this.#trust = trust;
    this.#now = now;
  }

  /** @throws HearthError `peer_protocol_violation` for a book that no log key of the trust file signed */
  async refresh(gateway: Gateway, atMostSec: number): Promise<void> {
    const known = this.#read();
    const dueAfterMs = Math.min(REFRESH_MS, (atMostSec * 1000) / 2);
    if (known && this.#now() - known.body.atMs < dueAfterMs) return;
    const book = await gateway.get(routes.nodeBook, nodeBook.schema);
    if (!this.#isSigned(book))
      throw new HearthError(
        'peer_protocol_violation',
        'node book: not signed by a log key of the trust file',
      );
    this.#save(book);
  }

  /** @throws HearthError `unavailable` when there is none, or none young enough */
  usable(atMostSec: number): NodeBook {
    const book = this.#read()?.body;
    if (!book) throw refused('none was ever fetched from a gateway');
    const ageSec = Math.ceil((this.#now() - book.atMs) / 1000);
    if (ageSec <= atMostSec) return book;
    throw refused(`the last one is ${ageSec} s old, policy service.direct allows ${atMostSec} s`);
  }

  #isSigned(book: Signed<NodeBook>): boolean {
    return this.#trust.logKeys.some(({ publicKey }) => isMessageSignedBy(nodeBook, book, publicKey));
  }

  #read(): Signed<NodeBook> | undefined {
    if (this.#newest) return this.#newest;
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch {
      return undefined;
    }
    const parsed = z.safeDecode(nodeBook.schema, parseJson(text) as never);
    // A file that somebody changed is no book; the next one replaces it.
    if (parsed.success && this.#isSigned(parsed.data)) this.#newest = parsed.data;
    return this.#newest;
  }

  #save(book: Signed<NodeBook>): void {
    this.#newest = book;
    try {
      mkdirSync(this.#stateDir, { recursive: true, mode: 0o700 });
      const temporary = `${this.#path}.${process.pid}.tmp`;
      writeFileSync(temporary, JSON.stringify(z.encode(nodeBook.schema, book)), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch (cause) {
      throw new HearthError('internal', `${this.#path}: ${(cause as Error).message}`, { cause });
    }
  }
}

const refused = (why: string) =>
  new HearthError('unavailable', `no gateway answers, and there is no book of nodes to go on with: ${why}`);
