import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { sha256, toHex } from '@hearth/attestation/receipt';
import { apiKeyResponse, apiKeyStatement, HearthError, routes } from '../protocol/index.ts';
import type { Client } from './context.ts';

/** The API key kept for a gateway, if any. */
export function loadApiKey(stateDir: string, gatewayUrl: string): string | undefined {
  try {
    return readFileSync(keyPath(stateDir, gatewayUrl), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Gets an API key for the client's account, proved by a wallet signature, and keeps it (mode 0600).
 * Does nothing when one is there.
 */
export async function ensureApiKey(client: Client): Promise<void> {
  if (loadApiKey(client.stateDir, client.gateway.url) !== undefined) return;
  const { account } = client;
  if (!account)
    throw new HearthError('invalid_api_key', 'no API key kept for this gateway and no wallet to ask for one');
  const claim = {
    chainId: client.trust.chain.chainId,
    settlement: client.trust.chain.settlement,
    buyer: account.address.toLowerCase() as Hex,
    issuedAtMs: client.now(),
    nonce: toHex(randomBytes(32)),
  };
  const signature = await account.signMessage({ message: apiKeyStatement(claim) });
  const { buyer, issuedAtMs, nonce } = claim;
  const { apiKey } = await client.gateway.post(
    routes.apiKeys,
    { buyer, issuedAtMs, nonce, signature },
    apiKeyResponse,
  );
  mkdirSync(join(client.stateDir, 'api-keys'), { recursive: true, mode: 0o700 });
  writeFileSync(keyPath(client.stateDir, client.gateway.url), `${apiKey}\n`, { mode: 0o600 });
}

function keyPath(stateDir: string, gatewayUrl: string): string {
  const origin = new TextEncoder().encode(gatewayUrl.replace(/\/$/, ''));
  return join(stateDir, 'api-keys', toHex(sha256(origin)).slice(2, 18));
}
