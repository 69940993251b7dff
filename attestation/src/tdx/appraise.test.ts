import { expect, test } from '@jest/globals';
import {
  type EvidencePolicy,
  type ExpectedReportData,
  strictEvidencePolicy,
} from '../policy/evidence-policy.ts';
import { strictTcbStatuses } from '../policy/tcb-status-policy.ts';
import { strictTdxPolicy, type TdxPolicy } from '../policy/tdx-policy.ts';
import type { SimulatedTd } from '../simulated/platform.ts';
import { sampleAtUnixSec, sampleEvidence, sampleTd } from '../simulated/sample-evidence.ts';
import { appraiseTdx, type TdxPolicyCheckId, type Verdict } from './appraise.ts';
import { verifyTdxEvidence } from './verify.ts';

const verified = verifyTdxEvidence(sampleEvidence());
const facts = { measurementHash: verified.measurementHash ?? '0x', report: verified.quote?.report };
const nothing = { anyOf: [] };
const anyReportData: ExpectedReportData = { keys: 'ignore', nonce: 'ignore' };

const section: TdxPolicy = strictTdxPolicy([facts.measurementHash]);
const policy: EvidencePolicy = { ...strictEvidencePolicy({ tdx: section }), allowSimulated: true };

type Override = Partial<TdxPolicy> & Partial<Omit<EvidencePolicy, 'tdx'>>;

/** Origin fields go to the policy, all others to its TDX section. */
function overridden({
  allowSimulated = true,
  platformClass = 'ignore',
  ...fields
}: Override): EvidencePolicy {
  return { ...policy, allowSimulated, platformClass, tdx: { ...section, ...fields } };
}

function appraise(
  override: Override,
  td: Partial<SimulatedTd> = {},
  expected: ExpectedReportData = anyReportData,
): Verdict {
  const verification = Object.keys(td).length === 0 ? verified : verifyTdxEvidence(sampleEvidence({}, td));
  const release = { measurementHash: { anyOf: [verification.measurementHash ?? '0x'] } } as const;
  return appraiseTdx(verification, overridden({ ...release, ...override }), expected);
}

type Refusal = readonly [
  id: TdxPolicyCheckId,
  reason: string,
  override: Override,
  td?: Partial<SimulatedTd>,
  expected?: ExpectedReportData,
];

const attributes = (bit: bigint): Partial<SimulatedTd> => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, (1n << 28n) | bit, true);
  return { tdAttributes: bytes };
};

const refusals: readonly Refusal[] = [
  ['policy.platformClass', 'policy', { platformClass: { anyOf: ['cloud', 'registered'] } }],
  ['policy.allowSimulated', 'policy', { allowSimulated: false }],
  ['policy.platformId', 'policy', { platformId: { anyOf: [`0x${'11'.repeat(32)}`] } }],
  ['policy.fmspc', 'policy', { fmspc: nothing }],
  ['policy.tcbStatus', 'policy', { tcbStatus: { ...strictTcbStatuses, UpToDate: 'refuse' } }],
  [
    'policy.advisoryIds',
    'policy',
    { advisoryIds: nothing, tcbStatus: 'ignore' },
    { teeTcbSvn: Uint8Array.from([7, 1, 4, ...new Uint8Array(13)]) },
  ],
  ['policy.tcbDateUnixSec', 'policy', { tcbDateUnixSec: { atLeast: Date.UTC(2026, 1, 12) / 1000 } }],
  ['policy.tcbEvaluationDataNumber', 'policy', { tcbEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.qeEvaluationDataNumber', 'policy', { qeEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.sgxTcbComponents', 'policy', { sgxTcbComponents: { atLeast: [5, ...new Array(15).fill(0)] } }],
  ['policy.pceSvn', 'policy', { pceSvn: { atLeast: 14 } }],
  ['policy.qeIsvSvn', 'policy', { qeIsvSvn: { atLeast: 7 } }],
  ['policy.teeTcbSvn', 'policy', { teeTcbSvn: { atLeast: [0, 2, ...new Array(14).fill(0)] } }],
  ['policy.debug', 'debug', {}, attributes(1n)],
  ['policy.debug', 'debug', {}, attributes(1n << 7n)],
  ['policy.septVeDisable', 'policy', {}, { tdAttributes: new Uint8Array(8) }],
  ['policy.migratable', 'policy', {}, attributes(1n << 29n)],
  ['policy.protectionKeys', 'policy', { protectionKeys: { equals: false } }, attributes(1n << 30n)],
  ['policy.keyLocker', 'policy', { keyLocker: { equals: false } }, attributes(1n << 31n)],
  ['policy.perfmon', 'policy', { perfmon: { equals: false } }, attributes(1n << 63n)],
  ['policy.reservedAttributes', 'policy', {}, attributes(1n << 40n)],
  ['policy.xfamWithinFixedBits', 'policy', {}, { xfam: '0xe602060000000000' }],
  ['policy.xfamWithinFixedBits', 'policy', {}, { xfam: '0xe702080000000000' }],
  ['policy.xfam', 'policy', { xfam: { anyOf: ['0xe700060000000000'] } }],
  ['policy.mrSeam', 'policy', { mrSeam: nothing }],
  ['policy.mrServiceTd', 'policy', { mrServiceTd: nothing }],
  ['policy.measurementHash', 'policy', { measurementHash: nothing }],
  ['policy.mrtd', 'policy', { mrtd: nothing }],
  ['policy.rtmr0', 'policy', { rtmr0: { anyOf: [`0x${'71'.repeat(48)}`] } }],
  ['policy.rtmr1', 'policy', { rtmr1: nothing }],
  ['policy.rtmr2', 'policy', { rtmr2: nothing }],
  ['policy.rtmr3', 'policy', { rtmr3: nothing }],
  ['policy.mrConfigId', 'policy', { mrConfigId: nothing }],
  ['policy.mrOwner', 'policy', { mrOwner: nothing }],
  ['policy.mrOwnerConfig', 'policy', { mrOwnerConfig: nothing }],
  ['policy.reportDataKeys', 'binding', {}, {}, { keys: { equals: `0x${'00'.repeat(32)}` }, nonce: 'ignore' }],
  [
    'policy.reportDataNonce',
    'binding',
    {},
    {},
    { keys: 'ignore', nonce: { equals: `0x${'00'.repeat(32)}` } },
  ],
];

test.each(refusals)('%s refuses with reason %s', (...[id, reason, override, td, expected]) => {
  const verdict = appraise(override, td, expected);
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id, reason }]);
  expect(verdict).toMatchObject({ ok: false, reason });
});

test('a verdict answers for every field of the policy, and each is able to refuse', () => {
  const origin = ['allowSimulated', 'platformClass', 'reportDataKeys', 'reportDataNonce'];
  const ids = [...Object.keys(section), ...origin].map((field) => `policy.${field}`);
  const answered = appraise({})
    .checks.map(({ id }) => id)
    .filter((id) => id.startsWith('policy.'));
  expect(new Set(answered)).toEqual(new Set([...ids, 'policy.teeType']));
  expect(new Set(refusals.map(([id]) => id))).toEqual(new Set(ids));
});

test('a policy that refuses TDX refuses it whatever it says', () => {
  const verdict = appraiseTdx(verified, { ...policy, tdx: 'refuse' }, anyReportData);
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toMatchObject([
    { id: 'policy.teeType', expected: 'nothing (empty allow-list)', actual: '2' },
  ]);
});

test('the registry is asked about the verified identity, and its answer is in the verdict', () => {
  const asked: unknown[] = [];
  const listed: EvidencePolicy = { ...policy, platformClass: { anyOf: ['registered'] } };
  const verdict = appraiseTdx(verified, listed, anyReportData, (identity) => {
    asked.push(identity);
    return 'registered';
  });
  const { ppid, platformId } = verdict.platform ?? {};
  expect(asked).toEqual([{ kind: 'ppid', id: ppid, platformId }]);
  expect(verdict).toMatchObject({ ok: true, platform: { class: 'registered' } });
  expect(appraise({}).platform?.class).toBe('unlisted');
});

test('an unverified identity is never looked up', () => {
  const forged = verifyTdxEvidence({ ...sampleEvidence(), trustAnchors: [] });
  const unasked = () => {
    throw new Error('asked about an unverified platform');
  };
  const listed: EvidencePolicy = { ...policy, platformClass: { anyOf: ['unlisted'] } };
  const verdict = appraiseTdx(forged, listed, anyReportData, unasked);
  expect(verdict.platform).toBeUndefined();
  expect(verdict.checks.find(({ id }) => id === 'policy.platformClass')?.result).toBe('fail');
});

test('a grace shortens the life of a verdict', () => {
  const old: Partial<SimulatedTd> = { teeTcbSvn: Uint8Array.from([7, 1, 4, ...new Uint8Array(13)]) };
  const since = Date.UTC(2025, 4, 14) / 1000;
  const age = sampleAtUnixSec - since + 3600;
  const OutOfDate = { tcbDateAgeSec: { atMost: age }, advisoryIds: 'ignore' } as const;
  const verdict = appraise({ tcbStatus: { ...strictTcbStatuses, OutOfDate } }, old);
  expect(verdict).toMatchObject({
    ok: true,
    moduleStatus: 'OutOfDate',
    outOfDateSince: '2025-05-14T00:00:00Z',
  });
  expect(verdict.earliestExpiryUnixSec).toBe(sampleAtUnixSec + 3600);
});

test('evidence that meets the policy passes, showing what was ignored and that it is simulated', () => {
  const { report } = facts;
  const reportData = report?.reportData ?? '0x';
  const verdict = appraise(
    { mrtd: { anyOf: [report?.mrtd ?? '0x'] } },
    {},
    {
      keys: { equals: `0x${reportData.slice(2, 66)}` },
      nonce: { equals: `0x${reportData.slice(66)}` },
    },
  );
  expect(verdict).toMatchObject({ ok: true, reason: undefined, simulated: true, tcbStatus: 'UpToDate' });
  expect(verdict.checks.find(({ id }) => id === 'policy.rtmr0')).toEqual({
    id: 'policy.rtmr0',
    result: 'ignored',
    actual: `0x${'70'.repeat(48)}`,
  });
});

test('broken evidence stays refused when the policy ignores all it may', () => {
  const evidence = { ...sampleEvidence(), atUnixSec: 0 };
  const lenient = Object.fromEntries(Object.keys(section).map((field) => [field, 'ignore']));
  const tolerant = overridden(lenient as TdxPolicy);
  expect(appraiseTdx(verifyTdxEvidence(evidence), tolerant, anyReportData)).toMatchObject({
    ok: false,
    reason: 'expired',
  });
});

test('a fact that nobody could establish fails every requirement on it', () => {
  const verification = verifyTdxEvidence({ ...sampleEvidence(), trustAnchors: [] });
  const verdict = appraiseTdx(verification, policy, anyReportData);
  expect(verdict.checks.find(({ id }) => id === 'policy.allowSimulated')).toMatchObject({
    result: 'fail',
    actual: 'not established',
  });
});

test('a verdict is plain JSON', () => {
  const verdict = appraise({}, sampleTd);
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(JSON.parse(JSON.stringify({ ...verdict })));
  expect(JSON.stringify(verdict)).not.toContain('"0":');
});
