import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { EscrowWorld } from '../backend/escrow-world.ts';
import { identifyProcess, waitUntilGone } from '../environment/process-identity.ts';
import { clientsOf } from '../market/accounts.ts';
import { startProcess } from '../market/managed-process.ts';
import {
  type Agent,
  type AgentHome,
  agentScript,
  configureHome,
  enrolWhenAsked,
  nextState,
  startAgent,
} from './agent-home.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

jest.setTimeout(120_000);

let world: EscrowWorld;
let gateway: ScriptedGateway;
const homes: AgentHome[] = [];
const agents: Agent[] = [];

beforeAll(async () => {
  world = await EscrowWorld.start();
  gateway = await ScriptedGateway.start();
  gateway.sells({ model: JSON.parse(readFileSync('provider-agent/dist/model-manifest.json', 'utf8')) });
});

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

afterAll(async () => {
  await gateway?.stop();
  await world?.stop();
  for (const { dir } of homes) rmSync(dir, { recursive: true, force: true });
});

function newHome(changes: Parameters<typeof configureHome>[2] = {}): AgentHome {
  const home = configureHome(world, gateway.url, changes);
  homes.push(home);
  return home;
}

async function start(home: AgentHome, command: 'run' | 'host' | 'enclave'): Promise<Agent> {
  const agent = await startAgent(home, command);
  agents.push(agent);
  return agent;
}

const processStarted = (agent: Agent, name: string) =>
  agent.events.take(({ state, process }) => state === 'process-started' && process === name);

/** A zombie that nobody reaps does not count: it has no command line any more. */
function isAlive(pid: unknown): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

test('run: a killed enclave comes back as a new one, and one signal stops everything', async () => {
  const home = newHome();
  const agent = await start(home, 'run');
  const enclave = await processStarted(agent, 'enclave');
  const host = await processStarted(agent, 'host');
  await enrolWhenAsked(home, agent);
  const first = await nextState(agent, 'ready');

  process.kill(Number(enclave['pid']), 'SIGKILL');
  const second = await processStarted(agent, 'enclave');
  expect(second['pid']).not.toBe(enclave['pid']);
  await enrolWhenAsked(home, agent);
  const ready = await nextState(agent, 'ready');
  expect(ready['enclaveKey']).not.toBe(first['enclaveKey']);

  agent.kill('SIGTERM');
  expect(await agent.exited).toBe(0);
  expect([second['pid'], host['pid']].filter(isAlive)).toEqual([]);
});

test('run: after kill -9 the host has stopped by itself, and the next run ends the enclave that was left', async () => {
  const home = newHome();
  const agent = await start(home, 'run');
  const enclave = await processStarted(agent, 'enclave');
  await processStarted(agent, 'host');
  await nextState(agent, 'enrolment-needed');
  agent.kill('SIGKILL');
  await agent.exited;

  const left = identifyProcess(Number(enclave['pid']));
  const next = await start(home, 'run');
  expect((await nextState(next, 'warning'))['message']).toContain('a killed predecessor');
  // It has had its SIGKILL; the kernel may still be taking its memory apart.
  expect(left && (await waitUntilGone(left, 10_000))).toBe(true);
  await nextState(next, 'enrolment-needed');
});

test('an empty gas key is named with its address and what it needs, and registration goes on when it is filled', async () => {
  const gasKey = generatePrivateKey();
  const address = privateKeyToAddress(gasKey);
  const home = newHome({ gasKey });
  await start(home, 'enclave');
  const host = await start(home, 'host');
  await enrolWhenAsked(home, host);
  const warning = await nextState(host, 'gas_key_empty');
  expect(warning).toMatchObject({ address: address.toLowerCase(), balanceWei: '0' });
  await clientsOf(world.chain, 'operator').walletClient.sendTransaction({
    to: address,
    value: parseEther('1'),
  });
  await nextState(host, 'registered');
});

test('a second host on one data directory is refused: it would sell the same slots', async () => {
  const home = newHome();
  const host = await start(home, 'host');
  await nextState(host, 'starting');
  const second = await start(home, 'host');
  expect(await second.exited).toBe(1);
  expect(readFileSync(second.logFile, 'utf8')).toMatch(/data_dir_locked: .*host\.lock: process \d+ uses/);
});

test.each([
  [['run'], 1, /config_missing: .*home\.yaml does not exist\.\n {2}Create one with: {2}hearth-agent init/],
  [['enrol', '--data', '/nonexistent'], 1, /enrolment_missing: .*Start `hearth-agent run` first/],
  [['init'], 2, /usage: init: give --provider/],
  [['dance'], 2, /unknown command dance/],
])('%j says what is missing and what to do', async (args, code, text) => {
  const home = newHome();
  const agent = await startProcess({
    name: 'cli',
    args: [
      agentScript,
      ...args,
      ...(args[0] === 'run' ? ['--config', join(home.dir, 'none', 'home.yaml')] : []),
    ],
    logDir: home.dir,
  });
  expect(await agent.exited).toBe(code);
  expect(readFileSync(agent.logFile, 'utf8')).toMatch(text);
});
