import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { sha256, toHex } from '@hearth/attestation/receipt';
import type { LocalAccount } from 'viem';
import { apiKeyResponse, apiKeyStatement, HearthError, routes, type TrustFile } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { type ApiKeySource, connectGateway } from './gateway.ts';

/** Where a key is kept and what proves the right to another one. */
type KeyRing = {
  readonly gatewayUrl: string;
  readonly stateDir: string;
  readonly trust: TrustFile;
  readonly account: LocalAccount | undefined;
  readonly now: () => number;
};

/** The key on disk; a gateway that lost it (a new database, say) is asked for another, once for all who wait. */
export function keptApiKey(ring: KeyRing): ApiKeySource {
  let renewal: Promise<void> | undefined;
  const current = () => loadApiKey(ring.stateDir, ring.gatewayUrl);
  return {
    current,
    async renew(refused) {
      if (!ring.account) return false;
      if (current() !== refused) return true; // another call, or another process, was faster
      renewal ??= fetchApiKey(ring).finally(() => {
        renewal = undefined;
      });
      await renewal;
      return true;
    },
  };
}

/**
 * Gets an API key for the client's account, proved by a wallet signature, and keeps it (mode 0600).
 * Does nothing when one is there.
 */
export async function ensureApiKey(client: Client): Promise<void> {
  if (loadApiKey(client.stateDir, client.gateway.url) !== undefined) return;
  await fetchApiKey({ ...client, gatewayUrl: client.gateway.url });
}

async function fetchApiKey({ gatewayUrl, stateDir, trust, account, now }: KeyRing): Promise<void> {
  if (!account)
    throw new HearthError('invalid_api_key', 'no API key kept for this gateway and no wallet to ask for one');
  const claim = {
    chainId: trust.chain.chainId,
    settlement: trust.chain.settlement,
    buyer: account.address.toLowerCase() as Hex,
    issuedAtMs: now(),
    nonce: toHex(randomBytes(32)),
  };
  const signature = await account.signMessage({ message: apiKeyStatement(claim) });
  const { buyer, issuedAtMs, nonce } = claim;
  const keyless = connectGateway(gatewayUrl, { current: () => undefined, renew: async () => false });
  const { apiKey } = await keyless.post(
    routes.apiKeys,
    { buyer, issuedAtMs, nonce, signature },
    apiKeyResponse,
  );
  const path = keyPath(stateDir, gatewayUrl);
  mkdirSync(join(stateDir, 'api-keys'), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.${process.pid}.tmp`, `${apiKey}\n`, { mode: 0o600 });
  renameSync(`${path}.${process.pid}.tmp`, path);
}

/** The API key kept for a gateway, if any. */
function loadApiKey(stateDir: string, gatewayUrl: string): string | undefined {
  try {
    return readFileSync(keyPath(stateDir, gatewayUrl), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function keyPath(stateDir: string, gatewayUrl: string): string {
  const origin = new TextEncoder().encode(gatewayUrl.replace(/\/$/, ''));
  return join(stateDir, 'api-keys', toHex(sha256(origin)).slice(2, 18));
}
