import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashExecution } from '@hearth/attestation/receipt';
import {
  hearthSettlementAbi,
  releaseListAbi,
  stakeVaultAbi,
  testUsdAbi,
  toSettleCall,
} from '@hearth/contracts';
import { signedReceipt, type TrustFile } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keccak256, stringToHex } from 'viem';
import { z } from 'zod';
import { chainCommand } from '../../sdk/src/cli/commands/chain.ts';
import { EscrowWorld, type RegisteredEnclave } from '../backend/escrow-world.ts';
import { ReceiptWriter, type WrittenReceipt } from '../backend/receipt-writer.ts';
import { clientsOf, mint } from '../market/accounts.ts';
import { hearthHere, runHearth } from './run-hearth.ts';

type Hex = `0x${string}`;
const lower = (text: string) => text.toLowerCase() as Hex;
const TIMEOUT_MS = 60_000;

let world: EscrowWorld;
let enclave: RegisteredEnclave;
let orderHash: Hex;
let first: WrittenReceipt;
let second: WrittenReceipt;
let dir: string;

/** One enclave that was paid for two of its three receipts' worth, on a market with everything deployed. */
beforeAll(async () => {
  world = await EscrowWorld.start();
  enclave = await world.registerEnclave('home a wallet', 41);
  ({ orderHash } = await world.openOrder());
  const writer = new ReceiptWriter(world.domain, orderHash, enclave);
  first = writer.write(1_000);
  second = writer.write(500);
  await settle(second);
  await bond();
  dir = mkdtempSync(join(tmpdir(), 'hearth-chain-'));
  writeFileSync(join(dir, 'trust.json'), JSON.stringify(trust()));
  writeFileSync(join(dir, 'first.json'), JSON.stringify(z.encode(signedReceipt, first.signed)));
}, TIMEOUT_MS);
afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

function trust(): TrustFile {
  const { market, chain } = world;
  return {
    schema: 'hearth-trust/1',
    chain: {
      chainId: chain.chainId,
      rpcUrl: chain.rpcUrl,
      registry: lower(market.registry),
      settlement: lower(market.settlement),
      stakeVault: lower(market.stakeVault),
      deploymentBlock: Number(market.deploymentBlock),
    },
    logKeys: [],
    vendorRootSha256: [],
    releases: [],
  };
}

async function settle(receipt: WrittenReceipt): Promise<void> {
  const { settlement, execution } = receipt.signed.receipt;
  const cap = world.cap(orderHash, enclave.enclaveKey, settlement.cumulativePicoUsd);
  const { publicClient, walletClient } = clientsOf(world.chain, 'stranger');
  const hash = await walletClient.writeContract({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    functionName: 'settle',
    args: toSettleCall([
      {
        settlement,
        executionHash: hashExecution(execution),
        enclaveSignature: receipt.signed.signature,
        ...cap,
      },
    ]).args,
  });
  await publicClient.waitForTransactionReceipt({ hash });
}

async function bond(): Promise<void> {
  const { walletClient } = clientsOf(world.chain, 'home a wallet');
  const stake = 100_000_000n;
  const { token, stakeVault } = world.market;
  await mint(world.chain, token, walletClient.account.address, stake);
  await walletClient.writeContract({
    address: token,
    abi: testUsdAbi,
    functionName: 'approve',
    args: [stakeVault, stake],
  });
  await walletClient.writeContract({
    address: stakeVault,
    abi: stakeVaultAbi,
    functionName: 'bond',
    args: [enclave.enclaveKey],
  });
}

const chain = (...args: string[]) => hearthHere(dir, 'chain', ...args);
const hearth = (...args: string[]) => chain(...args, '--trust', 'trust.json');
async function facts(...args: string[]) {
  const { code, stdout, stderr } = await hearth(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test(
  'an enclave: who it works for, what it runs on, and that it may work',
  async () => {
    expect(await facts('enclave', enclave.enclaveKey)).toMatchObject({
      chainId: 31_337,
      registered: true,
      usable: true,
      reason: 'usable',
      provider: enclave.provider,
      tier: 0,
      teeType: 'TDX',
      tcbStatus: 'UpToDate',
      nodeKey: enclave.nodeKey.publicKey,
      release: { status: 'unlisted', number: 0 },
      platform: {
        holder: enclave.provider,
        isBanned: false,
        tcbInfo: { evaluationNumber: expect.any(Number) },
      },
      bond: { bondId: '1', isBonded: true },
    });
    const { stdout } = await hearth('enclave', enclave.enclaveKey);
    expect(stdout).toMatch(/tier +0 \(simulated: proves nothing\)/);
    expect(stdout).toMatch(/attestation ends +2\d{3}-\d\d-\d\dT.*Z \(in \d+ (h|min)\)/);
    expect(stdout).toMatch(/at block \d+ of chain 31337\n$/);
  },
  TIMEOUT_MS,
);

test(
  'an order: its money, and who was paid from it',
  async () => {
    const paid = String(second.signed.receipt.settlement.cumulativePicoUsd / 1_000_000n);
    const page = await facts('order', orderHash);
    expect(page).toMatchObject({
      status: 'open',
      maxSpendMicroUsd: '10000',
      paidMicroUsd: paid,
      restMicroUsd: String(10_000n - BigInt(paid)),
      reservedMicroUsd: '0',
      pairs: [{ enclaveKey: enclave.enclaveKey, paidMicroUsd: paid, sequence: '2' }],
    });
    const { stdout } = await hearth('order', orderHash);
    expect(stdout).toContain(`locked when it opened  0.010000 USD (10000 µUSD)`);
  },
  TIMEOUT_MS,
);

test(
  'a receipt: what the contracts say of it, that it was settled, and that a newer one has it in its past',
  async () => {
    writeFileSync(
      join(dir, 'newer.json'),
      JSON.stringify({
        newest: z.encode(signedReceipt, second.signed),
        path: [], // one receipt before it: the leaf is the root
      }),
    );
    const page = await facts('receipt', 'first.json', '--newer', 'newer.json');
    expect(page).toMatchObject({
      receiptHash: first.hash,
      sequence: '1',
      valid: true,
      settlement: 'settled',
      pairSequence: '2',
      included: true,
    });
    const { stdout } = await hearth('receipt', 'first.json');
    expect(stdout).not.toContain('  NO ');
  },
  TIMEOUT_MS,
);

test(
  'a changed receipt: the contracts say what is wrong with it',
  async () => {
    const receipt = z.encode(signedReceipt, first.signed) as { receipt: { execution: { tier: number } } };
    receipt.receipt.execution.tier = 1;
    writeFileSync(join(dir, 'changed.json'), JSON.stringify(receipt));
    expect(await facts('receipt', 'changed.json')).toMatchObject({
      valid: false,
      checks: { signedByEnclave: false, enclaveRegistered: true, tierMatches: false },
    });
    expect((await hearth('receipt', 'changed.json')).stdout).toMatch(/NO +signed by its enclave key/);
  },
  TIMEOUT_MS,
);

test(
  'a provider: what it earned, its enclaves, platforms and stake',
  async () => {
    const page = await facts('provider', enclave.provider);
    expect(page).toMatchObject({
      claimableMicroUsd: String(await world.claimable(enclave.provider)),
      claimedMicroUsd: '0',
      enclaves: [{ enclaveKey: enclave.enclaveKey, tier: 0, standing: 'usable' }],
      platforms: [{ held: true }],
      bonds: [{ bondId: '1', amountMicroUsd: '100000000', liveEnclaveKey: enclave.enclaveKey }],
    });
    expect((await hearth('provider', enclave.provider)).stdout).toContain('bond 1: 100.000000 USD');
  },
  TIMEOUT_MS,
);

test(
  'what nobody knows is said to be unknown, and is no error',
  async () => {
    const [nobody, nothing] = [`0x${'ab'.repeat(20)}`, `0x${'ab'.repeat(32)}`];
    expect(await facts('enclave', nobody)).toMatchObject({
      registered: false,
      usable: false,
      reason: 'unknown',
    });
    expect(await facts('order', nothing)).toMatchObject({ status: 'unknown' });
    expect(await facts('provider', nobody)).toMatchObject({ enclaves: [], platforms: [], bonds: [] });
    expect((await hearth('provider', nobody)).stdout).toMatch(/stake +none/);
  },
  TIMEOUT_MS,
);

test(
  'an enclave that was stopped: the page says by what',
  async () => {
    const other = await world.registerEnclave('home b wallet', 42);
    const { walletClient } = clientsOf(world.chain, 'operator');
    const list = { address: world.market.registry, abi: releaseListAbi } as const;
    const { measurementHash, platform } = await facts('enclave', other.enclaveKey);
    const decide = (functionName: 'listRelease' | 'withdrawRelease') =>
      functionName === 'listRelease'
        ? walletClient.writeContract({ ...list, functionName, args: [measurementHash, 0] })
        : walletClient.writeContract({ ...list, functionName, args: [measurementHash] });
    await decide('listRelease');
    const third = await world.registerEnclave('home c wallet', 43);
    await decide('withdrawRelease');
    expect(await facts('enclave', third.enclaveKey)).toMatchObject({
      usable: false,
      reason: 'release-withdrawn',
      release: { status: 'withdrawn', number: 1 },
    });
    await walletClient.writeContract({
      ...list,
      functionName: 'banPlatform',
      args: [platform.platformId, [other.enclaveKey]],
    });
    expect(await facts('enclave', other.enclaveKey)).toMatchObject({
      usable: false,
      reason: 'revoked',
      platform: { isBanned: true },
    });
    expect((await hearth('enclave', other.enclaveKey)).stdout).toContain('BANNED');
    expect(await facts('provider', other.provider)).toMatchObject({
      enclaves: [{ enclaveKey: other.enclaveKey, standing: 'revoked' }],
      platforms: [{ held: false }],
    });
    await decide('listRelease');
    expect(await facts('enclave', third.enclaveKey)).toMatchObject({ usable: true });
  },
  TIMEOUT_MS,
);

test(
  'an enclave that contradicted itself is blocked, and the page says what it did',
  async () => {
    const liar = await world.registerEnclave('home c wallet', 44);
    const proofs = ['one', 'another'].map((answer) => {
      const { signed } = new ReceiptWriter(world.domain, orderHash, liar).write(100, {
        execution: { outputCommit: keccak256(stringToHex(answer)) },
      });
      const { settlement, execution } = signed.receipt;
      return { settlement, executionHash: hashExecution(execution), enclaveSignature: signed.signature };
    });
    await clientsOf(world.chain, 'stranger').walletClient.writeContract({
      address: world.market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'reportEquivocation',
      args: [proofs[0] as (typeof proofs)[number], proofs[1] as (typeof proofs)[number]],
    });
    expect(await facts('enclave', liar.enclaveKey)).toMatchObject({
      usable: false,
      reason: 'blocked',
      isBlocked: true,
      isRevoked: false,
    });
    expect((await hearth('enclave', liar.enclaveKey)).stdout).toMatch(/usable +no: it signed two receipts/);
  },
  TIMEOUT_MS,
);

test(
  'an order whose buyer asked for its end: nothing new, and receipts settle for three days',
  async () => {
    const ending = await world.openOrder();
    await clientsOf(world.chain, 'buyer').walletClient.writeContract({
      address: world.market.settlement,
      abi: hearthSettlementAbi,
      functionName: 'requestClose',
      args: [ending.orderHash],
    });
    await world.node.mine({ blocks: 1 }); // its last second is over
    const page = await facts('order', ending.orderHash);
    expect(page).toMatchObject({ status: 'open', pairs: [] });
    expect(page.settlesUntilUnixSec - page.validUntilUnixSec).toBe(72 * 3600);
    const { stdout } = await hearth('order', ending.orderHash);
    expect(stdout).toMatch(/status +ending: no new work, receipts still settle/);
    expect(stdout).toMatch(/enclaves +none was paid/);
  },
  TIMEOUT_MS,
);

test.each([
  [[], 'expected enclave, order, receipt or provider'],
  [['enclave'], 'expected one thing to look up'],
  [['enclave', '0x12'], 'an enclave key'],
  [['order', `0x${'ab'.repeat(20)}`], 'an order hash'],
  [['wallet', `0x${'ab'.repeat(20)}`], 'got wallet'],
  [['order', `0x${'ab'.repeat(32)}`, '--newer', 'x'], '--newer goes with receipt'],
  [['order', `0x${'ab'.repeat(32)}`, '--rpc', 'localhost'], 'expected an http(s) URL'],
])('hearth chain %j is refused before anybody is asked', async (args, said) => {
  const { code, stdout, stderr } = await chain(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
});

test('another chain than the trust file says is refused, and so is an address where no such contract is', async () => {
  const { chain: mine, ...rest } = trust();
  const withChain = (changes: object) => {
    writeFileSync(join(dir, 'other.json'), JSON.stringify({ ...rest, chain: { ...mine, ...changes } }));
    return chain('enclave', enclave.enclaveKey, '--trust', 'other.json');
  };
  expect(await withChain({ chainId: 5 })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected 5'),
  });
  expect(await withChain({ registry: `0x${'ab'.repeat(20)}` })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('registry: expected a contract'),
  });
});

test('a file that is not there, or is something else, is said to be', async () => {
  expect(await hearth('receipt', 'trust.json')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected a bundle, or {receipt, signature}'),
  });
  expect(await hearth('receipt', 'missing.json')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no such file'),
  });
});

test(
  'in a process of its own: a page, and a coded error when the chain does not answer',
  async () => {
    const run = (...args: string[]) => runHearth(dir, 'chain', ...args, '--trust', 'trust.json');
    const page = await run('enclave', enclave.enclaveKey);
    expect(page).toMatchObject({ code: 0, stdout: expect.stringContaining('may get new jobs'), stderr: '' });
    const silent = await run('enclave', enclave.enclaveKey, '--rpc', 'http://127.0.0.1:9', '--json');
    expect(silent.code).toBe(1);
    expect(JSON.parse(silent.stdout)).toMatchObject({ error: { code: 'unavailable' } });
  },
  TIMEOUT_MS,
);

test('the help names every page', () => {
  for (const subject of ['enclave', 'order', 'receipt', 'provider'])
    expect(chainCommand.help).toContain(`chain ${subject}`);
});
