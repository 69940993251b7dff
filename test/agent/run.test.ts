import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FromAgent, modelDigest, modelManifest } from '@hearth/sdk/protocol';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { EscrowWorld } from '../backend/escrow-world.ts';
import { identifyProcess, waitUntilGone } from '../environment/process-identity.ts';
import { clientsOf } from '../market/accounts.ts';
import { emberPath, emberSha256 } from '../market/catalogue.ts';
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
import { JOB_CAP_PICO_USD, ScriptedJob, sealJob } from './scripted-buyer.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

jest.setTimeout(120_000);

const model = modelManifest.parse(
  JSON.parse(readFileSync('provider-agent/dist/model-manifest.json', 'utf8')),
);
/** The same weights under another name are another model: two that cost no second download. */
const otherModel = { ...model, name: 'ember-by-another-name' };
const ROOMY_ORDER = {
  maxSpendMicroUsd: 1_000_000n,
  maxSpendPerEnclaveMicroUsd: 1_000_000n,
  maxPriceInput: 1_000_000_000n,
  maxPriceCachedInput: 1_000_000_000n,
  maxPriceOutput: 1_000_000_000n,
};

let world: EscrowWorld;
let gateway: ScriptedGateway;
const homes: AgentHome[] = [];
const agents: Agent[] = [];

beforeAll(async () => {
  world = await EscrowWorld.start();
  gateway = await ScriptedGateway.start();
  gateway.sells({ model });
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

const asks = (message: FromAgent, name: string, isPriced: (multiplierPpm: number) => boolean): boolean =>
  message.type === 'ask' &&
  message.message.body.model === name &&
  isPriced(message.message.body.multiplierPpm);

test('run: two models are sold in turn; a killed enclave comes back as a new one; one signal stops everything', async () => {
  const market = await ScriptedGateway.start(); // of its own: at the shared one the links of other homes wait
  for (const each of [model, otherModel]) market.sells({ model: each });
  const otherModels = [{ path: emberPath, sha256: emberSha256, name: otherModel.name }];
  const home = configureHome(world, market.url, { otherModels });
  homes.push(home);
  const agent = await start(home, 'run');
  const enclave = await processStarted(agent, 'enclave');
  const host = await processStarted(agent, 'host');
  await enrolWhenAsked(home, agent);
  const first = await nextState(agent, 'ready');
  await sellsItsModelsInTurn(market, agent);

  process.kill(Number(enclave['pid']), 'SIGKILL');
  const second = await processStarted(agent, 'enclave');
  expect(second['pid']).not.toBe(enclave['pid']);
  await enrolWhenAsked(home, agent);
  const ready = await agent.events.take(
    ({ state, enclaveKey }) => state === 'ready' && enclaveKey !== first['enclaveKey'],
  );
  expect(ready['model']).toBe(model.name);

  agent.kill('SIGTERM');
  expect(await agent.exited).toBe(0);
  expect([second['pid'], host['pid']].filter(isAlive)).toEqual([]);
  await market.stop();
});

/** A job for the one that is not in memory loads it, and only one is for sale while a slot is sold. */
async function sellsItsModelsInTurn(market: ScriptedGateway, agent: Agent): Promise<void> {
  const link = await market.links.take();
  const statements = [await link.takeOf('enclave'), await link.takeOf('enclave')];
  expect(statements.map(({ statement }) => statement.model.name)).toEqual([model.name, otherModel.name]);
  const [first, second] = [(await link.takeOf('ask')).message.body, (await link.takeOf('ask')).message.body];
  expect([first.model, second.model]).toEqual([model.name, otherModel.name]);
  expect(first.multiplierPpm).toBe(900_000);
  expect(second.multiplierPpm).toBeGreaterThan(900_000); // what the change costs

  const opened = await world.openOrder(ROOMY_ORDER);
  const buyer = { orderHash: opened.orderHash, sessionKey: opened.order.sessionKey };
  const { lease } = await market.grant(link, second, buyer, JOB_CAP_PICO_USD);
  link.say(market.signOffer(market.offerOf(first, buyer, JOB_CAP_PICO_USD)));
  expect((await link.takeOf('reject')).message.body.reason).toBe('model_not_loaded');

  const { statement } = statements[1] as (typeof statements)[number];
  const changes = { cumulativeCapPicoUsd: JOB_CAP_PICO_USD };
  const request = await sealJob(world, opened, lease, statement, changes);
  const job = new ScriptedJob(market, link, lease.leaseId, request);
  expect(await job.toEnd()).toEqual({ kind: 'end' });
  expect(job.receipt.execution.modelDigest).toBe(modelDigest(otherModel));
  expect(await nextState(agent, 'model-loading')).toMatchObject({ note: otherModel.name });
  expect(await nextState(agent, 'model-loaded')).toMatchObject({ model: otherModel.name });
  // The asks change places: the one in memory is asked for at the owner's price, the other one carries the change.
  await link.control.take((message) => asks(message, otherModel.name, (ppm) => ppm === 900_000));
  await link.control.take((message) => asks(message, model.name, (ppm) => ppm > 900_000));
}

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
