import { collectSnpCollateral, vendorEndpoints } from '@hearth/attestation/fetch';
import { afterEach, expect, test } from '@jest/globals';
import { verifySnpEvidence } from '../../attestation/src/sev-snp/verify.ts';
import { createSimulatedSnpMachine } from '../../attestation/src/simulated/sev-snp/machine.ts';
import { sampleGuest } from '../../attestation/src/simulated/sev-snp/sample-evidence.ts';
import { type AmdFiles, amdService } from '../builders/vendors/amd-service.ts';
import type { Answer } from '../builders/vendors/vendor-server.ts';
import { createFetchWorld, type FetchWorld, failure } from './fetch-world.ts';

const atUnixSec = Date.UTC(2026, 10, 21) / 1000;

let world: FetchWorld | undefined;
afterEach(async () => {
  await world?.server.stop();
  world = undefined;
});

async function open(answer: Answer): Promise<FetchWorld> {
  world = await createFetchWorld(answer, atUnixSec);
  return world;
}

const machineOf = (
  product: 'Milan' | 'Genoa' | 'Turin',
  endorsement: 'VCEK' | 'VLEK' = 'VCEK',
  seed = 'kds',
) => createSimulatedSnpMachine({ seed, product, endorsement, atUnixSec });
type Machine = ReturnType<typeof machineOf>;

function filesOf(machine: Machine, product: string, endorsement: AmdFiles['endorsement'] = 'vcek'): AmdFiles {
  return { product, endorsement, leaf: machine.leafDer, issuersPem: machine.issuersPem, crl: machine.crl() };
}

test.each([
  ['Milan', 64, 'blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219'],
  ['Genoa', 64, 'blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84'],
  ['Turin', 8, 'fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81'],
] as const)('collateral fetched by a report of %s verifies that report', async (product, length, levels) => {
  const machine = machineOf(product);
  const { source, server } = await open(amdService(filesOf(machine, product)));
  const report = machine.report(sampleGuest);
  const { leaf = new Uint8Array(), issuersPem, crl } = await collectSnpCollateral(source, report);
  const verification = verifySnpEvidence({
    report,
    certificates: { leaf, issuersPem },
    crl,
    atUnixSec,
    trustAnchors: [machine.trustAnchor],
  });
  expect(verification).toMatchObject({ ok: true, revocationChecked: true });
  const hwid = machine.chipId.slice(2, 2 + 2 * length);
  expect(server.seen.map(({ path }) => path)).toEqual([
    `/vcek/v1/${product}/${hwid}?${levels}`,
    `/vcek/v1/${product}/cert_chain`,
    `/vcek/v1/${product}/crl`,
  ]);
});

test('for a VLEK the issuers and the list are fetched; the leaf is the cloud that runs the machine to give', async () => {
  const machine = machineOf('Milan', 'VLEK');
  const { source } = await open(amdService(filesOf(machine, 'Milan', 'vlek')));
  const report = machine.report(sampleGuest);
  const fetched = await collectSnpCollateral(source, report);
  expect(fetched).toMatchObject({ signingKey: 'VLEK', leaf: undefined });
  const verification = verifySnpEvidence({
    report,
    certificates: { leaf: machine.leafDer, issuersPem: fetched.issuersPem },
    crl: fetched.crl,
    atUnixSec,
    trustAnchors: [machine.trustAnchor],
  });
  expect(verification.ok).toBe(true);
});

test('a report of version 2 needs its product said, as it names no processor', async () => {
  const machine = machineOf('Milan');
  const { source } = await open(amdService(filesOf(machine, 'Milan')));
  const report = machine.report({ ...sampleGuest, version: 2 });
  const unsaid = collectSnpCollateral(source, report);
  await expect(unsaid).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  const said = await collectSnpCollateral(source, report, { product: 'Milan' });
  expect(said.leaf).toEqual(machine.leafDer);
});

test('a masked chip id asks for nothing', async () => {
  const machine = machineOf('Genoa');
  const { source, server } = await open(amdService(filesOf(machine, 'Genoa')));
  const report = machine.report({ ...sampleGuest, chipId: new Uint8Array(64) });
  const masked = collectSnpCollateral(source, report);
  await expect(masked).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  expect(server.seen).toEqual([]);
});

test.each([
  ['a processor that is not known', { cpuid: { family: 0x1b, model: 0, stepping: 0 } }],
  ['no signing key', { flags: 7 << 2 }],
])('a report with %s asks for nothing', async (_name, change) => {
  const machine = machineOf('Genoa');
  const { source, server } = await open(amdService(filesOf(machine, 'Genoa')));
  const collecting = collectSnpCollateral(source, machine.report({ ...sampleGuest, ...change }));
  await expect(collecting).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  expect(server.seen).toEqual([]);
});

const genoa = machineOf('Genoa');
const otherChip = machineOf('Genoa', 'VCEK', 'another chip');

test.each<[string, Partial<AmdFiles>, string]>([
  ['the VCEK of another chip', { leaf: otherChip.leafDer }, 'mismatch'],
  ['the VCEK of another product', { leaf: machineOf('Milan').leafDer }, 'mismatch'],
  ['a VLEK', { leaf: machineOf('Genoa', 'VLEK').leafDer }, 'mismatch'],
  ['a truncated certificate', { leaf: genoa.leafDer.subarray(0, 500) }, 'malformed'],
  [
    'a certificate with a byte behind it',
    { leaf: Buffer.concat([genoa.leafDer, Buffer.of(0)]) },
    'malformed',
  ],
  [
    'one issuer',
    { issuersPem: `${genoa.issuersPem.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----` },
    'malformed',
  ],
  ['a chain that is no PEM', { issuersPem: 'Not found' }, 'malformed'],
  ['a list that is a certificate', { crl: genoa.leafDer }, 'malformed'],
])('%s is refused early', async (_name, change, code) => {
  const { source } = await open(amdService({ ...filesOf(genoa, 'Genoa'), ...change }));
  const collecting = collectSnpCollateral(source, genoa.report(sampleGuest));
  await expect(collecting).rejects.toMatchObject(failure(code, 'distrust-peer'));
});

test('the VCEK of older firmware is not what was asked for', async () => {
  const older = createSimulatedSnpMachine({
    seed: 'kds',
    product: 'Genoa',
    atUnixSec,
    adjust: { leafFacts: (facts) => ({ ...facts, tcb: { ...facts.tcb, snp: 22 } }) },
  });
  const { source } = await open(amdService(filesOf(older, 'Genoa')));
  const collecting = collectSnpCollateral(source, genoa.report(sampleGuest));
  await expect(collecting).rejects.toMatchObject(failure('mismatch', 'distrust-peer'));
});

test('AMD is asked slowly by default', () => {
  expect(vendorEndpoints.amdKds.rate.intervalMs).toBeGreaterThanOrEqual(10_000);
});
