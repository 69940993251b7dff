import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { passphraseCheck } from '../../provider-agent/src/host/dashboard/login/passphrase.ts';
import { emberSha256 } from '../market/catalogue.ts';
import { repositoryRoot } from '../market/paths.ts';
import { agentScript } from './agent-home.ts';

const provider = `0x${'a1'.repeat(20)}`;
const registry = `0x${'b2'.repeat(20)}`;
const settlement = `0x${'c3'.repeat(20)}`;

let dir: string;
let gateway: Server;
let gatewayUrl: string;

/** Says what a market says of itself, on the chain that the new home is to settle on. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-set-up-'));
  gateway = createServer((_, response) => {
    const log = { name: 'log.test', publicKey: `0x${'d4'.repeat(32)}` };
    const market = { name: 'test', chainId: 31337, token: registry, registry, settlement, log, feeBps: 200 };
    response.end(JSON.stringify({ ...market, timeMs: Date.now() }));
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => gateway.close(resolve));
});

type Answer = { readonly code: number; readonly stdout: string; readonly stderr: string };

const agent = (...args: string[]): Promise<Answer> => agentWith('', ...args);

function agentWith(stdin: string, ...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [agentScript, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}

type Finding = { thing: string; result: string; found: string; fix?: string };

test('init takes the contracts from the gateway; doctor names everything that is wrong, each with its fix', async () => {
  const config = join(dir, 'home.yaml');
  const closedPort = 'http://127.0.0.1:9';
  const made = await agent(
    ...['init', '--config', config, '--json', '--provider', provider],
    ...['--gateway', gatewayUrl, '--rpc', closedPort],
  );
  expect(made).toMatchObject({ code: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ gasAddress: expect.stringMatching(/^0x[0-9a-f]{40}$/) });
  for (const key of ['gas.key', 'data/node.key']) expect(statSync(join(dir, key)).mode & 0o777).toBe(0o600);

  chmodSync(join(dir, 'gas.key'), 0o644);
  const { code, stdout } = await agent('doctor', '--config', config, '--json');
  const findings = JSON.parse(stdout) as Finding[];
  expect(code).toBe(1);
  const of = (thing: string) => findings.find((finding) => finding.thing === thing);
  expect(of('gas key')).toMatchObject({ result: 'fail', fix: `chmod 600 ${join(dir, 'gas.key')}` });
  expect(of('chain')).toMatchObject({ result: 'fail', found: expect.stringContaining(closedPort) });
  expect(of('model')).toMatchObject({ result: 'ok' });
  expect(of(`gateway ${gatewayUrl}`)).toMatchObject({ result: 'ok' });
  expect(of('trusted execution')).toMatchObject({ result: 'note' });
  for (const { result, fix } of findings) expect(fix === undefined).toBe(result === 'ok');
});

test('doctor without a configuration says how to get one', async () => {
  const { code, stdout } = await agent('doctor', '--config', join(dir, 'none.yaml'));
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAIL {2}configuration: .*none\.yaml does not exist/);
  expect(stdout).toContain('hearth-agent init');
});

test('a model is fetched by name, checked, and comes with what to write into home.yaml', async () => {
  const config = join(dir, 'home.yaml');
  const file = 'provider-agent/models/ember-2m-q8_0.gguf';
  const mirrors = [join(dir, 'no-such-mirror.gguf'), join(repositoryRoot, file)];
  const entry = { name: 'ember', file: 'ember.gguf', sha256: emberSha256, licence: 'Apache-2.0', mirrors };
  const catalogue = join(dir, 'models.json');
  const { size: bytes } = statSync(join(repositoryRoot, file));
  writeFileSync(catalogue, JSON.stringify({ schema: 'hearth-models/1', models: [{ ...entry, bytes }] }));
  const got = await agent('models', 'get', 'ember', '--config', config, '--catalogue', catalogue);
  expect(got).toMatchObject({ code: 0 });
  const path = join(dir, 'models/ember.gguf');
  expect(got.stdout).toMatch(`  model:\n    path: ${JSON.stringify(path)}\n    sha256: ${emberSha256}\n`);
  expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(emberSha256);
  expect(await agent('models', 'get', 'llama', '--catalogue', catalogue)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no llama; the catalogue has ember'),
  });
});

test('a passphrase is kept as a hash that only its owner can read; one that is too short is not taken', async () => {
  const config = join(dir, 'home.yaml');
  const home = readFileSync(config, 'utf8');
  const set = (passphrase: string) => agentWith(`${passphrase}\n`, 'passphrase', '--config', config);
  expect(await set('correct horse battery')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('dashboard.secretsFile'),
  });
  writeFileSync(config, home.replace('port: 7420', 'port: 7420\n  secretsFile: secrets.yaml'));
  expect(await set('too short')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('12 to 256 characters, got 9'),
  });
  expect(await set('correct horse battery')).toMatchObject({ code: 0 });
  const path = join(dir, 'secrets.yaml');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const [, hashed = ''] = /^dashboard_passphrase: (\S+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  expect(hashed).not.toContain('horse');
  expect(await passphraseCheck(hashed)('correct horse battery')).toBe(true);
});
