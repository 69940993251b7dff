import {
  addressOf,
  type Hex,
  hashAuthorization,
  hashExecution,
  signDigest,
} from '@hearth/attestation/receipt';
import {
  hearthSettlementAbi,
  type ItemStatus,
  itemStatuses,
  paymentsIn,
  type SettlementClaim,
  toSettleCall,
} from '@hearth/contracts';
import type { SignedCap, ToAgent } from '@hearth/sdk/protocol';
import { parseEventLogs } from 'viem';
import { EscrowWorld, type RegisteredEnclave } from '../backend/escrow-world.ts';
import { ReceiptWriter, type WrittenReceipt } from '../backend/receipt-writer.ts';
import { ScriptedHome } from '../backend/scripted-home.ts';
import { accountOf, clientsOf } from '../market/accounts.ts';
import type { Market } from '../market/market.ts';

const PICO_PER_MICRO = 1_000_000n;

/** A registered enclave whose key is in our hands, the worst that a broken TEE can be, and what it can try on a market. */
export class BrokenEnclave {
  readonly escrow: EscrowWorld;
  readonly enclave: RegisteredEnclave;
  /** The same with a key that nobody registered. */
  readonly stranger: RegisteredEnclave;
  readonly #market: Market;

  private constructor(market: Market, escrow: EscrowWorld, enclave: RegisteredEnclave) {
    this.#market = market;
    this.escrow = escrow;
    this.enclave = enclave;
    const privateKey = new Uint8Array(32).fill(99);
    this.stranger = { ...enclave, privateKey, enclaveKey: addressOf(privateKey) };
  }

  static async join(market: Market): Promise<BrokenEnclave> {
    const escrow = EscrowWorld.on(market.chain, market.contracts);
    return new BrokenEnclave(market, escrow, await escrow.registerEnclave('home c wallet', 41));
  }

  /** The same contract on another chain. */
  get elsewhere() {
    return { ...this.escrow.domain, chainId: this.escrow.domain.chainId + 1 };
  }

  /** The buyer's cap for the pair, honest unless told otherwise. */
  cap(
    orderHash: Hex,
    microUsd: bigint,
    changes: { domain?: EscrowWorld['domain']; key?: Uint8Array; enclaveKey?: Hex } = {},
  ): SignedCap {
    const { domain, sessionPrivateKey } = this.escrow;
    const enclaveKey = changes.enclaveKey ?? this.enclave.enclaveKey;
    const { jobHeaderHash } = this.escrow.cap(orderHash, enclaveKey, 0n);
    const cumulativeCapPicoUsd = microUsd * PICO_PER_MICRO;
    const authorization = { orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
    const digest = hashAuthorization(changes.domain ?? domain, authorization);
    const sessionSignature = signDigest(digest, changes.key ?? sessionPrivateKey);
    return { cumulativeCapPicoUsd, jobHeaderHash, sessionSignature };
  }

  /** Receipts of the pair in sequence, one µUSD a token. */
  writer(
    orderHash: Hex,
    changes: { domain?: EscrowWorld['domain']; enclave?: RegisteredEnclave } = {},
  ): ReceiptWriter {
    return new ReceiptWriter(
      changes.domain ?? this.escrow.domain,
      orderHash,
      changes.enclave ?? this.enclave,
    );
  }

  /** Sends one claim in a transaction of its own, as anybody may. @returns its status in the transaction's log */
  async settle(claim: SettlementClaim): Promise<ItemStatus> {
    const { publicClient, walletClient } = clientsOf(this.#market.chain, 'stranger');
    const hash = await walletClient.writeContract({
      address: this.#market.contracts.settlement,
      abi: hearthSettlementAbi,
      functionName: 'settle',
      args: toSettleCall([claim]).args,
    });
    const { logs } = await publicClient.waitForTransactionReceipt({ hash });
    const payments = paymentsIn(logs);
    const refusals = parseEventLogs({ abi: hearthSettlementAbi, logs, eventName: 'ItemRefused' });
    if (payments.length + refusals.length !== 1)
      throw new Error(`settle: expected one outcome for one claim, got ${payments.length + refusals.length}`);
    return payments.length === 1 ? 'settled' : (itemStatuses[refusals[0]?.args.status ?? -1] as ItemStatus);
  }

  /** Everybody's money that a settlement on this order could move, µUSD. */
  async money(orderHash: Hex) {
    const contract = { address: this.#market.contracts.settlement, abi: hearthSettlementAbi } as const;
    const pairOf = [orderHash, this.enclave.enclaveKey] as const;
    const [order, pair, home, operator] = await Promise.all([
      this.escrow.rpc.readContract({ ...contract, functionName: 'orderOf', args: [orderHash] }),
      this.escrow.rpc.readContract({ ...contract, functionName: 'pairOf', args: pairOf }),
      this.escrow.claimable(this.enclave.provider),
      this.escrow.claimable(accountOf(this.#market.chain, 'operator').address),
    ]);
    return { rest: order.restMicroUsd, paid: pair.paidMicroUsd, earned: home + operator };
  }

  /** A link to the gateway, authenticated by the node key, over which receipts are delivered. */
  async link() {
    const { gatewayUrl: url } = this.#market;
    const world = { escrow: this.escrow, url, modelDigest: '0x', refresh: async () => undefined } as const;
    const home = new ScriptedHome(world, this.enclave);
    await home.connect();
    return {
      deliver: (receipt: WrittenReceipt, cap: SignedCap): Promise<ToAgent> => {
        home.say({ type: 'receipt', receipt: receipt.signed, cap, leaf: receipt.leaf });
        return home.control.take(({ type }) => type === 'receipt-stored' || type === 'refused');
      },
      close: () => home.disconnect(),
    };
  }
}

export function claimOf({ signed }: WrittenReceipt, cap: SignedCap): SettlementClaim {
  const { settlement, execution } = signed.receipt;
  return { settlement, executionHash: hashExecution(execution), enclaveSignature: signed.signature, ...cap };
}
