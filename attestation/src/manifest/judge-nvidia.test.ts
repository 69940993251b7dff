import { expect, test } from '@jest/globals';
import { coveredNvidiaEvidence } from '../simulated/nvidia/covered-evidence.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { sampleNonce, sampleNvidiaEvidence } from '../simulated/nvidia/sample-evidence.ts';
import { type ManifestEntry, manifestEntrySchema } from './entry.ts';
import { judgeNvidiaEntry } from './judge-nvidia.ts';

const device = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });
const evidence = sampleNvidiaEvidence();
const covered = coveredNvidiaEvidence();

type Files = Readonly<Record<string, Uint8Array>>;
const bare: Files = { evidence: evidence.evidence, chain: evidence.chain, root: device.certificates[4] };
const answers: Files = Object.fromEntries(covered.revocation.ocsp.map(({ der }, at) => [`ocsp${at}`, der]));

function entryOf(files: Files, override: Partial<ManifestEntry> = {}): ManifestEntry {
  return manifestEntrySchema.parse({
    id: 'one',
    kind: 'nvidia-gpu-evidence',
    files: Object.fromEntries(Object.keys(files).map((field) => [field, field])),
    at: evidence.atUnixSec,
    policy: { nonce: Buffer.from(sampleNonce).toString('hex') },
    expect: { verdict: 'valid' },
    ...override,
  });
}

function judge(files: Files, override: Partial<ManifestEntry> = {}) {
  return judgeNvidiaEntry(entryOf(files, override), (field) => files[field] ?? new Uint8Array());
}

test('an entry without manifests and answers is judged on chain, signature, nonce and firmware id', () => {
  const { verdict, fields } = judge(bare);
  expect(verdict).toBe('valid');
  expect(fields).toMatchObject({
    measurementBlocks: 64,
    driver: '570.86.10',
    leaf: 'GH100 A01 GSP FMC LF',
    deviceSerial: Buffer.from(device.serial).toString('hex').toUpperCase(),
    fwidMatch: true,
    rimCompared: undefined,
  });
});

test('answers that come with an entry must cover the whole device', () => {
  expect(judge({ ...bare, ...answers }).verdict).toBe('valid');
  const { ocsp2: _, ...partly } = answers;
  expect(judge({ ...bare, ...partly })).toMatchObject({ verdict: 'invalid', reason: 'collateral' });
});

test('manifests that come with an entry must be verified and match', () => {
  const vbiosRim = covered.rims.vbios ?? new Uint8Array();
  // The device's root vouches for no manifest, and the vendor's vouches for none of development.
  expect(judge({ ...bare, vbiosRim })).toMatchObject({ verdict: 'invalid', reason: 'chain' });
});

test('without a root of its own, an entry is under the vendor’s', () => {
  const { root: _, ...files } = bare;
  expect(judge(files)).toMatchObject({ verdict: 'invalid', reason: 'chain' });
});

test('without a nonce in the policy, none is compared, and the verdict says so', () => {
  const { verdict, checks } = judge(bare, { policy: {} });
  expect(verdict).toBe('valid');
  expect(checks.find(({ id }) => id === 'report.nonce')?.result).toBe('ignored');
});

test('a policy key or kind that nobody understands is refused loudly', () => {
  expect(() => judge(bare, { policy: { nonse: '00' } })).toThrow('entry one, policy');
  expect(() => judge(bare, { kind: 'nvidia-dpu-evidence' })).toThrow('nvidia-dpu-evidence');
});
