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
  'snpVerifier',
  'registry',
  'settlement',
  'stakeVault',
  'logAnchor',
  'topUpTills',
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

function deploy(parameters: string, ...args: string[]): ChildProcess {
  const all = [script, parameters, '--rpc', chain.rpcUrl, ...args];
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--conditions=source', ...all], {
    cwd: dir,
  });
}

const start = (...more: string[]) =>
  deploy(
    'parameters.json',
    '--key-file',
    'key',
    '--journal',
    'journal.json',
    '--out',
    'addresses.json',
    ...more,
  );

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
  'a market is deployed, read back and written down; another run changes nothing; anyone may verify it',
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

    rmSync(join(dir, 'key')); // whoever verifies has none
    const verified = await finish(deploy('parameters.json', '--verify', 'addresses.json'));
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    const other = { ...written.contracts, settlement: written.contracts.registry };
    writeFileSync(join(dir, 'addresses.json'), JSON.stringify({ ...written, contracts: other }));
    const differing = await finish(deploy('parameters.json', '--verify', 'addresses.json'));
    expect(differing.code).toBe(1);
    expect(differing.stdout).toContain('DIFFERS   settlement: code of HearthSettlement');
    expect(await transactionsOf(deployer().address)).toBe(contractNames.length);
  },
  TIMEOUT_MS,
);

// Wherever it is killed (nothing sent yet, sent and not seen), the next run goes on, and no contract is there twice.
test(
  'killed in the middle, it goes on with the same parameters only, and ends with each contract once',
  async () => {
    await runUntil(/^signed .*collateral/);
    await runUntil(/^sent .*stakeVault/);
    const sent = await transactionsOf(deployer().address);

    const parameters = JSON.parse(readFileSync(examplePath, 'utf8'));
    writeFileSync(join(dir, 'parameters.json'), JSON.stringify({ ...parameters, feeBps: 300 }));
    const refused = await finish(start());
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/parametersHash.*\n$/) });
    expect(await transactionsOf(deployer().address)).toBe(sent);

    writeFileSync(join(dir, 'parameters.json'), JSON.stringify(parameters));
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
  TIMEOUT_MS,
);

test(
  'what is wrong with parameters, chain or key is said before anything is sent, and never what is in a key file',
  async () => {
    const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
    const production = readFileSync(examplePath.replace('local', 'production'), 'utf8');
    write('production.json', production.replace('"intel"', '"simulated"'));
    const [, second] = chain.accounts;
    const elsewhere = { network: 'testnet', chainId: 5, token: second?.address };
    write(
      'elsewhere.json',
      JSON.stringify({ ...JSON.parse(readFileSync(examplePath, 'utf8')), ...elsewhere }),
    );
    write('passphrase', 'correct horse battery staple');
    const [simulated, otherChain, wrongKey] = await Promise.all([
      finish(deploy('production.json', '--key-file', 'key')),
      finish(deploy('elsewhere.json', '--key-file', 'key')),
      finish(deploy('parameters.json', '--key-file', 'passphrase')),
    ]);
    const refusedWith = (text: string) => ({ code: 2, stderr: expect.stringContaining(text) });
    expect(simulated).toMatchObject(refusedWith('simulated evidence proves nothing'));
    expect(otherChain).toMatchObject(refusedWith('expected chain 5'));
    expect(wrongKey).toMatchObject(refusedWith('expected a private key'));
    expect(wrongKey.stderr).not.toContain('horse');
    expect(await transactionsOf(deployer().address)).toBe(0);
  },
  TIMEOUT_MS,
);
