import { expect, test } from '@jest/globals';
import { bytesToHex } from '../bytes/hex.ts';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { type SevSnpPolicy, sevSnpPolicySchema, strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import type { SimulatedGuest, SimulatedSnpOptions } from '../simulated/sev-snp/machine.ts';
import { simulatedCspId } from '../simulated/sev-snp/machine.ts';
import { sampleAzureEvidence, sampleGuest, sampleSnpEvidence } from '../simulated/sev-snp/sample-evidence.ts';
import { appraiseSnp, judgeSnpEvidence, type SnpPolicyCheckId, type SnpVerdict } from './appraise.ts';
import { type SnpEvidence, verifySnpEvidence } from './verify.ts';

const verified = verifySnpEvidence(sampleSnpEvidence());
const nothing = { anyOf: [] };
const anyReportData = { keys: 'ignore', nonce: 'ignore' } as const;

type Expected = Parameters<typeof judgeSnpEvidence>[2];

function judge(
  override: Partial<SevSnpPolicy>,
  evidence: SnpEvidence | undefined = undefined,
  expected: Expected = anyReportData,
): SnpVerdict {
  const verification = evidence === undefined ? verified : verifySnpEvidence(evidence);
  const section = { ...strictSevSnpPolicy([verification.measurementHash ?? '0x']), ...override };
  const policy = { ...strictEvidencePolicy({ sevSnp: section }), allowSimulated: true };
  return appraiseSnp(verification, policy, expected);
}

function guest(change: Partial<SimulatedGuest>, options: Partial<SimulatedSnpOptions> = {}): SnpEvidence {
  return sampleSnpEvidence(options, change);
}

type Refusal = readonly [
  id: SnpPolicyCheckId,
  reason: string,
  override: Partial<SevSnpPolicy>,
  evidence?: SnpEvidence | undefined,
  expected?: Expected,
];

const vlek = sampleSnpEvidence({ endorsement: 'VLEK' });
const bit = (index: bigint): SnpEvidence => guest({ policy: 0x3_0000n | (1n << index) });
const host = (bits: bigint): SnpEvidence => guest({ platformInfo: bits });
const flag = (equals: boolean) => ({ equals });
const parts = { bl: 10, tee: 0, snp: 23, ucode: 84 };
const higher = { ...parts, ucode: 85 };
const none = { reported: 'ignore', committed: 'ignore', launch: 'ignore', current: 'ignore' } as const;
const genoa = (floors: object): Partial<SevSnpPolicy> => ({
  tcbFloors: { Milan: 'refuse', Genoa: { ...none, ...floors }, Turin: 'refuse' },
});
const newer = Uint8Array.of(10, 0, 0, 0, 0, 0, 23, 85);
const older = Uint8Array.of(10, 0, 0, 0, 0, 0, 22, 90);
const wrong32 = { equals: `0x${'99'.repeat(32)}` } as const;

const refusals: readonly Refusal[] = [
  ['policy.signingKey', 'policy', { cspId: 'ignore' }, vlek],
  ['policy.cspId', 'policy', { signingKey: { anyOf: ['VLEK'] } }, vlek],
  ['policy.maskChipKey', 'policy', {}, guest({ flags: 2, chipId: new Uint8Array(64) })],
  ['policy.revocationChecked', 'policy', {}, { ...sampleSnpEvidence(), crl: 'unchecked' }],
  ['policy.platformId', 'policy', { platformId: nothing }],
  ['policy.reportedTcb', 'policy', genoa({ reported: { atLeast: higher } })],
  ['policy.committedTcb', 'policy', genoa({ committed: { atLeast: higher } })],
  ['policy.launchTcb', 'policy', genoa({ launch: { atLeast: higher } })],
  ['policy.currentTcb', 'policy', genoa({ current: { atLeast: higher } })],
  [
    'policy.committedAboveCurrent',
    'policy',
    { provisionalFirmware: 'ignore' },
    guest({ committedTcb: newer }),
  ],
  ['policy.provisionalFirmware', 'policy', {}, guest({ currentTcb: newer })],
  [
    'policy.provisionalFirmware',
    'policy',
    {},
    guest({ currentFirmware: { major: 1, minor: 55, build: 41 } }),
  ],
  ['policy.currentFirmware', 'policy', { currentFirmware: { atLeast: { major: 1, minor: 55, build: 41 } } }],
  [
    'policy.committedFirmware',
    'policy',
    { committedFirmware: { atLeast: { major: 1, minor: 56, build: 0 } } },
  ],
  ['policy.launchMitigation', 'policy', { launchMitigation: { atLeast: '0x0f00000000000000' } }],
  ['policy.currentMitigation', 'policy', { currentMitigation: { atLeast: '0x0100000000000080' } }],
  ['policy.vmpl', 'policy', {}, guest({ vmpl: 1 })],
  ['policy.debug', 'debug', {}, bit(19n)],
  ['policy.migrationAgent', 'policy', {}, bit(18n)],
  ['policy.guestPolicyAbi', 'policy', { guestPolicyAbi: { atLeast: { major: 0, minor: 1 } } }],
  ['policy.smtAllowed', 'policy', { smtAllowed: flag(false) }],
  ['policy.singleSocket', 'policy', { singleSocket: flag(true) }],
  ['policy.cxlAllowed', 'policy', {}, bit(21n)],
  ['policy.memAes256Xts', 'policy', { memAes256Xts: flag(true) }],
  ['policy.raplDisabled', 'policy', { raplDisabled: flag(true) }],
  ['policy.ciphertextHiding', 'policy', { ciphertextHiding: flag(true) }],
  ['policy.pageSwapDisabled', 'policy', { pageSwapDisabled: flag(true) }],
  ['policy.unknownPolicyBits', 'policy', {}, bit(26n)],
  ['policy.unknownPolicyBits', 'policy', {}, bit(63n)],
  ['policy.platformSmtEnabled', 'policy', { platformSmtEnabled: flag(false) }],
  ['policy.platformTsmeEnabled', 'policy', { platformTsmeEnabled: flag(true) }],
  ['policy.platformEccEnabled', 'policy', {}, host(0x21n)],
  ['policy.platformRaplDisabled', 'policy', { platformRaplDisabled: flag(true) }],
  ['policy.platformCiphertextHiding', 'policy', { platformCiphertextHiding: flag(true) }],
  ['policy.aliasCheckComplete', 'policy', {}, host(0x05n)],
  ['policy.platformTioEnabled', 'policy', { platformTioEnabled: flag(true) }],
  ['policy.unknownPlatformBits', 'policy', { unknownPlatformBits: flag(false) }, host(0x65n)],
  ['policy.measurementHash', 'policy', { measurementHash: nothing }],
  ['policy.measurement', 'policy', { measurement: nothing }],
  ['policy.hostData', 'policy', { hostData: nothing }],
  ['policy.idKeyDigest', 'policy', { idKeyDigest: nothing }],
  ['policy.authorKeyEnabled', 'policy', { authorKeyEnabled: flag(true) }],
  ['policy.authorKeyDigest', 'policy', { authorKeyDigest: nothing }],
  ['policy.familyId', 'policy', { familyId: nothing }],
  ['policy.imageId', 'policy', { imageId: nothing }],
  ['policy.guestSvn', 'policy', { guestSvn: { atLeast: 2 } }],
  ['policy.reportId', 'policy', { reportId: nothing }],
  ['policy.azureParavisor', 'policy', {}, sampleAzureEvidence()],
  ['policy.azureParavisor', 'policy', { azureParavisor: flag(true) }],
  [
    'policy.vtpmPcrs',
    'policy',
    { azureParavisor: 'ignore', vtpmPcrs: { 4: { anyOf: [`0x${'00'.repeat(32)}`] } } },
    sampleAzureEvidence(),
  ],
  [
    'policy.vtpmPcrs',
    'policy',
    { azureParavisor: 'ignore', vtpmPcrs: { 7: { anyOf: [`0x${'a0'.repeat(32)}`] } } },
    sampleAzureEvidence(),
  ],
  ['policy.vtpmPcrs', 'policy', { vtpmPcrs: { 4: nothing } }],
  ['policy.reportDataKeys', 'binding', {}, undefined, { keys: wrong32, nonce: 'ignore' }],
  ['policy.reportDataNonce', 'binding', {}, undefined, { keys: 'ignore', nonce: wrong32 }],
];

test.each(refusals)('%s refuses with reason %s', (...[id, reason, override, evidence, expected]) => {
  const verdict = judge(override, evidence, expected);
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id, reason }]);
  expect(verdict).toMatchObject({ ok: false, reason });
});

const fieldless = ['product', 'reportedTcb', 'committedTcb', 'launchTcb', 'currentTcb'];
const common = ['teeType', 'allowSimulated', 'platformClass', 'reportDataKeys', 'reportDataNonce'];

test('a verdict answers for every field of the policy, and each is able to refuse', () => {
  const fields = Object.keys(sevSnpPolicySchema.shape).filter((field) => field !== 'tcbFloors');
  const own = [...fields, ...fieldless].map((field) => `policy.${field}`);
  const answered = judge({})
    .checks.map(({ id }) => id)
    .filter((id) => id.startsWith('policy.'));
  expect(new Set(answered)).toEqual(new Set([...own, ...common.map((field) => `policy.${field}`)]));
  const able = new Set<string>(refusals.map(([id]) => id));
  expect(own.filter((id) => id !== 'policy.product' && !able.has(id))).toEqual([]);
});

test('a product that the policy refuses reaches no floor of another one', () => {
  const { checks, reason } = judge({ tcbFloors: { Milan: none, Genoa: 'refuse', Turin: none } });
  const failed = checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
  expect(reason).toBe('policy');
  expect(failed).toEqual([
    'policy.product',
    'policy.reportedTcb',
    'policy.committedTcb',
    'policy.launchTcb',
    'policy.currentTcb',
  ]);
});

test('strict defaults accept a current, unmasked, committed machine and show what they ignored', () => {
  const verdict = judge({});
  expect(verdict).toMatchObject({ ok: true, reason: undefined, simulated: true, product: 'Genoa' });
  expect(verdict.platform).toMatchObject({ class: 'unlisted' });
  expect(verdict.checks.find(({ id }) => id === 'policy.hostData')).toEqual({
    id: 'policy.hostData',
    result: 'ignored',
    actual: bytesToHex(new Uint8Array(32).fill(0x0d)),
  });
});

test('a section that refuses, or a policy against development evidence, accepts nothing', () => {
  const evidence = sampleSnpEvidence();
  const none = { ...strictEvidencePolicy({}), allowSimulated: true };
  expect(judgeSnpEvidence(evidence, none, anyReportData)).toMatchObject({ ok: false, reason: 'policy' });
  const real = strictEvidencePolicy({ sevSnp: strictSevSnpPolicy([verified.measurementHash ?? '0x']) });
  const { checks } = judgeSnpEvidence(evidence, real, anyReportData);
  expect(checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id: 'policy.allowSimulated' }]);
});

test('a VLEK is accepted for a listed cloud, and stands for no platform', () => {
  const listed = { signingKey: { anyOf: ['VLEK' as const] }, cspId: { anyOf: [simulatedCspId] } };
  const verdict = judge(listed, vlek);
  expect(verdict).toMatchObject({ ok: true, platform: undefined });
  expect(judge({ ...listed, platformId: nothing }, vlek).ok).toBe(false);
});

test('a guest may be migrated by an agent on the list', () => {
  const agent = `0x${'a9'.repeat(32)}` as const;
  const migratable = guest({ policy: 0x7_0000n, reportIdMa: agent });
  expect(judge({ migrationAgent: { anyOf: [agent] } }, migratable).ok).toBe(true);
  expect(judge({ migrationAgent: { anyOf: [`0x${'00'.repeat(32)}`] } }, migratable).ok).toBe(false);
});

test('TCB floors are held part by part: a high one makes up for nothing', () => {
  const floors = genoa({ reported: { atLeast: { bl: 0, tee: 0, snp: 23, ucode: 0 } }, committed: 'ignore' });
  const rolledBack = guest({ committedTcb: older });
  const committed = genoa({ committed: { atLeast: { bl: 0, tee: 0, snp: 23, ucode: 0 } } });
  expect(
    judge({ ...floors, provisionalFirmware: 'ignore', committedAboveCurrent: 'ignore' }, rolledBack).ok,
  ).toBe(true);
  expect(
    judge({ ...committed, provisionalFirmware: 'ignore', committedAboveCurrent: 'ignore' }, rolledBack),
  ).toMatchObject({ ok: false, reason: 'policy' });
});

test('firmware versions are ordered by major, minor, build', () => {
  const floor = (major: number, minor: number, build: number) =>
    judge({ currentFirmware: { atLeast: { major, minor, build } } }).ok;
  expect([floor(1, 55, 40), floor(1, 54, 255), floor(0, 255, 255)]).toEqual([true, true, true]);
  expect([floor(1, 55, 41), floor(1, 56, 0), floor(2, 0, 0)]).toEqual([false, false, false]);
});

test('keys and nonce are the halves of report data', () => {
  const { reportData } = sampleGuest;
  if (typeof reportData === 'string') throw new Error('sample report data are bytes');
  const expected = {
    keys: { equals: bytesToHex(reportData.subarray(0, 32)) },
    nonce: { equals: bytesToHex(reportData.subarray(32)) },
  };
  expect(judge({}, undefined, expected).ok).toBe(true);
});

test('registers of the vTPM pass with an allowed value', () => {
  const vtpmPcrs = { 4: { anyOf: [`0x${'a4'.repeat(32)}` as const] } };
  expect(judge({ azureParavisor: flag(true), vtpmPcrs }, sampleAzureEvidence()).ok).toBe(true);
});

test('broken evidence stays refused when the policy ignores all it may', () => {
  const all = Object.keys(sevSnpPolicySchema.shape);
  const lenient = {
    ...Object.fromEntries(all.map((field) => [field, 'ignore'])),
    signingKey: { anyOf: ['VCEK'] },
    tcbFloors: { Milan: none, Genoa: none, Turin: none },
  };
  const section = sevSnpPolicySchema.parse(lenient);
  const policy = { ...strictEvidencePolicy({ sevSnp: section }), allowSimulated: true };
  expect(judgeSnpEvidence(sampleSnpEvidence(), policy, anyReportData).ok).toBe(true);
  const evidence = { ...sampleSnpEvidence(), atUnixSec: 0 };
  expect(judgeSnpEvidence(evidence, policy, anyReportData)).toMatchObject({ ok: false, reason: 'expired' });
});

test('what nobody could establish fails every requirement on it', () => {
  const verdict = judge({}, { ...sampleSnpEvidence(), report: new Uint8Array() });
  const failed = verdict.checks.filter(({ id, result }) => id.startsWith('policy.') && result === 'fail');
  const judged = verdict.checks.filter(({ id, result }) => id.startsWith('policy.') && result !== 'ignored');
  expect(failed.length).toBeGreaterThan(10);
  // The list was looked up whatever the report is; nothing else is known.
  expect(judged.filter(({ result }) => result === 'pass').map(({ id }) => id)).toEqual([
    'policy.allowSimulated',
    'policy.signingKey',
    'policy.cspId',
    'policy.revocationChecked',
    'policy.azureParavisor',
  ]);
});
