import { expect, test } from '@jest/globals';
import type { SimulatedPlatformOptions, SimulatedTd } from '../simulated/platform.ts';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { verifyTdxEvidence } from './verify.ts';

const svn = (...leading: number[]): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, at) => leading[at] ?? 0);

/** A TD launched under an older module, on a platform whose module is now as `now` says. */
function statusOf(
  launch: Uint8Array,
  now: Uint8Array | undefined,
  options: Partial<SimulatedPlatformOptions> = {},
): string | undefined {
  const td: Partial<SimulatedTd> = { teeTcbSvn: launch, ...(now && { teeTcbSvn2: now }) };
  const form = now === undefined ? undefined : ({ kind: 'td-1.5', version: 5 } as const);
  return verifyTdxEvidence(sampleEvidence(options, td, form)).tcb?.tcbStatus;
}

const older = svn(7, 1, 4);
const current = svn(11, 1, 4);

test('a TD whose module was updated under it is advised to relaunch', () => {
  expect(statusOf(older, current)).toBe('TDRelaunchAdvised');
});

test('so is one whose launch predates the newest platform level of the TDX components', () => {
  expect(statusOf(svn(7, 1, 3), current)).toBe('TDRelaunchAdvised');
});

test('a platform that needs configuration still needs it after the relaunch', () => {
  const tcb = { status: 'ConfigurationNeeded', advisoryIds: ['HEARTH-SIM-0009'] } as const;
  expect(statusOf(older, current, { tcb })).toBe('TDRelaunchAdvisedConfigurationNeeded');
});

test.each([
  ['the module is still the old one', older],
  ['the module is new but the platform’s component 2 is not', svn(11, 1, 3)],
  ['the module is of an unlisted version', svn(11, 9, 4)],
])('no relaunch helps while %s', (_name, now) => {
  expect(statusOf(older, now)).toBe('OutOfDate');
});

test('a TD 1.0 report cannot tell, so that an old module is out of date', () => {
  expect(statusOf(older, undefined)).toBe('OutOfDate');
});

test('no relaunch helps a platform whose quoting enclave or SGX part is behind', () => {
  expect(statusOf(older, current, { adjust: { qeReport: { isvSvn: Uint8Array.of(4, 0) } } })).toBe(
    'OutOfDate',
  );
  expect(statusOf(older, current, { tcb: { status: 'OutOfDate', advisoryIds: [] } })).toBe('OutOfDate');
});

test('an up-to-date TD stays so whatever runs beneath it now', () => {
  expect(statusOf(current, current)).toBe('UpToDate');
});
