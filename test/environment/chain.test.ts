import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPublicClient, createWalletClient, http, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type Chain, startChain } from './chain.ts';
import { developmentChain } from './development-chain.ts';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain.stop());

test('a transfer between two funded accounts is mined at once and moves exactly its value', async () => {
  const [from, to] = chain.accounts;
  if (from === undefined || to === undefined) throw new Error('no accounts');
  const client = createPublicClient({ chain: developmentChain(chain), transport: http(chain.rpcUrl) });
  const wallet = createWalletClient({
    account: privateKeyToAccount(from.privateKey),
    chain: developmentChain(chain),
    transport: http(chain.rpcUrl),
  });
  const before = await client.getBalance({ address: to.address });
  const hash = await wallet.sendTransaction({ to: to.address, value: parseEther('1') });
  expect((await client.getTransactionReceipt({ hash })).status).toBe('success');
  expect((await client.getBalance({ address: to.address })) - before).toBe(parseEther('1'));
  expect(await client.getChainId()).toBe(31_337);
});

test('a second chain starts empty, whatever happened on the first', async () => {
  const other = await startChain();
  try {
    const client = createPublicClient({ transport: http(other.rpcUrl) });
    expect(await client.getBlockNumber()).toBe(0n);
  } finally {
    await other.stop();
  }
});

test('interval mining produces blocks without transactions', async () => {
  const ticking = await startChain({ intervalMs: 20 });
  try {
    const client = createPublicClient({ transport: http(ticking.rpcUrl), pollingInterval: 20 });
    const block = await new Promise<bigint>((resolve, reject) => {
      const unwatch = client.watchBlockNumber({
        onBlockNumber: (number) => {
          if (number < 2n) return;
          unwatch();
          resolve(number);
        },
        onError: reject,
        emitOnBegin: true,
      });
    });
    expect(block).toBeGreaterThanOrEqual(2n);
  } finally {
    await ticking.stop();
  }
});

test('the chain listens on loopback only', () => {
  expect(new URL(chain.rpcUrl).hostname).toBe('127.0.0.1');
});
