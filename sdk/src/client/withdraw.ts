import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { HearthError, parseJson, uintString } from '../protocol/index.ts';
import type { Client } from './context.ts';

const intent = z.strictObject({ amountMicroUsd: uintString(96), nonce: uintString(64) });

/**
 * Pays out what no order has locked, to the wallet. With an idempotency key once, however often it is asked for from this state folder:
 * the key is tied to the account's next nonce, which the contract uses up with the payment.
 * @returns hash of the transaction; undefined when the key has been used
 * @throws HearthError `already_exists` for a key used with another amount
 */
export async function withdraw(
  client: Client,
  amountMicroUsd: bigint,
  idempotencyKey?: string,
): Promise<Hex | undefined> {
  const { account, chain } = client;
  if (!account) throw new HearthError('invalid_request', 'withdrawing needs a wallet, and none was given');
  if (idempotencyKey === undefined) return chain.withdraw(amountMicroUsd);
  const { nonce } = await chain.balances(account.address);
  const kept = keep(client, idempotencyKey, { amountMicroUsd, nonce });
  if (kept.amountMicroUsd !== amountMicroUsd)
    throw new HearthError(
      'already_exists',
      `idempotency key: it withdrew ${kept.amountMicroUsd} µUSD, not ${amountMicroUsd}`,
    );
  return kept.nonce === nonce ? chain.withdrawOnce(amountMicroUsd, nonce) : undefined;
}

/** What the key stands for; written down before anything is sent. */
function keep({ stateDir }: Client, key: string, wanted: z.infer<typeof intent>): z.infer<typeof intent> {
  const folder = join(stateDir, 'withdrawals');
  const path = join(folder, `${toHex(sha256(new TextEncoder().encode(key))).slice(2)}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, JSON.stringify(z.encode(intent, wanted)), { flag: 'wx', mode: 0o600, flush: true });
    return wanted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const parsed = intent.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new HearthError('invalid_request', `${path}: what this idempotency key withdrew cannot be read`);
}
