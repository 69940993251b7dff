import { expect, test } from '@jest/globals';
import { type EvidencePolicy } from '../policy/evidence-policy.ts';
import { type SampleFile, sampleFiles } from '../simulated/sample-files.ts';
import { encodePemChain, parsePemChain } from '../x509/pem.ts';
import { describeEvidence } from './describe/describe.ts';
import { type EvidenceRequest, judgeEvidence } from './judge-evidence.ts';
import { detectEvidenceKind, evidenceKinds } from './kind.ts';
import { strictPolicies } from './strict-policies.ts';
import { suggestPolicy } from './suggest-policy.ts';

const files = sampleFiles();
const cases = files.map((file) => [file.name, file] as const);

function fileOf(name: string): SampleFile {
  const found = files.find((file) => file.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** Under the policy that allows exactly this, simulated roots included. */
function requestOf(file: SampleFile, change: Partial<EvidenceRequest> = {}): EvidenceRequest {
  const suggested = suggestPolicy(file.kind, file.evidence) ?? strictPolicies.policy;
  const isLog = file.kind === 'tdx-eventlog';
  const policy = isLog ? strictPolicies.policy : (suggested as EvidencePolicy);
  const gpu =
    policy.gpu === 'refuse' || policy.gpu === 'ignore' ? policy.gpu : withoutRimRevocation(policy.gpu);
  return {
    ...file,
    policy: { ...policy, allowSimulated: true, gpu },
    eventLogPolicy: isLog ? allowApplication(suggested) : strictPolicies.eventLogPolicy,
    reportData: { keys: 'ignore', nonce: 'ignore' },
    nonce: 'ignore',
    moreRoots: [],
    ...change,
  };
}

type Gpu = Exclude<EvidencePolicy['gpu'], string>;

/** The samples come without answers about the manifests' signers. */
function withoutRimRevocation(gpu: Gpu): Gpu {
  const switches =
    gpu.switches === 'refuse' ? gpu.switches : { ...gpu.switches, rimRevocation: 'ignore' as const };
  const anyChip = { anyOf: ['GH100', 'LS_10'] };
  return { ...gpu, chip: anyChip, rimRevocation: 'ignore', switches, protectedPcieTopology: 'ignore' };
}

function allowApplication(suggested: object): EvidenceRequest['eventLogPolicy'] {
  return { ...(suggested as EvidenceRequest['eventLogPolicy']), applicationEvents: 'ignore' };
}

test('there is a sample of every kind', () => {
  expect(new Set(files.map(({ kind }) => kind))).toEqual(new Set(evidenceKinds));
});

test.each(cases)('%s is recognised by its bytes', (_, { kind, evidence }) => {
  expect(detectEvidenceKind(evidence)).toBe(kind);
});

test.each(cases.filter(([, { kind }]) => kind !== 'nvidia-eat'))(
  '%s is accepted by the policy that was written from it, and shown as simulated',
  (_, file) => {
    const judged = judgeEvidence(requestOf(file));
    expect(judged.checks.filter(({ result }) => result === 'fail')).toEqual([]);
    expect(judged).toMatchObject({ ok: true, kind: file.kind, simulated: file.kind !== 'tdx-eventlog' });
  },
);

test.each(cases)('%s with one byte changed is not', (_, file) => {
  const at = file.evidence.length >> 1;
  const evidence = file.evidence.map((byte, index) => (index === at ? byte ^ 1 : byte));
  expect(judgeEvidence(requestOf(file, { evidence })).ok).toBe(false);
});

test.each(cases.filter(([, { kind }]) => kind !== 'nvidia-rim' && kind !== 'nvidia-eat'))(
  '%s is not accepted by the strict default, which allows nothing yet',
  (_, file) => {
    const judged = judgeEvidence({ ...requestOf(file), ...strictPolicies });
    expect(judged.ok).toBe(false);
    expect(judged.checks).toContainEqual(expect.objectContaining({ result: 'fail', reason: 'policy' }));
  },
);

test('a token of another issuer than NVIDIA is signed by a known key and still not accepted', () => {
  const judged = judgeEvidence(requestOf(fileOf('EAT')));
  const failed = judged.checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
  expect(failed).toEqual(['eat.issuer']);
});

test.each(cases.filter(([, { kind }]) => kind !== 'nvidia-rim'))(
  '%s without its companions cannot be judged, and what is missing is named',
  (_, file) => {
    expect(() => judgeEvidence(requestOf(file, { companions: {} }))).toThrow(`${file.kind}: expected`);
  },
);

test.each(cases)('%s is shown with every field as text', (_, { kind, evidence }) => {
  const sections = describeEvidence(kind, evidence);
  expect(sections.length).toBeGreaterThan(1);
  for (const { rows } of sections) {
    for (const { value } of rows) expect(value).not.toMatch(/undefined|\[object|NaN/);
  }
});

test('an SNP chain may come as three certificates in one file, and a missing list of revocations is refused', () => {
  const file = fileOf('SNP Genoa');
  const { leaf = new Uint8Array(), chainPem = new Uint8Array(), crls = [] } = file.companions;
  const issuers = parsePemChain(new TextDecoder().decode(chainPem), 'chain');
  const whole = new TextEncoder().encode(encodePemChain([leaf, ...issuers]));
  const judge = (companions: EvidenceRequest['companions']) => judgeEvidence(requestOf(file, { companions }));
  expect(judge({ chainPem: whole, crls }).ok).toBe(true);
  expect(judge({ chainPem: whole })).toMatchObject({ ok: false, reason: 'collateral' });
  expect(() => judge({ chainPem, crls })).toThrow('the VCEK or VLEK');
});

test('without a list, only a policy that ignores revocation accepts, and the verdict shows what was left out', () => {
  const file = fileOf('SNP Genoa');
  const { crls: _, ...companions } = file.companions;
  const { policy } = requestOf(file);
  const sevSnp =
    policy.sevSnp === 'refuse' ? policy.sevSnp : { ...policy.sevSnp, revocationChecked: 'ignore' as const };
  const judged = judgeEvidence(requestOf(file, { companions, policy: { ...policy, sevSnp } }));
  expect(judged.ok).toBe(true);
  expect(judged.checks).toContainEqual(
    expect.objectContaining({ id: 'chain.revocation', result: 'ignored' }),
  );
});

test('a blob of Azure that cannot be cut is judged as bad evidence', () => {
  const file = fileOf('Azure HCL');
  const judged = judgeEvidence(
    requestOf(file, { evidence: file.evidence.subarray(0, 900), policy: strictPolicies.policy }),
  );
  expect(judged).toMatchObject({ ok: false, reason: 'format' });
});

test('answers about a manifest’s signer are never passed over, also where the policy does not ask for them', () => {
  const rim = fileOf('RIM');
  const device = fileOf('NVIDIA GH100');
  const ocsp = [...(device.companions.ocsp ?? []), ...(rim.companions.ocsp ?? [])];
  const judged = judgeEvidence(requestOf(device, { companions: { ...device.companions, ocsp } }));
  const check = judged.checks.find(({ id }) => id === 'driver-rim.ocsp');
  expect(check?.result).toBe('pass');
});

test('manifests that nobody can read are refused, not left aside', () => {
  const device = fileOf('NVIDIA GH100');
  const companions = { ...device.companions, rims: [new TextEncoder().encode('<broken')] };
  const judged = judgeEvidence(requestOf(device, { companions }));
  expect(judged.checks).toContainEqual(expect.objectContaining({ id: 'vbios-rim.format', result: 'fail' }));
});

test('GPU evidence on its own is refused by a policy that would ignore it beside a CPU', () => {
  const device = fileOf('NVIDIA GH100');
  const { policy } = requestOf(device);
  const judged = judgeEvidence(requestOf(device, { policy: { ...policy, gpu: 'ignore' } }));
  expect(judged).toMatchObject({ ok: false, reason: 'policy' });
});
