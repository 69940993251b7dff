import { expect, test } from '@jest/globals';
import { type TcbStatus, tcbStatuses } from '../collateral/tcb-status.ts';
import { compareTcbStatus } from './compare-tcb-status.ts';
import { strictTcbStatuses, type TcbStatusPolicy } from './tcb-status-policy.ts';

const since = '2026-01-01T00:00:00Z';
const sinceUnixSec = Date.UTC(2026, 0, 1) / 1000;
const day = 86_400;

function judge(
  policy: TcbStatusPolicy,
  tcbStatus: TcbStatus,
  advisoryIds: readonly string[] = [],
  atUnixSec = sinceUnixSec + 10 * day,
) {
  const outOfDateSince = tcbStatus.includes('OutOfDate') ? since : undefined;
  return compareTcbStatus('x', policy, { tcbStatus, advisoryIds, outOfDateSince }, atUnixSec);
}

test('the strict default accepts two statuses and refuses every other', () => {
  const accepted = tcbStatuses.filter((one) => judge(strictTcbStatuses, one).check.result === 'pass');
  expect(accepted).toEqual(['UpToDate', 'SWHardeningNeeded']);
  expect(judge(strictTcbStatuses, 'OutOfDate').check).toMatchObject({
    reason: 'policy',
    expected: 'UpToDate or SWHardeningNeeded',
    actual: 'OutOfDate',
  });
});

test('a grace by age ends, and says when', () => {
  const policy: TcbStatusPolicy = {
    ...strictTcbStatuses,
    OutOfDate: { tcbDateAgeSec: { atMost: 30 * day }, advisoryIds: 'ignore' },
  };
  const last = sinceUnixSec + 30 * day;
  expect(judge(policy, 'OutOfDate', [], last)).toMatchObject({
    check: { result: 'pass' },
    graceEndUnixSec: last,
  });
  expect(judge(policy, 'OutOfDate', [], last + 1)).toMatchObject({
    check: { result: 'fail' },
    graceEndUnixSec: undefined,
  });
  expect(judge(policy, 'OutOfDateConfigurationNeeded').check.result).toBe('fail');
});

test('a grace by advisories holds for the listed ones only', () => {
  const policy: TcbStatusPolicy = {
    ...strictTcbStatuses,
    OutOfDate: { tcbDateAgeSec: 'ignore', advisoryIds: { anyOf: ['INTEL-SA-1'] } },
  };
  expect(judge(policy, 'OutOfDate', ['INTEL-SA-1']).check.result).toBe('pass');
  expect(judge(policy, 'OutOfDate', ['INTEL-SA-1', 'INTEL-SA-2']).check).toMatchObject({
    result: 'fail',
    actual: 'OutOfDate with INTEL-SA-2',
  });
});

test('age and advisories together must both hold', () => {
  const policy: TcbStatusPolicy = {
    ...strictTcbStatuses,
    OutOfDate: { tcbDateAgeSec: { atMost: day }, advisoryIds: { anyOf: ['INTEL-SA-1'] } },
  };
  expect(judge(policy, 'OutOfDate', ['INTEL-SA-1']).check.result).toBe('fail');
  expect(judge(policy, 'OutOfDate', ['INTEL-SA-1'], sinceUnixSec + day).check.result).toBe('pass');
});

test('configuration is accepted for named advisories, and an empty list names none', () => {
  const named = (...anyOf: string[]): TcbStatusPolicy => ({
    ...strictTcbStatuses,
    ConfigurationNeeded: { advisoryIds: { anyOf } },
  });
  expect(judge(named('INTEL-SA-1'), 'ConfigurationNeeded', ['INTEL-SA-1']).check.result).toBe('pass');
  expect(judge(named(), 'ConfigurationNeeded', ['INTEL-SA-1']).check.result).toBe('fail');
});

test('an age without a date to count from is refused', () => {
  const policy: TcbStatusPolicy = {
    ...strictTcbStatuses,
    TDRelaunchAdvised: { tcbDateAgeSec: { atMost: day }, advisoryIds: 'ignore' },
  };
  expect(judge(policy, 'TDRelaunchAdvised').check).toMatchObject({ result: 'fail', actual: 'no TCB date' });
});

test('a status nobody could establish fails unless ignored', () => {
  expect(compareTcbStatus('x', strictTcbStatuses, undefined, 0).check).toMatchObject({
    result: 'fail',
    actual: 'not established',
  });
  expect(compareTcbStatus('x', 'ignore', undefined, 0).check).toEqual({
    id: 'x',
    result: 'ignored',
    actual: 'not established',
  });
  const nothing = Object.fromEntries(Object.keys(strictTcbStatuses).map((status) => [status, 'refuse']));
  expect(judge(nothing as TcbStatusPolicy, 'UpToDate').check).toMatchObject({
    expected: 'nothing (every status is refused)',
  });
});
