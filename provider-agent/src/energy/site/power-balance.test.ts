import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BALANCED, checkBalance, type PowerFrame } from './power-balance.ts';

const watts = (min: number, max: number) => fc.integer({ min, max });
const balanced = fc
  .record({ pvW: watts(0, 9_000), batteryW: watts(-5_000, 5_000), gridW: watts(-9_000, 9_000) })
  .map((flows) => ({ ...flows, loadW: flows.pvW + flows.batteryW + flows.gridW }))
  .filter(({ loadW }) => loadW >= 0);

/** The same frame for so many cycles. */
function verdictAfter(frame: PowerFrame, cycles: number) {
  let verdict = checkBalance(BALANCED, frame);
  for (let cycle = 1; cycle < cycles; cycle += 1) verdict = checkBalance(verdict.state, frame);
  return verdict;
}

test('E1: a true frame balances, whatever it is', () => {
  fc.assert(
    fc.property(balanced, (frame) => {
      expect(verdictAfter(frame, 10)).toMatchObject({ residualW: 0, isSuspect: false });
    }),
  );
});

test('E1: a grid meter that is wired the other way round is named after three cycles', () => {
  const frame = { loadW: 3_000, pvW: 400, batteryW: 0, gridW: -2_600 };
  expect(verdictAfter(frame, 2).isSuspect).toBe(false);
  expect(verdictAfter(frame, 3)).toMatchObject({
    isSuspect: true,
    explanation: { signal: 'gridW', fault: 'wrong_sign' },
  });
});

test('E1: a battery that reports discharge as charge is named', () => {
  const frame = { loadW: 2_000, pvW: 0, batteryW: -1_800, gridW: 200 };
  expect(verdictAfter(frame, 3).explanation).toEqual({ signal: 'batteryW', fault: 'wrong_sign' });
});

test('E1: kilowatts taken for watts are named', () => {
  const frame = { loadW: 3_000, pvW: 0, batteryW: 0, gridW: 3 };
  expect(verdictAfter(frame, 3).explanation).toEqual({ signal: 'gridW', fault: 'kilowatts_as_watts' });
});

test('E1: where two repairs would do, nobody is accused', () => {
  const frame = { loadW: 1_000, pvW: 1_000, batteryW: -500, gridW: -500 };
  expect(verdictAfter(frame, 3)).toMatchObject({ isSuspect: true, explanation: undefined });
});

test('E1: the Powerwall sample of the note is fine: 11.6 W of 1546 W', () => {
  const frame = { loadW: 1_546, gridW: 1_546 - 11.6, pvW: 0, batteryW: 0 };
  expect(verdictAfter(frame, 9).isSuspect).toBe(false);
});

test('meters that read at different moments disagree for a moment only', () => {
  const off = { loadW: 3_000, pvW: 0, batteryW: 0, gridW: 1_000 };
  const twice = verdictAfter(off, 2);
  const back = checkBalance(twice.state, { ...off, gridW: 3_000 });
  expect(checkBalance(back.state, off)).toMatchObject({ isSuspect: false, state: { badCycles: 1 } });
});
