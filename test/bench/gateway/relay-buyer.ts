import { randomBytes } from 'node:crypto';
import { fromHex, type Hex, hashLeaseRequest, signDigest, toHex } from '@hearth/attestation/receipt';
import { type LeaseRequest, marketDomain } from '@hearth/contracts/typed-data';
import type { Session } from '@hearth/sdk';
import {
  ANY_REGION,
  apiKeyResponse,
  apiKeyStatement,
  type Checkpoint,
  checkpointResponse,
  errorResponse,
  HearthError,
  isErrorCode,
  type LeaseGrant,
  leaseGrant,
  leaseRequestBody,
  routes,
  verifyCheckpoint,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { accountOf } from '../../market/accounts.ts';
import type { Market } from '../../market/market.ts';

const HOLD_PICO_USD = 100_000_000_000n;

/** The buyer over plain HTTP, where the bench needs the pieces that the SDK keeps to itself: API key and lease. */
export class RelayBuyer {
  private readonly market: Market;

  constructor(market: Market) {
    this.market = market;
  }

  async apiKey(): Promise<string> {
    const { chain, contracts } = this.market;
    const account = accountOf(chain, 'buyer');
    const buyer = account.address.toLowerCase();
    const [issuedAtMs, nonce] = [Date.now(), toHex(randomBytes(32))];
    const { chainId } = chain;
    const statement = apiKeyStatement({
      chainId,
      settlement: contracts.settlement,
      buyer,
      issuedAtMs,
      nonce,
    });
    const signature = await account.signMessage({ message: statement });
    return apiKeyResponse.parse(await this.call(routes.apiKeys, { buyer, issuedAtMs, nonce, signature }))
      .apiKey;
  }

  async checkpoint(): Promise<Checkpoint> {
    const { note } = checkpointResponse.parse(await this.call(routes.checkpoint));
    const [logKey] = this.market.trust.logKeys;
    if (logKey === undefined) throw new Error('trust file: no log key');
    return verifyCheckpoint(note, logKey.publicKey);
  }

  async lease(
    { file: { record } }: Session,
    modelDigest: Hex,
    apiKey: string,
    checkpoint?: Checkpoint,
  ): Promise<LeaseGrant> {
    const { order, orderHash, sessionPrivateKey } = record;
    const { treeSize, root } = checkpoint ?? (await this.checkpoint());
    const request: LeaseRequest = {
      orderHash,
      modelDigest,
      policyHash: order.policyHash,
      regionsHash: ANY_REGION,
      minTier: 0,
      class: 0,
      contextTokens: 100,
      maxPriceInput: order.maxPriceInput,
      maxPriceCachedInput: order.maxPriceCachedInput,
      maxPriceOutput: order.maxPriceOutput,
      holdPicoUsd: HOLD_PICO_USD,
      checkpointSize: BigInt(treeSize),
      checkpointRoot: root,
      requestedAtMs: BigInt(Date.now()),
      salt: toHex(randomBytes(32)),
    };
    const { chain, contracts } = this.market;
    const digest = hashLeaseRequest(marketDomain(chain.chainId, contracts.settlement), request);
    const signature = signDigest(digest, fromHex(sessionPrivateKey));
    const body = z.encode(leaseRequestBody, { request, signature, regions: [] });
    const answer = await this.call(routes.leases, body, apiKey);
    return z.decode(leaseGrant, answer as z.input<typeof leaseGrant>);
  }

  private async call(path: string, body?: unknown, apiKey?: string): Promise<unknown> {
    const response = await fetch(this.market.gatewayUrl + path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
    });
    const json: unknown = await response.json();
    if (response.ok) return json;
    const { code, message } = errorResponse.parse(json).error;
    throw new HearthError(isErrorCode(code) ? code : 'internal', `${path}: ${message}`);
  }
}
