import { type LogEntry, type LogEntryKind, logEntry } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';

/** An entry where it stands. */
export interface PlacedEntry<Kind extends LogEntryKind = LogEntryKind> {
  readonly index: number;
  readonly entry: Extract<LogEntry, { kind: Kind }>;
}

interface Row {
  leaf_index: string;
  entry: string;
}

/** Entries of some kinds, read from the log as anyone else would read it. */
@Injectable()
export class LogEntries {
  constructor(private readonly chain: ChainIdentity) {}

  /** Those with index in [from, to), in log order, at most `limit`. */
  async ofKinds<Kind extends LogEntryKind>(
    tx: EntityManager,
    kinds: readonly Kind[],
    range: { readonly from: number; readonly to: number },
    limit = 1_000_000,
  ): Promise<PlacedEntry<Kind>[]> {
    const rows: Row[] = await tx.query(
      `SELECT leaf_index, entry FROM log_leaf
        WHERE chain_ref = $1 AND kind = ANY($2) AND leaf_index >= $3 AND leaf_index < $4 ORDER BY leaf_index LIMIT $5`,
      [this.chain.ref, kinds, range.from, range.to, limit],
    );
    return rows.map((row) => placed<Kind>(row));
  }

  /** The newest of a kind below `below`. */
  async newest<Kind extends LogEntryKind>(
    tx: EntityManager,
    kind: Kind,
    below = Number.MAX_SAFE_INTEGER,
  ): Promise<PlacedEntry<Kind> | undefined> {
    const rows: Row[] = await tx.query(
      `SELECT leaf_index, entry FROM log_leaf WHERE chain_ref = $1 AND kind = $2 AND leaf_index < $3
        ORDER BY leaf_index DESC LIMIT 1`,
      [this.chain.ref, kind, below],
    );
    return rows[0] && placed<Kind>(rows[0]);
  }
}

function placed<Kind extends LogEntryKind>({ leaf_index, entry }: Row): PlacedEntry<Kind> {
  const json = JSON.parse(entry) as z.input<typeof logEntry>;
  return { index: Number(leaf_index), entry: z.decode(logEntry, json) as PlacedEntry<Kind>['entry'] };
}
