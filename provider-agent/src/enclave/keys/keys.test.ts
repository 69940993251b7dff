import { hashKeyConfig, isSignedBy, sha256, toHex } from '@hearth/attestation/receipt';
import { registryDomain } from '@hearth/contracts/typed-data';
import { hpkeKeyId } from '@hearth/sdk/sealed-job';
import { expect, test } from '@jest/globals';
import { EnclaveClock } from './enclave-clock.ts';
import { createEnclaveKey } from './enclave-key.ts';
import { HpkeKeyring } from './hpke-keyring.ts';

const domain = registryDomain(31337, `0x${'22'.repeat(20)}`);

async function keyringAt(startSec: number) {
  const time = { sec: startSec };
  const enclaveKey = createEnclaveKey();
  const clock = new EnclaveClock(() => time.sec * 1000);
  const keyring = await HpkeKeyring.create({
    clock,
    enclaveKey,
    registryDomain: domain,
    suites: [2, 1],
    lifetimeSec: 3600,
  });
  return { time, enclaveKey, keyring };
}

test('the clock never goes back, and follows the host only forward', () => {
  let system = 1000;
  const clock = new EnclaveClock(() => system);
  expect(clock.nowMs()).toBe(1000);
  system = 400;
  expect(clock.nowMs()).toBe(1000);
  clock.hint(5000);
  expect(clock.nowMs()).toBe(5000);
  clock.hint(2000);
  expect(clock.nowMs()).toBe(5000);
});

test('every enclave key is another one, and signs as its address until it is wiped', () => {
  const [first, second] = [createEnclaveKey(), createEnclaveKey()];
  const digest = toHex(sha256(Uint8Array.of(1)));
  expect(first.address).not.toBe(second.address);
  expect(isSignedBy(digest, first.sign(digest), first.address)).toBe(true);
  first.wipe();
  expect(() => first.sign(digest)).toThrow();
});

test('an invalid scalar is never taken as a key', () => {
  const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(32).fill(7)];
  const key = createEnclaveKey(() => draws.shift() as Uint8Array);
  expect(draws).toHaveLength(0);
  expect(key.address).toMatch(/^0x[0-9a-f]{40}$/);
});

test('key configs cover both suites, live an hour at most and are signed by the enclave key', async () => {
  const { keyring, enclaveKey } = await keyringAt(1_000);
  const configs = keyring.keyConfigs();
  expect(configs.map(({ keyConfig }) => keyConfig.suite)).toEqual([2, 1]);
  for (const { keyConfig, publicKey, signature } of configs) {
    const bytes = new Uint8Array(Buffer.from(publicKey, 'base64'));
    expect(keyConfig.keyId).toBe(hpkeKeyId(keyConfig.suite as 1 | 2, bytes));
    expect(keyConfig.pkHash).toBe(toHex(sha256(bytes)));
    expect(keyConfig.notAfterUnixSec - keyConfig.notBeforeUnixSec).toBe(3600n);
    expect(isSignedBy(hashKeyConfig(domain, keyConfig), signature, enclaveKey.address)).toBe(true);
  }
});

test('rotation is due after half a lifetime; two generations live, a third wipes the first', async () => {
  const { keyring, time } = await keyringAt(1_000);
  const [first] = keyring.keyIds();
  time.sec += 1_799;
  expect(keyring.isRotationDue()).toBe(false);
  time.sec += 1;
  expect(keyring.isRotationDue()).toBe(true);
  await keyring.rotate();
  expect(keyring.keyIds()).toHaveLength(4);
  expect(keyring.find(first as `0x${string}`)).toBeDefined();
  time.sec += 1_800;
  await keyring.rotate();
  expect(keyring.keyIds()).toHaveLength(4);
  expect(keyring.find(first as `0x${string}`)).toBeUndefined();
  const sequences = keyring.keyConfigs().map(({ keyConfig }) => keyConfig.sequence);
  expect(sequences).toEqual([3n, 4n, 5n, 6n]);
});
