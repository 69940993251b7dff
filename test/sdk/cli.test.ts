import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import { policy } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { type Ended, hearthHere, runHearth } from './run-hearth.ts';

let dir: string;
let world: BuyerWorld;
let walletKey: string;
beforeAll(async () => {
  world = await openBuyerWorld();
  dir = mkdtempSync(join(tmpdir(), 'hearth-cli-'));
  walletKey = toHex(world.keys.buyer.privateKey);
  writeFileSync(join(dir, 'wallet.key'), walletKey);
  const trust = { ...world.trust, chain: { ...world.trust.chain, rpcUrl: 'http://127.0.0.1:9' } };
  writeFileSync(join(dir, 'trust.json'), JSON.stringify(trust));
  const config = {
    schema: 'hearth-client/1',
    gatewayUrl: world.gateway.url,
    trustFile: 'trust.json',
    walletKeyFile: 'wallet.key',
    stateDir: 'state',
    policy: z.encode(policy, world.policy),
  };
  writeFileSync(join(dir, 'client.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'bad-wallet.json'), JSON.stringify({ ...config, walletKeyFile: 'client.json' }));
  mkdirSync(join(dir, 'state'));
});
afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

const hearth = (...args: string[]) => hearthHere(dir, ...args);
const isOneLine = (text: string) => /^[^\n]+\n$/.test(text);
const isQuiet = ({ stdout, stderr }: Ended) => {
  expect(stdout + stderr).not.toMatch(/\n\s+at .+:\d+/); // no stack
  expect(stdout + stderr).not.toContain(walletKey.slice(2, 20));
};

const everyCommand =
  'verify bundle evidence audit chain chat sidecar order deposit withdraw passphrase witness'.split(' ');

test('the list of commands names them all', async () => {
  const { stdout } = await hearth('--help');
  expect([...stdout.matchAll(/^ {2}hearth (\w+) +\w/gm)].map(([, name]) => name)).toEqual(everyCommand);
});

test.each(everyCommand)('hearth %s --help says how it is called', async (name) => {
  const ended = await hearth(name, '--help');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(new RegExp(`^hearth ${name}\\b`));
});

test('a passphrase seals what is kept, is needed from then on, and can be changed', async () => {
  const config = JSON.parse(readFileSync(join(dir, 'client.json'), 'utf8'));
  const sealed = { ...config, stateDir: 'sealed', passphraseFile: 'words' };
  writeFileSync(join(dir, 'sealed.json'), JSON.stringify(sealed));
  writeFileSync(join(dir, 'bare.json'), JSON.stringify({ ...config, stateDir: 'sealed' }));
  mkdirSync(join(dir, 'sealed/api-keys'), { recursive: true });
  writeFileSync(join(dir, 'sealed/api-keys/00aa'), 'an API key\n');
  const bare = await hearth('passphrase', '--config', 'bare.json');
  expect([bare.code, bare.stdout]).toEqual([0, expect.stringContaining('0 of 1 secrets')]);
  expect(bare.stderr).toContain('lie in clear');

  writeFileSync(join(dir, 'words'), 'four words and more\n', { mode: 0o644 });
  expect((await hearth('passphrase', '--config', 'sealed.json')).stderr).toContain('others may read it');
  chmodSync(join(dir, 'words'), 0o600);
  const state = JSON.parse((await hearth('passphrase', '--config', 'sealed.json', '--json')).stdout);
  expect(state).toMatchObject({
    isEncrypted: true,
    secrets: [{ kind: 'API key', isSealed: true }],
    warning: null,
  });
  expect(readFileSync(join(dir, 'sealed/api-keys/00aa'), 'utf8')).toMatch(/^sealed:/);
  expect((await hearth('passphrase', '--config', 'bare.json')).stderr).toContain('give the passphrase');

  writeFileSync(join(dir, 'next'), 'quite other words\n', { mode: 0o600 });
  const change = ['passphrase', 'change', '--to', join(dir, 'next'), '--config', 'sealed.json'];
  expect((await hearth(...change)).stdout).toContain('changed; 1 of 1 secrets');
  expect((await hearth(...change)).stderr).toContain('this is not its passphrase');
});

test.each([
  [['chat', '--config', 'client.json'], 'expected a prompt'],
  [['chat', 'hi', '--temperature', 'warm'], '--temperature'],
  [['chat', 'hi', '--max-tokens', '0'], '--max-tokens'],
  [['chat', 'hi', '--order', '0x12'], '--order'],
  [['chat', 'hi', '--unknown'], '--unknown'],
  [['sidecar', '--port', '70000'], '--port'],
  [['sidecar', '--max-spend', '1.5'], '--max-spend'],
  [['order'], 'expected open, top-up, list, close or refund, got nothing'],
  [['order', 'burn'], 'got burn'],
  [['order', 'close'], 'expected an order hash'],
  [['order', 'open'], '--max-spend'],
  [['order', 'open', '--max-spend', '1', '--hours', '-1'], '--hours'],
  [['order', 'list', 'more'], 'more than it takes'],
  [['deposit'], 'expected a whole number of µUSD'],
  [['deposit', '1', '2'], 'expected one amount'],
  [['verify'], 'expected one bundle file'],
  [['toString'], 'expected a command'],
  [[], 'expected a command'],
])('wrong usage is exit code 2 and one line: hearth %j', async (args, sentence) => {
  const ended = await hearth(...args);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toContain(sentence);
  expect(isOneLine(ended.stderr)).toBe(true);
  isQuiet(ended);
});

test.each([
  [['chat', 'hi', '--config', 'none.json'], 'invalid_request', 'none.json'],
  [['chat', 'hi', '--config', 'wallet.key'], 'invalid_request', 'it is not JSON'],
  [['chat', 'hi', '--config', 'bad-wallet.json'], 'invalid_request', 'wallet key file'],
  [['chat', 'hi', '--config', 'client.json'], 'not_found', 'hearth order open'],
  [['chat', 'hi', '--config', 'client.json', '--order', `0x${'00'.repeat(32)}`], 'not_found', 'no file'],
  [['order', 'open', '--max-spend', '1', '--config', 'client.json'], 'internal', 'HTTP request failed'],
  [['deposit', '1', '--config', 'client.json'], 'internal', 'HTTP request failed'],
  [['verify', 'none.json', '--trust', 'trust.json'], 'invalid_request', 'none.json'],
  [['verify', 'wallet.key', '--trust', 'trust.json'], 'invalid_request', 'it is not JSON'],
])('a failure is one line, or one JSON document: hearth %j', async (args, code, sentence) => {
  const plain = await hearth(...args);
  const json = await hearth(...args, '--json');
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toContain(`${code}: `);
  expect(plain.stderr).toContain(sentence);
  expect(isOneLine(plain.stderr)).toBe(true);
  expect(json).toMatchObject({ code: 1, stderr: '' });
  expect(isOneLine(json.stdout)).toBe(true);
  const { error } = JSON.parse(json.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) });
  isQuiet(plain);
  isQuiet(json);
});

test('wrong usage with --json is one JSON document as well', async () => {
  const ended = await hearth('order', 'burn', '--json');
  expect(ended).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'invalid_request' } });
});

test('no orders are an empty list', async () => {
  const plain = await hearth('order', 'list', '--config', 'client.json');
  const json = await hearth('order', 'list', '--config', 'client.json', '--json');
  expect(plain.stdout).toContain('no orders kept here');
  expect(JSON.parse(json.stdout)).toEqual({ orders: [] });
});

test('a process ends with the exit code, and says on its streams what the command said', async () => {
  const [help, wrong] = await Promise.all([runHearth(dir, '--help'), runHearth(dir, 'order', 'burn')]);
  expect(help).toEqual(await hearth('--help'));
  expect(wrong).toEqual(await hearth('order', 'burn'));
  expect([help.code, wrong.code]).toEqual([0, 2]);
});
