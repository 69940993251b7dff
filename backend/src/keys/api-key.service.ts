import { type apiKeyRequest, type apiKeyResponse, apiKeyStatement, HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recoverMessageAddress } from 'viem';
import type { z } from 'zod';
import { ApiKeyVerifier, type Principal } from '../platform/access.ts';
import { ChainClient } from '../platform/chain-client.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Random } from '../platform/random.ts';
import { TokenBucket } from '../platform/token-bucket.ts';
import { apiKeySha256, createApiKey } from './api-key.ts';
import { PrincipalCache } from './principal-cache.ts';

type ApiKeyRequest = z.output<typeof apiKeyRequest>;

const statementLifetimeMs = 5 * 60_000;

/** Issues API keys to accounts that sign for them, and recognises them. */
@Injectable()
export class ApiKeyService extends ApiKeyVerifier {
  private readonly cache = new PrincipalCache();
  /** Anyone may send a wrong signature, and each costs a call to the chain's endpoint. */
  private readonly contractChecks = new TokenBucket({ burst: 20, perSecond: 5 }, 0);

  constructor(
    private readonly dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly client: ChainClient,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    super();
  }

  /** @throws HearthError `invalid_request` (time), `invalid_signature`, `already_exists` (nonce) */
  async issue(request: ApiKeyRequest): Promise<z.input<typeof apiKeyResponse>> {
    const ageMs = this.clock.nowMs() - request.issuedAtMs;
    if (Math.abs(ageMs) > statementLifetimeMs)
      throw new HearthError(
        'invalid_request',
        `api key statement: expected one of the last 5 minutes, got ${ageMs} ms old`,
      );
    await this.assertSigned(request);
    const key = createApiKey(this.random);
    const added: unknown[] = await this.dataSource.query(
      `INSERT INTO api_key (key_id, chain_ref, owner, key_sha256, nonce, issued_at_ms)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chain_ref, owner, nonce) DO NOTHING RETURNING key_id`,
      [key.keyId, this.chain.ref, request.buyer, key.sha256, request.nonce, request.issuedAtMs],
    );
    if (added.length === 0)
      throw new HearthError('already_exists', `api key statement: nonce ${request.nonce} was used before`);
    return { apiKey: key.text, keyId: key.keyId };
  }

  override async verify(bearerToken: string): Promise<Principal | undefined> {
    const sha256 = apiKeySha256(bearerToken);
    const known = this.cache.find(sha256, this.clock.nowMs());
    if (known !== undefined) return known;
    const rows: { key_id: string; owner: string }[] = await this.dataSource.query(
      `SELECT key_id, owner FROM api_key WHERE key_sha256 = $1 AND chain_ref = $2`,
      [sha256, this.chain.ref],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const principal = { keyId: row.key_id, ownerId: row.owner };
    this.cache.keep(sha256, principal, this.clock.nowMs());
    return principal;
  }

  /** An EOA's signature is recovered here; anything else may be a contract's, which only the chain can judge (ERC-1271, ERC-6492). */
  private async assertSigned(request: ApiKeyRequest): Promise<void> {
    const { buyer, signature } = request;
    const message = apiKeyStatement({
      chainId: this.chain.chainId,
      settlement: (this.chain.marketDomain.verifyingContract as string).toLowerCase(),
      buyer,
      issuedAtMs: request.issuedAtMs,
      nonce: request.nonce,
    });
    const recovered = await recoverMessageAddress({ message, signature }).catch(() => undefined);
    if (recovered?.toLowerCase() === buyer) return;
    if (!this.contractChecks.take(this.clock.nowMs()))
      throw new HearthError('rate_limited', 'too many statements wait for the chain to check them');
    const byContract = await this.client.rpc
      .verifyMessage({ address: buyer, message, signature })
      .catch((cause: unknown) => {
        throw new HearthError('unavailable', 'the signature could not be checked on the chain', { cause });
      });
    if (!byContract)
      throw new HearthError('invalid_signature', `api key statement: expected a signature by ${buyer}`);
  }
}
