import type { Chain } from '@hearth/sdk';
import { expect, test } from '@jest/globals';
import { createWorld, type World } from '../builders/bundle.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { failuresOf, judge, other20, other32 } from './judge.ts';

const world = await createWorld({ seed: 'honest' });

/** A chain that answers one question otherwise. */
const saying = (says: string, changes: (chain: Chain) => Partial<Chain>, reason: RegExp): Defect => ({
  says,
  options: (judged: World) => ({ chain: judged.chainWith(changes(judged.chain)) }),
  fails: ['L5'],
  reason,
});

const answers: Defect[] = [
  saying('another chain id', () => ({ chainId: async () => 1 }), /chain id: expected 31337, got 1/),
  saying(
    'an enclave of another provider',
    (chain) => ({ enclave: async (key) => ({ ...(await chain.enclave(key)), provider: other20('1') }) }),
    /registry: provider/,
  ),
  saying(
    'an enclave of another tier',
    (chain) => ({ enclave: async (key) => ({ ...(await chain.enclave(key)), tier: 1 }) }),
    /registry: tier/,
  ),
  saying(
    'other details of the enclave',
    (chain) => ({ enclave: async (key) => ({ ...(await chain.enclave(key)), detailsHash: other32('1') }) }),
    /registry: details of the enclave/,
  ),
  saying(
    'no such enclave',
    (chain) => ({ enclave: () => chain.enclave(other20('1')) }),
    /registry: provider/,
  ),
  saying(
    'an order of another buyer',
    (chain) => ({ order: async (hash) => ({ ...(await chain.order(hash)), buyer: other20('1') }) }),
    /order: buyer/,
  ),
  saying('no such order', (chain) => ({ order: () => chain.order(other32('1')) }), /order: buyer/),
  saying(
    'only earlier receipts',
    (chain) => ({ pair: async (...pair) => ({ ...(await chain.pair(...pair)), sequence: 1n }) }),
    /the chain knows receipt 1 of this pair, not 2/,
  ),
  saying(
    'less paid than earned',
    (chain) => ({ pair: async (...pair) => ({ ...(await chain.pair(...pair)), paidMicroUsd: 1n }) }),
    /settlement: 1 µUSD were paid/,
  ),
  saying(
    'no such transaction',
    () => ({ settledIn: async () => [] }),
    /transaction 0x\w+ did not settle this pair/,
  ),
  saying(
    'another block',
    (chain) => ({ settledIn: eventsWith(chain, { blockNumber: 1 }) }),
    /settlement: block/,
  ),
  saying(
    'another credit',
    (chain) => ({ settledIn: eventsWith(chain, { creditMicroUsd: 1n }) }),
    /settlement: credit/,
  ),
  saying(
    'another fee',
    (chain) => ({ settledIn: eventsWith(chain, { feeMicroUsd: 1n }) }),
    /settlement: fee/,
  ),
  saying(
    'a settlement of an earlier receipt',
    (chain) => ({ settledIn: eventsWith(chain, { sequence: 1n }) }),
    /the transaction settled receipt 1, before receipt 2/,
  ),
  saying(
    'a settlement of another order',
    (chain) => ({ settledIn: eventsWith(chain, { orderHash: other32('1') }) }),
    /did not settle this pair/,
  ),
  saying(
    'a settlement of another enclave',
    (chain) => ({ settledIn: eventsWith(chain, { enclaveKey: other20('1') }) }),
    /did not settle this pair/,
  ),
];

test.each(rows(answers))('L5 fails on a chain that says: %s', (_, defect) => expectRefused(defect));

test.each(['chainId', 'settlement', 'registry'] as const)(
  'another %s than the trust file names fails L5, on line or off',
  async (part) => {
    const chainOfTrust = { ...world.trust.chain, [part]: part === 'chainId' ? 5 : other20('1') };
    for (const chain of [world.chain, undefined]) {
      const verdict = await judge(world, world.bundle, {
        trust: { ...world.trust, chain: chainOfTrust },
        chain,
        allowAbsent: true,
      });
      expect({ ok: verdict.ok, fails: failuresOf(verdict), reason: verdict.levels.L5.reason }).toEqual({
        ok: false,
        fails: ['L5'],
        reason: expect.stringContaining(`deployment: ${part}`),
      });
    }
  },
);

test('a transaction that settled the pair twice is read at the settlement that covers the receipt', async () => {
  const settledIn: Chain['settledIn'] = async (hash) => {
    const [covering] = await world.chain.settledIn(hash);
    if (!covering) throw new Error('expected the settlement of this world');
    return [{ ...covering, sequence: 1n, creditMicroUsd: 1n, feeMicroUsd: 0n }, covering];
  };
  expect(failuresOf(await judge(world, world.bundle, { chain: world.chainWith({ settledIn }) }))).toEqual([]);
});

function eventsWith(
  chain: Chain,
  change: Partial<Awaited<ReturnType<Chain['settledIn']>>[number]>,
): Chain['settledIn'] {
  return async (hash) => (await chain.settledIn(hash)).map((event) => ({ ...event, ...change }));
}
