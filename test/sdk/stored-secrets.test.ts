import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import { chat, closeSession, ensureApiKey, resumeOrder, startSidecar } from '@hearth/sdk';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { storageWarning, storedSecrets } from '../../sdk/src/client/stored-secrets.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';

const passphrase = 'correct horse battery';
let world: BuyerWorld;
beforeEach(async () => {
  world = await openBuyerWorld();
});
afterEach(() => world.stop());

/** Everything below a folder, as one text. */
function allBytes(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

test('a passphrase seals what lay in clear, jobs go on, and no copy of a key is left', async () => {
  const before = world.session();
  await chat(before, ask());
  closeSession(before);
  const key = toHex(world.keys.session.privateKey).slice(2);
  const apiKey = [...world.gateway.apiKeys][0] as string;
  expect(allBytes(world.stateDir)).toContain(key);
  const leftOver = join(world.stateDir, 'orders', `${world.orderHash}.json.4194303.tmp`);
  writeFileSync(leftOver, key); // of a process that a crash ended

  const client = world.client({ passphrase });
  expect(existsSync(leftOver)).toBe(false);
  expect(allBytes(world.stateDir)).not.toContain(key);
  expect(allBytes(world.stateDir)).not.toContain(apiKey);
  expect(storedSecrets(world.stateDir).map(({ isSealed }) => isSealed)).toEqual([true, true]);
  expect(storageWarning(client)).toBeUndefined();
  const session = resumeOrder(client, world.orderHash);
  const { result } = await chat(session, ask());
  expect(result.receipt.settlement.sequence).toBe(2n); // it knows of the first job
  closeSession(session);
  expect(allBytes(world.stateDir)).not.toContain(key);
  expect(() => world.client()).toThrow('its secrets are encrypted');
  expect(() => resumeOrder(world.client({ passphrase: 'another passphrase' }), world.orderHash)).toThrow(
    'this is not its passphrase',
  );
});

test('an order that another process holds in clear is sealed when it is next opened, and named until then', () => {
  const holder = world.session();
  const client = world.client({ passphrase });
  expect(storageWarning(client)).toContain('1 secrets');
  closeSession(holder);
  closeSession(resumeOrder(client, world.orderHash));
  expect(storageWarning(client)).toBeUndefined();
});

test('without a passphrase the sidecar says so, and folders that others may look into are closed to them', async () => {
  const folder = join(world.stateDir, 'api-keys');
  chmodSync(folder, 0o755);
  const client = world.client();
  await ensureApiKey(client);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const session = world.session(client);
  const sidecar = await startSidecar({ session, port: 0 });
  expect(await (await fetch(`${sidecar.url}/status`)).text()).toContain('2 secrets');
  await sidecar.stop();
});
