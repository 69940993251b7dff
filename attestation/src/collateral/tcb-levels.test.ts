import { expect, test } from '@jest/globals';
import { currentTcb, tcbInfoDocument } from '../simulated/tcb-document.ts';
import { parseTdxTcbInfo } from './tcb-info.ts';
import { matchModuleLevel, matchTdxLevel } from './tcb-levels.ts';
import { enclaveStatuses, mergeTcbStatus, platformStatuses } from './tcb-status.ts';

const validity = { fromUnixSec: 0, untilUnixSec: 86_400 };
const document = tcbInfoDocument(new Uint8Array(6), new Uint8Array(2), validity, {
  status: 'SWHardeningNeeded',
  advisoryIds: ['A'],
});
const tcbInfo = parseTdxTcbInfo(JSON.stringify(document));
const pck = { tcbComponents: currentTcb.sgxComponents, pceSvn: currentTcb.pceSvn };
const svn = (...leading: number[]): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, at) => leading[at] ?? 0);
const without = (index: number): number[] =>
  pck.tcbComponents.map((one, at) => (at === index ? one - 1 : one));

test('a platform that reaches the newest level gets its status', () => {
  expect(matchTdxLevel(tcbInfo.tcbLevels, pck, svn(11, 1, 4), 2).tcbStatus).toBe('SWHardeningNeeded');
});

test('the order of levels in the file does not matter', () => {
  const reversed = parseTdxTcbInfo(
    JSON.stringify({ ...document, tcbLevels: document.tcbLevels.toReversed() }),
  );
  expect(matchTdxLevel(reversed.tcbLevels, pck, svn(11, 1, 4), 2).tcbStatus).toBe('SWHardeningNeeded');
});

test('one SVN below the newest level gives the older level', () => {
  expect(
    matchTdxLevel(tcbInfo.tcbLevels, { ...pck, tcbComponents: without(7) }, svn(11, 1, 4), 2).tcbStatus,
  ).toBe('OutOfDate');
  expect(matchTdxLevel(tcbInfo.tcbLevels, pck, svn(11, 1, 3), 2).tcbStatus).toBe('OutOfDate');
});

test('components 0 and 1 belong to the module once it has an identity of its own', () => {
  expect(matchTdxLevel(tcbInfo.tcbLevels, pck, svn(0, 0, 4), 2).tcbStatus).toBe('SWHardeningNeeded');
  expect(matchTdxLevel(tcbInfo.tcbLevels, pck, svn(4, 0, 4), 0).tcbStatus).toBe('OutOfDate');
  expect(() => matchTdxLevel(tcbInfo.tcbLevels, pck, svn(0, 0, 4), 0)).toThrow('platform TCB');
});

test('a PCESVN below every level is refused', () => {
  expect(() => matchTdxLevel(tcbInfo.tcbLevels, { ...pck, pceSvn: 1 }, svn(11, 1, 4), 2)).toThrow(
    'platform TCB',
  );
});

test('a module gets the highest level that it reaches, or is refused', () => {
  const [identity] = tcbInfo.tdxModuleIdentities;
  if (identity === undefined) throw new Error('the sample lists a module');
  const shuffled = { ...identity, tcbLevels: identity.tcbLevels.toReversed() };
  expect(matchModuleLevel(shuffled, 12).tcbStatus).toBe('UpToDate');
  expect(matchModuleLevel(shuffled, 7).tcbStatus).toBe('OutOfDate');
  expect(() => matchModuleLevel(shuffled, 5)).toThrow('TDX module TDX_01 ISVSVN');
});

test('merging never makes a status better, and Revoked always wins', () => {
  const merged = Object.fromEntries(
    platformStatuses.map((status) => [status, mergeTcbStatus(status, 'OutOfDate')]),
  );
  expect(merged).toEqual({
    UpToDate: 'OutOfDate',
    SWHardeningNeeded: 'OutOfDate',
    ConfigurationNeeded: 'OutOfDateConfigurationNeeded',
    ConfigurationAndSWHardeningNeeded: 'OutOfDateConfigurationNeeded',
    OutOfDate: 'OutOfDate',
    OutOfDateConfigurationNeeded: 'OutOfDateConfigurationNeeded',
    Revoked: 'Revoked',
  });
  for (const status of platformStatuses) {
    expect(mergeTcbStatus(status, 'UpToDate')).toBe(status);
    expect(mergeTcbStatus(status, 'Revoked')).toBe('Revoked');
  }
  for (const part of enclaveStatuses) expect(mergeTcbStatus('Revoked', part)).toBe('Revoked');
});

test.each([
  ['an unknown status', { tcbStatus: 'Fine' }],
  ['an impossible date', { tcbDate: '2026-02-30T00:00:00Z' }],
])('a level with %s is refused', (_name, change) => {
  const levels = document.tcbLevels.map((level) => ({ ...level, ...change }));
  expect(() => parseTdxTcbInfo(JSON.stringify({ ...document, tcbLevels: levels }))).toThrow('TCB Info');
});

test('hex in the TCB Info may be of either case', () => {
  const fmspc = (text: string) => parseTdxTcbInfo(JSON.stringify({ ...document, fmspc: text })).fmspc;
  expect(fmspc('90C06F00000a')).toBe(fmspc('90c06f00000A'));
});
