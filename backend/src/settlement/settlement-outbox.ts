import type { Hex } from '@hearth/attestation/receipt';
import type { SignedCap } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CaptureService } from '../ledger/capture.service.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';

interface BestReceipt {
  receipt_hash: Hex;
  sequence: string;
  cumulative_pico_usd: string;
  lease_id: Hex;
  interim: boolean;
  received_at_ms: string;
}

/** Decides, whenever a receipt or a cap of a pair arrives, which receipt to settle: the newest that the buyer's highest cap covers. */
@Injectable()
export class SettlementOutbox {
  constructor(
    private readonly capture: CaptureService,
    private readonly chain: ChainIdentity,
    private readonly config: Config,
  ) {}

  /** A new receipt waits until `replan` finds that it is the one to settle. */
  async add(
    tx: EntityManager,
    receipt: { receiptHash: Hex; orderHash: Hex; enclaveKey: Hex; dueAtMs: number },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO settlement_intent (receipt_hash, chain_ref, order_hash, enclave_key, state, due_at_ms)
       VALUES ($1, $2, $3, $4, 'waiting', $5)`,
      [receipt.receiptHash, this.chain.ref, receipt.orderHash, receipt.enclaveKey, receipt.dueAtMs],
    );
  }

  /** Keeps the higher of the known and the new cap. */
  async raiseCap(tx: EntityManager, orderHash: Hex, enclaveKey: Hex, cap: SignedCap): Promise<void> {
    await tx.query(
      `INSERT INTO signed_cap AS known (order_hash, enclave_key, cumulative_cap_pico_usd, job_header_hash, session_signature)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (order_hash, enclave_key) DO UPDATE SET cumulative_cap_pico_usd = excluded.cumulative_cap_pico_usd,
         job_header_hash = excluded.job_header_hash, session_signature = excluded.session_signature
       WHERE excluded.cumulative_cap_pico_usd > known.cumulative_cap_pico_usd`,
      [orderHash, enclaveKey, `${cap.cumulativeCapPicoUsd}`, cap.jobHeaderHash, cap.sessionSignature],
    );
  }

  /** Under the order's lock. Captures what the best receipt proves and makes it the pair's one pending intent. Returns the pUSD captured. */
  async replan(tx: EntityManager, orderHash: Hex, enclaveKey: Hex): Promise<bigint> {
    const best = await this.bestCovered(tx, orderHash, enclaveKey);
    if (best === undefined) return 0n;
    await tx.query(
      `UPDATE settlement_intent i SET state = 'superseded' FROM receipt r
        WHERE r.receipt_hash = i.receipt_hash AND i.order_hash = $1 AND i.enclave_key = $2
          AND i.state IN ('waiting', 'pending') AND r.sequence < $3`,
      [orderHash, enclaveKey, best.sequence],
    );
    const delayMs = best.interim ? this.config.interimSettleDelayMs : 0;
    await tx.query(
      `UPDATE settlement_intent SET state = 'pending', due_at_ms = $2 WHERE receipt_hash = $1 AND state = 'waiting'`,
      [best.receipt_hash, Number(best.received_at_ms) + delayMs],
    );
    return this.capture.capture(tx, {
      receiptHash: best.receipt_hash,
      orderHash,
      enclaveKey,
      leaseId: best.lease_id,
      cumulativePicoUsd: BigInt(best.cumulative_pico_usd),
    });
  }

  private async bestCovered(
    tx: EntityManager,
    orderHash: Hex,
    enclaveKey: Hex,
  ): Promise<BestReceipt | undefined> {
    const rows: BestReceipt[] = await tx.query(
      `SELECT r.* FROM receipt r JOIN signed_cap c ON c.order_hash = r.order_hash AND c.enclave_key = r.enclave_key
        WHERE r.order_hash = $1 AND r.enclave_key = $2 AND r.cumulative_pico_usd <= c.cumulative_cap_pico_usd
        ORDER BY r.sequence DESC LIMIT 1`,
      [orderHash, enclaveKey],
    );
    return rows[0];
  }
}
