import { expect, test } from '@jest/globals';
import { EscrowModel } from '../fuzz/escrow/escrow-model.ts';
import { type Account, cast } from '../fuzz/escrow/operation.ts';
import { runEscrow } from '../fuzz/escrow/run.ts';

const seed = 20_261_121;

test('the contracts and a plain model of the escrow agree after each of 200 random transactions', async () => {
  process.stdout.write(`escrow model: seed ${seed}; npm run fuzz -- escrow runs 10,000\n`);
  const { outcomes, orders } = await runEscrow({ seed, operations: 200, tell: () => {} });
  // A run that was refused everything would have compared nothing.
  expect(orders).toBeGreaterThan(5);
  expect(outcomes['settle: paid']).toBeGreaterThan(10);
  expect(Object.keys(outcomes).filter((name) => name.endsWith(': done')).length).toBeGreaterThan(12);
}, 120_000);

test('a model that rounds a fee up is found out', async () => {
  class RoundsUp extends EscrowModel {
    override earn(account: Account, amount: bigint): void {
      super.earn(account, account === cast.operator ? amount + 1n : amount);
    }
  }
  const run = runEscrow({ seed, operations: 500, tell: () => {}, model: RoundsUp });
  await expect(run).rejects.toThrow(
    /^escrow and model differ: seed 20261121, operation \d+, \{"kind":"settle"/,
  );
}, 120_000);
