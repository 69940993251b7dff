import { type Hex, hashCloseAuthorization, hashOrder } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, readTokenDomain, topUpTillsAbi } from '@hearth/contracts';
import { HearthError, type OrderMoved, type SignedOrder } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { PaymentRequirements, VerifyResponse } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/facilitator';
import { erc20Abi, parseSignature } from 'viem';
import { ChainClient } from '../platform/chain-client.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';
import { Cashier } from './cashier.ts';
import { type Price, parsePayment, requirementsOf, type SignedTransfer } from './payment-terms.ts';

/** OrderStatus of the settlement contract. */
const [UNKNOWN, OPEN] = [0, 1];

/** What became of a request to open an order: it stands, or this much has to be paid first. */
export type TopUp =
  | { readonly moved: OrderMoved; readonly payer: Hex | undefined }
  | { readonly unpaid: PaymentRequirements; readonly reason: string };

/**
 * Opens orders that somebody pays for in the same request, and ends them, as their buyers have signed. Keeps no state: whether an order
 * stands, what its account and its till hold and which payments are used up, the chain says, so a request may come any number of times.
 */
@Injectable()
export class TopUps {
  private readonly scheme: ExactEvmScheme;
  private domain: Promise<Price['domain']> | undefined;

  constructor(
    private readonly chain: ChainClient,
    private readonly identity: ChainIdentity,
    private readonly cashier: Cashier,
    private readonly config: Config,
  ) {
    this.scheme = new ExactEvmScheme(verifierOf(chain));
  }

  /** @throws HearthError `invalid_request`, `order_not_open` for one that is over, `not_found` where nothing is sold this way */
  async open({ order, signature }: SignedOrder, paymentHeader: string | undefined): Promise<TopUp> {
    const tills = this.tills();
    const { minTopUpMicroUsd } = this.config;
    if (order.maxSpendMicroUsd < minTopUpMicroUsd)
      throw new HearthError('invalid_request', `order: expected at least ${minTopUpMicroUsd} µUSD`);
    const orderHash = hashOrder(this.identity.marketDomain, order);
    const { status } = await this.orderOf(orderHash);
    if (status === OPEN) return { moved: { orderHash, txHash: null }, payer: undefined };
    if (status !== UNKNOWN) throw new HearthError('order_not_open', `order ${orderHash} is over`);
    await this.assertSigned(order.buyer as Hex, orderHash, signature);
    const payTo = await this.tillOf(order.buyer as Hex);
    const missing = order.maxSpendMicroUsd - (await this.fundsOf(order.buyer as Hex, payTo));
    if (missing <= 0n) {
      await this.carryOver(order.buyer as Hex);
      const txHash = await this.settlement('openOrder', [order, signature]);
      return { moved: { orderHash, txHash }, payer: undefined };
    }
    const requirements = requirementsOf({
      chainId: this.config.chainId,
      token: this.config.token,
      domain: await this.tokenDomain(),
      payTo,
      amountMicroUsd: missing,
    });
    if (paymentHeader === undefined) return { unpaid: requirements, reason: 'PAYMENT-SIGNATURE is missing' };
    const { payload, transfer } = parsePayment(paymentHeader);
    const verdict: VerifyResponse = await this.scheme.verify(payload, requirements);
    if (!verdict.isValid) return { unpaid: requirements, reason: verdict.invalidReason ?? 'invalid payment' };
    const args = [paymentOf(transfer), order, signature];
    const txHash = await this.cashier.send({
      address: tills,
      abi: topUpTillsAbi,
      functionName: 'payAndOpen',
      args,
    });
    return { moved: { orderHash, txHash }, payer: transfer.authorization.from };
  }

  /** Brings an order's end forward to now; its rest returns after the settlement window. */
  async close(orderHash: Hex, { order, signature }: SignedOrder): Promise<OrderMoved> {
    if (hashOrder(this.identity.marketDomain, order) !== orderHash)
      throw new HearthError('invalid_request', `order: expected the order with hash ${orderHash}`);
    const { status, validUntilUnixSec } = await this.orderOf(orderHash);
    const head = await this.chain.head();
    const isOver = status !== OPEN && status !== UNKNOWN;
    if (isOver || (status === OPEN && validUntilUnixSec <= Number(head.timestampSec)))
      return { orderHash, txHash: null };
    const digest = hashCloseAuthorization(this.identity.marketDomain, { orderHash });
    await this.assertSigned(order.buyer as Hex, digest, signature);
    return { orderHash, txHash: await this.settlement('endOrderFor', [order, signature]) };
  }

  private tills(): Hex {
    const { topUpTills } = this.config;
    if (topUpTills === undefined || !this.cashier.isOpen)
      throw new HearthError('not_found', 'this gateway opens no orders for buyers; open them on the chain');
    return topUpTills;
  }

  private async assertSigned(buyer: Hex, hash: Hex, signature: Hex): Promise<void> {
    if (await this.chain.rpc.verifyHash({ address: buyer, hash, signature })) return;
    throw new HearthError('invalid_signature', `order: expected a signature by its buyer ${buyer}`);
  }

  private orderOf(orderHash: Hex) {
    const { settlement: address } = this.config;
    const call = { address, abi: hearthSettlementAbi, functionName: 'orderOf', args: [orderHash] } as const;
    return this.chain.rpc.readContract(call);
  }

  private tillOf(account: Hex): Promise<Hex> {
    const call = {
      address: this.tills(),
      abi: topUpTillsAbi,
      functionName: 'tillOf',
      args: [account],
    } as const;
    return this.chain.rpc.readContract(call);
  }

  /** What the account has free in escrow, and what waits in its till. */
  private async fundsOf(account: Hex, till: Hex): Promise<bigint> {
    const { settlement, token } = this.config;
    const [{ freeMicroUsd }, waiting] = await Promise.all([
      this.chain.rpc.readContract({
        address: settlement,
        abi: hearthSettlementAbi,
        functionName: 'accountOf',
        args: [account],
      }),
      this.chain.rpc.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [till] }),
    ]);
    return freeMicroUsd + waiting;
  }

  private carryOver(account: Hex): Promise<Hex> {
    const call = { address: this.tills(), abi: topUpTillsAbi, functionName: 'empty', args: [account] };
    return this.cashier.send(call);
  }

  private settlement(functionName: string, args: readonly unknown[]): Promise<Hex> {
    const { settlement: address } = this.config;
    return this.cashier.send({ address, abi: hearthSettlementAbi, functionName, args });
  }

  private tokenDomain(): Promise<Price['domain']> {
    this.domain ??= readTokenDomain(this.chain.rpc, this.config.token).catch((error: unknown) => {
      this.domain = undefined; // asked again the next time
      throw error;
    });
    return this.domain;
  }
}

/** The half of a facilitator that looks; the other half is `payAndOpen`, which is paid and opens at once. */
function verifierOf({ rpc }: ChainClient): ConstructorParameters<typeof ExactEvmScheme>[0] {
  const never = () => Promise.reject(new Error('unreachable: payments are settled by the tills'));
  return {
    getAddresses: () => [],
    readContract: (call) => rpc.readContract(call as Parameters<typeof rpc.readContract>[0]),
    verifyTypedData: (call) => rpc.verifyTypedData(call as Parameters<typeof rpc.verifyTypedData>[0]),
    getCode: (call) => rpc.getCode(call),
    writeContract: never,
    sendTransaction: never,
    waitForTransactionReceipt: never,
  };
}

function paymentOf({ signature, authorization }: SignedTransfer) {
  const { r, s, yParity } = parseSignature(signature);
  const { from, value, validAfter, validBefore, nonce } = authorization;
  return {
    payer: from,
    amountMicroUsd: BigInt(value),
    validAfterUnixSec: BigInt(validAfter),
    validBeforeUnixSec: BigInt(validBefore),
    nonce,
    v: 27 + yParity,
    r,
    s,
  };
}
