import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { policy, type TrustFile, trustFile } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { privateKeyOf } from '../market/accounts.ts';
import { developmentPolicy, type Market } from '../market/market.ts';

/** What `hearth chat`, `sidecar`, `order` and `verify` find in `.hearth/` while the demo is up. */
export function writeBuyerFiles(dir: string, market: Market): void {
  rmSync(buyerStateDir(dir), { recursive: true, force: true }); // orders of an earlier chain are gone with it
  writeTrustFile(dir, market.trust);
  writeFileSync(join(dir, 'buyer.key'), `${privateKeyOf(market.chain, 'buyer')}\n`, { mode: 0o600 });
  writeJson(join(dir, 'client.json'), {
    schema: 'hearth-client/1',
    gatewayUrl: market.gatewayUrl,
    trustFile: 'trust.json',
    walletKeyFile: 'buyer.key',
    stateDir: 'buyer',
    policy: z.encode(policy, developmentPolicy(market.trust)),
  });
}

/** The auditor's anchors. What was seen on the chain stays in it, because this chain ends with its process. */
export function writeTrustFile(dir: string, trust: TrustFile): void {
  writeJson(join(dir, 'trust.json'), z.encode(trustFile, trust));
}

export function buyerStateDir(dir: string): string {
  return join(dir, 'buyer');
}

function writeJson(path: string, json: unknown): void {
  writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600 });
}
