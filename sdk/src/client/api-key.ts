import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { sha256, toHex } from '@hearth/attestation/receipt';
import type { LocalAccount } from 'viem';
import { apiKeyResponse, apiKeyStatement, HearthError, routes, type TrustFile } from '../protocol/index.ts';
import { readSecret, writeSecret } from '../store/secret-file.ts';
import type { Secrets } from '../store/secrets.ts';
import type { Client } from './context.ts';
import { type ApiKeySource, connectGateway, isUnreachable } from './gateway.ts';

/** Where a key is kept and what proves the right to another one. */
type KeyRing = {
  readonly gatewayUrl: string;
  readonly stateDir: string;
  readonly secrets: Secrets;
  readonly trust: TrustFile;
  readonly account: LocalAccount | undefined;
  readonly now: () => number;
};

/** The key on disk; a gateway that lost it (a new database, say) is asked for another, once for all who wait. */
export function keptApiKey(ring: KeyRing): ApiKeySource {
  let renewal: Promise<void> | undefined;
  const current = () => loadApiKey(ring);
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
 * Gets an API key of each gateway for the client's account, proved by a wallet signature, and keeps it (mode 0600). Does
 * nothing where one is there; where only some gateways give one, the others are asked again when they are needed.
 */
export async function ensureApiKey(client: Client): Promise<void> {
  const wanting = client.gatewayUrls.filter((gatewayUrl) => !loadApiKey({ ...client, gatewayUrl }));
  const fetched = await Promise.allSettled(
    wanting.map((gatewayUrl) => fetchApiKey({ ...client, gatewayUrl })),
  );
  const failed = fetched.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failed.length < client.gatewayUrls.length) return;
  throw failed.find((error) => !isUnreachable(error)) ?? failed[0];
}

async function fetchApiKey(ring: KeyRing): Promise<void> {
  const { gatewayUrl, secrets, trust, account, now } = ring;
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
  writeSecret(keyPath(ring), apiKey, secrets);
}

/** The API key kept for a gateway, if any. */
function loadApiKey(ring: Pick<KeyRing, 'gatewayUrl' | 'stateDir' | 'secrets'>): string | undefined {
  return readSecret(keyPath(ring), ring.secrets);
}

function keyPath({ stateDir, gatewayUrl }: Pick<KeyRing, 'gatewayUrl' | 'stateDir'>): string {
  const origin = new TextEncoder().encode(gatewayUrl.replace(/\/$/, ''));
  return join(stateDir, 'api-keys', toHex(sha256(origin)).slice(2, 18));
}
