import type { Hex } from '@hearth/attestation/receipt';
import type { SoldLease } from '@hearth/sdk/market';
import { type BookProof, bookProof, leaseGrant } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';

const storedGrant = leaseGrant.omit({ enclave: true });
/** A grant without the enclave's statement, which belongs to the live link. */
export type StoredGrant = z.output<typeof storedGrant>;

export interface StoredLease {
  readonly owner: Hex;
  readonly clearingIndex: number;
  readonly inputIndexes: readonly number[];
  readonly books: readonly BookProof[];
  readonly grant: StoredGrant;
}

interface LeaseRow {
  owner: Hex;
  clearing_index: string;
  input_indexes: string[];
  books: string;
  grant: string;
}

interface SoldRow {
  lease_id: Hex;
  clearing_index: string;
  sold_at_ms: string;
  terms: Pick<SoldLease, 'nodeKey' | 'provider' | 'poolId' | 'effectiveAsk'>;
}

/** Rows of sold slots. */
@Injectable()
export class LeaseStore {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
  ) {
    this.manager = dataSource.manager;
  }

  async saveAll(tx: EntityManager, leases: readonly StoredLease[]): Promise<void> {
    if (leases.length === 0) return;
    const bodies = leases.map(({ grant }) => grant.lease.body);
    await tx.query(
      `INSERT INTO lease (lease_id, chain_ref, request_id, owner, expires_at_ms, clearing_index, input_indexes, books, "grant")
       SELECT lease_id, $1, request_id, owner, expires_at_ms, clearing_index, input_indexes::bigint[], books, granted
         FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
                     $9::text[]) AS l (lease_id, request_id, owner, expires_at_ms, clearing_index, input_indexes, books, granted)`,
      [
        this.chain.ref,
        bodies.map(({ leaseId }) => leaseId),
        bodies.map(({ requestId }) => requestId),
        leases.map(({ owner }) => owner),
        bodies.map(({ leaseExpiresAtMs }) => leaseExpiresAtMs),
        leases.map(({ clearingIndex }) => clearingIndex),
        leases.map(({ inputIndexes }) => `{${inputIndexes.join(',')}}`),
        leases.map(({ books }) => JSON.stringify(books)),
        leases.map(({ grant }) => JSON.stringify(z.encode(storedGrant, grant))),
      ],
    );
  }

  async find(leaseId: Hex): Promise<StoredLease | undefined> {
    return (await this.load('lease_id = $2', leaseId))[0];
  }

  async ofRequest(requestId: Hex): Promise<StoredLease | undefined> {
    return (await this.load('request_id = $2', requestId))[0];
  }

  /** What the market's records say of leases: those that were sold, by id. */
  async soldOf(leaseIds: readonly Hex[], tx = this.manager): Promise<Map<Hex, SoldLease>> {
    if (leaseIds.length === 0) return new Map();
    const rows: SoldRow[] = await tx.query(
      `SELECT lease.lease_id, lease.clearing_index, log_leaf.entry::json ->> 'atMs' AS sold_at_ms,
              lease."grant"::json #> '{lease,body}' AS terms
         FROM lease JOIN log_leaf ON log_leaf.chain_ref = lease.chain_ref AND log_leaf.leaf_index = lease.clearing_index
        WHERE lease.chain_ref = $1 AND lease.lease_id = ANY($2)`,
      [this.chain.ref, [...new Set(leaseIds)]],
    );
    return new Map(
      rows.map(({ lease_id, clearing_index, sold_at_ms, terms }) => {
        const { nodeKey, provider, poolId, effectiveAsk } = terms;
        const place = { clearingIndex: Number(clearing_index), soldAtMs: Number(sold_at_ms) };
        return [lease_id, { nodeKey, provider, poolId, effectiveAsk, ...place }];
      }),
    );
  }

  async liveAt(nowMs: number): Promise<StoredLease[]> {
    return this.load('expires_at_ms > $2', nowMs);
  }

  private async load(where: string, parameter: string | number): Promise<StoredLease[]> {
    const rows: LeaseRow[] = await this.manager.query(
      `SELECT owner, clearing_index, input_indexes, books, "grant" FROM lease WHERE chain_ref = $1 AND ${where}`,
      [this.chain.ref, parameter],
    );
    return rows.map((row) => ({
      owner: row.owner,
      clearingIndex: Number(row.clearing_index),
      inputIndexes: row.input_indexes.map(Number),
      books: z.array(bookProof).parse(JSON.parse(row.books)),
      grant: z.decode(storedGrant, JSON.parse(row.grant)),
    }));
  }
}
