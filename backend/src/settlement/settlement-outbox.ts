import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type SignedCap } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CaptureService, type ReceiptCapture } from '../ledger/capture.service.ts';
import { pairKey } from '../ledger/hold-book.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';

/** What a receipt's place in the outbox depends on. */
export interface OutboxReceipt extends ReceiptCapture {
  readonly sequence: bigint;
  readonly receivedAtMs: number;
}

interface BestReceipt extends OutboxReceipt {
  readonly interim: boolean;
  readonly capPicoUsd: bigint;
}

/** Decides, whenever receipts or caps of pairs arrive, which receipt to settle: the newest that the buyer's highest cap covers. */
@Injectable()
export class SettlementOutbox {
  constructor(
    private readonly capture: CaptureService,
    private readonly chain: ChainIdentity,
    private readonly config: Config,
  ) {}

  /** New receipts wait until `replanAll` finds which of them to settle. */
  async addAll(tx: EntityManager, receipts: readonly OutboxReceipt[]): Promise<void> {
    if (receipts.length === 0) return;
    await tx.query(
      `INSERT INTO settlement_intent (receipt_hash, chain_ref, order_hash, enclave_key, state, due_at_ms)
       SELECT receipt_hash, $5, order_hash, enclave_key, 'waiting', due_at_ms
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS r (receipt_hash, order_hash, enclave_key, due_at_ms)`,
      [
        receipts.map((receipt) => receipt.receiptHash),
        receipts.map((receipt) => receipt.orderHash),
        receipts.map((receipt) => receipt.enclaveKey),
        receipts.map((receipt) => receipt.receivedAtMs),
        this.chain.ref,
      ],
    );
  }

  /** Keeps the higher of the known and the new cap of each pair. */
  async raiseCaps(
    tx: EntityManager,
    caps: readonly { orderHash: Hex; enclaveKey: Hex; cap: SignedCap }[],
  ): Promise<void> {
    const highest = new Map<string, (typeof caps)[number]>();
    for (const entry of caps) {
      const known = highest.get(pairKey(entry));
      if (known === undefined || known.cap.cumulativeCapPicoUsd < entry.cap.cumulativeCapPicoUsd)
        highest.set(pairKey(entry), entry);
    }
    if (highest.size === 0) return;
    const rows = [...highest.values()];
    await tx.query(
      `INSERT INTO signed_cap AS known (order_hash, enclave_key, cumulative_cap_pico_usd, job_header_hash, session_signature)
       SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::text[])
       ON CONFLICT (order_hash, enclave_key) DO UPDATE SET cumulative_cap_pico_usd = excluded.cumulative_cap_pico_usd,
         job_header_hash = excluded.job_header_hash, session_signature = excluded.session_signature
       WHERE excluded.cumulative_cap_pico_usd > known.cumulative_cap_pico_usd`,
      [
        rows.map(({ orderHash }) => orderHash),
        rows.map(({ enclaveKey }) => enclaveKey),
        rows.map(({ cap }) => `${cap.cumulativeCapPicoUsd}`),
        rows.map(({ cap }) => cap.jobHeaderHash),
        rows.map(({ cap }) => cap.sessionSignature),
      ],
    );
  }

  /**
   * Under the locks of the orders. Captures what the arrived receipts and the best one of each pair prove, and makes the
   * best one the pair's pending intent. Returns the pUSD captured by pair key.
   */
  async replanAll(
    tx: EntityManager,
    pairs: readonly { orderHash: Hex; enclaveKey: Hex }[],
    arrived: readonly OutboxReceipt[],
  ): Promise<ReadonlyMap<string, bigint>> {
    const best = await this.bestCovered(tx, pairs);
    await this.supersede(tx, best);
    await this.makePending(tx, best);
    const captures = best.flatMap((newest) => [...coveredBefore(newest, arrived), newest]);
    const captured = await this.capture.captureAll(tx, captures);
    const byPair = new Map<string, bigint>();
    for (const [index, capture] of captures.entries()) {
      const picoUsd = captured[index];
      if (picoUsd instanceof HearthError) throw picoUsd; // an unknown order: not one of those that are locked
      byPair.set(pairKey(capture), (byPair.get(pairKey(capture)) ?? 0n) + (picoUsd ?? 0n));
    }
    return byPair;
  }

  private async supersede(tx: EntityManager, best: readonly BestReceipt[]): Promise<void> {
    await tx.query(
      `UPDATE settlement_intent i SET state = 'superseded'
         FROM receipt r, unnest($1::text[], $2::text[], $3::bigint[]) AS best (order_hash, enclave_key, sequence)
        WHERE i.order_hash = best.order_hash AND i.enclave_key = best.enclave_key AND i.state IN ('waiting', 'pending')
          AND r.receipt_hash = i.receipt_hash AND r.sequence < best.sequence`,
      [
        best.map(({ orderHash }) => orderHash),
        best.map(({ enclaveKey }) => enclaveKey),
        best.map(({ sequence }) => `${sequence}`),
      ],
    );
  }

  private async makePending(tx: EntityManager, best: readonly BestReceipt[]): Promise<void> {
    const { interimSettleDelayMs } = this.config;
    await tx.query(
      `UPDATE settlement_intent i SET state = 'pending', due_at_ms = best.due_at_ms
         FROM unnest($1::text[], $2::bigint[]) AS best (receipt_hash, due_at_ms)
        WHERE i.receipt_hash = best.receipt_hash AND i.state = 'waiting'`,
      [
        best.map(({ receiptHash }) => receiptHash),
        best.map(({ receivedAtMs, interim }) => receivedAtMs + (interim ? interimSettleDelayMs : 0)),
      ],
    );
  }

  private async bestCovered(
    tx: EntityManager,
    pairs: readonly { orderHash: Hex; enclaveKey: Hex }[],
  ): Promise<BestReceipt[]> {
    const rows: BestRow[] = await tx.query(
      `SELECT best.*, c.cumulative_cap_pico_usd
         FROM unnest($1::text[], $2::text[]) AS p (order_hash, enclave_key)
         JOIN signed_cap c ON c.order_hash = p.order_hash AND c.enclave_key = p.enclave_key
         CROSS JOIN LATERAL (
           SELECT * FROM receipt r
            WHERE r.order_hash = p.order_hash AND r.enclave_key = p.enclave_key
              AND r.cumulative_pico_usd <= c.cumulative_cap_pico_usd ORDER BY r.sequence DESC LIMIT 1) best`,
      [pairs.map(({ orderHash }) => orderHash), pairs.map(({ enclaveKey }) => enclaveKey)],
    );
    return rows.map((row) => ({
      receiptHash: row.receipt_hash,
      orderHash: row.order_hash,
      enclaveKey: row.enclave_key,
      leaseId: row.lease_id,
      sequence: BigInt(row.sequence),
      cumulativePicoUsd: BigInt(row.cumulative_pico_usd),
      receivedAtMs: Number(row.received_at_ms),
      interim: row.interim,
      capPicoUsd: BigInt(row.cumulative_cap_pico_usd),
    }));
  }
}

interface BestRow {
  receipt_hash: Hex;
  order_hash: Hex;
  enclave_key: Hex;
  lease_id: Hex;
  sequence: string;
  cumulative_pico_usd: string;
  received_at_ms: string;
  interim: boolean;
  cumulative_cap_pico_usd: string;
}

/** Receipts that came together are captured one after the other, so that each uses up the grant of its own lease. */
function coveredBefore(newest: BestReceipt, arrived: readonly OutboxReceipt[]): OutboxReceipt[] {
  return arrived
    .filter(
      (receipt) =>
        pairKey(receipt) === pairKey(newest) &&
        receipt.sequence < newest.sequence &&
        receipt.cumulativePicoUsd <= newest.capPicoUsd,
    )
    .sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
}
