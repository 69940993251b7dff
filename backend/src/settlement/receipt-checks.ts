import { type Hex, hashReceipt, isAuthorizedBy, receiptFaults } from '@hearth/attestation/receipt';
import { strayField } from '@hearth/sdk/market';
import {
  assertMessageSignedBy,
  HearthError,
  type ReceiptLeaf,
  receiptLeaf,
  type Signed,
  type SignedCap,
  type SignedReceipt,
} from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { LeaseStore } from '../auction/lease-store.ts';
import { ChainFacts, type EnclaveFacts, type OrderFacts } from '../indexer/chain-facts.ts';
import { ChainIndexer } from '../indexer/chain-indexer.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { SharedReads } from '../platform/shared-reads.ts';

/** Everything that must hold before a receipt or a cap may touch money. Facts are those of the safe block. */
@Injectable()
export class ReceiptChecks {
  private readonly enclaves = new SharedReads((enclaveKey: Hex) => this.readEnclave(enclaveKey));
  private readonly orders = new SharedReads((orderHash: Hex) => this.readOrder(orderHash));
  private readonly sold = new SharedReads((leaseId: Hex) => this.leases.soldOf([leaseId]));

  constructor(
    private readonly chain: ChainIdentity,
    private readonly facts: ChainFacts,
    private readonly indexer: ChainIndexer,
    private readonly leases: LeaseStore,
  ) {}

  /** @throws HearthError `peer_protocol_violation` for an unsound receipt or an unknown, blocked or foreign enclave */
  async assertReceipt({ receipt, signature }: SignedReceipt): Promise<EnclaveFacts> {
    const hash = hashReceipt(this.chain.marketDomain, receipt);
    const faults: string[] = receiptFaults(this.chain.marketDomain, receipt, signature);
    if (faults.length > 0) throw violation(hash, 'a sound receipt', faults.join(', '));
    const { enclaveKey, provider } = receipt.settlement;
    const enclave = await this.enclaves.get(enclaveKey);
    if (enclave === undefined) throw violation(hash, 'an enclave registered at the safe block', enclaveKey);
    if (enclave.blocked) throw violation(hash, 'an enclave that never equivocated', enclaveKey);
    if (enclave.provider !== provider) throw violation(hash, `provider ${enclave.provider}`, provider);
    const { tier, teeType } = receipt.execution;
    if (enclave.tier !== tier || enclave.teeType !== teeType)
      throw violation(hash, `tier ${enclave.tier}, TEE type ${enclave.teeType}`, `${tier}, ${teeType}`);
    return enclave;
  }

  /** @throws HearthError `order_not_open` for an order unknown at the safe block, `invalid_signature` for another signer */
  async assertCap(orderHash: Hex, enclaveKey: Hex, cap: SignedCap): Promise<void> {
    const { sessionKey } = await this.orders.get(orderHash);
    const { cumulativeCapPicoUsd, jobHeaderHash, sessionSignature } = cap;
    const authorization = { orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
    if (
      sessionKey === undefined ||
      !isAuthorizedBy(this.chain.marketDomain, authorization, sessionSignature, sessionKey)
    )
      throw new HearthError(
        'invalid_signature',
        `cap for ${enclaveKey} on order ${orderHash}: expected a signature by session key ${sessionKey}`,
      );
  }

  /**
   * A leaf of a lease that was never granted is let into the log, and counts nowhere in the market's records.
   * @throws HearthError `invalid_signature`, `peer_protocol_violation` when it does not speak of this receipt and as its lease was sold
   */
  async assertLeaf(
    leaf: Signed<ReceiptLeaf>,
    { receipt }: SignedReceipt,
    enclave: EnclaveFacts,
  ): Promise<void> {
    assertMessageSignedBy(receiptLeaf, leaf, enclave.nodeKey);
    const hash = hashReceipt(this.chain.marketDomain, receipt);
    const { inputTokens, outputTokens, leaseId, outcome } = receipt.execution;
    const expected = {
      receiptHash: hash,
      leaseId,
      provider: enclave.provider,
      nodeKey: enclave.nodeKey,
      outcome,
      billedTokens: inputTokens + outputTokens,
    };
    for (const [name, stated] of Object.entries(expected))
      if (leaf.body[name as keyof typeof expected] !== stated)
        throw violation(
          hash,
          `a log leaf with ${name} ${stated}`,
          String(leaf.body[name as keyof typeof expected]),
        );
    const sold = (await this.sold.get(leaseId)).get(leaseId);
    const stray = sold && strayField(leaf.body, sold);
    if (sold && stray)
      throw violation(
        hash,
        `a log leaf with ${stray} ${sold[stray]}, as its lease was sold`,
        `${leaf.body[stray]}`,
      );
  }

  private async readEnclave(enclaveKey: Hex): Promise<EnclaveFacts | undefined> {
    const known = await this.facts.enclave(enclaveKey);
    if (known !== undefined) return known;
    await this.indexer.refresh();
    return this.facts.enclave(enclaveKey);
  }

  private async readOrder(orderHash: Hex): Promise<OrderFacts> {
    let order = await this.facts.order(orderHash);
    if (order.status === 'unknown') {
      await this.indexer.refresh();
      order = await this.facts.order(orderHash);
    }
    if (order.status === 'unknown' || order.status === 'cancelled')
      throw new HearthError(
        'order_not_open',
        `order ${orderHash}: expected open at the safe block, got ${order.status}`,
      );
    return order;
  }
}

function violation(receiptHash: Hex, expected: string, got: string): HearthError {
  return new HearthError(
    'peer_protocol_violation',
    `receipt ${receiptHash}: expected ${expected}, got ${got}`,
  );
}
