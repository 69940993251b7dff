import type { Hex } from '@hearth/attestation/receipt';
import { ask, slotCounter } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';

export type SignedAsk = z.output<typeof ask.schema>;
export type SignedSlotCounter = z.output<typeof slotCounter.schema>;

interface LoggedBase {
  readonly logIndex: number;
  readonly messageId: Hex;
  readonly atMs: number;
}
export type LoggedAsk = LoggedBase & {
  readonly kind: 'ask';
  readonly platformId: Hex;
  readonly message: SignedAsk;
};
export type LoggedSlotCounter = LoggedBase & {
  readonly kind: 'slot-counter';
  readonly message: SignedSlotCounter;
};
export type LoggedOffer = LoggedAsk | LoggedSlotCounter;

/** Newest entry of one node and kind, as far as the next one must follow on it. */
export interface NodeHead {
  readonly seq: number;
  readonly messageId: Hex;
  readonly atMs: number;
}

interface Row {
  log_index: string;
  kind: LoggedOffer['kind'];
  message_id: Hex;
  seq: string;
  at_ms: string;
  platform_id: Hex | null;
  message: string;
}

/** By kind and node; asks chain on each other, and counters grow. */
export class NodeHeads {
  private readonly heads = new Map<string, NodeHead>();

  of(kind: LoggedOffer['kind'], nodeKey: Hex): NodeHead | undefined {
    return this.heads.get(`${kind} ${nodeKey}`);
  }

  set(kind: LoggedOffer['kind'], nodeKey: Hex, head: NodeHead): void {
    this.heads.set(`${kind} ${nodeKey}`, head);
  }
}

/** Rows of the append-only ask log. */
@Injectable()
export class AskLog {
  constructor(private readonly chain: ChainIdentity) {}

  /** The newest of each kind that some nodes have in the log. */
  async heads(tx: EntityManager, nodeKeys: readonly Hex[]): Promise<NodeHeads> {
    const rows: (Row & { node_key: Hex })[] = await tx.query(
      `SELECT newest.* FROM unnest($2::text[]) AS n (node_key)
        CROSS JOIN unnest(ARRAY['ask', 'slot-counter']) AS k (kind)
        CROSS JOIN LATERAL (SELECT kind, node_key, message_id, seq, at_ms FROM ask_log
          WHERE chain_ref = $1 AND ask_log.kind = k.kind AND ask_log.node_key = n.node_key ORDER BY seq DESC LIMIT 1) newest`,
      [this.chain.ref, nodeKeys],
    );
    const heads = new NodeHeads();
    for (const { kind, node_key, seq, message_id: messageId, at_ms } of rows)
      heads.set(kind, node_key, { seq: Number(seq), messageId, atMs: Number(at_ms) });
    return heads;
  }

  async append(tx: EntityManager, offers: readonly LoggedOffer[]): Promise<void> {
    await tx.query(
      `INSERT INTO ask_log (chain_ref, log_index, kind, node_key, message_id, seq, at_ms, platform_id, message)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])`,
      [
        this.chain.ref,
        offers.map(({ logIndex }) => logIndex),
        offers.map(({ kind }) => kind),
        offers.map(({ message }) => message.body.nodeKey),
        offers.map(({ messageId }) => messageId),
        offers.map(({ message }) => message.body.seq),
        offers.map(({ atMs }) => atMs),
        offers.map((offer) => (offer.kind === 'ask' ? offer.platformId : null)),
        offers.map((offer) => JSON.stringify(messageJson(offer))),
      ],
    );
  }

  /** A node's newest asks and counters, in log order; older ones no longer decide anything that is asked about. */
  async ofNode(tx: EntityManager, nodeKey: Hex, limit = 20_000): Promise<LoggedOffer[]> {
    const rows: Row[] = await tx.query(
      `SELECT * FROM (
         (SELECT log_index, kind, message_id, seq, at_ms, platform_id, message FROM ask_log
           WHERE chain_ref = $1 AND kind = 'ask' AND node_key = $2 ORDER BY seq DESC LIMIT $3)
         UNION ALL
         (SELECT log_index, kind, message_id, seq, at_ms, platform_id, message FROM ask_log
           WHERE chain_ref = $1 AND kind = 'slot-counter' AND node_key = $2 ORDER BY seq DESC LIMIT $3)
       ) own ORDER BY log_index`,
      [this.chain.ref, nodeKey, limit],
    );
    return rows.map(toLogged);
  }

  /** The node behind each of some asks. */
  async nodesOf(tx: EntityManager, askIds: readonly Hex[]): Promise<Map<Hex, Hex>> {
    if (askIds.length === 0) return new Map();
    const rows: { message_id: Hex; node_key: Hex }[] = await tx.query(
      `SELECT message_id, node_key FROM ask_log WHERE chain_ref = $1 AND message_id = ANY($2)`,
      [this.chain.ref, askIds],
    );
    return new Map(rows.map((row) => [row.message_id, row.node_key]));
  }

  /** Platform and provider of nodes by their newest ask among the first `size` log entries. */
  async newestPlaces(
    tx: EntityManager,
    nodeKeys: readonly Hex[],
    size: number,
  ): Promise<Map<Hex, { readonly platformId: Hex; readonly provider: Hex }>> {
    const rows: { node_key: Hex; platform_id: Hex; message: string }[] = await tx.query(
      `SELECT DISTINCT ON (node_key) node_key, platform_id, message FROM ask_log
        WHERE chain_ref = $1 AND kind = 'ask' AND node_key = ANY($2) AND log_index < $3 ORDER BY node_key, seq DESC`,
      [this.chain.ref, nodeKeys, size],
    );
    return new Map(
      rows.map(({ node_key, platform_id: platformId, message }) => {
        const { provider } = (JSON.parse(message) as z.input<typeof ask.schema>).body as { provider: Hex };
        return [node_key, { platformId, provider }];
      }),
    );
  }
}

export function messageJson(offer: Pick<LoggedOffer, 'kind' | 'message'>): unknown {
  return offer.kind === 'ask'
    ? z.encode(ask.schema, offer.message as SignedAsk)
    : z.encode(slotCounter.schema, offer.message as SignedSlotCounter);
}

function toLogged(row: Row): LoggedOffer {
  const base = { logIndex: Number(row.log_index), messageId: row.message_id, atMs: Number(row.at_ms) };
  const json: unknown = JSON.parse(row.message);
  return row.kind === 'ask'
    ? {
        ...base,
        kind: 'ask',
        platformId: row.platform_id as Hex,
        message: z.decode(ask.schema, json as never),
      }
    : { ...base, kind: 'slot-counter', message: z.decode(slotCounter.schema, json as never) };
}
