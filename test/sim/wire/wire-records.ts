import type { Hex } from '@hearth/attestation/receipt';
import { type AskBook, type CitedFacts, type NodePlace, poolMembers } from '@hearth/sdk/market';
import { askId, type LogEntry } from '@hearth/sdk/protocol';
import { model } from '../market/catalogue.ts';
import { type RecordEntry, RecordKeeper } from '../market/record-keeper.ts';

/** The records of a log of messages: gateway and replay fold the same entries, and make the same tables of them. */
export class WireRecords {
  readonly #book: AskBook;
  readonly #sellers = new Map<Hex, Hex>();
  readonly #places = new Map<Hex, Omit<NodePlace, 'pools'>>();
  readonly #keeper: RecordKeeper;

  constructor(book: AskBook, startsAtMs: number) {
    this.#book = book;
    this.#keeper = new RecordKeeper((id) => this.#sellers.get(id), startsAtMs);
  }

  /** Takes the next entry of the log, into the book too. */
  take(index: number, entry: LogEntry): void {
    if (entry.kind === 'ask') this.#takeAsk(index, entry);
    if (entry.kind === 'slot-counter') this.#book.putCounter(index, entry.message.body, entry.atMs);
    if (entry.kind === 'quality') this.#book.putTable(index, entry.quality);
    if (entry.kind === 'ejection') this.#book.putEjection(index, entry.ejection);
    if (entry.kind === 'quality' || entry.kind === 'ejection') this.#keeper.keep(entry, index);
    else this.#keeper.tally(entry);
  }

  isDue(nowMs: number): boolean {
    return this.#keeper.isDue(nowMs);
  }

  /** What the log takes at `atMs`, if its first `toIndex` entries are all there are. */
  close(toIndex: number, atMs: number): RecordEntry[] {
    const members = poolMembers(this.#book.asksFor(model.digest, 0, toIndex), atMs);
    return this.#keeper.close(toIndex, atMs, {
      membersOf: members.membersOf,
      placeOf: (nodeKey) => {
        const place = this.#places.get(nodeKey);
        return place && { ...place, pools: members.poolsOf(nodeKey) };
      },
    });
  }

  citedAt(size: number, nowMs: number): CitedFacts {
    return this.#keeper.citedAt(size, model.digest, nowMs);
  }

  #takeAsk(index: number, { platformId, atMs, message }: Extract<LogEntry, { kind: 'ask' }>): void {
    const { body } = message;
    const id = askId(body);
    this.#sellers.set(id, body.nodeKey);
    this.#places.set(body.nodeKey, { platformId, provider: body.provider });
    this.#book.putAsk(index, { askId: id, ask: body, platformId, timestampMs: atMs });
  }
}
