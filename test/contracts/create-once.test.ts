import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestClient, type Hex, http, sha256, stringToHex } from 'viem';
import { createOnce, type DeploymentEvent } from '../../contracts/bindings/deployment/create-once.ts';
import { deployContracts } from '../../contracts/bindings/deployment/deploy-contracts.ts';
import { type Journal, memoryJournal } from '../../contracts/bindings/deployment/journal.ts';
import type { DeploymentSettings } from '../../contracts/bindings/deployment/settings.ts';
import { verifyDeployment } from '../../contracts/bindings/deployment/verify-deployment.ts';
import { testUsdBytecode } from '../../contracts/bindings/generated/test-usd.ts';
import { type Chain, startChain } from '../environment/chain.ts';
import { accountOf, clientsOf } from '../market/accounts.ts';

let chain: Chain;
beforeEach(async () => {
  chain = await startChain();
});
afterEach(() => chain.stop());

const transactions = () => {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  return publicClient.getTransactionCount({ address: walletClient.account.address });
};

function deployer(journal: Journal, report: (event: DeploymentEvent) => void = () => {}) {
  return { ...clientsOf(chain, 'operator'), journal, confirmations: 1, report };
}

function settings(changes: Partial<DeploymentSettings> = {}): DeploymentSettings {
  const holder = accountOf(chain, 'stranger').address;
  return {
    vendor: 'simulated',
    token: 'deploy-test-token',
    operatorFeeRecipient: holder,
    feeBps: 200,
    minStakeMicroUsd: 100_000_000n,
    insurance: holder,
    logOperator: holder,
    logOriginHash: sha256(stringToHex('log')),
    governance: {
      admin: holder,
      releaseManager: holder,
      revoker: holder,
      guardian: holder,
      adminDelaySec: 600,
      releaseDelaySec: 60,
    },
    ...changes,
  };
}

// Each run is killed after the first new thing that it did: signed one, sent one, saw one mined.
test('interrupted after every single step, each contract is created once', async () => {
  const journal = memoryJournal();
  const done = new Set<string>();
  let runs = 0;
  for (let finished = false; !finished; runs += 1) {
    const killedAfterNews = ({ name, what }: DeploymentEvent) => {
      const step = `${name} ${what}`;
      if (what === 'found' || done.has(step)) return;
      done.add(step);
      throw new Error('killed');
    };
    finished = await deployContracts(deployer(journal, killedAfterNews), settings()).then(
      () => true,
      (error: Error) => {
        if (error.message !== 'killed') throw error;
        return false;
      },
    );
  }
  expect(runs).toBeGreaterThan(16); // eight contracts, each signed and sent by runs of their own
  expect(await transactions()).toBe(9);
});

test('a creation that is on the chain already is not sent again, although nobody wrote that down', async () => {
  const journal = memoryJournal();
  const forgetful: Journal = {
    load: journal.load,
    save: (name, { blockNumber: _, ...creation }) => journal.save(name, creation),
  };
  const address = await createOnce(deployer(forgetful), 'token', testUsdBytecode);
  expect(await createOnce(deployer(journal), 'token', testUsdBytecode)).toBe(address);
  expect(await transactions()).toBe(1);
});

test('a creation whose nonce another transaction took is signed anew', async () => {
  const journal = memoryJournal();
  const killed = deployer(journal, () => {
    throw new Error('killed before it was sent');
  });
  await expect(createOnce(killed, 'token', testUsdBytecode)).rejects.toThrow('killed');
  const lost = journal.load('token');
  const { walletClient } = clientsOf(chain, 'operator');
  await walletClient.sendTransaction({ to: walletClient.account.address, value: 0n });
  const address = await createOnce(deployer(journal), 'token', testUsdBytecode);
  expect(address).not.toBe(lost?.address);
  expect(await transactions()).toBe(2);
});

// What docs/deploying.md advises against a creation that stays unmined: a cheaper way out, while the run still waits.
test('a creation that is replaced while it waits is signed anew', async () => {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const test = createTestClient({ mode: 'hardhat', transport: http(chain.rpcUrl) });
  await test.setAutomine(false);
  const replaced = Promise.withResolvers<void>();
  const journal = memoryJournal();
  const addresses: string[] = [];
  const running = createOnce(
    deployer(journal, ({ what, address }) => {
      addresses.push(`${what} ${address}`);
      if (addresses.length === 2) replaced.resolve();
    }),
    'token',
    testUsdBytecode,
  );
  await replaced.promise;
  const hash = journal.load('token')?.transactionHash as Hex;
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = await publicClient.getTransaction({ hash });
  await walletClient.sendTransaction({
    to: walletClient.account.address,
    value: 0n,
    nonce: 0,
    maxFeePerGas: maxFeePerGas * 3n,
    maxPriorityFeePerGas: maxPriorityFeePerGas * 3n,
  });
  await test.mine({ blocks: 1 });
  await test.setAutomine(true);
  const address = await running;
  expect(addresses.map((line) => line.split(' ')[0])).toEqual([
    'signed',
    'sent',
    'signed',
    'sent',
    'deployed',
  ]);
  expect(await publicClient.getCode({ address })).toMatch(/^0x60/);
  expect(await transactions()).toBe(2);
});

test('a journal of another build is not continued', async () => {
  const journal = memoryJournal();
  await createOnce(deployer(journal), 'token', testUsdBytecode);
  await expect(createOnce(deployer(journal), 'token', `${testUsdBytecode}00`)).rejects.toThrow('other code');
  expect(await transactions()).toBe(1);
});

test('a journal of another chain is refused: what it says is deployed is not there', async () => {
  const journal = memoryJournal();
  await createOnce(deployer(journal), 'token', testUsdBytecode);
  await chain.stop();
  chain = await startChain();
  await expect(createOnce(deployer(journal), 'token', testUsdBytecode)).rejects.toThrow('there is no code');
  expect(await transactions()).toBe(0);
});

test('a creation that reverts stops the deployment and says so', async () => {
  await expect(createOnce(deployer(memoryJournal()), 'broken', '0xfe')).rejects.toThrow();
});

test('verification finds what differs: code, a parameter, a holder, a delay', async () => {
  const deployment = await deployContracts(deployer(memoryJournal()), settings());
  const { publicClient } = clientsOf(chain, 'operator');
  const me = accountOf(chain, 'operator').address;
  const differing = async (expected: DeploymentSettings, addresses = deployment.addresses) =>
    (await verifyDeployment(publicClient, addresses, expected, me))
      .filter(({ ok }) => !ok)
      .map(({ what }) => what);
  expect(await differing(settings())).toEqual([]);
  expect(await differing(settings({ feeBps: 201 }))).toEqual(['settlement.feeBps()']);
  const { governance } = settings();
  expect(await differing(settings({ governance: { ...governance, releaseDelaySec: 61 } }))).toEqual([
    expect.stringContaining('releaseManager'),
  ]);
  expect(await differing(settings({ governance: { ...governance, guardian: me } }))).toEqual([
    expect.stringContaining('guardian'),
  ]);
  const swapped = { ...deployment.addresses, logAnchor: deployment.addresses.stakeVault };
  expect(await differing(settings(), swapped)).toContain('logAnchor: code of LogAnchor');
});
