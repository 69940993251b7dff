import { type Hex, hashExecution } from '@hearth/attestation/receipt';
import { hearthSettlementAbi } from '@hearth/contracts';
import { type SignedReceipt, signedReceipt } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { encodeFunctionData } from 'viem';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';

/** Proofs that an enclave signed two receipts for one place; the contract blocks it for good on seeing one. */
@Injectable()
export class Equivocations {
  private readonly manager: EntityManager;

  constructor(
    dataSource: DataSource,
    private readonly chain: ChainIdentity,
  ) {
    this.manager = dataSource.manager;
  }

  async record(tx: EntityManager, firstHash: Hex, secondHash: Hex, second: SignedReceipt): Promise<void> {
    await tx.query(
      `INSERT INTO equivocation (first_hash, second_hash, chain_ref, enclave_key, second_signed_receipt)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [
        firstHash,
        secondHash,
        this.chain.ref,
        second.receipt.settlement.enclaveKey,
        JSON.stringify(z.encode(signedReceipt, second)),
      ],
    );
  }

  /** Call data that proves one equivocation of an enclave that the chain has not blocked yet; undefined when there is none. */
  async nextReport(): Promise<Hex | undefined> {
    const rows: { first: z.input<typeof signedReceipt>; second: z.input<typeof signedReceipt> }[] =
      await this.manager.query(
        `SELECT r.signed_receipt AS first, e.second_signed_receipt AS second
         FROM equivocation e JOIN receipt r ON r.receipt_hash = e.first_hash
        WHERE e.chain_ref = $1 AND NOT EXISTS (
          SELECT 1 FROM chain_event c WHERE c.chain_ref = e.chain_ref AND c.name = 'EnclaveBlocked' AND c.subject = e.enclave_key)
        ORDER BY e.first_hash LIMIT 1`,
        [this.chain.ref],
      );
    const pair = rows[0];
    if (pair === undefined) return undefined;
    const args = [
      toProof(z.decode(signedReceipt, pair.first)),
      toProof(z.decode(signedReceipt, pair.second)),
    ] as const;
    return encodeFunctionData({ abi: hearthSettlementAbi, functionName: 'reportEquivocation', args });
  }
}

function toProof({ receipt, signature }: SignedReceipt) {
  return {
    settlement: receipt.settlement,
    executionHash: hashExecution(receipt.execution),
    enclaveSignature: signature,
  };
}
