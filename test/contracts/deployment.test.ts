import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPublicClient, http } from 'viem';
import { type Chain, startChain } from '../environment/chain.ts';
import { repositoryRoot } from '../market/paths.ts';

const contractNames = [
  'accessManager',
  'token',
  'collateral',
  'registry',
  'settlement',
  'stakeVault',
  'logAnchor',
];
const script = join(repositoryRoot, 'contracts/scripts/deploy.ts');
const examplePath = join(repositoryRoot, 'contracts/deployments/local.example.json');
const TIMEOUT_MS = 60_000;

let chain: Chain;
let dir: string;
beforeEach(async () => {
  chain = await startChain();
  dir = mkdtempSync(join(tmpdir(), 'hearth-deploy-'));
  writeFileSync(join(dir, 'key'), deployer().privateKey);
  writeFileSync(join(dir, 'parameters.json'), readFileSync(examplePath));
});
afterEach(async () => {
  await chain.stop();
  rmSync(dir, { recursive: true, force: true });
});

function deployer() {
  const [account] = chain.accounts;
  if (account === undefined) throw new Error('expected a funded account');
  return account;
}

function client() {
  return createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 });
}

function start(...more: string[]): ChildProcess {
  const args = [
    script,
    join(dir, 'parameters.json'),
    ...['--rpc', chain.rpcUrl, '--key-file', join(dir, 'key')],
    ...['--journal', join(dir, 'journal.json'), '--out', join(dir, 'addresses.json')],
    ...more,
  ];
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--conditions=source', ...args], {
    cwd: dir,
  });
}

async function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

/** Runs until a line matches, then kills without warning. */
async function runUntil(line: RegExp): Promise<void> {
  const child = start();
  const ended = new Promise((resolve) => child.on('close', resolve));
  if (!child.stdout) throw new Error('expected a pipe');
  for await (const said of createInterface({ input: child.stdout })) if (line.test(said)) break;
  child.kill('SIGKILL');
  await ended;
}

const addresses = () => JSON.parse(readFileSync(join(dir, 'addresses.json'), 'utf8'));
const transactionsOf = (address: `0x${string}`) => client().getTransactionCount({ address });

test(
  'a market is deployed, read back and written down, and another run changes nothing',
  async () => {
    const first = await finish(start());
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).not.toContain('DIFFERS');
    const written = addresses();
    expect(Object.keys(written.contracts).sort()).toEqual([...contractNames].sort());
    expect(written).toMatchObject({
      network: 'local',
      chainId: 31_337,
      simulated: true,
      deploymentBlock: '1',
    });
    expect(await transactionsOf(deployer().address)).toBe(contractNames.length);

    const second = await finish(start('--json'));
    expect(second.code).toBe(0);
    const document = JSON.parse(second.stdout);
    expect(document.contracts).toEqual(written.contracts);
    expect(document.checks.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
    expect(await transactionsOf(deployer().address)).toBe(contractNames.length);
  },
  TIMEOUT_MS,
);

// Wherever it is killed (nothing sent yet, sent and not seen, seen), the next run goes on, and no contract is there twice.
test(
  'killed again and again in the middle, it ends with each contract once',
  async () => {
    for (const line of [
      /^signed .*accessManager/,
      /^sent .*collateral/,
      /^deployed .*registry/,
      /^signed .*stakeVault/,
    ])
      await runUntil(line);
    const { code, stdout } = await finish(start());
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('found     accessManager'),
    });
    expect(await transactionsOf(deployer().address)).toBe(contractNames.length);
    const codes = await Promise.all(
      Object.values(addresses().contracts).map((address) =>
        client().getCode({ address: address as `0x${string}` }),
      ),
    );
    expect(codes.every((code) => code !== undefined)).toBe(true);
  },
  2 * TIMEOUT_MS,
);

test(
  'a journal of other parameters is refused, and nothing is sent',
  async () => {
    await runUntil(/^deployed .*accessManager/);
    const sent = await transactionsOf(deployer().address);
    const parameters = JSON.parse(readFileSync(examplePath, 'utf8'));
    writeFileSync(join(dir, 'parameters.json'), JSON.stringify({ ...parameters, feeBps: 300 }));
    const { code, stderr } = await finish(start());
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/parametersHash.*\n$/) });
    expect(await transactionsOf(deployer().address)).toBe(sent);
  },
  TIMEOUT_MS,
);

test(
  'a journal of another chain is refused: what it says is deployed is not there',
  async () => {
    expect((await finish(start())).code).toBe(0);
    await chain.stop();
    chain = await startChain();
    const { code, stderr } = await finish(start());
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('there is no code') });
    expect(await transactionsOf(deployer().address)).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'an endpoint of another chain than the parameters say is refused',
  async () => {
    await chain.stop();
    chain = await startChain({ chainId: 31_338 });
    const { code, stderr } = await finish(start());
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('expected chain 31337') });
    expect(await transactionsOf(deployer().address)).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'production parameters with a simulated vendor never reach the chain',
  async () => {
    const production = readFileSync(examplePath.replace('local', 'production'), 'utf8');
    writeFileSync(join(dir, 'parameters.json'), production.replace('"intel"', '"simulated"'));
    const { code, stderr } = await finish(start());
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('simulated evidence proves nothing'),
    });
    expect(await transactionsOf(deployer().address)).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'a wrong key file is refused without a word of its content',
  async () => {
    writeFileSync(join(dir, 'key'), 'correct horse battery staple');
    const { code, stderr } = await finish(start());
    expect(code).toBe(2);
    expect(stderr).toContain('expected a private key');
    expect(stderr).not.toContain('horse');
  },
  TIMEOUT_MS,
);
