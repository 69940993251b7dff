import { expect, test } from '@jest/globals';
import { utf8ToText } from '../bytes/text.ts';
import { parseSgxQuote } from '../dcap/parse-quote.ts';
import { type EvidencePolicy, strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { type AcceptedEnclave, type SgxPolicy, strictSgxPolicy } from '../policy/sgx-policy.ts';
import { strictTcbStatuses } from '../policy/tcb-status-policy.ts';
import type { SimulatedEnclave } from '../simulated/platform.ts';
import { sampleSgxEvidence } from '../simulated/sample-evidence.ts';
import { appraiseSgx, judgeSgxEvidence, type SgxPolicyCheckId, type SgxVerdict } from './appraise.ts';
import { verifySgxEvidence } from './verify.ts';

const verified = verifySgxEvidence(sampleSgxEvidence());
const mrEnclave = `0x${'ec'.repeat(32)}` as const;
const mrSigner = `0x${'51'.repeat(32)}` as const;
const section = strictSgxPolicy([{ mrEnclave }]);
const policy: EvidencePolicy = { ...strictEvidencePolicy({ sgx: section }), allowSimulated: true };
const anyReportData = { keys: 'ignore', nonce: 'ignore' } as const;
const nothing = { anyOf: [] };
const high = { atLeast: [255, ...new Array(15).fill(0)] };

type Override = Partial<SgxPolicy> & Partial<Pick<EvidencePolicy, 'allowSimulated' | 'platformClass'>>;

function appraise(override: Override, enclave: Partial<SimulatedEnclave> = {}): SgxVerdict {
  const { allowSimulated = true, platformClass = 'ignore', ...fields } = override;
  const verification =
    Object.keys(enclave).length === 0 ? verified : verifySgxEvidence(sampleSgxEvidence({}, enclave));
  const asked = { ...policy, allowSimulated, platformClass, sgx: { ...section, ...fields } };
  return appraiseSgx(verification, asked, anyReportData);
}

const attributes = (flags: string): Partial<SimulatedEnclave> => ({
  attributes: `0x${flags}e700000000000000`,
});

const refusals: readonly (readonly [SgxPolicyCheckId, Override, Partial<SimulatedEnclave>?])[] = [
  ['policy.allowSimulated', { allowSimulated: false }],
  ['policy.platformClass', { platformClass: { anyOf: ['cloud'] } }],
  ['policy.platformId', { platformId: nothing }],
  ['policy.fmspc', { fmspc: nothing }],
  ['policy.tcbStatus', { tcbStatus: { ...strictTcbStatuses, UpToDate: 'refuse' } }],
  ['policy.tcbDateUnixSec', { tcbDateUnixSec: { atLeast: Date.UTC(2026, 1, 12) / 1000 } }],
  ['policy.tcbEvaluationDataNumber', { tcbEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.qeEvaluationDataNumber', { qeEvaluationDataNumber: { atLeast: 21 } }],
  ['policy.sgxTcbComponents', { sgxTcbComponents: high }],
  ['policy.pceSvn', { pceSvn: { atLeast: 14 } }],
  ['policy.qeIsvSvn', { qeIsvSvn: { atLeast: 7 } }],
  ['policy.enclave', { enclave: nothing }],
  ['policy.debug', {}, attributes('0700000000000000')],
  ['policy.provisionKey', {}, attributes('1500000000000000')],
  ['policy.launchKey', {}, attributes('2500000000000000')],
  ['policy.keySeparation', { keySeparation: { equals: true } }],
  ['policy.reservedAttributes', {}, attributes('0500000000000080')],
  ['policy.xfrm', { xfrm: { anyOf: ['0x0300000000000000'] } }],
  ['policy.miscSelect', {}, { miscSelect: '0x01000000' }],
  ['policy.configId', { configId: { anyOf: [`0x${'11'.repeat(64)}`] } }],
  ['policy.configSvn', { configSvn: { atLeast: 1 } }],
];

test('evidence that meets the strict policy passes', () => {
  expect(appraise({})).toMatchObject({ ok: true, simulated: true, tcbStatus: 'UpToDate' });
});

test.each(refusals)('%s refuses', (...[id, override, enclave]) => {
  const verdict = appraise(override, enclave);
  const failed = verdict.checks.filter(({ result }) => result === 'fail');
  expect(failed).toMatchObject([{ id, reason: id === 'policy.debug' ? 'debug' : 'policy' }]);
});

test('advisories outside the list refuse', () => {
  const evidence = sampleSgxEvidence({ tcb: { status: 'UpToDate', advisoryIds: ['HEARTH-SIM-0009'] } });
  const asked = { ...policy, sgx: { ...section, advisoryIds: nothing } };
  const { checks } = judgeSgxEvidence(evidence, asked, anyReportData);
  expect(checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id: 'policy.advisoryIds' }]);
});

test('a verdict answers for every field of its section', () => {
  const answered = new Set(appraise({}).checks.map(({ id }) => id));
  for (const field of Object.keys(section)) expect(answered).toContain(`policy.${field}`);
});

test.each<[string, AcceptedEnclave, boolean]>([
  ['itself', { mrEnclave }, true],
  ['another', { mrEnclave: mrSigner }, false],
  ['its signer, product and version', { mrSigner, isvProdId: 7, minIsvSvn: 3 }, true],
  ['an older version of it', { mrSigner, isvProdId: 7, minIsvSvn: 2 }, true],
  ['a newer version of it', { mrSigner, isvProdId: 7, minIsvSvn: 4 }, false],
  ['another product of its signer', { mrSigner, isvProdId: 8, minIsvSvn: 3 }, false],
  ['another signer', { mrSigner: mrEnclave, isvProdId: 7, minIsvSvn: 3 }, false],
])('an enclave is judged against %s', (_name, accepted, ok) => {
  expect(appraise({ enclave: { anyOf: [accepted] } }).ok).toBe(ok);
});

test('report data is two halves, each with its own check, and TDX policy does not let SGX in', () => {
  const zero = { equals: `0x${'00'.repeat(32)}` } as const;
  const { checks } = appraiseSgx(verified, policy, { keys: zero, nonce: zero });
  const failed = checks.filter(({ result }) => result === 'fail').map(({ id, reason }) => `${id} ${reason}`);
  expect(failed).toEqual(['policy.reportDataKeys binding', 'policy.reportDataNonce binding']);
  const refused = appraiseSgx(verified, { ...policy, sgx: 'refuse' }, anyReportData);
  expect(refused.checks.filter(({ result }) => result === 'fail')).toMatchObject([{ id: 'policy.teeType' }]);
});

test('a quote that only names its platform needs the chain from whoever sends the collateral', () => {
  const contents = new Uint8Array(404);
  const named = sampleSgxEvidence({ adjust: { certification: { type: 3, contents } } });
  expect(verifySgxEvidence(named)).toMatchObject({ ok: false, reason: 'chain' });
  const chain = utf8ToText(parseSgxQuote(sampleSgxEvidence().quote).certification.contents, 'chain');
  const sent = { ...named, collateral: { ...named.collateral, pck_certificate_chain: chain } };
  expect(verifySgxEvidence(sent)).toMatchObject({ ok: true, platform: verified.platform });
});
