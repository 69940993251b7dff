import {
  addressOf,
  type Hex,
  hashAuthorization,
  hashExecution,
  hashOrder,
  hashReceipt,
  sha256,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import {
  type Authorization,
  type Eip712Domain,
  marketDomain,
  type Order,
  type Settlement,
  type SettlementClaim,
} from '@hearth/contracts';
import { emptyExecution } from '../../builders/empty-execution.ts';
import { type EscrowWorld, enclaveAddress } from './escrow-world.ts';
import {
  type Claim,
  type Enclave,
  type Evidence,
  type OrderId,
  type OrderTerms,
  providerOf,
} from './operation.ts';

const jobHeaderHash = bytes32('job header');
/** Signs where it has no business. */
const forger = sha256(Buffer.from('forger'));

/** What the parties of a world sign, from the numbers of an operation. */
export class SignedMessages {
  readonly domain: Eip712Domain;
  readonly #world: EscrowWorld;
  readonly #orderHashes = new Map<OrderId, Hex>();

  constructor(world: EscrowWorld) {
    this.#world = world;
    this.domain = marketDomain(world.chainId, world.market.settlement);
  }

  order(terms: OrderTerms): Order {
    return {
      buyer: this.#world.addressOf(terms.buyer),
      sessionKey: addressOf(sessionKeyOf(terms.id)),
      maxSpendMicroUsd: terms.maxSpendMicroUsd,
      maxPriceInput: 1n,
      maxPriceCachedInput: 1n,
      maxPriceOutput: 1n,
      maxSpendPerEnclaveMicroUsd: terms.maxSpendPerEnclaveMicroUsd,
      policyHash: bytes32('policy'),
      minTier: terms.minTier,
      validAfterUnixSec: terms.validAfterUnixSec,
      validUntilUnixSec: terms.validUntilUnixSec,
      salt: bytes32(`order ${terms.id}`),
    };
  }

  /** Remembers the hash, because claims and closings name the order by it alone. */
  orderHash(terms: OrderTerms): Hex {
    const known = this.#orderHashes.get(terms.id);
    if (known !== undefined) return known;
    const hash = hashOrder(this.domain, this.order(terms));
    this.#orderHashes.set(terms.id, hash);
    return hash;
  }

  /** Of an order that was seen before, or of none. */
  hashOfId(id: OrderId): Hex {
    return this.#orderHashes.get(id) ?? bytes32('an order that nobody signed');
  }

  claim(claim: Claim): SettlementClaim {
    const { order, enclave, defect } = claim;
    const provider = enclave + (defect === 'provider' ? 1 : 0);
    const settlement = { ...this.#settlement(order, enclave, claim), provider: this.#provider(provider) };
    const { message, signature } = this.authorization(
      order,
      enclave,
      claim.capPicoUsd,
      defect === 'session signature',
    );
    return {
      settlement,
      executionHash: hashExecution(emptyExecution),
      enclaveSignature: this.#receiptSignature(settlement, enclave, defect === 'enclave signature'),
      cumulativeCapPicoUsd: message.cumulativeCapPicoUsd,
      jobHeaderHash,
      sessionSignature: signature,
    };
  }

  authorization(order: OrderId, enclave: Enclave, cumulativeCapPicoUsd: bigint, forged: boolean) {
    const message: Authorization = {
      orderHash: this.hashOfId(order),
      enclaveKey: enclaveAddress(this.#world, enclave),
      cumulativeCapPicoUsd,
      jobHeaderHash,
    };
    const key = forged ? forger : sessionKeyOf(order);
    return { message, signature: signDigest(hashAuthorization(this.domain, message), key) };
  }

  /** Both receipts, on an order that need not exist; the second one forged if the evidence is. */
  evidence({ enclave, a, b, forged }: Evidence) {
    return [this.#signedSettlement(enclave, a, false), this.#signedSettlement(enclave, b, forged)] as const;
  }

  #signedSettlement(enclave: Enclave, totals: Evidence['a'], forged: boolean) {
    const settlement = this.#settlement(-1, enclave, totals);
    return {
      settlement,
      executionHash: hashExecution(emptyExecution),
      enclaveSignature: this.#receiptSignature(settlement, enclave, forged),
    };
  }

  #settlement(order: OrderId, enclave: Enclave, totals: Evidence['a']): Settlement {
    return {
      orderHash: this.hashOfId(order),
      enclaveKey: enclaveAddress(this.#world, enclave),
      provider: this.#provider(enclave),
      sequence: totals.sequence,
      cumulativePicoUsd: totals.cumulativePicoUsd,
      priorReceiptsRoot: bytes32('prior receipts'),
    };
  }

  #receiptSignature(settlement: Settlement, enclave: Enclave, forged: boolean): Hex {
    const digest = hashReceipt(this.domain, { settlement, execution: emptyExecution });
    return signDigest(digest, forged ? forger : this.#world.enclaveKeyOf(enclave));
  }

  #provider(enclave: Enclave): Hex {
    return this.#world.addressOf(providerOf(enclave));
  }
}

function sessionKeyOf(order: OrderId): Uint8Array {
  return sha256(Buffer.from(`session of order ${order}`));
}

function bytes32(label: string): Hex {
  return toHex(sha256(Buffer.from(label)));
}
