import { type Hex, hashReceipt, receiptsRoot, signDigest } from '@hearth/attestation';
import type { Eip712Domain, Receipt } from '@hearth/contracts';
import {
  outcomes,
  type ReceiptLeaf,
  receiptLeaf,
  type Signed,
  type SignedReceipt,
  signMessage,
} from '@hearth/sdk/protocol';
import { bytes32, type RegisteredEnclave } from './escrow-world.ts';

export interface WrittenReceipt {
  readonly signed: SignedReceipt;
  readonly hash: Hex;
  readonly leaf: Signed<ReceiptLeaf>;
}

/** Signs receipts of one (order, enclave) in sequence, as the enclave does: one output token costs 1 µUSD here. */
export class ReceiptWriter {
  private readonly hashes: Hex[] = [];
  private cumulativePicoUsd = 0n;

  private readonly domain: Eip712Domain;
  private readonly orderHash: Hex;
  private readonly enclave: RegisteredEnclave;

  constructor(domain: Eip712Domain, orderHash: Hex, enclave: RegisteredEnclave) {
    this.domain = domain;
    this.orderHash = orderHash;
    this.enclave = enclave;
  }

  write(
    outputTokens: number,
    changes: { execution?: Partial<Receipt['execution']>; settlement?: Partial<Receipt['settlement']> } = {},
  ): WrittenReceipt {
    const priceOutput = 1_000_000n;
    const amountPicoUsd = BigInt(outputTokens) * priceOutput;
    this.cumulativePicoUsd += amountPicoUsd;
    const sequence = BigInt(this.hashes.length + 1);
    const receipt: Receipt = {
      settlement: {
        orderHash: this.orderHash,
        enclaveKey: this.enclave.enclaveKey,
        provider: this.enclave.provider,
        sequence,
        cumulativePicoUsd: this.cumulativePicoUsd,
        priorReceiptsRoot: receiptsRoot(this.hashes),
        ...changes.settlement,
      },
      execution: {
        jobId: bytes32(`job ${sequence}`),
        leaseId: bytes32('lease'),
        jobHeaderHash: bytes32('job'),
        policyHash: bytes32('policy'),
        tier: 0,
        teeType: 2,
        measurementHash: bytes32('measurement'),
        evidenceHash: bytes32('evidence'),
        modelDigest: bytes32('model'),
        paramsCommit: bytes32('params'),
        promptCommit: bytes32('prompt'),
        outputCommit: bytes32('output'),
        requestCiphertextHash: bytes32('request'),
        responseCiphertextHash: bytes32('response'),
        inputTokens: 0,
        cachedInputTokens: 0,
        outputTokens,
        outcome: outcomes.stop,
        priceInput: 0n,
        priceCachedInput: 0n,
        priceOutput,
        amountPicoUsd,
        jobPriorPicoUsd: 0n,
        acceptedAtMs: 1n,
        firstTokenAtMs: 2n,
        finishedAtMs: 3n,
        energyMilliJoules: 0n,
        energyBasis: 0,
        regionCode: '0x4445000000000000',
        enclaveSequence: sequence,
        previousReceiptHash: this.hashes.at(-1) ?? bytes32(''),
        attempt: 0,
        previousJobId: bytes32(''),
        ...changes.execution,
      },
    };
    const hash = hashReceipt(this.domain, receipt);
    this.hashes.push(hash);
    const body: ReceiptLeaf = {
      v: 1,
      receiptHash: hash,
      leaseId: receipt.execution.leaseId,
      poolId: bytes32('pool'),
      provider: this.enclave.provider,
      nodeKey: this.enclave.nodeKey.publicKey,
      effectiveAsk: 1_000_000,
      outcome: receipt.execution.outcome,
      billedTokens: outputTokens,
    };
    return {
      signed: { receipt, signature: signDigest(hash, this.enclave.privateKey) },
      hash,
      leaf: signMessage(receiptLeaf, body, this.enclave.nodeKey),
    };
  }
}
