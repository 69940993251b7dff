import { receiptFaults } from '@hearth/attestation/receipt';
import { energyBases, outcomes } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildJob, domain, jobBench, send } from '../../testing/job-bench.ts';
import { ScriptedEngine } from '../../testing/scripted-engine.ts';
import { EnergyShares } from './energy-shares.ts';
import { splitExactly } from './split-exactly.ts';

const perToken = { inputMicroJoules: 1_000_000, outputMicroJoules: 4_000_000 };
const word = (workMilliJoules: number) => ({ workMilliJoules, ...perToken });

/** A node whose host has begun to speak. */
function metered() {
  const time = { ms: 0, nowMs: () => time.ms };
  const shares = new EnergyShares(time);
  shares.declare(word(0));
  const open = () => {
    const tokens = { inputTokens: 0, outputTokens: 0 };
    const energy = shares.open(() => ({ ...tokens }));
    return { tokens, energy, stated: () => Number(energy.state().energyMilliJoules) };
  };
  return { time, shares, open };
}

test('E20: parts sum to the whole exactly, whatever the weights', () => {
  const weights = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), weights, (total, each) => {
      const parts = splitExactly(total, each);
      const hasWeight = each.some((weight) => weight > 0);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(hasWeight ? total : 0);
      expect(parts.every((part) => Number.isInteger(part) && part >= 0)).toBe(true);
    }),
  );
});

test('E20: what the host declares is in the receipts of those that worked, to the millijoule', () => {
  const tokens = fc.record({ input: fc.nat(5_000), output: fc.nat(5_000) });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), fc.array(tokens, { minLength: 1 }), (total, each) => {
      const { shares, open } = metered();
      const jobs = each.map(() => open());
      for (const [index, job] of jobs.entries())
        Object.assign(job.tokens, { inputTokens: each[index]?.input, outputTokens: each[index]?.output });
      shares.declare(word(total));
      const hasWorked = each.some(({ input, output }) => input + output > 0);
      expect(jobs.reduce((sum, job) => sum + job.stated(), 0)).toBe(hasWorked ? total : 0);
    }),
  );
});

test('E20: receipts never state more than was declared, but for what is ahead of the meter at the moment', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('work' as const), job: fc.nat(3), tokens: fc.nat(500) }),
    fc.record({ kind: fc.constant('end' as const), job: fc.nat(3) }),
    fc.record({ kind: fc.constant('declare' as const), milliJoules: fc.nat(2_000_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { shares, open } = metered();
      const jobs = Array.from({ length: 4 }, open);
      let declared = 0;
      let ended = 0;
      for (const each of steps) {
        if (each.kind === 'declare') {
          shares.declare(word(each.milliJoules));
          declared += each.milliJoules;
          continue;
        }
        const job = jobs[each.job] as ReturnType<typeof open>;
        if (each.kind === 'work') job.tokens.outputTokens += each.tokens;
        else {
          const before = job.stated();
          expect(job.stated()).toBe(before); // saying it twice adds nothing
          ended += before;
          job.energy.end();
          jobs[each.job] = open();
        }
      }
      // A long idle draw pays off whatever was ahead, and nobody who has not worked gets any of it.
      const ahead = Math.max(0, ended + jobs.reduce((sum, job) => sum + job.stated(), 0) - declared);
      shares.declare(word(ahead));
      const all = ended + jobs.reduce((sum, job) => sum + job.stated(), 0);
      expect(all).toBeLessThanOrEqual(declared + ahead);
    }),
  );
});

test('E20: a receipt does not wait for the meter: it is ahead at the rate last seen, and what follows is less by that', () => {
  const { shares, open } = metered();
  const [quick, slow] = [open(), open()];
  quick.tokens.outputTokens = 10;
  expect(quick.stated()).toBe(40_000);
  quick.energy.end();
  slow.tokens.outputTokens = 10;
  shares.declare(word(100_000));
  expect(slow.stated()).toBe(60_000);
  // The meter has shown 1.25 of what was calibrated: that much is learnt, little by little.
  slow.tokens.outputTokens = 20;
  expect(slow.stated()).toBe(60_000 + Math.round(40_000 * (1 + 0.3 * 0.25)));
});

test('E20: a job that ran while nobody metered says nothing, and neither does one of a home without a meter', () => {
  const { time, shares, open } = metered();
  const before = open();
  before.tokens.outputTokens = 10;
  time.ms = 15_001;
  const nothing = { energyMilliJoules: 0n, energyBasis: energyBases.none };
  expect(open().energy.state()).toEqual(nothing);
  shares.declare(word(50_000));
  expect(before.energy.state()).toEqual(nothing);
  expect(open().energy.state()).toEqual({ energyMilliJoules: 0n, energyBasis: energyBases.estimated });
  expect(new EnergyShares(time).open(() => before.tokens).state()).toEqual(nothing);
});

test('E20: a receipt carries its share and basis, signed: another figure is another receipt', async () => {
  const home = await jobBench(new ScriptedEngine({ tokens: ['a', 'b', 'c'] }));
  home.environment.energy.declare(word(0));
  const { io } = await send(home, await buildJob(home));
  const stated = io.receipts.map(({ issued }) => issued.receipt.execution);
  // 10 tokens of input at 1 J, 3 of output at 4 J; the first receipt comes with the first token.
  expect(stated).toMatchObject([
    { outcome: outcomes.interim, energyMilliJoules: 14_000n, energyBasis: energyBases.estimated },
    { outcome: outcomes.stop, energyMilliJoules: 22_000n, energyBasis: energyBases.estimated },
  ]);
  const last = io.receipts.at(-1)?.issued;
  if (!last) throw new Error('expected a receipt');
  expect(receiptFaults(domain, last.receipt, last.signature)).toEqual([]);
  const { settlement, execution } = last.receipt;
  for (const forged of [{ energyMilliJoules: 1n }, { energyBasis: energyBases.measured }])
    expect(
      receiptFaults(domain, { settlement, execution: { ...execution, ...forged } }, last.signature),
    ).not.toEqual([]);
});
