import { expect, test } from '@jest/globals';
import { type EvidencePolicy, type ExpectedReportData, strictTdxPolicy } from '../policy/evidence-policy.ts';
import type { SimulatedTd } from '../simulated/platform.ts';
import { sampleEvidence, sampleTd } from '../simulated/sample-evidence.ts';
import { appraiseTdx, type TdxPolicyCheckId, type Verdict } from './appraise.ts';
import { verifyTdxEvidence } from './verify.ts';

const verified = verifyTdxEvidence(sampleEvidence());
const facts = { measurementHash: verified.measurementHash ?? '0x', report: verified.quote?.report };
const nothing = { anyOf: [] };
const anyReportData: ExpectedReportData = { keys: 'ignore', nonce: 'ignore' };

const policy: EvidencePolicy = { ...strictTdxPolicy([facts.measurementHash]), allowSimulated: true };

function appraise(
  override: Partial<EvidencePolicy>,
  td: Partial<SimulatedTd> = {},
  expected: ExpectedReportData = anyReportData,
): Verdict {
  const verification = Object.keys(td).length === 0 ? verified : verifyTdxEvidence(sampleEvidence({}, td));
  const release = { measurementHash: { anyOf: [verification.measurementHash ?? '0x'] } } as const;
  return appraiseTdx(verification, { ...policy, ...release, ...override }, expected);
}

type Refusal = readonly [
  id: TdxPolicyCheckId,
  reason: string,
  override: Partial<EvidencePolicy>,
  td?: Partial<SimulatedTd>,
  expected?: ExpectedReportData,
];

const attributes = (bit: bigint): Partial<SimulatedTd> => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, (1n << 28n) | bit, true);
  return { tdAttributes: bytes };
};

const refusals: readonly Refusal[] = [
  ['policy.teeType', 'policy', { teeType: { anyOf: [3] } }],
  ['policy.allowSimulated', 'policy', { allowSimulated: false }],
  ['policy.platformId', 'policy', { platformId: { anyOf: [`0x${'11'.repeat(32)}`] } }],
  ['policy.fmspc', 'policy', { fmspc: nothing }],
  ['policy.tcbStatus', 'policy', { tcbStatus: { anyOf: ['OutOfDate'] } }],
  [
    'policy.advisoryIds',
    'policy',
    { advisoryIds: nothing, tcbStatus: 'ignore' },
    { teeTcbSvn: Uint8Array.from([7, 1, 4, ...new Uint8Array(13)]) },
  ],
  ['policy.tcbDateUnixSec', 'policy', { tcbDateUnixSec: { atLeast: Date.UTC(2026, 1, 12) / 1000 } }],
  ['policy.tcbEvaluationDataNumber', 'policy', { tcbEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.qeEvaluationDataNumber', 'policy', { qeEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.pceSvn', 'policy', { pceSvn: { atLeast: 14 } }],
  ['policy.qeIsvSvn', 'policy', { qeIsvSvn: { atLeast: 7 } }],
  ['policy.debug', 'debug', {}, attributes(1n)],
  ['policy.debug', 'debug', {}, attributes(1n << 7n)],
  ['policy.septVeDisable', 'policy', {}, { tdAttributes: new Uint8Array(8) }],
  ['policy.migratable', 'policy', {}, attributes(1n << 29n)],
  ['policy.protectionKeys', 'policy', { protectionKeys: { equals: false } }, attributes(1n << 30n)],
  ['policy.keyLocker', 'policy', { keyLocker: { equals: false } }, attributes(1n << 31n)],
  ['policy.perfmon', 'policy', { perfmon: { equals: false } }, attributes(1n << 63n)],
  ['policy.reservedAttributes', 'policy', {}, attributes(1n << 40n)],
  ['policy.xfam', 'policy', { xfam: { anyOf: ['0xe700060000000000'] } }],
  ['policy.mrSeam', 'policy', { mrSeam: nothing }],
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
  const fields = Object.keys(policy).filter((field) => field !== 'schema');
  const ids = [...fields, 'reportDataKeys', 'reportDataNonce'].map((field) => `policy.${field}`);
  const answered = appraise({})
    .checks.map(({ id }) => id)
    .filter((id) => id.startsWith('policy.'));
  expect(new Set(answered)).toEqual(new Set(ids));
  expect(new Set(refusals.map(([id]) => id))).toEqual(new Set(ids));
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
  const lenient = Object.fromEntries(Object.keys(policy).map((field) => [field, 'ignore']));
  const tolerant = { ...lenient, schema: policy.schema, teeType: policy.teeType, allowSimulated: true };
  expect(appraiseTdx(verifyTdxEvidence(evidence), tolerant as EvidencePolicy, anyReportData)).toMatchObject({
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
