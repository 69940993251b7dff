import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import type { DecodedEvent, StoredEventName } from './contract-events.ts';

export interface Cursor {
  readonly height: bigint;
  readonly hash: Hex;
  readonly bookedHeight: bigint;
}

export interface StoredBlock {
  readonly height: bigint;
  readonly hash: Hex;
}

/** Rows of the indexer for this chain. Every move of the cursor is conditional, so that two replicas can't both make it. */
@Injectable()
export class EventStore {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
  ) {
    this.manager = dataSource.manager;
  }

  async cursor(): Promise<Cursor | undefined> {
    const rows: { height: string; hash: Hex; booked_height: string }[] = await this.manager.query(
      `SELECT height, hash, booked_height FROM chain_cursor WHERE chain_ref = $1`,
      [this.chain.ref],
    );
    const row = rows[0];
    return row && { height: BigInt(row.height), hash: row.hash, bookedHeight: BigInt(row.booked_height) };
  }

  async start(block: StoredBlock): Promise<void> {
    await this.manager.query(
      `INSERT INTO chain_cursor (chain_ref, height, hash, booked_height) VALUES ($1, $2, $3, $2) ON CONFLICT DO NOTHING`,
      [this.chain.ref, `${block.height}`, block.hash],
    );
  }

  /** False when another replica moved the cursor first: the caller's transaction must then change nothing. */
  async advance(tx: EntityManager, from: Cursor, to: StoredBlock): Promise<boolean> {
    const moved: [unknown, number] = await tx.query(
      `UPDATE chain_cursor SET height = $3, hash = $4 WHERE chain_ref = $1 AND hash = $2`,
      [this.chain.ref, from.hash, `${to.height}`, to.hash],
    );
    return moved[1] === 1;
  }

  async advanceBooked(tx: EntityManager, from: bigint, to: bigint): Promise<boolean> {
    const moved: [unknown, number] = await tx.query(
      `UPDATE chain_cursor SET booked_height = $3 WHERE chain_ref = $1 AND booked_height = $2`,
      [this.chain.ref, `${from}`, `${to}`],
    );
    return moved[1] === 1;
  }

  async save(
    tx: EntityManager,
    blocks: readonly StoredBlock[],
    events: readonly DecodedEvent[],
  ): Promise<void> {
    await tx.query(
      `INSERT INTO chain_block (chain_ref, height, hash)
       SELECT $1, height, hash FROM unnest($2::bigint[], $3::text[]) AS b (height, hash) ON CONFLICT DO NOTHING`,
      [this.chain.ref, blocks.map((block) => `${block.height}`), blocks.map((block) => block.hash)],
    );
    if (events.length === 0) return;
    await tx.query(
      `INSERT INTO chain_event (chain_ref, height, log_index, tx_hash, name, subject, args)
       SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::jsonb[])`,
      [
        this.chain.ref,
        events.map((event) => `${event.height}`),
        events.map((event) => event.logIndex),
        events.map((event) => event.txHash),
        events.map((event) => event.name),
        events.map((event) => event.subject),
        events.map((event) => JSON.stringify(event.args)),
      ],
    );
  }

  /** Stored blocks below the cursor, newest first. */
  async blocksBelow(height: bigint, limit: number): Promise<StoredBlock[]> {
    const rows: { height: string; hash: Hex }[] = await this.manager.query(
      `SELECT height, hash FROM chain_block WHERE chain_ref = $1 AND height < $2 ORDER BY height DESC LIMIT $3`,
      [this.chain.ref, `${height}`, limit],
    );
    return rows.map((row) => ({ height: BigInt(row.height), hash: row.hash }));
  }

  async dropAbove(tx: EntityManager, height: bigint): Promise<void> {
    for (const table of ['chain_event', 'chain_block'])
      await tx.query(`DELETE FROM ${table} WHERE chain_ref = $1 AND height > $2`, [
        this.chain.ref,
        `${height}`,
      ]);
  }

  /** Events in (from, to], in chain order. */
  async eventsBetween(from: bigint, to: bigint): Promise<DecodedEvent[]> {
    const rows: EventRow[] = await this.manager.query(
      `SELECT * FROM chain_event WHERE chain_ref = $1 AND height > $2 AND height <= $3 ORDER BY height, log_index`,
      [this.chain.ref, `${from}`, `${to}`],
    );
    return rows.map(toEvent);
  }

  /** Events about one subject that are true at the safe block, oldest first. */
  async bookedEvents(names: readonly StoredEventName[], subject: string): Promise<DecodedEvent[]> {
    const rows: EventRow[] = await this.manager.query(
      `SELECT e.* FROM chain_event e JOIN chain_cursor c ON c.chain_ref = e.chain_ref AND e.height <= c.booked_height
        WHERE e.chain_ref = $1 AND e.name = ANY($2) AND e.subject = $3 ORDER BY e.height, e.log_index`,
      [this.chain.ref, names, subject.toLowerCase()],
    );
    return rows.map(toEvent);
  }
}

interface EventRow {
  height: string;
  log_index: number;
  tx_hash: Hex;
  name: StoredEventName;
  subject: string;
  args: Record<string, unknown>;
}

function toEvent(row: EventRow): DecodedEvent {
  return {
    height: BigInt(row.height),
    logIndex: row.log_index,
    txHash: row.tx_hash,
    name: row.name,
    subject: row.subject,
    args: row.args,
  };
}
